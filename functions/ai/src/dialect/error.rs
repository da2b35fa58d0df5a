//! What went wrong, in the client's dialect: as a reply, or as the event that ends a stream.

use crate::dialect::Dialect;
use crate::dialect::write::{Json, string};
use crate::fault::failure::ErrorBody;

/// Anthropic's type of an error by its status (platform.claude.com/docs/en/api/errors).
const fn kind_of(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        503 | 529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

fn anthropic(kind: &str, error: &ErrorBody) -> String {
    let mut out = Json::default();
    out.raw("{").word("type", "error").field("error", "{").word("type", kind);
    out.field("message", &string(&error.message)).close('}').close('}');
    out.0
}

/// The body of a reply with this status.
#[must_use]
pub fn error_body(dialect: Dialect, status: u16, error: &ErrorBody) -> String {
    match dialect {
        Dialect::Chat | Dialect::Responses => error.to_json(),
        Dialect::Messages => anthropic(kind_of(status), error),
    }
}

/// The event that ends a stream. Nothing follows it.
#[must_use]
pub fn error_event(dialect: Dialect, error: &ErrorBody) -> Vec<u8> {
    let data = match dialect {
        Dialect::Chat => return error.to_event(),
        Dialect::Messages => {
            let status = match error.code.as_deref() {
                Some("upstream_overloaded") => 503,
                Some("upstream_rate_limited") => 429,
                Some(code) if code.ends_with("timeout") => 504,
                _ => 500,
            };
            anthropic(kind_of(status), error)
        }
        Dialect::Responses => {
            let text = |text: &Option<String>| text.as_deref().map_or_else(|| "null".to_owned(), string);
            let mut out = Json::default();
            out.raw("{").word("type", "error").field("code", &text(&error.code));
            out.field("message", &string(&error.message)).field("param", &text(&error.param));
            out.count("sequence_number", 0).close('}');
            out.0
        }
    };
    ["event: error\ndata: ", &data, "\n\n"].concat().into_bytes()
}
