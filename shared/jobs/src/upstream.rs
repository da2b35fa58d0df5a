//! Calling the AI function in the name of whoever made a job: with a token of errand, so that it admits, counts and charges
//! them as if they had called. Nothing here may do more than they may.

use shared::auth::errand::{Errand, Living, Maker};
use shared::platform::{Call, Platform, Target};
use shared::problem::Problem;

/// Bytes of an answer at most; a longer one counts as none.
pub const LONGEST_ANSWER: usize = 4 * 1024 * 1024;
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

/// What the AI function is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The route.
    pub path: &'a str,
    /// The idempotency key: under the same one and with the same body it is asked, and charged, once.
    pub key: &'a str,
    /// The id of the request, where the job names it; as the AI function chooses unless.
    pub request_id: Option<&'a str>,
    /// The body, JSON.
    pub body: &'a [u8],
    /// Milliseconds for the head of an answer, and as many for its body.
    pub deadline_ms: u32,
}

/// Asks.
pub async fn ask(platform: &Platform, token: &str, question: &Question<'_>) -> Answered {
    let Question { path, key, request_id, body, deadline_ms } = *question;
    let (url, bearer) = (format!("http://ai{path}"), format!("Bearer {token}"));
    let mut headers =
        vec![("content-type", "application/json"), ("authorization", bearer.as_str()), ("idempotency-key", key)];
    headers.extend(request_id.map(|id| ("x-request-id", id)));
    let call = Call {
        target: Target::Service("AI"),
        method: "POST",
        url: &url,
        headers: &headers,
        body: Some(body),
        deadline_ms,
        ends_with_client: false,
    };
    let answer = match platform.send(&call).await {
        Ok(answer) => answer,
        Err(error) => return Answered::Nothing(format!("{error:?}")),
    };
    let request_id = answer.header("X-Request-Id").unwrap_or_default();
    let number = |name: &str| answer.header(name).and_then(|value| value.trim().parse::<u64>().ok());
    let retry_after = number("Retry-After").and_then(|seconds| u32::try_from(seconds).ok());
    let (provider, cost_nano_usd) = (answer.header("X-Provider"), number("X-Cost-Nano-Usd"));
    match answer.read(LONGEST_ANSWER, deadline_ms).await {
        Ok(Ok((body, _))) => {
            Answered::Said { status: answer.status(), request_id, retry_after, provider, cost_nano_usd, body }
        }
        Ok(Err(error)) => Answered::Nothing(format!("{error:?}")),
        Err(error) => Answered::Nothing(format!("{error:?}")),
    }
}
