//! Judges: models that score another's answer. What they are told beside the rubric, and how their word is read. A
//! judge that says nothing that can be read has failed; it never passes anything.

use serde_json::Value;

use super::Scored;
use super::criterion::{Criterion, LabelModel, ScoreModel};
use super::message::{Message, Role};
use crate::template::{Fault, Values, fill, json_of};

/// Tokens a judge may write: its verdict and its reason.
pub const MOST_TOKENS: u64 = 2_048;

/// What is said to a model: the role and the text.
pub type Said = (Role, String);

/// Whom a judge is, and what it is told; `None` for a scorer that asks nobody.
///
/// # Errors
/// A template that cannot be filled.
pub fn question<'c>(criterion: &'c Criterion, values: Values<'_>) -> Result<Option<(&'c str, Vec<Said>)>, Fault> {
    let (model, input, rule) = match criterion {
        Criterion::LabelModel(judge) => (&judge.model, &judge.input, label_rule(judge)),
        Criterion::ScoreModel(judge) => (&judge.model, &judge.input, score_rule(judge)),
        _ => return Ok(None),
    };
    let mut said = filled(input, values)?;
    said.push((Role::User, rule));
    Ok(Some((model, said)))
}

/// Messages with their values.
///
/// # Errors
/// A template that cannot be filled.
pub fn filled(messages: &[Message], values: Values<'_>) -> Result<Vec<Said>, Fault> {
    messages.iter().map(|message| Ok((message.role, fill(message.text(), values)?))).collect()
}

fn label_rule(judge: &LabelModel) -> String {
    let labels = serde_json::to_string(&judge.labels).unwrap_or_default();
    format!(
        "Choose the one label of {labels} that fits. Answer with JSON alone: \
{{\"reason\": \"one sentence\", \"label\": \"the label\"}}"
    )
}

fn score_rule(judge: &ScoreModel) -> String {
    let [least, most] = judge.bounds();
    format!(
        "Give a score from {least} to {most}. Answer with JSON alone: {{\"reason\": \"one sentence\", \"score\": number}}"
    )
}

/// What a judge's word comes to; `None` for a scorer that is no judge.
#[must_use]
pub fn verdict(criterion: &Criterion, word: &str) -> Option<Scored> {
    let json = json_of(word).or_else(|| json_of(braced(word)?));
    let member = |name: &str| json.as_ref().and_then(|json| json.get(name));
    let reason = member("reason").and_then(Value::as_str).map(|reason| reason.chars().take(500).collect());
    let scored = match criterion {
        Criterion::LabelModel(judge) => {
            let said = member("label").and_then(Value::as_str).unwrap_or(word).trim();
            let label = judge.labels.iter().find(|label| label.eq_ignore_ascii_case(said));
            label.map(|label| {
                let passed = judge.passing_labels.contains(label);
                Scored::of(criterion, f64::from(u8::from(passed)), passed)
            })
        }
        Criterion::ScoreModel(judge) => {
            let said = member("score").and_then(Value::as_f64).or_else(|| word.trim().parse().ok());
            let [least, most] = judge.bounds();
            let points = said.filter(|points| (least..=most).contains(points));
            points.map(|points| Scored::of(criterion, points, points >= judge.threshold()))
        }
        _ => return None,
    };
    Some(scored.map_or_else(
        || Scored::failed(criterion, "the judge said nothing that can be read".to_owned()),
        |scored| Scored { reason, ..scored },
    ))
}

/// What stands between the first and the last brace: models like to explain themselves around JSON.
fn braced(word: &str) -> Option<&str> {
    word.get(word.find('{')?..=word.rfind('}')?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn label() -> Criterion {
        serde_json::from_value(json!({"type": "label_model", "name": "tone", "model": "judge",
            "input": [{"role": "system", "content": "Is {{sample.output_text}} polite?"}],
            "labels": ["polite", "rude"], "passing_labels": ["polite"]}))
        .unwrap()
    }

    fn points() -> Criterion {
        serde_json::from_value(json!({"type": "score_model", "name": "worth", "model": "judge", "range": [1, 5],
            "input": [{"role": "user", "content": {"type": "input_text", "text": "Rate {{sample.output_text}}."}}],
            "pass_threshold": 4}))
        .unwrap()
    }

    #[test]
    fn a_judge_is_told_the_rubric_and_how_to_answer() {
        let values = Values { item: &Value::Null, sample: Some("\"hello\"") };
        let judge = label();
        let (model, said) = question(&judge, values).unwrap().unwrap();
        assert_eq!((model, said.len()), ("judge", 2));
        assert_eq!(said[0], (Role::System, "Is \"hello\" polite?".to_owned()));
        assert!(said[1].1.contains(r#"["polite","rude"]"#));
    }

    #[test]
    fn a_verdict_is_read_however_it_is_wrapped() {
        for (word, passed) in [
            (r#"{"reason": "kind", "label": "polite"}"#, true),
            ("```json\n{\"label\": \"Polite\"}\n```", true),
            ("Well: {\"label\": \"rude\"} that is it", false),
            ("polite", true),
            ("I do not know", false),
            (r#"{"label": "kind"}"#, false),
        ] {
            assert_eq!(verdict(&label(), word).unwrap().passed, passed, "{word}");
        }
        assert_eq!(verdict(&label(), "?").unwrap().reason.as_deref(), Some("the judge said nothing that can be read"));
    }

    #[test]
    fn points_pass_from_the_threshold_on_and_only_within_the_range() {
        for (word, passed) in [(r#"{"score": 4}"#, true), (r#"{"score": 3.9}"#, false), ("5", true), ("6", false)] {
            assert_eq!(verdict(&points(), word).unwrap().passed, passed, "{word}");
        }
    }
}
