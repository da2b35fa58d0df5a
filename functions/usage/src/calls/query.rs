//! What is asked of single calls: filters and periods.

use serde::{Deserialize, Serialize};
use shared::page::Limit;
use shared::problem::Problem;
use shared::time;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "CallStatus"))]
pub enum Status {
    /// The client got the whole answer.
    Succeeded,
    /// The client got an error instead of an answer.
    Failed,
    /// The client went away.
    ClientLeft,
    /// The provider broke off; the client got part of an answer and an error.
    Truncated,
    /// The runtime died; nothing is known but that the call was admitted.
    Killed,
}

impl Status {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::ClientLeft => "client_left",
            Self::Truncated => "truncated",
            Self::Killed => "killed",
        }
    }
}

/// The query of `GET /v1/calls`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CallsQuery {
    /// Items at most.
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// From this moment on: a day in UTC or RFC 3339. Default: the beginning.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(extend("anyOf" = [{ "format": "date" }, { "format": "date-time" }])))]
    pub from: Option<String>,
    /// Before this moment. Default: now.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(extend("anyOf" = [{ "format": "date" }, { "format": "date-time" }])))]
    pub to: Option<String>,
    /// The model, as its provider calls it.
    pub model: Option<String>,
    /// The provider's id.
    pub provider: Option<String>,
    /// The API key's id.
    pub key: Option<String>,
    /// How they ended.
    pub status: Option<Status>,
    /// The request that made them: `X-Request-Id` of its reply.
    pub request_id: Option<String>,
    /// Those that this organisation paid for, in place of one's own.
    pub organisation_id: Option<String>,
    /// Everybody's, for administrators.
    pub everybody: bool,
}

impl CallsQuery {
    /// `[from, to)` in milliseconds.
    ///
    /// # Errors
    /// 422 for what is no day and no time.
    pub fn period(&self, now: u64) -> Result<(u64, u64), Problem> {
        moments(self.from.as_deref(), self.to.as_deref(), 0, now.saturating_add(1))
    }
}

/// `[from, to)` in milliseconds, as told or by default.
///
/// # Errors
/// 422 for what is no day and no time, and for an end before the beginning.
pub(crate) fn moments(from: Option<&str>, to: Option<&str>, first: u64, last: u64) -> Result<(u64, u64), Problem> {
    let read = |name: &'static str, text: Option<&str>, default: u64| match text {
        None => Ok(default),
        Some(text) => {
            time::parse(text).ok_or_else(|| Problem::invalid(name, "invalid", "is no day and no RFC 3339 time"))
        }
    };
    let (from, to) = (read("from", from, first)?, read("to", to, last)?);
    if from > to { Err(Problem::invalid("to", "invalid", "is before `from`")) } else { Ok((from, to)) }
}
