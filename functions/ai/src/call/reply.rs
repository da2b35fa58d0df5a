//! What the client gets: an answer with its cost, or what went wrong, in its dialect.

use shared::reply::{Body, Reply};

use crate::call::attempt::Tried;
use crate::call::settling::Settling;
use crate::dialect::{self, Dialect, error_body};
use crate::fault::failure::ErrorBody;
use crate::request::BodyError;

/// The reply to a client that is gone: nobody reads it.
pub(super) fn gone() -> Reply {
    Reply::empty(499)
}

/// An error of ours or of the provider, as the client's dialect has it.
pub(super) fn told(dialect: Dialect, status: u16, body: &ErrorBody) -> Reply {
    Reply::new(status, "application/json", Body::Text(error_body(dialect, status, body)))
}

/// The request cannot be read, asks for what cannot be said, or a rule does not let it pass.
pub(super) fn refused(dialect: Dialect, error: &BodyError) -> Reply {
    refused_with(dialect, dialect::status(error), error)
}

/// The same with another status.
pub(super) fn refused_with(dialect: Dialect, status: u16, error: &BodyError) -> Reply {
    told(dialect, status, &body_of(error))
}

/// What is told of it.
pub(super) fn body_of(error: &BodyError) -> ErrorBody {
    ErrorBody {
        message: error.message.clone(),
        kind: "invalid_request_error".to_owned(),
        param: error.param(),
        code: Some(error.code.to_owned()),
    }
}

/// The last try failed so.
pub(super) fn failed(dialect: Dialect, tried: &Tried) -> Reply {
    match tried {
        Tried::Refused(error) => {
            let reply = told(dialect, error.status, &error.body);
            match error.retry_after {
                Some(seconds) => reply.header("Retry-After", seconds.to_string()),
                None => reply,
            }
        }
        Tried::Failed(failure) => told(dialect, failure.status(), &failure.body()),
        Tried::Begun(..) | Tried::Whole(..) | Tried::Left => gone(),
    }
}

/// The media types that models answer with.
const MEDIA: [&str; 13] = [
    "text/event-stream",
    "application/json",
    "text/plain",
    "text/vtt",
    "application/x-subrip",
    "audio/mpeg",
    "audio/wav",
    "audio/x-wav",
    "audio/ogg",
    "audio/opus",
    "audio/aac",
    "audio/flac",
    "audio/pcm",
];

/// The media type of an answer, of those that are known; bytes for any other.
pub(super) fn media_of(header: Option<&str>) -> &'static str {
    let essence = header.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    let known = MEDIA.iter().find(|known| known.eq_ignore_ascii_case(essence));
    known.copied().unwrap_or("application/octet-stream")
}

/// Says what it cost, when that is known.
pub(super) fn with_cost(reply: Reply, settling: &Settling) -> Reply {
    match settling.cost_nano_usd() {
        Some(cost) => reply.header("X-Cost-Nano-Usd", cost.to_string()),
        None => reply,
    }
}
