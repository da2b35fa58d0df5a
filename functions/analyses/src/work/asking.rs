//! Asking the AI function in the name of whoever made the analysis, by a token of errand: it admits, counts and charges them
//! as if they had called. Under the same key and body it is asked, and charged, once.

use shared::auth::errand::{Errand, Living, Maker};
use shared::platform::{Call, Platform, Target};
use shared::problem::Problem;

use crate::task::Asked;

/// Milliseconds until the whole answer must be here.
const ANSWER_MS: u32 = 180_000;
/// Bytes of an answer at most.
const LONGEST_ANSWER: usize = 512 * 1024;
/// Tokens of an answer at most, thoughts among them: what a budget must have room for.
const MOST_TOKENS: u32 = 8_192;
/// Milliseconds that a token lives: it is looked at when the call begins.
const TOKEN_MS: u64 = 60_000;

/// What a model is asked of a picture.
pub struct Question<'a> {
    /// Who.
    pub model: &'a str,
    /// What.
    pub asked: &'a Asked,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An answer, whatever its status.
    Said {
        /// The status.
        status: u16,
        /// Seconds to wait before another try, where it says so.
        retry_after: Option<u32>,
        /// Whose model answered.
        provider: Option<String>,
        /// What it cost, where that is known.
        cost_nano_usd: Option<u64>,
        /// The body.
        body: Vec<u8>,
    },
    /// None, and why.
    Nothing(String),
}

impl Question<'_> {
    /// The request up to the picture's bytes.
    ///
    /// # Errors
    /// None that a request can cause.
    pub fn head(&self, media: &str) -> Result<String, Problem> {
        let [model, system, text] = [self.model, self.asked.system, &self.asked.text].map(serde_json::to_string);
        Ok(format!(
            "{{\"model\":{},\"max_completion_tokens\":{MOST_TOKENS},\"messages\":[{{\"role\":\"system\",\"content\":{}}},\
{{\"role\":\"user\",\"content\":[{{\"type\":\"text\",\"text\":{}}},{{\"type\":\"image_url\",\"image_url\":{{\"url\":\"data:{media};base64,",
            model.map_err(Problem::internal)?,
            system.map_err(Problem::internal)?,
            text.map_err(Problem::internal)?,
        ))
    }

    /// The request behind them.
    pub fn tail(&self) -> String {
        let Asked { schema, strict, .. } = self.asked;
        let shape = format!("{{\"name\":\"analysis\",\"strict\":{strict},\"schema\":{schema}}}");
        format!("\"}}}}]}}],\"response_format\":{{\"type\":\"json_schema\",\"json_schema\":{shape}}}}}")
    }
}

/// A token for the call; `None` when the analysis's maker may no more call.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn token(
    platform: &Platform,
    maker: &Maker,
    living: Option<Living>,
    analysis: &str,
) -> Result<Option<String>, Problem> {
    let errand = Errand { audience: "ai", purpose: "analysis", job: analysis, life_ms: TOKEN_MS };
    maker.mint(platform, living, &errand)
}

/// Asks.
pub async fn ask(platform: &Platform, token: &str, key: &str, body: &[u8]) -> Answered {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
        ("idempotency-key", key),
        ("x-request-id", key),
    ];
    let call = Call {
        target: Target::Service("AI"),
        method: "POST",
        url: "http://ai/v1/chat/completions",
        headers: &headers,
        body: Some(body),
        deadline_ms: ANSWER_MS,
        ends_with_client: false,
    };
    let answer = match platform.send(&call).await {
        Ok(answer) => answer,
        Err(error) => return Answered::Nothing(format!("{error:?}")),
    };
    let number = |name: &str| answer.header(name).and_then(|value| value.trim().parse::<u64>().ok());
    let retry_after = number("Retry-After").and_then(|seconds| u32::try_from(seconds).ok());
    let (provider, cost_nano_usd) = (answer.header("X-Provider"), number("X-Cost-Nano-Usd"));
    match answer.read(LONGEST_ANSWER, ANSWER_MS).await {
        Ok(Ok((body, _))) => Answered::Said { status: answer.status(), retry_after, provider, cost_nano_usd, body },
        Ok(Err(error)) => Answered::Nothing(format!("{error:?}")),
        Err(error) => Answered::Nothing(format!("{error:?}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::task::{Settings, Task};

    #[test]
    fn a_request_is_json_whatever_is_asked() {
        let settings = Settings { prompt: Some("say \"hi\"\n\\".to_owned()), ..Settings::default() };
        let asked = settings.asked(Task::Tags).unwrap();
        let question = Question { model: "a\"b", asked: &asked };
        let text = format!("{}QUJD{}", question.head("image/png").unwrap(), question.tail());
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(body["model"], "a\"b");
        assert_eq!(body["messages"][1]["content"][1]["image_url"]["url"], "data:image/png;base64,QUJD");
        assert!(body["messages"][1]["content"][0]["text"].as_str().unwrap().ends_with("say \"hi\"\n\\"));
        assert_eq!(body["response_format"]["json_schema"]["strict"], json!(true));
        assert_eq!(body["response_format"]["json_schema"]["schema"]["type"], "object");
    }
}
