//! A stream in Anthropic's dialect: blocks that begin, grow and end one after the other.

use crate::dialect::answer::draft::{Block, Piece};
use crate::dialect::answer::plain::{message_head, stop_reason, stopped};
use crate::dialect::answer::stream::Telling;
use crate::dialect::answer::usage::Tokens;
use crate::dialect::write::Json;

fn event(kind: &'static str) -> Json {
    let mut out = Json::default();
    out.raw("{").word("type", kind);
    out
}

pub(crate) fn begin(telling: &mut Telling) {
    let mut out = event("message_start");
    let mut message = Json::default();
    message_head(&telling.said, &mut message);
    out.field("message", &message.0).field("content", "[").close(']');
    out.field("stop_reason", "null").field("stop_sequence", "null");
    // What was read is known at the end; there it replaces these.
    Tokens::default().messages(&mut out);
    out.close('}').close('}');
    telling.event("message_start", &out);
}

pub(crate) fn open(telling: &mut Telling, at: usize) {
    let mut out = event("content_block_start");
    out.count("index", at as u64).field("content_block", "{");
    match telling.block(at) {
        Some(Block::Thinking { .. }) => out.word("type", "thinking").word("thinking", "").word("signature", ""),
        Some(Block::Redacted(data)) => out.word("type", "redacted_thinking").word("data", data),
        Some(Block::Call { id, name, .. }) => {
            out.word("type", "tool_use").word("id", id).word("name", name).field("input", "{").close('}')
        }
        Some(Block::Text(_) | Block::Refusal(_)) | None => out.word("type", "text").word("text", ""),
    };
    out.close('}').close('}');
    telling.event("content_block_start", &out);
}

pub(crate) fn delta(telling: &mut Telling, piece: Piece<'_>, at: usize) {
    let mut out = event("content_block_delta");
    out.count("index", at as u64).field("delta", "{");
    match piece {
        Piece::Text(text) | Piece::Refusal(text) => out.word("type", "text_delta").word("text", text),
        Piece::Thinking(text) => out.word("type", "thinking_delta").word("thinking", text),
        Piece::Signature(text) => out.word("type", "signature_delta").word("signature", text),
        Piece::Arguments(text) => out.word("type", "input_json_delta").word("partial_json", text),
        Piece::Redacted(_) | Piece::Call { .. } => return,
    };
    out.close('}').close('}');
    telling.event("content_block_delta", &out);
}

pub(crate) fn close(telling: &mut Telling, at: usize) {
    let mut out = event("content_block_stop");
    out.count("index", at as u64).close('}');
    telling.event("content_block_stop", &out);
}

pub(crate) fn end(telling: &mut Telling) {
    let mut out = event("message_delta");
    out.field("delta", "{").word("stop_reason", stop_reason(stopped(&telling.draft)));
    out.field("stop_sequence", "null").close('}');
    telling.draft.tokens.unwrap_or_default().messages(&mut out);
    out.close('}');
    telling.event("message_delta", &out);
    let mut out = event("message_stop");
    out.close('}');
    telling.event("message_stop", &out);
}
