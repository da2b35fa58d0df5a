//! What went wrong, in the client's dialect: as a reply, or as the event that ends a stream.

use shared::problem::anthropic_type;

use crate::dialect::Dialect;
use crate::dialect::write::{Json, string};
use crate::fault::failure::ErrorBody;

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
        Dialect::Messages => anthropic(anthropic_type(status), error),
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
            anthropic(anthropic_type(status), error)
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
