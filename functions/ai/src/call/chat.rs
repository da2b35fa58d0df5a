//! `POST /v1/chat/completions`: read, reserve, call, forward, settle.

use std::rc::Rc;
use std::sync::Arc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{read_body, require_json};
use shared::ledger::Status;
use shared::platform::{self, Answer, FirstError, Incoming, ReadError, SendError};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};

use crate::admission;
use crate::admission::bounds::Seen;
use crate::call::deadlines::{self, Deadlines};
use crate::call::{Call, Settling};
use crate::endpoint::Endpoint;
use crate::fault::failure::{ErrorBody, Failure};
use crate::fault::upstream_error::UpstreamError;
use crate::money::usage;
use crate::provider::models::catalogue;
use crate::provider::target::Target;
use crate::request::patch::UpstreamBody;
use crate::request::{BodyError, ChatRequest};
use crate::stream::filter::ChatFilter;
use crate::stream::glance::glance;
use crate::stream::scan::{Options, Scanner};

/// A plain reply of a provider may have this many bytes.
const LONGEST_REPLY: usize = 16 * 1024 * 1024;
/// So much of a provider's error is read.
const LONGEST_ERROR: usize = 64 * 1024;

/// Completes a chat, plain or streamed, as OpenAI's route does. The most it can cost is reserved before the
/// provider is called; what it did cost is in `X-Cost-Nano-Usd` of a plain reply and in the usage report.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when the budget does not cover it, 404 for an unknown model, 429
/// for too many calls at once, 502 and 504 when the provider fails or does not answer in time.
pub(crate) async fn create(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    require_json(cx)?;
    let body = read_body(cx, Incoming::LARGEST).await?;
    let request = match ChatRequest::read(&body) {
        Ok(request) => request,
        Err(error) => return Ok(refused(&error)),
    };
    admission::allowed(&caller, &request.model)?;
    let target = catalogue(cx).resolve(&request.model).map_err(|unknown| {
        Problem::from(Code::ModelNotFound)
            .detail(format!("The model `{}` does not exist, or you may not use it.", unknown.name))
    })?;
    let upstream_body = match request.upstream_body(&target) {
        Ok(patched) => patched,
        Err(error) => return Ok(refused(&error)),
    };
    let deadlines = Deadlines::of(cx);
    let call = Call::new(cx, &caller, &request, &target);
    let lease_ends_ms = cx.now_ms() + deadlines::lease_ms(cx, deadlines);
    admission::reserve(cx, call.worst_case(lease_ends_ms), lease_ends_ms).await?;
    let bytes = match &upstream_body {
        UpstreamBody::Unchanged => &body,
        UpstreamBody::Changed(bytes) => bytes,
    };
    let reply = match send(cx, &target, bytes, &request, deadlines).await {
        Err(error) => unsent(call, &request, &error),
        Ok(answer) if !(200..300).contains(&answer.status()) => failed(call, &target, answer, deadlines).await,
        Ok(answer) if request.stream => {
            let scanner = Scanner::new(Options::new(Arc::clone(&target.provider().usage), request.withhold_usage()));
            stream(cx, call, scanner, answer, deadlines).await
        }
        Ok(answer) => plain(cx, call, &target, answer, deadlines).await,
    };
    Ok(reply.header("X-Model", target.model.to_string()).header("X-Provider", target.provider().id.clone()))
}

/// Sends the request. A plain answer has no head before it is complete, so only a stream has a deadline
/// for it.
async fn send(
    cx: &Cx,
    target: &Target,
    body: &[u8],
    request: &ChatRequest<'_>,
    deadlines: Deadlines,
) -> Result<Answer, SendError> {
    let url = target.upstream.url(Endpoint::Chat).unwrap_or_default();
    let auth = target.auth_header(target.upstream.keys.first());
    let mut headers = vec![("content-type", "application/json"), ("user-agent", "selvage")];
    if let Some((name, value)) = &auth {
        headers.push((name, value));
    }
    let deadline_ms =
        if request.stream { deadlines.connect.saturating_add(deadlines.first_token) } else { deadlines.total };
    let call = platform::Call {
        target: platform::Target::Internet,
        method: "POST",
        url: &url,
        headers: &headers,
        body: Some(body),
        deadline_ms,
        ends_with_client: true,
    };
    cx.platform.send(&call).await
}

/// Forwards a stream. Nothing is sent before the first chunk is here, so a stream that never begins is
/// an error with a status, and costs no time: there was nothing to forward.
async fn stream(cx: &Cx, call: Call, scanner: Scanner, answer: Answer, deadlines: Deadlines) -> Reply {
    let failure = match answer.first_chunk(deadlines.first_token).await {
        Ok(()) => {
            let filter = ChatFilter::new(scanner, call, cx.platform.background());
            let relay = answer.relay(&cx.platform, Box::new(filter), deadlines.idle, deadlines.total);
            return Reply::new(200, "text/event-stream", Body::Stream(relay));
        }
        Err(FirstError::Deadline) => Failure::FirstTokenTimeout,
        Err(FirstError::Left) => return gone(call),
        Err(FirstError::Ended | FirstError::Broken(_)) => Failure::Truncated,
    };
    call.estimated(Status::Failed, Seen::default()).book_later();
    told(failure.status(), &failure.body())
}

/// Passes a plain answer on, by handle, after a look at its usage.
async fn plain(cx: &Cx, call: Call, target: &Target, answer: Answer, deadlines: Deadlines) -> Reply {
    let elapsed = u32::try_from(cx.platform.now_ms().saturating_sub(cx.now_ms())).unwrap_or(u32::MAX);
    let failure = match answer.read(LONGEST_REPLY, deadlines.total.saturating_sub(elapsed).max(1)).await {
        Ok(Ok((bytes, handle))) if is_object(&bytes) => {
            let reported = usage::of_reply(&bytes, &target.provider().usage);
            // Without usage the estimate is the one its stream would get.
            let seen = Seen { written_bytes: glance(&bytes).written_bytes, written_events: 0 };
            let settling = call.ended(Status::Succeeded, reported, seen);
            let reply = with_cost(Reply::new(200, "application/json", Body::Handle(handle)), &settling);
            settling.book_later();
            return reply;
        }
        Ok(Ok(_) | Err(ReadError::TooLarge)) => Failure::InvalidReply,
        Ok(Err(ReadError::Broken(_))) | Err(SendError::Unreachable(_)) => Failure::Truncated,
        Err(SendError::Left) => return gone(call),
        Err(SendError::Deadline) => Failure::TotalTimeout,
    };
    call.estimated(Status::Failed, Seen::default()).book_later();
    told(failure.status(), &failure.body())
}

/// Whether a success is one whole JSON object; cut off or HTML it is not.
fn is_object(bytes: &[u8]) -> bool {
    let whole: Result<&serde_json::value::RawValue, _> = serde_json::from_slice(bytes);
    whole.is_ok_and(|raw| raw.get().starts_with('{'))
}

fn with_cost(reply: Reply, settling: &Settling) -> Reply {
    match settling.cost_nano_usd() {
        Some(cost) => reply.header("X-Cost-Nano-Usd", cost.to_string()),
        None => reply,
    }
}

/// The provider refused the call: its error in our client's dialect, and no charge.
async fn failed(call: Call, target: &Target, answer: Answer, deadlines: Deadlines) -> Reply {
    let status = answer.status();
    let retry_after = answer.header("retry-after");
    let read = answer.read(LONGEST_ERROR, deadlines.connect).await;
    let bytes = read.ok().and_then(Result::ok).map(|(bytes, _)| bytes).unwrap_or_default();
    call.refused(Status::Failed).book_later();
    let error = UpstreamError::of(target.provider(), status, retry_after.as_deref(), &bytes);
    let reply = told(error.status, &error.body);
    match error.retry_after {
        Some(seconds) => reply.header("Retry-After", seconds.to_string()),
        None => reply,
    }
}

/// The provider was not reached, or sent no head in time.
fn unsent(call: Call, request: &ChatRequest<'_>, error: &SendError) -> Reply {
    let failure = match error {
        SendError::Left => return gone(call),
        SendError::Deadline if request.stream => Failure::FirstTokenTimeout,
        SendError::Deadline => Failure::TotalTimeout,
        SendError::Unreachable(_) => Failure::Unreachable,
    };
    // Without a head nobody knows whether the provider worked: a refused connection cost nothing, a
    // silent one may have.
    let settling = match failure {
        Failure::Unreachable => call.refused(Status::Failed),
        _ => call.estimated(Status::Failed, Seen::default()),
    };
    settling.book_later();
    told(failure.status(), &failure.body())
}

/// The client left before anything was sent: nobody reads this reply.
fn gone(call: Call) -> Reply {
    call.estimated(Status::ClientLeft, Seen::default()).book_later();
    Reply::empty(499)
}

fn refused(error: &BodyError) -> Reply {
    let body = ErrorBody {
        message: error.message.clone(),
        kind: "invalid_request_error".to_owned(),
        param: error.param(),
        code: Some(error.code.to_owned()),
    };
    told(400, &body)
}

fn told(status: u16, body: &ErrorBody) -> Reply {
    Reply::new(status, "application/json", Body::Text(body.to_json()))
}
