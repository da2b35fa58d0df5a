//! What a route says of answers that are kept, as its JSON document has it. Keeping them is decided where calls are made.

use crate::json::fields::{DataError, Fields, number, small_number, text};

/// The longest an answer may be kept, in seconds: a week.
pub const LONGEST_TTL_S: u64 = 604_800;

/// What a route says of its answers: `{"ttl_s", "tools"?, "semantic"?: {"model", "threshold"?}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteCache {
    /// Seconds an answer is kept; 0: only where the request asks for it.
    pub ttl_s: u64,
    /// Answers that call tools are kept, too.
    pub tools: bool,
    /// Answers to questions that mean the same are found, too.
    pub semantic: Option<Semantic>,
}

/// How questions that mean the same are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Semantic {
    /// The model that makes vectors of questions, by any name a client could use.
    pub model: String,
    /// How alike two questions have to be, in thousandths of their cosine.
    pub threshold: u32,
}

impl RouteCache {
    /// Reads a route's setting.
    ///
    /// # Errors
    /// [`DataError`] where it is not what it should be.
    pub fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let read = Self {
            ttl_s: fields.maybe("ttl_s", number).unwrap_or(0),
            tools: fields.flag("tools"),
            semantic: fields.maybe("semantic", Semantic::read),
        };
        if read.ttl_s > LONGEST_TTL_S {
            fields.fail("ttl_s", DataError::new("a week (604800) at most was expected"));
        }
        fields.whole(read)
    }
}

impl Semantic {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let read = Self {
            model: fields.need("model", text),
            threshold: fields.maybe("threshold", small_number).unwrap_or(950),
        };
        if !(500..=1_000).contains(&read.threshold) {
            fields.fail("threshold", DataError::new("500 to 1000 thousandths were expected"));
        }
        fields.whole(read)
    }
}
