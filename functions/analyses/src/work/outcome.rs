//! What becomes of an analysis by what the AI function answered. Pure.

use jobs::upstream::Answered;
use serde_json::Value;

use crate::asked::Asked;
use crate::model::Failure;
use crate::row::AnalysisRow;

/// Tries where something fails that may pass.
const MOST_TRIES: u64 = 8;
/// Answers that do not fit: each is charged.
const MOST_UNFIT: u64 = 3;
/// Seconds between two tries at most.
const LONGEST_WAIT: u32 = 600;
/// Letters of another's message that are kept.
const LONGEST_DETAIL: usize = 500;

/// What the model said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// JSON in the shape of the task.
    pub result: String,
    /// As the model called itself.
    pub model_version: Option<String>,
    /// Whose it is.
    pub provider: Option<String>,
    /// Tokens of the question.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    pub completion_tokens: Option<u64>,
    /// What it cost.
    pub cost_nano_usd: Option<u64>,
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has a result.
    Succeeded(Said),
    /// It has none, and will have none by itself.
    Failed(Failure),
    /// It is tried again.
    Again {
        /// After so many seconds.
        seconds: u32,
        /// By another call: the answer was paid for and did not fit.
        anew: bool,
    },
}

/// What becomes of this analysis after this answer.
pub fn decide(row: &AnalysisRow, asked: &Asked, answered: &Answered) -> Outcome {
    match answered {
        Answered::Nothing(_) => repeated(row, None).unwrap_or_else(|| {
            Outcome::Failed(Failure::new("unreachable", "The model did not answer, again and again."))
        }),
        Answered::Said { status: 200..=299, provider, cost_nano_usd, body, .. } => {
            let said = read(body, |text| asked.kept(text));
            match said {
                Some(said) => {
                    Outcome::Succeeded(Said { provider: provider.clone(), cost_nano_usd: *cost_nano_usd, ..said })
                }
                None if row.unfit + 1 < MOST_UNFIT => Outcome::Again { seconds: 1, anew: true },
                None => Outcome::Failed(Failure::new("unfit_answer", "No answer had the shape that was asked for.")),
            }
        }
        Answered::Said { status, retry_after, body, .. } => {
            let may_pass = matches!(status, 401 | 408 | 409 | 425 | 429 | 500 | 502..=599);
            let again = if may_pass { repeated(row, *retry_after) } else { None };
            again.unwrap_or_else(|| Outcome::Failed(refusal(*status, body)))
        }
    }
}

/// Another try, if there were not too many.
fn repeated(row: &AnalysisRow, retry_after: Option<u32>) -> Option<Outcome> {
    let doubled = 1_u32 << u32::try_from(row.failures).unwrap_or(9).min(9);
    let seconds = retry_after.unwrap_or(0).max(doubled).min(LONGEST_WAIT);
    (row.failures + 1 < MOST_TRIES).then_some(Outcome::Again { seconds, anew: false })
}

/// A completion (OpenAI's shape) whose text is kept.
fn read(body: &[u8], keep: impl Fn(&str) -> Option<String>) -> Option<Said> {
    let completion: Value = serde_json::from_slice(body).ok()?;
    let text = completion.pointer("/choices/0/message/content")?.as_str()?;
    let tokens = |name: &str| completion.get("usage").and_then(|usage| usage.get(name)).and_then(Value::as_u64);
    Some(Said {
        result: keep(text)?,
        model_version: completion.get("model").and_then(Value::as_str).map(str::to_owned),
        prompt_tokens: tokens("prompt_tokens"),
        completion_tokens: tokens("completion_tokens"),
        ..Said::default()
    })
}

fn refusal(status: u16, body: &[u8]) -> Failure {
    let refusal: Value = serde_json::from_slice(body).unwrap_or_default();
    let member = |name: &str| refusal.get("error").and_then(|error| error.get(name)).and_then(Value::as_str);
    // The chat route tells of budgets in OpenAI's words.
    let code = if status == 402 { "budget_exhausted" } else { member("code").unwrap_or("refused") };
    let detail = match member("message") {
        Some(message) => message.chars().take(LONGEST_DETAIL).collect(),
        None => format!("The AI function answered {status}."),
    };
    Failure { code: code.to_owned(), detail, status: Some(status) }
}
