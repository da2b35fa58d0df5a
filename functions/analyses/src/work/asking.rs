//! What a model is asked of a picture, as the body of a chat. Not here: the call itself (`jobs::upstream`).

use jobs::upstream::{self, Answered};
use shared::platform::Platform;
use shared::problem::Problem;

use crate::asked::Asked;

/// Milliseconds until the whole answer must be here.
const ANSWER_MS: u32 = 180_000;
/// Tokens of an answer at most, thoughts among them: what a budget must have room for.
const MOST_TOKENS: u32 = 8_192;

/// What a model is asked of a picture.
pub struct Question<'a> {
    /// Who.
    pub model: &'a str,
    /// What.
    pub asked: &'a Asked,
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

/// Asks. Under the same key and body it is asked, and charged, once.
pub async fn ask(platform: &Platform, token: &str, key: &str, body: &[u8]) -> Answered {
    let path = "/v1/chat/completions";
    let question = upstream::Question { path, key, request_id: Some(key), body, deadline_ms: ANSWER_MS };
    upstream::ask(platform, token, &question).await
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
