//! What can be wrong with a scorer beyond its shape: names, templates, thresholds, labels. Pure.

use shared::json_schema as schema;

use super::criterion::{Criterion, JsonCheck, JsonOperation, LONGEST_NAME, LabelModel, ScoreModel};
use super::message::Message;
use crate::template::{self, Root};

/// Messages of a template.
pub const MOST_MESSAGES: usize = 32;

/// Labels of a judge.
const MOST_LABELS: usize = 50;

impl Criterion {
    /// What is wrong with it: a member of it, and why.
    #[must_use]
    pub fn fault(&self) -> Option<(&'static str, String)> {
        let name = self.name();
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Some(("name", format!("must have 1 to {LONGEST_NAME} characters")));
        }
        match self {
            Self::StringCheck(check) => texts(&[("input", &check.input), ("reference", &check.reference)]),
            Self::TextSimilarity(check) => share("pass_threshold", check.pass_threshold)
                .or_else(|| texts(&[("input", &check.input), ("reference", &check.reference)])),
            Self::Numeric(check) => positive("tolerance", check.tolerance)
                .or_else(|| positive("relative_tolerance", check.relative_tolerance))
                .or_else(|| texts(&[("input", &check.input), ("reference", &check.reference)])),
            Self::JsonCheck(check) => json_fault(check),
            Self::LabelModel(judge) => label_fault(judge),
            Self::ScoreModel(judge) => score_fault(judge),
        }
    }
}

type MemberFault = Option<(&'static str, String)>;

fn texts(templates: &[(&'static str, &str)]) -> MemberFault {
    templates.iter().find_map(|(member, text)| Some((*member, template::roots(text).err()?.0)))
}

fn share(member: &'static str, number: f64) -> MemberFault {
    (!(0.0..=1.0).contains(&number)).then(|| (member, "must be from 0 to 1".to_owned()))
}

fn positive(member: &'static str, number: f64) -> MemberFault {
    (!number.is_finite() || number < 0.0).then(|| (member, "must not be below 0".to_owned()))
}

fn json_fault(check: &JsonCheck) -> MemberFault {
    let wanted = (check.operation == JsonOperation::Equal, check.operation == JsonOperation::Schema);
    if (check.reference.is_some(), check.schema.is_some()) != wanted {
        return Some(("operation", "`equal` goes with a reference, `schema` with a schema".to_owned()));
    }
    texts(&[("input", &check.input), ("reference", check.reference.as_deref().unwrap_or_default())])
        .or_else(|| Some(("schema", schema::fault(check.schema.as_ref()?)?)))
}

fn label_fault(judge: &LabelModel) -> MemberFault {
    let fits = |label: &String| !label.trim().is_empty() && label.chars().count() <= LONGEST_NAME;
    if !(2..=MOST_LABELS).contains(&judge.labels.len()) || !judge.labels.iter().all(fits) {
        return Some(("labels", format!("must be 2 to {MOST_LABELS} labels")));
    }
    if judge.passing_labels.is_empty() || !judge.passing_labels.iter().all(|label| judge.labels.contains(label)) {
        return Some(("passing_labels", "must be some of the labels".to_owned()));
    }
    judge_fault(&judge.model, &judge.input)
}

fn score_fault(judge: &ScoreModel) -> MemberFault {
    let [least, most] = judge.bounds();
    if !(least.is_finite() && most.is_finite() && least < most) {
        return Some(("range", "must be the fewest and the most points".to_owned()));
    }
    if !(least..=most).contains(&judge.threshold()) {
        return Some(("pass_threshold", "must be within the range".to_owned()));
    }
    judge_fault(&judge.model, &judge.input)
}

fn judge_fault(model: &str, input: &[Message]) -> MemberFault {
    if model.is_empty() || model.len() > 256 {
        return Some(("model", "must name a model".to_owned()));
    }
    messages_fault(input).map(|why| ("input", why))
}

/// What is wrong with a template of messages.
#[must_use]
pub fn messages_fault(messages: &[Message]) -> Option<String> {
    if !(1..=MOST_MESSAGES).contains(&messages.len()) {
        return Some(format!("must be 1 to {MOST_MESSAGES} messages"));
    }
    messages.iter().find_map(|message| template::roots(message.text()).err().map(|fault| fault.0))
}

/// Whether messages read the sample, which is not there before the model answered.
#[must_use]
pub fn reads_sample(messages: &[Message]) -> bool {
    messages.iter().any(|message| template::roots(message.text()).is_ok_and(|roots| roots.contains(&Root::Sample)))
}
