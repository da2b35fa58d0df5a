//! Variables of a prompt: what a value may be, what stands where none was given, and how it is written. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::problem::FieldError;

use super::template;

/// Characters of a text whose variable does not say how many it may have.
const LONGEST_TEXT: i64 = 20_000;
/// Items of a list.
const MOST_ITEMS: usize = 200;

/// What a variable may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Kind {
    /// A text.
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// One of `options`.
    Choice,
    /// Texts, written one a line.
    List,
    /// Any JSON, written as it was given.
    Json,
}

impl Kind {
    /// Whether it is what a variable holds that does not say.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
    fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

/// A variable of a prompt.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Variable {
    /// What places call it: letters, digits and `_` in lower case, 64 at most.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(regex(pattern = "^[a-z_][a-z0-9_]{0,63}$")))]
    pub name: String,
    /// What it may hold.
    #[serde(rename = "type", default, skip_serializing_if = "Kind::is_text")]
    pub kind: Kind,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The value where none is given; without it one must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<serde_json::Value>"))]
    pub default: Option<Box<RawValue>>,
    /// The least number, a whole one, or the fewest characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The greatest number, or the most characters of a text or of an item of a list: 20,000 unless it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// What a choice chooses from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// Values by name, as they were given.
pub type Values = BTreeMap<String, Box<RawValue>>;

/// A value that fits its variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// As it stands in text.
    pub plain: String,
    /// As JSON.
    pub json: String,
    /// Whether it is a text.
    pub is_text: bool,
}

impl Variable {
    /// What is wrong with the declaration, for people.
    pub fn fault(&self) -> Option<String> {
        if !template::is_name(&self.name) {
            return Some("has a name that is not letters, digits and `_` in lower case".to_owned());
        }
        if (self.kind == Kind::Choice) == self.options.is_empty() {
            return Some("has options without being a choice, or is a choice without options".to_owned());
        }
        if self.min.zip(self.max).is_some_and(|(min, max)| min > max) {
            return Some("has a `min` above its `max`".to_owned());
        }
        let default = self.default.as_ref()?;
        self.value(default).err().map(|why| format!("has a default that {why}"))
    }

    /// The value, if it fits.
    ///
    /// # Errors
    /// Why it does not, for people.
    pub fn value(&self, given: &RawValue) -> Result<Value, String> {
        let json = given.get();
        match self.kind {
            Kind::Text => self.text(json).map(Value::of_text),
            Kind::Choice => {
                let chosen = self.text(json)?;
                let known = self.options.contains(&chosen);
                if known { Ok(Value::of_text(chosen)) } else { Err(format!("is none of {}", self.options.join(", "))) }
            }
            Kind::Integer | Kind::Number => self.number(json),
            Kind::Boolean if json == "true" || json == "false" => Ok(Value::literal(json)),
            Kind::Boolean => Err("is not true or false".to_owned()),
            Kind::List => self.list(json),
            Kind::Json => Ok(Value::literal(json)),
        }
    }

    fn text(&self, json: &str) -> Result<String, String> {
        let text: String = shared::json::read(json).map_err(|_| "is not a text".to_owned())?;
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if self.min.is_some_and(|min| length < min) {
            return Err(format!("is shorter than {} characters", self.min.unwrap_or_default()));
        }
        let most = self.max.unwrap_or(LONGEST_TEXT);
        if length > most { Err(format!("is longer than {most} characters")) } else { Ok(text) }
    }

    fn number(&self, json: &str) -> Result<Value, String> {
        let number: f64 = shared::json::read(json).map_err(|_| "is not a number".to_owned())?;
        if self.kind == Kind::Integer && json.bytes().any(|b| !b.is_ascii_digit() && b != b'-') {
            return Err("is not a whole number".to_owned());
        }
        #[allow(clippy::cast_precision_loss, reason = "bounds are what somebody wrote down, not 2^53")]
        let beyond = |bound: Option<i64>, far: fn(f64, f64) -> bool| bound.filter(|bound| far(number, *bound as f64));
        match (beyond(self.min, |n, min| n < min), beyond(self.max, |n, max| n > max)) {
            (Some(min), _) => Err(format!("is less than {min}")),
            (_, Some(max)) => Err(format!("is more than {max}")),
            _ => Ok(Value::literal(json)),
        }
    }

    fn list(&self, json: &str) -> Result<Value, String> {
        let items: Vec<&RawValue> = shared::json::read(json).map_err(|_| "is not a list of texts".to_owned())?;
        if items.len() > MOST_ITEMS {
            return Err(format!("has more than {MOST_ITEMS} items"));
        }
        let texts: Result<Vec<String>, String> = items.into_iter().map(|item| self.text(item.get())).collect();
        let texts = texts.map_err(|why| format!("has an item that {why}"))?;
        let json = serde_json::to_string(&texts).map_err(|error| error.to_string())?;
        Ok(Value { plain: texts.join("\n"), json, is_text: false })
    }
}

impl Value {
    fn of_text(text: String) -> Self {
        // A text always serialises.
        let json = serde_json::to_string(&text).unwrap_or_default();
        Self { plain: text, json, is_text: true }
    }

    fn literal(json: &str) -> Self {
        Self { plain: json.to_owned(), json: json.to_owned(), is_text: false }
    }
}

/// The values of all variables by name: those that were given, and defaults for the others.
///
/// # Errors
/// Each that is missing, unknown or does not fit, with its pointer.
pub fn bind<'v>(declared: &'v [Variable], given: &Values) -> Result<BTreeMap<&'v str, Value>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut bound = BTreeMap::new();
    let mut wrong = |name: &str, code: &str, detail: String| {
        errors.push(FieldError { pointer: format!("/variables/{name}"), code: code.to_owned(), detail });
    };
    for variable in declared {
        let name = variable.name.as_str();
        match given.get(name).or(variable.default.as_ref()).map(|raw| variable.value(raw)) {
            None => wrong(name, "missing", "is missing: the prompt needs it".to_owned()),
            Some(Err(why)) => wrong(name, "invalid", why),
            Some(Ok(value)) => {
                bound.insert(name, value);
            }
        }
    }
    for name in given.keys().filter(|name| !declared.iter().any(|variable| variable.name == **name)) {
        let name = name.replace('~', "~0").replace('/', "~1");
        wrong(&name, "unknown", "is no variable of this prompt".to_owned());
    }
    if errors.is_empty() { Ok(bound) } else { Err(errors) }
}
