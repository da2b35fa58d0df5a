//! From a prompt and values to what a model is asked. Pure: one pass over each text, in which a value is written and
//! never read again, so nothing that somebody puts into a value can become a template. Texts within JSON are decoded,
//! rendered and encoded anew, so a value cannot end the text it stands in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::problem::{Code, FieldError, Problem};

use super::template::{Piece, pieces};
use super::variable::{Value, Values, Variable, bind};

/// Bytes that a rendered prompt may have.
pub const LONGEST: usize = 256 * 1024;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Role {
    /// Whoever set it up.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// Something said: in a prompt a template, in what it renders to a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Said {
    /// By whom.
    pub role: Role,
    /// What.
    pub content: String,
}

/// Further members of the request, as the model's provider names them: `temperature`, `response_format`.
pub type Parameters = BTreeMap<String, Box<RawValue>>;

/// What a version of a prompt holds.
#[derive(Debug, Default)]
pub struct Source {
    /// What is said, as templates.
    pub messages: Vec<Said>,
    /// Their variables.
    pub variables: Vec<Variable>,
    /// Members of the request; texts in them are templates, too.
    pub parameters: Parameters,
}

/// What a model is asked.
#[derive(Debug, Default)]
pub struct Rendered {
    /// What is said.
    pub messages: Vec<Said>,
    /// Members of the request.
    pub parameters: Parameters,
}

/// Renders a prompt with these values.
///
/// # Errors
/// 422 with a pointer for each value that is missing, unknown or does not fit, and for a result that is too long.
pub fn render(source: &Source, given: &Values) -> Result<Rendered, Problem> {
    let values = bind(&source.variables, given).map_err(invalid)?;
    let mut rendered = Rendered::default();
    let mut bytes = 0;
    for (n, said) in source.messages.iter().enumerate() {
        let content = fill(&said.content, &values).map_err(|why| faulty(&format!("/messages/{n}/content"), why))?;
        bytes += content.len();
        rendered.messages.push(Said { role: said.role, content });
    }
    for (name, template) in &source.parameters {
        let json = fill_json(template.get(), &values).map_err(|why| faulty(&format!("/parameters/{name}"), why))?;
        bytes += json.len();
        let raw: Box<RawValue> = shared::json::read(&json).map_err(Problem::internal)?;
        rendered.parameters.insert(name.clone(), raw);
    }
    if bytes > LONGEST {
        let detail = format!("make a prompt of more than {LONGEST} bytes");
        return Err(Problem::invalid("/variables", "too_long", detail));
    }
    Ok(rendered)
}

/// A refusal for these reasons.
pub fn invalid(errors: Vec<FieldError>) -> Problem {
    Problem { errors, ..Problem::from(Code::ValidationFailed) }
}

fn faulty(pointer: &str, why: String) -> Problem {
    Problem::invalid(pointer, "template", why)
}

/// A template with its values.
fn fill(template: &str, values: &BTreeMap<&str, Value>) -> Result<String, String> {
    let mut text = String::with_capacity(template.len());
    for piece in pieces(template).map_err(|fault| fault.0)? {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Place { name, json } => {
                let value = values.get(name).ok_or_else(|| format!("names `{name}`, which is no variable"))?;
                text.push_str(if json { &value.json } else { &value.plain });
            }
        }
    }
    Ok(text)
}

/// JSON whose texts are templates, with their values. A text that is nothing but a place becomes the value itself:
/// `"{{n}}"` with 5 is `5`.
fn fill_json(json: &str, values: &BTreeMap<&str, Value>) -> Result<String, String> {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, token, after)) = next_text(rest) {
        out.push_str(before);
        let text: String = shared::json::read(token).map_err(|error| error.to_string())?;
        let is_name = after.trim_start().starts_with(':');
        match pieces(&text).map_err(|fault| fault.0)?.as_slice() {
            _ if is_name => out.push_str(token),
            [Piece::Place { name, json: false }] if values.get(name).is_some_and(|value| !value.is_text) => {
                out.push_str(values.get(name).map_or("null", |value| value.json.as_str()));
            }
            _ => out.push_str(&serde_json::to_string(&fill(&text, values)?).map_err(|error| error.to_string())?),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The next text of a JSON document with its quotation marks, what stands before and what follows.
fn next_text(json: &str) -> Option<(&str, &str, &str)> {
    let open = json.find('"')?;
    let mut at = open + 1;
    loop {
        at += json.get(at..)?.find(['"', '\\'])?;
        if json.as_bytes().get(at) == Some(&b'"') {
            return Some((json.get(..open)?, json.get(open..=at)?, json.get(at + 1..)?));
        }
        at += 2;
    }
}

/// What is wrong with a prompt as it is written down: broken templates, places of variables that are not declared,
/// declarations that contradict themselves.
pub fn faults(source: &Source) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: String, code: &str, detail: String| {
        errors.push(FieldError { pointer, code: code.to_owned(), detail });
    };
    for (n, variable) in source.variables.iter().enumerate() {
        if let Some(why) = variable.fault() {
            wrong(format!("/variables/{n}"), "invalid", why);
        }
        if source.variables.iter().take(n).any(|other| other.name == variable.name) {
            wrong(format!("/variables/{n}/name"), "duplicate", "is another variable's name, too".to_owned());
        }
    }
    // Every place is tried with an empty value: what remains is a fault of the template.
    let empty = Value { plain: String::new(), json: "null".to_owned(), is_text: true };
    let values = source.variables.iter().map(|variable| (variable.name.as_str(), empty.clone())).collect();
    for (n, said) in source.messages.iter().enumerate() {
        if let Err(why) = fill(&said.content, &values) {
            wrong(format!("/messages/{n}/content"), "template", why);
        }
    }
    for (name, template) in &source.parameters {
        if let Err(why) = fill_json(template.get(), &values) {
            wrong(format!("/parameters/{name}"), "template", why);
        }
    }
    errors
}
