//! Calling the AI function in the name of whoever made a job: with a token of errand, so that it admits, counts and charges
//! them as if they had called. Nothing here may do more than they may.

use shared::auth::errand::{Errand, Living, Maker};
use shared::platform::{Call, Platform, Target};
use shared::problem::Problem;

/// Bytes of an answer at most; a longer one counts as none.
pub const LONGEST_ANSWER: usize = 4 * 1024 * 1024;
/// Milliseconds for an answer.
pub const ANSWER_MS: u32 = 300_000;
/// Milliseconds that a token lives: it is minted for some calls at a time.
const TOKEN_MS: u64 = 60_000;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An answer, whatever its status.
    Said {
        /// The status.
        status: u16,
        /// The id of the request, as the ledger has it.
        request_id: String,
        /// Seconds to wait before another try, where it says so.
        retry_after: Option<u32>,
        /// The body.
        body: Vec<u8>,
    },
    /// None, and why.
    Nothing(String),
}

/// A token for calls of this job now; `None` when its maker may no more call.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn token(
    platform: &Platform,
    maker: &Maker,
    living: Option<Living>,
    purpose: &str,
    job: &str,
) -> Result<Option<String>, Problem> {
    maker.mint(platform, living, &Errand { audience: "ai", purpose, job, life_ms: TOKEN_MS })
}

/// Asks. Under the same `key` and body it is asked, and charged, once.
pub async fn ask(platform: &Platform, token: &str, path: &str, key: &str, body: &[u8]) -> Answered {
    let (url, bearer) = (format!("http://ai{path}"), format!("Bearer {token}"));
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str()), ("idempotency-key", key)];
    let call = Call {
        target: Target::Service("AI"),
        method: "POST",
        url: &url,
        headers: &headers,
        body: Some(body),
        deadline_ms: ANSWER_MS,
        ends_with_client: false,
    };
    let answer = match platform.send(&call).await {
        Ok(answer) => answer,
        Err(error) => return Answered::Nothing(format!("{error:?}")),
    };
    let request_id = answer.header("X-Request-Id").unwrap_or_default();
    let retry_after = answer.header("Retry-After").and_then(|seconds| seconds.parse().ok());
    match answer.read(LONGEST_ANSWER, ANSWER_MS).await {
        Ok(Ok((body, _))) => Answered::Said { status: answer.status(), request_id, retry_after, body },
        Ok(Err(error)) => Answered::Nothing(format!("{error:?}")),
        Err(error) => Answered::Nothing(format!("{error:?}")),
    }
}
