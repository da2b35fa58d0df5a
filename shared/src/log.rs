//! One JSON line a request. Secrets never get here: what is logged is listed here,
//! field by field, and secret types mask themselves.

use serde::Serialize;

use crate::time;

/// A log line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line<'a> {
    /// RFC 3339.
    pub timestamp: String,
    /// `info`, `warn` or `error`.
    pub level: &'static str,
    /// The function.
    pub service: &'a str,
    /// W3C trace id.
    pub trace_id: &'a str,
    /// The caller, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<&'a str>,
    /// The handler's name, `sessions::create`, or the event's.
    pub action: &'a str,
    /// One line for people.
    pub message: &'a str,
    /// Everything else.
    pub metadata: Metadata<'a>,
}

/// What is known beside the common fields.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata<'a> {
    /// As in `X-Request-Id`.
    pub request_id: &'a str,
    /// Our span in the trace.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub span_id: &'a str,
    /// The method.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub method: &'a str,
    /// The path, never the query: queries may hold what should not be kept.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub path: &'a str,
    /// The reply's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Wall time in ms; the runtime's clock moves with I/O only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Blocking round trips, `d1=1 object=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round_trips: Option<String>,
    /// The client's network: IPv4, or IPv6 by /64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The client's program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<&'a str>,
    /// The administrator who acted in the user's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<&'a str>,
    /// The problem's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    /// Why it failed: seen here only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'a str>,
}

impl Line<'_> {
    /// The line as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Writes one line about something that is no request: a queue, an alarm, a sweep.
pub fn event(service: &str, level: &'static str, action: &str, message: &str, cause: Option<&str>) {
    let line = Line {
        timestamp: time::rfc3339(crate::platform::now_ms()),
        level,
        service,
        trace_id: "",
        user_id: None,
        action,
        message,
        metadata: Metadata { cause, ..Metadata::default() },
    };
    crate::platform::log(&line.to_json());
}
