//! One try at a provider, up to the point where there is something to tell the client. What follows a failed one is
//! decided in `route::tries`.

use std::borrow::Cow;

use shared::platform::{self, Answer, Bytes, FirstError, Platform, ReadError, SendError};

use crate::call::deadlines::Deadlines;
use crate::call::prediction::{Prediction, predict};
use crate::call::reply::media_of;
use crate::endpoint::Endpoint;
use crate::fault::failure::Failure;
use crate::fault::upstream_error::UpstreamError;
use crate::provider::target::{Key, Target};
use crate::provider::{Class, Provider};
use crate::route::tries::Lesson;

/// A plain reply of a provider may have this many bytes.
pub(super) const LONGEST_REPLY: usize = 16 * 1024 * 1024;
/// So much of a provider's error is read.
const LONGEST_ERROR: usize = 64 * 1024;
/// A header of the client's that is longer (bytes) does not pass.
const LONGEST_HEADER: usize = 1_024;
/// A pause that a provider asks for is not believed beyond this many seconds.
const LONGEST_REST_S: u64 = 3_600;

/// What is sent.
pub(super) struct Sending<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) target: Cow<'a, Target>,
    pub(super) key: Option<Cow<'a, Key>>,
    pub(super) body: Cow<'a, [u8]>,
    pub(super) media: Cow<'a, str>,
    /// The answer is passed on as it comes.
    pub(super) stream: bool,
    pub(super) deadlines: Deadlines,
    /// The client speaks the target's dialect, and its headers mean the same there.
    pub(super) same: bool,
    /// Milliseconds that are left of the whole call.
    pub(super) left_ms: u32,
    /// It goes on when the client leaves.
    pub(super) stays: bool,
}

/// What a try came to.
pub(super) enum Tried {
    /// A stream has begun: its first chunk is here; and what it belongs to, where that can be looked at.
    Begun(Answer, Option<Prediction>),
    /// A plain answer is here.
    Whole(&'static str, Vec<u8>, Bytes),
    /// The provider refused the call, and it cost nothing.
    Refused(UpstreamError),
    /// It failed. What it may have cost nobody knows, unless the provider was never reached.
    Failed(Failure),
    /// The client left.
    Left,
}

impl Tried {
    /// What the try taught; `None` where there is an answer, or nobody to give one to.
    pub(super) fn lesson(&self) -> Option<Lesson> {
        match self {
            Self::Begun(..) | Self::Whole(..) | Self::Left => None,
            Self::Refused(error) => {
                let seconds = error.wait_s.filter(|seconds| *seconds <= LONGEST_REST_S);
                Some(Lesson { class: error.class, wait_ms: seconds.map(|seconds| seconds * 1_000) })
            }
            Self::Failed(Failure::Unreachable) => Some(Lesson { class: Class::Retry, wait_ms: None }),
            Self::Failed(_) => Some(Lesson { class: Class::NextProvider, wait_ms: None }),
        }
    }

    /// The provider may have worked, and nobody told for how much.
    pub(super) const fn may_have_cost(&self) -> bool {
        matches!(self, Self::Failed(failure) if !matches!(failure, Failure::Unreachable))
    }

    /// How it ended, for the record: `ok` or a stable code; and the provider's status.
    pub(super) fn outcome(&self) -> (String, Option<u16>) {
        match self {
            Self::Begun(answer, _) => ("ok".to_owned(), Some(answer.status())),
            Self::Whole(..) => ("ok".to_owned(), Some(200)),
            Self::Refused(error) => {
                let code = error.body.code.clone().unwrap_or_else(|| error.body.kind.clone());
                (code, Some(error.upstream_status))
            }
            Self::Failed(failure) => (failure.code().to_owned(), None),
            Self::Left => ("client_left".to_owned(), None),
        }
    }
}

/// Makes one try. A plain answer has no head before it is complete, so only a stream has a deadline for it.
pub(super) async fn attempt(platform: &Platform, sending: &Sending<'_>) -> Tried {
    if sending.endpoint == Endpoint::Predictions {
        return predict(platform, sending).await;
    }
    let begun_ms = platform.now_ms();
    let answer = match send(platform, sending).await {
        Ok(answer) => answer,
        Err(error) => return unsent(&error, sending.stream),
    };
    if !(200..300).contains(&answer.status()) {
        return refused(sending, answer).await;
    }
    if sending.stream {
        return begun(answer, sending.deadlines.first_token.min(sending.left_ms)).await;
    }
    let elapsed = u32::try_from(platform.now_ms().saturating_sub(begun_ms)).unwrap_or(u32::MAX);
    whole(sending.endpoint, answer, sending.left_ms.saturating_sub(elapsed).max(1)).await
}

/// There is no answer.
pub(super) const fn unsent(error: &SendError, stream: bool) -> Tried {
    match error {
        SendError::Left => Tried::Left,
        SendError::Deadline if stream => Tried::Failed(Failure::FirstTokenTimeout),
        SendError::Deadline => Tried::Failed(Failure::TotalTimeout),
        SendError::Unreachable(_) => Tried::Failed(Failure::Unreachable),
    }
}

pub(super) async fn send(platform: &Platform, sending: &Sending<'_>) -> Result<Answer, SendError> {
    let Some(url) = url(sending) else {
        return Err(SendError::Unreachable("the provider has no such route".to_owned()));
    };
    let auth = sending.target.auth_header(sending.key.as_deref());
    let mut headers = vec![("content-type", sending.media.as_ref()), ("user-agent", "selvage")];
    if let Some((name, value)) = &auth {
        headers.push((name, value));
    }
    if sending.endpoint == Endpoint::Predictions && !sending.stream {
        headers.push(("prefer", "wait"));
    }
    let provider = sending.target.provider();
    let passed = if sending.same { passed(platform, provider) } else { Vec::new() };
    headers.extend(passed.iter().map(|(name, value)| (*name, value.as_str())));
    for (name, value) in &provider.headers {
        if !passed.iter().any(|(known, _)| known == name) {
            headers.push((name, value));
        }
    }
    let binding = provider.binding.as_deref().filter(|_| sending.target.upstream.bound);
    let head = sending.deadlines.connect.saturating_add(sending.deadlines.first_token);
    let deadline_ms = if sending.stream { head.min(sending.left_ms) } else { sending.left_ms };
    let call = platform::Call {
        target: binding.map_or(platform::Target::Internet, platform::Target::Service),
        method: if binding.is_some() { "RUN" } else { "POST" },
        url: &url,
        headers: &headers,
        body: Some(&sending.body),
        deadline_ms,
        ends_with_client: !sending.stays,
    };
    if sending.stream { platform.send(&call).await } else { platform.send_for_body(&call, LONGEST_REPLY).await }
}

/// Where it goes; a model's name that would lead elsewhere leads nowhere.
fn url(sending: &Sending<'_>) -> Option<String> {
    let url = sending.target.upstream.url(sending.endpoint)?;
    let model = &sending.target.model;
    let astray = model.contains("..") || model.contains(['?', '#', '%', '\\', '{']);
    match url.contains("{model}") {
        true if astray => None,
        true => Some(url.replace("{model}", model)),
        false => Some(url),
    }
}

/// The client's headers that the provider's data lets pass.
fn passed<'p>(platform: &Platform, provider: &'p Provider) -> Vec<(&'p str, String)> {
    let fit = |value: &String| value.len() <= LONGEST_HEADER && value.bytes().all(|b| (b' '..=b'~').contains(&b));
    let found =
        provider.pass.iter().filter_map(|name| Some((name.as_str(), platform.request_header(name).filter(fit)?)));
    found.collect()
}

/// Nothing is sent to the client before the first chunk is here, so a stream that never begins can be tried
/// elsewhere, or is an error with a status. It costs no time: there was nothing to forward.
pub(super) async fn begun(answer: Answer, deadline_ms: u32) -> Tried {
    match answer.first_chunk(deadline_ms).await {
        Ok(()) => Tried::Begun(answer, None),
        Err(FirstError::Deadline) => Tried::Failed(Failure::FirstTokenTimeout),
        Err(FirstError::Left) => Tried::Left,
        Err(FirstError::Ended | FirstError::Broken(_)) => Tried::Failed(Failure::Truncated),
    }
}

async fn whole(endpoint: Endpoint, answer: Answer, deadline_ms: u32) -> Tried {
    let media =
        if endpoint.answers_json() { "application/json" } else { media_of(answer.header("content-type").as_deref()) };
    match answer.read(LONGEST_REPLY, deadline_ms).await {
        Ok(Ok((bytes, handle))) if !endpoint.answers_json() || is_object(&bytes) => Tried::Whole(media, bytes, handle),
        Ok(Ok(_) | Err(ReadError::TooLarge)) => Tried::Failed(Failure::InvalidReply),
        Ok(Err(ReadError::Broken(_))) | Err(SendError::Unreachable(_)) => Tried::Failed(Failure::Truncated),
        Err(SendError::Left) => Tried::Left,
        Err(SendError::Deadline) => Tried::Failed(Failure::TotalTimeout),
    }
}

/// Whether a success is one whole JSON object; cut off or HTML it is not.
fn is_object(bytes: &[u8]) -> bool {
    let whole: Result<&serde_json::value::RawValue, _> = serde_json::from_slice(bytes);
    whole.is_ok_and(|raw| raw.get().starts_with('{'))
}

/// The provider's error, in our client's words.
pub(super) async fn refused(sending: &Sending<'_>, answer: Answer) -> Tried {
    let (status, retry_after) = (answer.status(), answer.header("retry-after"));
    let read = answer.read(LONGEST_ERROR, sending.deadlines.connect.min(sending.left_ms)).await;
    let bytes = read.ok().and_then(Result::ok).map(|(bytes, _)| bytes).unwrap_or_default();
    Tried::Refused(UpstreamError::of(sending.target.provider(), status, retry_after.as_deref(), &bytes))
}
