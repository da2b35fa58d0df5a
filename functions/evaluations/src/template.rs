//! Templates of evaluations: texts with places such as `{{item.question}}` and `{{sample.output_text}}`. Filling is one
//! pass: what a value says is never read as a template.

use serde_json::Value;

/// Bytes that a filled template may have.
pub const LONGEST: usize = 256 * 1024;

/// What is wrong with a template, or with filling it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// Where places lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// A row of the data set.
    Item,
    /// What the model answered.
    Sample,
}

/// What a template is filled with.
#[derive(Clone, Copy, Debug)]
pub struct Values<'v> {
    /// The row of the data set.
    pub item: &'v Value,
    /// What the model answered; `None` while it is asked.
    pub sample: Option<&'v str>,
}

enum Piece<'t> {
    Text(&'t str),
    Place { root: Root, path: Vec<&'t str> },
}

fn pieces(template: &str) -> Result<Vec<Piece<'_>>, Fault> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or_else(|| Fault("has a `{{` without its `}}`".to_owned()))?;
        pieces.push(Piece::Text(before));
        pieces.push(place(name.trim())?);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn place(name: &str) -> Result<Piece<'_>, Fault> {
    let unknown =
        || Fault(format!("names `{name}`: `item.…`, `sample.output_text` and `sample.output_json` are known"));
    let mut parts = name.split('.');
    let (root, path): (_, Vec<&str>) = (parts.next().unwrap_or_default(), parts.collect());
    if path.iter().any(|part| part.is_empty()) {
        return Err(unknown());
    }
    match (root, path.first().copied()) {
        ("item", _) => Ok(Piece::Place { root: Root::Item, path }),
        ("sample", Some("output_text")) if path.len() == 1 => Ok(Piece::Place { root: Root::Sample, path }),
        ("sample", Some("output_json")) => Ok(Piece::Place { root: Root::Sample, path }),
        _ => Err(unknown()),
    }
}

/// What a template names.
///
/// # Errors
/// A template that cannot be read.
pub fn roots(template: &str) -> Result<Vec<Root>, Fault> {
    let places = pieces(template)?.into_iter().filter_map(|piece| match piece {
        Piece::Text(_) => None,
        Piece::Place { root, .. } => Some(root),
    });
    Ok(places.collect())
}

/// The template with its values. A text stands as it is, anything else as JSON; what the row does not have is nothing.
///
/// # Errors
/// A template that cannot be read, an answer that is no JSON where one is asked for, and a result beyond [`LONGEST`].
pub fn fill(template: &str, values: Values<'_>) -> Result<String, Fault> {
    let mut text = String::with_capacity(template.len());
    for piece in pieces(template)? {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Place { root: Root::Item, path } => push(&mut text, at(values.item, &path)),
            Piece::Place { root: Root::Sample, path } => push_sample(&mut text, values.sample, &path)?,
        }
        if text.len() > LONGEST {
            return Err(Fault(format!("comes to more than {LONGEST} bytes")));
        }
    }
    Ok(text)
}

fn push_sample(text: &mut String, sample: Option<&str>, path: &[&str]) -> Result<(), Fault> {
    let sample = sample.ok_or_else(|| Fault("names the sample before there is one".to_owned()))?;
    let Some((&"output_json", path)) = path.split_first() else {
        text.push_str(sample);
        return Ok(());
    };
    let json: Value = json_of(sample).ok_or_else(|| Fault("reads an answer as JSON that is none".to_owned()))?;
    push(text, at(&json, path));
    Ok(())
}

/// The JSON that an answer is, with or without a fence of Markdown around it.
#[must_use]
pub fn json_of(answer: &str) -> Option<Value> {
    let text = answer.trim();
    let fenced = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let inner = fenced.map_or(text, |rest| rest.strip_prefix("json").unwrap_or(rest));
    shared::json::read(inner.trim()).ok()
}

fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(members) => members.get(*part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

fn push(text: &mut String, value: Option<&Value>) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::String(words)) => text.push_str(words),
        Some(other) => text.push_str(&serde_json::to_string(other).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};
    use serde_json::json;

    use super::*;

    fn filled(template: &str, item: &Value, sample: Option<&str>) -> Result<String, Fault> {
        fill(template, Values { item, sample })
    }

    #[test]
    fn places_are_filled_with_what_they_name() {
        let item = json!({"q": "2+2", "n": 4, "deep": {"list": ["a", "b"]}, "nothing": null});
        for (template, text) in [
            ("{{item.q}} = {{ item.n }}", "2+2 = 4"),
            ("{{item.deep.list.1}}{{item.absent}}{{item.nothing}}", "b"),
            ("{{item.deep}}", r#"{"list":["a","b"]}"#),
            ("{{sample.output_text}}", "{\"x\": 1}"),
            ("{{sample.output_json.x}}", "1"),
            ("} { plain", "} { plain"),
        ] {
            assert_eq!(filled(template, &item, Some("{\"x\": 1}")), Ok(text.to_owned()), "{template}");
        }
    }

    #[test]
    fn what_cannot_be_filled_is_said() {
        for template in ["{{item.q", "{{other}}", "{{sample}}", "{{sample.input}}", "{{item..q}}"] {
            assert!(roots(template).is_err(), "{template}");
        }
        assert!(filled("{{sample.output_text}}", &json!({}), None).is_err());
        assert!(filled("{{sample.output_json}}", &json!({}), Some("no json")).is_err());
    }

    #[test]
    fn json_in_a_fence_is_json() {
        assert_eq!(json_of("```json\n{\"a\":1}\n```"), Some(json!({"a": 1})));
        assert_eq!(json_of("not"), None);
    }

    proptest! {
        #[test]
        fn a_value_is_never_read_as_a_template(value in ".*") {
            prop_assert_eq!(filled("<{{item.v}}>", &json!({ "v": value }), None), Ok(format!("<{value}>")));
        }

        #[test]
        fn no_template_panics(template in ".*", braces in "[{}. a-z]*") {
            let _ = filled(&template, &json!({}), Some(""));
            let _ = filled(&braces, &json!({}), Some(""));
        }
    }
}
