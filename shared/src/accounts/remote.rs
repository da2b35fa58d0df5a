//! Asking another service: one deadline, a bounded answer, and what its silence means to our client.

use crate::cx::Cx;
use crate::platform::{Call, SendError, Target};
use crate::problem::{Code, Problem};
use serde::de::DeserializeOwned;

/// These services answer within some hundred milliseconds; a person who waits longer tries again.
const DEADLINE_MS: u32 = 5_000;
/// Key sets and descriptions are some thousand bytes, other answers some hundred.
const LONGEST: usize = 256 * 1024;

/// One question.
#[derive(Debug)]
pub struct Question<'a> {
    /// Whom, for the log.
    pub service: &'a str,
    /// The method.
    pub method: &'a str,
    /// An absolute URL of the configuration, or one that a configured service has named.
    pub url: &'a str,
    /// Headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: Option<&'a [u8]>,
}

impl Question<'_> {
    /// A failure of this service; the cause goes to the log.
    pub fn failed(&self, code: Code, cause: &str) -> Problem {
        Problem::from(code).because(format!("{}: {cause}", self.service))
    }

    /// Asks; status and body. Redirects are not followed: they are answers like any other.
    ///
    /// # Errors
    /// 504 without an answer in five seconds, 502 when it cannot be reached or is too long.
    pub async fn ask(&self, cx: &Cx) -> Result<(u16, Vec<u8>), Problem> {
        let call = Call {
            target: Target::Internet,
            method: self.method,
            url: self.url,
            headers: self.headers,
            body: self.body,
            deadline_ms: DEADLINE_MS,
            // A code is used up, whether the client waits or not.
            ends_with_client: false,
        };
        let silent = |error: SendError| match error {
            SendError::Deadline => self.failed(Code::UpstreamTimeout, "no answer in time"),
            error => self.failed(Code::UpstreamFailed, &format!("{error:?}")),
        };
        let answer = cx.platform.send(&call).await.map_err(silent)?;
        let read = answer.read(LONGEST, DEADLINE_MS).await.map_err(silent)?;
        let (bytes, _) = read.map_err(|error| self.failed(Code::UpstreamInvalid, &format!("{error:?}")))?;
        Ok((answer.status(), bytes))
    }

    /// Asks for JSON with status 200, whatever media type it is said to be.
    ///
    /// # Errors
    /// As `ask`; 502 for another status and for what is not this JSON.
    pub async fn json<T: DeserializeOwned>(&self, cx: &Cx) -> Result<T, Problem> {
        let (status, bytes) = self.ask(cx).await?;
        if status != 200 {
            return Err(self.failed(Code::UpstreamFailed, &format!("status {status}")));
        }
        serde_json::from_slice(&bytes).map_err(|error| self.failed(Code::UpstreamInvalid, &error.to_string()))
    }
}
