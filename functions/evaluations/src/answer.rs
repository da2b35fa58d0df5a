//! Asking a model for a run: what the AI function is sent, and what its answer means for the row. Pure but for `ask`.

use jobs::upstream;
use serde::{Deserialize, Serialize};
use shared::auth::errand::{Living, Maker};
use shared::platform::Platform;
use shared::problem::Problem;

use crate::item_model::{Line, SampleUsage};
use crate::run_model::RunError;
use crate::run_wish::Sampling;
use crate::scoring::judge::Said;

/// Milliseconds until the answer must be here; the AI function gives up before that by its own deadlines.
const DEADLINE_MS: u32 = 630_000;
/// How often a row is refused before it is given up.
pub const MOST_TRIES: u64 = 5;
/// Seconds before a row is asked again when nobody says how long.
const PAUSE_S: u32 = 10;

/// In whose name models are asked, and for what.
pub struct Asker<'a> {
    /// The door.
    pub platform: &'a Platform,
    /// In whose name.
    pub maker: &'a Maker,
    /// The run.
    pub run: &'a str,
}

/// What a model is asked.
#[derive(Serialize)]
pub struct Question<'a> {
    /// Who.
    pub model: &'a str,
    /// What is said.
    pub messages: &'a [Line],
    /// Further members.
    #[serde(flatten)]
    pub sampling: &'a Sampling,
}

/// What a model answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Why it stopped.
    pub finish_reason: String,
    /// As it calls itself.
    pub model: String,
    /// What was used.
    pub usage: SampleUsage,
}

/// What an answer means for the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The model answered.
    Said(Answer),
    /// It is asked again after so many seconds; whether that counts as a try.
    Later(u32, bool),
    /// The row has no answer.
    Error(RunError),
    /// No row will have one: the run ends.
    Stop(RunError),
}

/// Messages as a chat has them.
#[must_use]
pub fn lines(said: Vec<Said>) -> Vec<Line> {
    let role = |role| serde_json::to_string(&role).unwrap_or_default().trim_matches('"').to_owned();
    said.into_iter().map(|(by, content)| Line { role: role(by), content }).collect()
}

impl Asker<'_> {
    /// Asks a model for one row. Asked again with the same `key` it is answered by what was said before, for a day, and
    /// nothing is charged twice.
    ///
    /// # Errors
    /// 503 when the database fails.
    pub async fn ask(&self, n: u64, key: &str, question: &Question<'_>) -> Result<Outcome, Problem> {
        let living: Option<Living> = self.platform.db().first(self.maker.statement()).await?;
        let token = upstream::token(self.platform, self.maker, living, "evaluation", self.run)?;
        let Some(token) = token else { return Ok(Outcome::Stop(gone())) };
        let (body, request_id) =
            (serde_json::to_vec(question).map_err(Problem::internal)?, format!("{}-{n}", self.run));
        let question = upstream::Question {
            path: "/v1/chat/completions",
            key,
            request_id: Some(&request_id),
            body: &body,
            deadline_ms: DEADLINE_MS,
        };
        Ok(match upstream::ask(self.platform, &token, &question).await {
            upstream::Answered::Said { status, retry_after, body, .. } => outcome(status, retry_after, &body),
            // What is not known to have failed is asked again with the same key.
            upstream::Answered::Nothing(_) => Outcome::Later(PAUSE_S, false),
        })
    }
}

fn gone() -> RunError {
    let message = "The account or the key that made this run may no more call models.";
    RunError { code: "maker_gone".to_owned(), message: message.to_owned() }
}

/// What the AI function's answer means.
#[must_use]
pub fn outcome(status: u16, retry_after: Option<u32>, body: &[u8]) -> Outcome {
    if (200..300).contains(&status) {
        let said = serde_json::from_slice(body).ok().and_then(said);
        return said.map_or_else(|| Outcome::Error(unreadable()), Outcome::Said);
    }
    let error = error_of(status, body);
    let pause = retry_after.unwrap_or(PAUSE_S).clamp(1, 300);
    match status {
        // The same request is on its way in another delivery of this step.
        409 => Outcome::Later(PAUSE_S, false),
        401..=404 => Outcome::Stop(error),
        408 | 429 | 500.. => Outcome::Later(pause, true),
        _ => Outcome::Error(error),
    }
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    model: String,
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Used>,
}

#[derive(Deserialize)]
struct Choice {
    message: Answered,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Answered {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Used {
    prompt_tokens: u64,
    completion_tokens: u64,
    prompt_tokens_details: Option<Cached>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cached {
    cached_tokens: u64,
}

fn said(reply: Reply) -> Option<Answer> {
    let choice = reply.choices.into_iter().next()?;
    let used = reply.usage.unwrap_or_default();
    let usage = SampleUsage {
        total_tokens: used.prompt_tokens.saturating_add(used.completion_tokens),
        completion_tokens: used.completion_tokens,
        prompt_tokens: used.prompt_tokens,
        cached_tokens: used.prompt_tokens_details.unwrap_or_default().cached_tokens,
    };
    Some(Answer {
        text: choice.message.content.or(choice.message.refusal).unwrap_or_default(),
        finish_reason: choice.finish_reason.unwrap_or_default(),
        model: reply.model,
        usage,
    })
}

fn unreadable() -> RunError {
    RunError { code: "unreadable_answer".to_owned(), message: "The answer is no chat completion.".to_owned() }
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

fn error_of(status: u16, body: &[u8]) -> RunError {
    match serde_json::from_slice::<Refusal>(body) {
        Ok(Refusal { error: Refused { message, code } }) => {
            RunError { code: code.unwrap_or_else(|| format!("status_{status}")), message }
        }
        Err(_) => RunError { code: format!("status_{status}"), message: format!("The model answered {status}.") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_means_what_its_status_says() {
        let refused = br#"{"error": {"message": "no", "code": "why"}}"#;
        let error = RunError { code: "why".to_owned(), message: "no".to_owned() };
        for (status, wait, expected) in [
            (400, None, Outcome::Error(error.clone())),
            (422, None, Outcome::Error(error.clone())),
            (401, None, Outcome::Stop(error.clone())),
            (402, None, Outcome::Stop(error.clone())),
            (404, None, Outcome::Stop(error)),
            (409, Some(1), Outcome::Later(PAUSE_S, false)),
            (429, Some(7), Outcome::Later(7, true)),
            (429, Some(99_999), Outcome::Later(300, true)),
            (503, None, Outcome::Later(PAUSE_S, true)),
        ] {
            assert_eq!(outcome(status, wait, refused), expected, "{status}");
        }
        let Outcome::Error(error) = outcome(418, None, b"tea") else { panic!("an error") };
        assert_eq!(error.code, "status_418");
    }

    #[test]
    fn a_completion_is_read_with_its_usage() {
        let body = br#"{"model": "m-1", "choices": [{"message": {"content": "four"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}}"#;
        let Outcome::Said(said) = outcome(200, None, body) else { panic!("an answer") };
        assert_eq!((said.text.as_str(), said.model.as_str(), said.usage.total_tokens), ("four", "m-1", 9));
        assert_eq!(said.usage.cached_tokens, 3);
        assert!(matches!(outcome(200, None, b"{}"), Outcome::Error(_)));
        assert!(matches!(outcome(200, None, b"{\"choices\":[]}"), Outcome::Error(_)));
    }
}
