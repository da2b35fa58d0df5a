//! Rubrics: criteria with weights and ranges, and how they are read. What a model is asked of them is `card`. Pure.

use serde_json::{Map, Value};
use shared::problem::Problem;

/// Criteria of a rubric at most.
pub const MOST_CRITERIA: usize = 20;
/// Letters of a criterion's name at most.
const LONGEST_NAME: usize = 100;
/// Letters of its description at most.
const LONGEST_DESCRIPTION: usize = 1_000;
/// The largest weight, and the largest number in a range.
const LARGEST: f64 = 1_000_000.0;

/// By what a picture is scored.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Rubric {
    /// One to twenty.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 20)))]
    pub criteria: Vec<Criterion>,
}

/// One thing that is scored.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Criterion {
    /// What it is called; each name once.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 100)))]
    pub name: String,
    /// What earns few points and what many.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 1_000)))]
    pub description: String,
    /// How much it counts beside the others.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default = "one"))]
    pub weight: f64,
    /// The fewest and the most points.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default = "ten"))]
    pub range: [f64; 2],
}

const fn one() -> f64 {
    1.0
}

const fn ten() -> [f64; 2] {
    [0.0, 10.0]
}

impl Rubric {
    /// Reads one, JSON.
    ///
    /// # Errors
    /// 422 with a pointer below `/rubric`.
    pub fn read(json: &str) -> Result<Self, Problem> {
        let whole: Value = shared::json::read(json).map_err(Problem::internal)?;
        let whole = members(&whole, "/rubric", &["criteria"])?;
        let list = whole.get("criteria").and_then(Value::as_array);
        let list = list.ok_or_else(|| Problem::invalid("/rubric/criteria", "missing", "must be a list of criteria"))?;
        let criteria: Result<Vec<Criterion>, Problem> = list.iter().enumerate().map(Criterion::read).collect();
        Ok(Self { criteria: criteria? })
    }

    /// Checks what its types do not say.
    ///
    /// # Errors
    /// 422 with a pointer below `/rubric`.
    pub fn check(&self) -> Result<(), Problem> {
        let refuse = |at: String, rule: &str| Err(Problem::invalid(at, "invalid", rule));
        if !(1..=MOST_CRITERIA).contains(&self.criteria.len()) {
            return refuse("/rubric/criteria".to_owned(), "must be 1 to 20 criteria");
        }
        for (n, criterion) in self.criteria.iter().enumerate() {
            if let Some((member, rule)) = criterion.fault() {
                return refuse(format!("/rubric/criteria/{n}/{member}"), rule);
            }
            if self.criteria.iter().take(n).any(|other| other.name == criterion.name) {
                return refuse(format!("/rubric/criteria/{n}/name"), "must not be the name of another criterion");
            }
        }
        let sum: f64 = self.criteria.iter().map(|criterion| criterion.weight).sum();
        if sum > 0.0 { Ok(()) } else { refuse("/rubric/criteria".to_owned(), "must weigh more than nothing") }
    }
}

/// The members of an object that has no others.
fn members<'a>(value: &'a Value, at: &str, known: &[&str]) -> Result<&'a Map<String, Value>, Problem> {
    let members = value.as_object().ok_or_else(|| Problem::invalid(at, "invalid", "must be an object"))?;
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(Problem::invalid(format!("{at}/{unknown}"), "unknown", "is no member")),
        None => Ok(members),
    }
}

impl Criterion {
    /// Reads the one in this place.
    fn read((n, value): (usize, &Value)) -> Result<Self, Problem> {
        let at = format!("/rubric/criteria/{n}");
        let members = members(value, &at, &["name", "description", "weight", "range"])?;
        let refuse = |member: &str, rule: &str| Problem::invalid(format!("{at}/{member}"), "invalid", rule);
        let text = |name: &str| {
            let text = members.get(name).and_then(Value::as_str).map(str::to_owned);
            text.ok_or_else(|| refuse(name, "must be a text"))
        };
        let weight = members.get("weight").map_or(Some(one()), Value::as_f64);
        let range = match members.get("range") {
            None => Some(ten()),
            Some(range) => range.as_array().and_then(|range| match range.as_slice() {
                [least, most] => Some([least.as_f64()?, most.as_f64()?]),
                _ => None,
            }),
        };
        Ok(Self {
            name: text("name")?,
            description: text("description")?,
            weight: weight.ok_or_else(|| refuse("weight", "must be a number"))?,
            range: range.ok_or_else(|| refuse("range", "must be the fewest and the most points"))?,
        })
    }

    /// What is wrong with it: a member, and the rule.
    fn fault(&self) -> Option<(&'static str, &'static str)> {
        let letters = self.name.chars().count();
        let [least, most] = self.range;
        let sound = |number: f64| number.is_finite() && number.abs() <= LARGEST;
        if !(1..=LONGEST_NAME).contains(&letters) || self.name.chars().any(char::is_control) {
            return Some(("name", "must have 1 to 100 letters"));
        }
        if self.description.chars().count() > LONGEST_DESCRIPTION {
            return Some(("description", "must have 1000 letters at most"));
        }
        if !sound(self.weight) || self.weight < 0.0 {
            return Some(("weight", "must be from 0 to 1000000"));
        }
        let ordered = sound(least) && sound(most) && least < most;
        (!ordered).then_some(("range", "must be the fewest and the most points"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rubric(criteria: Value) -> Rubric {
        Rubric::read(&json!({ "criteria": criteria }).to_string()).unwrap()
    }

    #[test]
    fn a_rubric_that_makes_no_sense_is_refused_where_it_does_not() {
        for (criteria, at) in [
            (json!([]), "/rubric/criteria"),
            (json!([{"name": "", "description": ""}]), "/rubric/criteria/0/name"),
            (json!([{"name": "a", "description": "", "range": [3, 3]}]), "/rubric/criteria/0/range"),
            (json!([{"name": "a", "description": "", "weight": -1}]), "/rubric/criteria/0/weight"),
            (json!([{"name": "a", "description": "", "weight": 0}]), "/rubric/criteria"),
            (json!([{"name": "a", "description": ""}, {"name": "a", "description": ""}]), "/rubric/criteria/1/name"),
        ] {
            assert_eq!(rubric(criteria).check().unwrap_err().errors[0].pointer, at);
        }
    }
}
