//! Bodies and rows of feedback.

use serde::{Deserialize, Serialize};
use shared::page::Limit;
use shared::problem::Problem;
use shared::time;

/// Reasons that an opinion names at most.
const MOST_REASONS: usize = 8;
/// Characters of a comment at most.
const LONGEST_COMMENT: usize = 2_000;

/// Good or bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Rating {
    /// Good.
    Up,
    /// Bad.
    Down,
}

impl Rating {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// What somebody says they think of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Opinion {
    /// Good or bad.
    pub rating: Rating,
    /// Words for why, 8 at most: `wrong`, `unsafe`, `too_long`; letters, digits and `_` in lower case.
    #[serde(default)]
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schemars(length(max = 8), inner(regex(pattern = "^[a-z][a-z0-9_]{0,31}$")))
    )]
    pub reasons: Vec<String>,
    /// At most 2,000 characters.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(max = 2000)))]
    pub comment: String,
}

impl Opinion {
    /// The reasons as stored.
    ///
    /// # Errors
    /// 422 for reasons that are no words, and for a comment that is too long.
    pub fn checked(&self) -> Result<String, Problem> {
        let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let word = |text: &String| {
            text.len() <= 32 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest)
        };
        if self.reasons.len() > MOST_REASONS || !self.reasons.iter().all(word) {
            return Err(Problem::invalid("/reasons", "invalid", "must be at most 8 words in lower case"));
        }
        if self.comment.chars().count() > LONGEST_COMMENT {
            return Err(Problem::invalid("/comment", "invalid", "must have at most 2,000 characters"));
        }
        serde_json::to_string(&self.reasons).map_err(Problem::internal)
    }
}

/// What somebody thinks of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Rated {
    /// Good or bad.
    pub rating: Rating,
    /// Words for why.
    pub reasons: Vec<String>,
    /// More words; may be empty.
    pub comment: String,
}

impl From<Opinion> for Rated {
    fn from(Opinion { rating, reasons, comment }: Opinion) -> Self {
        Self { rating, reasons, comment }
    }
}

/// An opinion among the columns of something else; NULL where there is none.
#[derive(Debug, Deserialize)]
pub struct FeedbackRow {
    rating: Option<Rating>,
    reasons: Option<String>,
    comment: Option<String>,
}

impl From<FeedbackRow> for Option<Rated> {
    fn from(row: FeedbackRow) -> Self {
        let reasons = row.reasons.as_deref().and_then(|json| shared::json::read(json).ok()).unwrap_or_default();
        row.rating.map(|rating| Rated { rating, reasons, comment: row.comment.unwrap_or_default() })
    }
}

/// Feedback, as administrators see it: not what was said.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Feedback {
    /// `fbk_…`.
    pub id: String,
    /// Who thinks so.
    pub user_id: String,
    /// What they think.
    pub opinion: Option<Rated>,
    /// The model that answered.
    pub model: Option<String>,
    /// Its provider.
    pub provider: Option<String>,
    /// The request that called it, as the ledger has it.
    pub request_id: Option<String>,
    /// The prompt that the answer was written with.
    pub prompt_id: Option<String>,
    /// That prompt's version.
    pub prompt_version: Option<u32>,
    /// RFC 3339.
    pub updated_at: String,
}

/// Feedback as stored.
#[derive(Debug, Deserialize)]
pub struct StoredFeedback {
    /// `fbk_…`.
    pub id: String,
    user_id: String,
    #[serde(flatten)]
    opinion: FeedbackRow,
    model: Option<String>,
    provider: Option<String>,
    request_id: Option<String>,
    prompt_id: Option<String>,
    prompt_version: Option<u32>,
    updated_at: u64,
}

impl From<StoredFeedback> for Feedback {
    fn from(row: StoredFeedback) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            opinion: row.opinion.into(),
            model: row.model,
            provider: row.provider,
            request_id: row.request_id,
            prompt_id: row.prompt_id,
            prompt_version: row.prompt_version,
            updated_at: time::rfc3339(row.updated_at),
        }
    }
}

/// The query of administrators.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FeedbackQuery {
    /// Items at most.
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Of this model alone.
    pub model: Option<String>,
    /// Of this prompt alone.
    pub prompt_id: Option<String>,
    /// Good or bad alone.
    pub rating: Option<Rating>,
}
