//! Scoring an answer, without I/O: what a scorer gives for the texts its templates come to. Judges are models: here is
//! what they are told and how their word is read, not the asking.

pub mod criterion;
pub mod fault;
pub mod judge;
pub mod message;
pub mod similarity;

use serde::Serialize;
use serde_json::Value;
use shared::json_schema as schema;

use self::criterion::{Comparison, Criterion, JsonCheck, JsonOperation, Numeric};
use super::template::{Fault, Values, fill, json_of};

/// What a scorer gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "EvalScore"))]
pub struct Scored {
    /// The scorer's name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it gave: 0 or 1 of what holds or not, a likeness, points.
    pub score: f64,
    /// Whether that passes.
    pub passed: bool,
    /// What is to be said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Scored {
    /// Of this scorer.
    #[must_use]
    pub fn of(criterion: &Criterion, score: f64, passed: bool) -> Self {
        Self { name: criterion.name().to_owned(), kind: criterion.kind().to_owned(), score, passed, reason: None }
    }

    /// A scorer that could not do its work: nothing passes by that.
    #[must_use]
    pub fn failed(criterion: &Criterion, reason: String) -> Self {
        Self { reason: Some(reason), ..Self::of(criterion, 0.0, false) }
    }
}

/// What a scorer that asks nobody gives; `None` for a judge.
#[must_use]
pub fn score(criterion: &Criterion, values: Values<'_>) -> Option<Scored> {
    let scored = match criterion {
        Criterion::LabelModel(_) | Criterion::ScoreModel(_) => return None,
        Criterion::StringCheck(check) => two(&check.input, &check.reference, values)
            .map(|(input, reference)| held(criterion, compare(check.operation, &input, &reference))),
        Criterion::TextSimilarity(check) => two(&check.input, &check.reference, values).map(|(input, reference)| {
            let likeness = similarity::likeness(check.evaluation_metric, &input, &reference);
            Scored::of(criterion, likeness, likeness >= check.pass_threshold)
        }),
        Criterion::Numeric(check) => two(&check.input, &check.reference, values)
            .map(|(input, reference)| held(criterion, near(check, &input, &reference))),
        Criterion::JsonCheck(check) => json_holds(check, values).map(|holds| held(criterion, holds)),
    };
    Some(scored.unwrap_or_else(|Fault(why)| Scored::failed(criterion, why)))
}

fn held(criterion: &Criterion, holds: bool) -> Scored {
    Scored::of(criterion, f64::from(u8::from(holds)), holds)
}

fn two(input: &str, reference: &str, values: Values<'_>) -> Result<(String, String), Fault> {
    Ok((fill(input, values)?, fill(reference, values)?))
}

fn compare(operation: Comparison, input: &str, reference: &str) -> bool {
    match operation {
        Comparison::Eq => input == reference,
        Comparison::Ne => input != reference,
        Comparison::Like => input.contains(reference),
        Comparison::Ilike => input.to_lowercase().contains(&reference.to_lowercase()),
        Comparison::StartsWith => input.starts_with(reference),
        Comparison::EndsWith => input.ends_with(reference),
    }
}

fn near(check: &Numeric, input: &str, reference: &str) -> bool {
    let (Some(found), Some(wanted)) = (last_number(input), last_number(reference)) else { return false };
    let tolerance = check.tolerance.max(check.relative_tolerance * wanted.abs());
    // A number is as exact as its sixteenth digit: 0.3 - 0.1 is within 0.2 of 0.1.
    (found - wanted).abs() <= tolerance + (found.abs() + wanted.abs()) * 1e-15
}

/// The last number in a text: what models write their result as. `1,234.5` is one number.
fn last_number(text: &str) -> Option<f64> {
    let is_part = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '-' | '+' | 'e' | 'E');
    let words = text.split(|letter| !is_part(letter));
    let mut numbers = words.filter(|word| word.contains(|letter: char| letter.is_ascii_digit())).filter_map(|word| {
        let bare = word.trim_matches(['.', ',', 'e', 'E', '+']).trim_end_matches('-');
        bare.replace(',', "").parse::<f64>().ok().filter(|number| number.is_finite())
    });
    numbers.next_back()
}

fn json_holds(check: &JsonCheck, values: Values<'_>) -> Result<bool, Fault> {
    let Some(json) = json_of(&fill(&check.input, values)?) else { return Ok(false) };
    Ok(match (check.operation, &check.schema, &check.reference) {
        (JsonOperation::Valid, ..) => true,
        (JsonOperation::Schema, Some(schema), _) => schema::fits(schema, &json),
        (JsonOperation::Equal, _, Some(reference)) => {
            json_of(&fill(reference, values)?).is_some_and(|wanted: Value| schema::same(&wanted, &json))
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use serde_json::json;

    use super::*;

    fn scored(criterion: &Value, item: &Value, sample: &str) -> Scored {
        let criterion: Criterion = serde_json::from_value(criterion.clone()).unwrap();
        assert_eq!(criterion.fault(), None);
        score(&criterion, Values { item, sample: Some(sample) }).unwrap()
    }

    fn check(operation: &str) -> Value {
        json!({"type": "string_check", "name": "c", "input": "{{sample.output_text}}",
            "reference": "{{item.a}}", "operation": operation})
    }

    #[test]
    fn texts_are_compared_as_asked() {
        for (operation, sample, passes) in [
            ("eq", "Paris", true),
            ("eq", "paris", false),
            ("ne", "paris", true),
            ("like", "It is Paris.", true),
            ("like", "it is paris.", false),
            ("ilike", "it is PARIS.", true),
            ("starts_with", "Paris it is", true),
            ("ends_with", "Paris it is", false),
        ] {
            let found = scored(&check(operation), &json!({"a": "Paris"}), sample);
            assert_eq!((found.passed, found.score > 0.5), (passes, passes), "{operation} {sample}");
        }
    }

    #[test]
    fn numbers_are_near_or_not() {
        let numeric = |tolerance: f64| {
            json!({"type": "numeric", "name": "n", "input": "{{sample.output_text}}", "reference": "{{item.a}}",
                "tolerance": tolerance})
        };
        for (tolerance, sample, passes) in [
            (0.0, "The answer is 1,234.5.", true),
            (0.0, "5 + 1229.5 = 1234.5", true),
            (0.5, "1235", true),
            (0.4, "1235", false),
            (0.0, "nothing", false),
            (0.0, "-1234.5", false),
        ] {
            assert_eq!(scored(&numeric(tolerance), &json!({"a": 1234.5}), sample).passed, passes, "{sample}");
        }
    }

    #[test]
    fn json_is_read_compared_and_checked() {
        let with = |rest: Value| {
            let mut all = json!({"type": "json_check", "name": "j", "input": "{{sample.output_text}}"});
            all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            all
        };
        let item = json!({"want": {"b": [1], "a": 2}});
        let equal = with(json!({"operation": "equal", "reference": "{{item.want}}"}));
        assert!(scored(&equal, &item, "```json\n{\"a\": 2.0, \"b\": [1]}\n```").passed);
        assert!(!scored(&equal, &item, "{\"a\": 2}").passed);
        assert!(scored(&with(json!({"operation": "valid"})), &item, "[]").passed);
        assert!(!scored(&with(json!({"operation": "valid"})), &item, "[").passed);
        let shaped = with(json!({"operation": "schema", "schema": {"type": "object", "required": ["a"]}}));
        assert!(scored(&shaped, &item, "{\"a\": 1}").passed && !scored(&shaped, &item, "{}").passed);
    }

    #[test]
    fn a_scorer_that_makes_no_sense_is_named_by_its_member() {
        for (criterion, member) in [
            (json!({"type": "string_check", "name": "", "input": "", "reference": "", "operation": "eq"}), "name"),
            (
                json!({"type": "string_check", "name": "c", "input": "{{x}}", "reference": "", "operation": "eq"}),
                "input",
            ),
            (
                json!({"type": "text_similarity", "name": "c", "input": "", "reference": "",
                    "evaluation_metric": "rouge_l", "pass_threshold": 2}),
                "pass_threshold",
            ),
            (json!({"type": "json_check", "name": "c", "input": "", "operation": "schema"}), "operation"),
            (
                json!({"type": "label_model", "name": "c", "model": "m", "input": [], "labels": ["a", "b"],
                    "passing_labels": ["c"]}),
                "passing_labels",
            ),
            (json!({"type": "score_model", "name": "c", "model": "m", "input": [], "range": [1, 0]}), "range"),
        ] {
            let criterion: Criterion = serde_json::from_value(criterion).unwrap();
            assert_eq!(criterion.fault().map(|(member, _)| member), Some(member));
        }
    }

    proptest! {
        #[test]
        fn a_text_equals_itself_and_nothing_else(one in ".*", other in ".*") {
            let passes = |operation, reference: &str| scored(&check(operation), &json!({ "a": reference }), &one).passed;
            prop_assert!(passes("eq", &one));
            prop_assert_eq!(passes("eq", &other), one == other);
            prop_assert_eq!(passes("ne", &other), one != other);
        }

        #[test]
        fn a_number_is_found_in_whatever_stands_around_it(number in -1_000_000_000_i64..1_000_000_000, any in any::<u8>()) {
            let text = format!("step {any}: so it is {number}.");
            prop_assert_eq!(last_number(&text), Some(number as f64));
        }

        #[test]
        fn a_score_is_a_number_whatever_was_said(sample in ".*") {
            for operation in ["eq", "like", "ilike", "starts_with"] {
                let item = json!({"a": "x"});
                let found = scored(&check(operation), &item, &sample);
                prop_assert!(found.score.is_finite());
            }
            let _ = last_number(&sample);
        }
    }
}
