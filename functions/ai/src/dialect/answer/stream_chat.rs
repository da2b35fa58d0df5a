//! A stream in OpenAI's chat dialect: chunks.

use crate::dialect::answer::draft::{Block, Piece};
use crate::dialect::answer::plain::{chat_head, finish_reason, reasoning_detail};
use crate::dialect::answer::stream::Telling;
use crate::dialect::write::Json;

fn chunk(telling: &mut Telling, delta: &Json, finish: Option<&str>) {
    let mut out = Json::default();
    chat_head("chat.completion.chunk", &telling.said, &mut out);
    out.field("choices", "[").raw("{").count("index", 0).field("delta", "{");
    out.0.push_str(&delta.0);
    out.close('}').field("logprobs", "null");
    match finish {
        Some(reason) => out.word("finish_reason", reason),
        None => out.field("finish_reason", "null"),
    };
    out.close('}').close(']').close('}');
    telling.event("", &out);
}

pub(crate) fn begin(telling: &mut Telling) {
    let mut delta = Json::default();
    delta.word("role", "assistant").word("content", "");
    chunk(telling, &delta, None);
}

/// A call begins with its id and name.
pub(crate) fn open(telling: &mut Telling, at: usize) {
    let index = telling.draft.calls().saturating_sub(1);
    let Some(Block::Call { id, name, .. }) = telling.block(at) else {
        return;
    };
    let mut delta = Json::default();
    delta.field("tool_calls", "[").raw("{").count("index", index as u64).word("id", id).word("type", "function");
    delta.field("function", "{").word("name", name).word("arguments", "").close('}').close('}').close(']');
    chunk(telling, &delta, None);
}

pub(crate) fn delta(telling: &mut Telling, piece: Piece<'_>) {
    let mut delta = Json::default();
    match piece {
        Piece::Text(text) => delta.word("content", text),
        Piece::Refusal(text) => delta.word("refusal", text),
        Piece::Thinking(text) => delta.word("reasoning_content", text),
        Piece::Arguments(text) => {
            let index = telling.draft.calls().saturating_sub(1);
            delta.field("tool_calls", "[").raw("{").count("index", index as u64);
            delta.field("function", "{").word("arguments", text).close('}').close('}').close(']')
        }
        Piece::Signature(_) | Piece::Redacted(_) | Piece::Call { .. } => return,
    };
    chunk(telling, &delta, None);
}

/// What only its maker can read of thinking comes all at once: there are clients that put such lists together, and others that keep
/// the last.
fn details(telling: &mut Telling) {
    let mut list = Json::default();
    for (at, block) in telling.draft.blocks.iter().enumerate() {
        reasoning_detail(block, at, &mut list);
    }
    if !list.0.is_empty() {
        let mut delta = Json::default();
        delta.field("reasoning_details", "[").0.push_str(&list.0);
        delta.close(']');
        chunk(telling, &delta, None);
    }
}

pub(crate) fn end(telling: &mut Telling) {
    details(telling);
    let reason = finish_reason(telling.draft.stopped());
    chunk(telling, &Json::default(), Some(reason));
    if let Some(tokens) = telling.draft.tokens.filter(|_| telling.wants_usage) {
        let mut out = Json::default();
        chat_head("chat.completion.chunk", &telling.said, &mut out);
        out.field("choices", "[").close(']');
        tokens.chat(&mut out);
        out.close('}');
        telling.event("", &out);
    }
    telling.event("", &Json("[DONE]".to_owned()));
}
