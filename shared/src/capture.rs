//! What was said, on its way through the queue: pieces, masked and sealed before they leave. Not here: what is masked
//! (`functions/ai`), where pieces are kept and who reads them (`functions/usage`).

use serde::{Deserialize, Serialize};

/// A piece has at most so many bytes before it is sealed: a message of the queue holds 128,000, and sealing makes four
/// thirds of it.
pub const PIECE_BYTES: usize = 64 * 1024;
/// So many pieces of a request, and of a reply, are kept; what is more is cut off.
pub const MOST_PIECES: usize = 4;

/// The two sides of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What was asked.
    Request,
    /// What the client got.
    Reply,
}

impl Part {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Reply => "reply",
        }
    }
}

/// A piece of what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The call.
    pub call_id: String,
    /// Which side said it.
    pub part: Part,
    /// Its place, from 0.
    pub piece: u8,
    /// Who paid.
    pub org_id: String,
    /// Who called.
    pub user_id: String,
    /// The request that made the call.
    pub request_id: String,
    /// The media type of the whole.
    pub media: String,
    /// There was more than is kept.
    pub cut: bool,
    /// The text, sealed under [`sealing`]; empty where nothing could be kept.
    pub sealed: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A piece as a message of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captured {
    /// The piece.
    pub captured: Piece,
}

/// How the text of such a message begins.
pub const CAPTURED: &str = r#"{"captured":"#;

/// What the key of a piece is derived from: moved to another call or place it opens nothing.
#[must_use]
pub fn sealing<'a>(call_id: &'a str, part: Part, place: &'a [u8; 1]) -> [&'a [u8]; 4] {
    [b"capture", call_id.as_bytes(), part.as_str().as_bytes(), place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_survives_the_queue_and_is_known_by_its_beginning() {
        let piece = Piece {
            call_id: "call_1".into(),
            part: Part::Reply,
            piece: 1,
            org_id: "org_1".into(),
            user_id: "usr_1".into(),
            request_id: "req_1".into(),
            media: "text/event-stream".into(),
            cut: true,
            sealed: "x".repeat(PIECE_BYTES.div_ceil(3) * 4 + 64),
            at_ms: 5,
        };
        let message = Captured { captured: piece };
        let text = serde_json::to_string(&message).unwrap();
        assert!(text.starts_with(CAPTURED));
        assert!(text.len() < 128_000);
        assert_eq!(serde_json::from_str::<Captured>(&text).unwrap(), message);
    }
}
