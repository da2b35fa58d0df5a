//! Mail APIs over HTTP are data: a URL, a header that authorises, and the body as JSON with marks in its
//! texts. A mark is replaced inside a text that is JSON already, so that nothing of a letter can become structure.

use serde_json::Value;
use shared::platform::{Call, Platform, SendError, Target};

use crate::letter::Composed;
use crate::sender::Failure;

/// The shape that Resend takes; others stand in `docs/accounts/mail.md`.
const BODY: &str = r#"{"from":"{{from}}","to":["{{to}}"],"subject":"{{subject}}","text":"{{text}}","html":"{{html}}"}"#;

/// An API.
pub struct Api {
    url: String,
    header: Option<(String, String)>,
    body: Value,
}

/// Milliseconds until an API must have answered.
const DEADLINE_MS: u32 = 30_000;

impl Api {
    /// `authorization` is `Name: value`, or the value of `Authorization` alone; an empty body is Resend's.
    ///
    /// # Errors
    /// When the body is no JSON.
    pub fn new(url: String, authorization: &str, body: &str) -> Result<Self, String> {
        let text = if body.is_empty() { BODY } else { body };
        let body = shared::json::read(text).map_err(|error| format!("MAIL_HTTP_BODY: {error}"))?;
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let header = match authorization.split_once(':') {
            Some((name, value)) if is_name(name) => Some((name.to_owned(), value.trim().to_owned())),
            _ if authorization.is_empty() => None,
            _ => Some(("Authorization".to_owned(), authorization.to_owned())),
        };
        Ok(Self { url, header, body })
    }

    /// The body for this letter.
    pub fn body(&self, letter: &Composed<'_>) -> Value {
        let mut body = self.body.clone();
        fill(&mut body, letter);
        body
    }

    /// Sends a letter. The letter's id goes along as `Idempotency-Key`, for APIs that know it.
    ///
    /// # Errors
    /// `Refused` when the API says that this letter can never be sent.
    pub async fn send(&self, platform: &Platform, letter: &Composed<'_>) -> Result<(), Failure> {
        let body = self.body(letter).to_string();
        let mut headers = vec![("Content-Type", "application/json"), ("Idempotency-Key", letter.id)];
        headers.extend(self.header.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let call = Call {
            target: Target::Internet,
            method: "POST",
            url: &self.url,
            headers: &headers,
            body: Some(body.as_bytes()),
            deadline_ms: DEADLINE_MS,
            ends_with_client: false,
        };
        let status = match platform.send(&call).await {
            Ok(answer) => answer.status(),
            Err(SendError::Deadline) => return Err(Failure::Later("the API did not answer in time".to_owned())),
            Err(error) => return Err(Failure::Later(format!("{error:?}"))),
        };
        match status {
            200..=299 => Ok(()),
            // What the API says of the letter itself. All else, a wrong key too, may be mended by its next try.
            400 | 413 | 422 => Err(Failure::Refused(format!("the API answered {status}"))),
            _ => Err(Failure::Later(format!("the API answered {status}"))),
        }
    }
}

fn fill(value: &mut Value, letter: &Composed<'_>) {
    match value {
        Value::String(text) if text.contains("{{") => *text = filled(text, letter),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, letter)),
        Value::Object(members) => members.values_mut().for_each(|member| fill(member, letter)),
        _ => {}
    }
}

/// Replaces marks in one pass: what is put in is not looked at again.
fn filled(text: &str, letter: &Composed<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        match letter.part(name.trim()) {
            Some(part) => out.push_str(&part),
            None => out.extend(["{{", name, "}}"]),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
