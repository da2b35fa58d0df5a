//! What becomes of an analysis by what the AI function answered. Pure.

use serde::Deserialize;

use super::asking::Answered;
use crate::model::Failure;
use crate::row::AnalysisRow;
use crate::task::{Asked, Settings};

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
pub fn decide(row: &AnalysisRow, settings: &Settings, asked: &Asked, answered: &Answered) -> Outcome {
    match answered {
        Answered::Nothing(_) => repeated(row, None).unwrap_or_else(|| {
            Outcome::Failed(Failure::new("unreachable", "The model did not answer, again and again."))
        }),
        Answered::Said { status: 200..=299, provider, cost_nano_usd, body, .. } => {
            let said = read(body, |text| settings.kept(asked, text));
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

#[derive(Deserialize)]
struct Completion {
    #[serde(default)]
    model: Option<String>,
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

fn read(body: &[u8], keep: impl Fn(&str) -> Option<String>) -> Option<Said> {
    let Completion { model, choices, usage } = serde_json::from_slice(body).ok()?;
    let text = choices.into_iter().next()?.message.content?;
    let Usage { prompt_tokens, completion_tokens } = usage.unwrap_or_default();
    Some(Said { result: keep(&text)?, model_version: model, prompt_tokens, completion_tokens, ..Said::default() })
}

#[derive(Deserialize)]
struct Refusal {
    error: Refused,
}

#[derive(Deserialize)]
struct Refused {
    message: String,
    #[serde(default)]
    code: Option<String>,
}

fn refusal(status: u16, body: &[u8]) -> Failure {
    let refused = serde_json::from_slice::<Refusal>(body).ok().map(|refusal| refusal.error);
    let (code, detail) = match refused {
        Some(Refused { message, code }) => (code, message.chars().take(LONGEST_DETAIL).collect()),
        None => (None, format!("The AI function answered {status}.")),
    };
    // The chat route tells it in OpenAI's words.
    let code = if status == 402 { Some("budget_exhausted".to_owned()) } else { code };
    Failure { code: code.unwrap_or_else(|| "refused".to_owned()), detail, status: Some(status) }
}
