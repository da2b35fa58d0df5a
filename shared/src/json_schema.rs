//! JSON Schema, the part of it that says what an item or an answer looks like. A schema with a word that is not known
//! here is refused when it is given, so that none is silently passed over.

use serde_json::{Map, Value};

/// Words that are checked.
const CHECKED: [&str; 17] = [
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "anyOf",
    "allOf",
];
/// Words that say nothing about what fits.
const REMARKS: [&str; 9] =
    ["title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated", "format"];
const DEEPEST: usize = 32;

/// What is wrong with a schema itself: a word that is not known here, or one whose value makes no sense.
#[must_use]
pub fn fault(schema: &Value) -> Option<String> {
    fault_at(schema, 0)
}

fn fault_at(schema: &Value, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return Some(format!("is nested deeper than {DEEPEST}"));
    }
    let members = match schema {
        Value::Bool(_) => return None,
        Value::Object(members) => members,
        _ => return Some("must be an object".to_owned()),
    };
    members.iter().find_map(|(word, value)| match word.as_str() {
        "properties" => match value {
            Value::Object(parts) => parts.values().find_map(|part| fault_at(part, depth + 1)),
            _ => Some("`properties` must be an object".to_owned()),
        },
        "items" | "additionalProperties" => fault_at(value, depth + 1),
        "anyOf" | "allOf" => match value {
            Value::Array(parts) if !parts.is_empty() => parts.iter().find_map(|part| fault_at(part, depth + 1)),
            _ => Some(format!("`{word}` must be a list of schemas")),
        },
        word if CHECKED.contains(&word) || REMARKS.contains(&word) => None,
        other => Some(format!("has `{other}`, which is not checked here")),
    })
}

/// Whether a value fits a schema.
#[must_use]
pub fn fits(schema: &Value, value: &Value) -> bool {
    match schema {
        Value::Bool(any) => *any,
        Value::Object(words) => words.iter().all(|(word, rule)| fits_word(words, word, rule, value)),
        _ => false,
    }
}

fn fits_word(words: &Map<String, Value>, word: &str, rule: &Value, value: &Value) -> bool {
    let limit = || rule.as_f64().unwrap_or(f64::NAN);
    // A rule about numbers holds for everything that is none, and so for the others.
    let number = |holds: fn(f64, f64) -> bool| value.as_f64().is_none_or(|number| holds(number, limit()));
    let length = |holds: fn(usize, usize) -> bool, size: Option<usize>| {
        let bound = rule.as_u64().and_then(|bound| usize::try_from(bound).ok());
        size.zip(bound).is_none_or(|(size, bound)| holds(size, bound))
    };
    let letters = || value.as_str().map(|text| text.chars().count());
    let items = || value.as_array().map(Vec::len);
    match word {
        "type" => is_type(rule, value),
        "enum" => rule.as_array().is_some_and(|values| values.iter().any(|one| same(one, value))),
        "const" => same(rule, value),
        "minimum" => number(|number, limit| number >= limit),
        "maximum" => number(|number, limit| number <= limit),
        "exclusiveMinimum" => number(|number, limit| number > limit),
        "exclusiveMaximum" => number(|number, limit| number < limit),
        "minLength" => length(|size, bound| size >= bound, letters()),
        "maxLength" => length(|size, bound| size <= bound, letters()),
        "minItems" => length(|size, bound| size >= bound, items()),
        "maxItems" => length(|size, bound| size <= bound, items()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| fits(rule, item))),
        "anyOf" => rule.as_array().is_some_and(|parts| parts.iter().any(|part| fits(part, value))),
        "allOf" => rule.as_array().is_some_and(|parts| parts.iter().all(|part| fits(part, value))),
        "properties" | "required" | "additionalProperties" => {
            value.as_object().is_none_or(|members| fits_members(words, word, rule, members))
        }
        _ => true,
    }
}

fn fits_members(words: &Map<String, Value>, word: &str, rule: &Value, members: &Map<String, Value>) -> bool {
    let known = words.get("properties").and_then(Value::as_object);
    match word {
        "required" => rule
            .as_array()
            .is_some_and(|names| names.iter().all(|name| name.as_str().is_some_and(|name| members.contains_key(name)))),
        "properties" => rule.as_object().is_some_and(|parts| {
            parts.iter().all(|(name, part)| members.get(name).is_none_or(|value| fits(part, value)))
        }),
        _ => members
            .iter()
            .filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)))
            .all(|(_, value)| fits(rule, value)),
    }
}

fn is_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    };
    match rule {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => false,
    }
}

/// Whether two values are equal, whatever order members stand in and however a number is written.
#[must_use]
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other
                || one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| one.to_bits() == other.to_bits())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_fits_or_not() {
        let schema = json!({"type": "object", "required": ["n"], "additionalProperties": false, "properties": {
            "n": {"type": "integer", "minimum": 1, "maximum": 9},
            "tags": {"type": "array", "maxItems": 2, "items": {"enum": ["a", "b"]}},
            "name": {"type": ["string", "null"], "minLength": 2}
        }});
        assert_eq!(fault(&schema), None);
        for (value, expected) in [
            (json!({"n": 3}), true),
            (json!({"n": 3.0, "tags": ["a", "b"], "name": null}), true),
            (json!({}), false),
            (json!({"n": 0}), false),
            (json!({"n": 3, "x": 1}), false),
            (json!({"n": 3, "tags": ["c"]}), false),
            (json!({"n": 3, "tags": ["a", "a", "a"]}), false),
            (json!({"n": 3, "name": "x"}), false),
            (json!([]), false),
        ] {
            assert_eq!(fits(&schema, &value), expected, "{value}");
        }
    }

    #[test]
    fn a_schema_with_a_word_that_is_not_checked_is_refused() {
        assert!(fault(&json!({"properties": {"a": {"pattern": "x"}}})).is_some_and(|why| why.contains("pattern")));
        assert!(fault(&json!(3)).is_some());
        assert!(fault(&json!({"anyOf": []})).is_some());
    }

    #[test]
    fn values_are_equal_however_they_are_written() {
        assert!(same(&json!({"a": 1, "b": [2.0]}), &json!({"b": [2], "a": 1.0})));
        assert!(!same(&json!({"a": 1}), &json!({"a": 1, "b": null})));
        assert!(!same(&json!("1"), &json!(1)));
    }
}
