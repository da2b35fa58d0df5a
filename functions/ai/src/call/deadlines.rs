//! How long a provider may take, and how long a reservation lives.

use shared::cx::Cx;

use crate::json::fields::{DataError, Fields, small_number};

/// Milliseconds each step of a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadlines {
    /// Until the head of a stream's answer is here.
    pub(crate) connect: u32,
    /// Until the first chunk of a stream is here, from its head on.
    pub(crate) first_token: u32,
    /// Between two chunks.
    pub(crate) idle: u32,
    /// For the whole call.
    pub(crate) total: u32,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect: 30_000, first_token: 60_000, idle: 30_000, total: 600_000 }
    }
}

impl Deadlines {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let or = Self::default();
        let read = Self {
            connect: fields.maybe("connect", small_number).unwrap_or(or.connect),
            first_token: fields.maybe("first_token", small_number).unwrap_or(or.first_token),
            idle: fields.maybe("idle", small_number).unwrap_or(or.idle),
            total: fields.maybe("total", small_number).unwrap_or(or.total),
        };
        fields.whole(read)
    }

    /// Reads `AI_DEADLINES`; what is missing or unreadable has its default.
    pub(crate) fn of(cx: &Cx) -> Self {
        let text = cx.platform.var("AI_DEADLINES");
        text.and_then(|text| Self::read(&text).ok()).unwrap_or_default()
    }
}

/// Milliseconds a reservation lives when nobody settles it: the longest call, and a minute to settle it.
pub(crate) fn lease_ms(cx: &Cx, deadlines: Deadlines) -> u64 {
    let set = cx.platform.var("ADMISSION_LEASE_MS").and_then(|text| text.parse().ok());
    set.unwrap_or(u64::from(deadlines.total) + 60_000)
}
