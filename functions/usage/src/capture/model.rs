//! Bodies, replies and rows of what was said, and of who wants it kept.

use serde::{Deserialize, Serialize};
use shared::capture::Part;
use shared::time;

/// Days that a capture is kept unless its organisation says otherwise.
pub const DEFAULT_DAYS: u64 = 30;
/// Days that it can be kept at most.
const MOST_DAYS: u32 = 365;

/// What was said in a call.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Capture {
    /// The call that was captured: of calls that one request made, the first.
    pub call_id: String,
    /// The request that made it.
    pub request_id: String,
    /// RFC 3339.
    pub captured_at: String,
    /// When it is deleted, RFC 3339.
    pub expires_at: String,
    /// What was asked, masked; null where it was no text.
    pub request: Option<Said>,
    /// What the client got, masked; null where it was no text, or has not come yet.
    pub reply: Option<Said>,
}

/// One side of it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Said {
    /// `application/json`, or `text/event-stream` with the events as they were sent.
    pub media: String,
    /// The body; addresses and numbers of people are masked.
    pub text: String,
    /// There was more than is kept.
    pub cut: bool,
}

/// A row of `captures`.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns of `captures`, described in the migration")]
pub struct PieceRow {
    pub call_id: String,
    pub request_id: String,
    pub part: Part,
    pub piece: u8,
    pub media: String,
    pub cut: u8,
    pub sealed: String,
    pub captured_at: u64,
    pub expires_at: u64,
}

/// Whose calls are captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "CaptureMode"))]
pub enum Mode {
    /// Nothing, whatever routes say.
    Never,
    /// What a route captures, and calls that ask for it by `Selvage-Capture: on`.
    Asked,
    /// Every call.
    All,
}

impl Mode {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Asked => "asked",
            Self::All => "all",
        }
    }
}

/// What is to be captured of an organisation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CaptureWish {
    /// Whose calls are captured.
    pub mode: Mode,
    /// Days until what was said is deleted: 1 to 365, 30 unless asked.
    #[serde(default)]
    pub retention_days: Days,
}

/// 1 to 365 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
#[cfg_attr(not(target_arch = "wasm32"), derive(Serialize, schemars::JsonSchema), schemars(!try_from))]
pub struct Days(#[cfg_attr(not(target_arch = "wasm32"), schemars(range(min = 1, max = 365)))] u32);

impl Days {
    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0 as u64
    }
}

impl Default for Days {
    fn default() -> Self {
        Self(30)
    }
}

impl TryFrom<u32> for Days {
    type Error = &'static str;

    fn try_from(days: u32) -> Result<Self, Self::Error> {
        if (1..=MOST_DAYS).contains(&days) { Ok(Self(days)) } else { Err("must be from 1 to 365") }
    }
}

/// A row of `capture_settings`.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns of `capture_settings`, described in the reply")]
pub struct SettingRow {
    pub org_id: String,
    pub mode: Mode,
    pub retention_days: u64,
    pub changed_at: u64,
    pub changed_by: String,
}

/// What is captured of an organisation, or of a person alone.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CaptureSetting {
    /// The organisation's id, or the user's.
    pub organisation_id: String,
    /// Whose calls are captured.
    pub mode: Mode,
    /// Days until what was said is deleted.
    pub retention_days: u64,
    /// RFC 3339.
    pub changed_at: String,
    /// An administrator's id.
    pub changed_by: String,
}

impl From<SettingRow> for CaptureSetting {
    fn from(row: SettingRow) -> Self {
        Self {
            organisation_id: row.org_id,
            mode: row.mode,
            retention_days: row.retention_days,
            changed_at: time::rfc3339(row.changed_at),
            changed_by: row.changed_by,
        }
    }
}
