//! A response of OpenAI's dialect of that name, whole and as a stream: items that are added, grow and are done, one after the other.
//!
//! Each block of an answer is an item. Its id is made of the response's and its place.

use crate::dialect::answer::draft::{Block, Draft, Piece, Stop};
use crate::dialect::answer::said::Said;
use crate::dialect::answer::stream::Telling;
use crate::dialect::ask::thinking::sealed;
use crate::dialect::node::inner;
use crate::dialect::write::{Json, one_line, string};
use crate::json::splice::members;

/// What a response repeats of its request, and what stands there when the request has none.
const REPEATED: [(&str, &str); 12] = [
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("temperature", "null"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_p", "null"),
    ("truncation", "\"disabled\""),
    ("user", "null"),
];

/// The members that repeat the request `asked`.
pub(crate) fn echo(asked: &str) -> String {
    let asked = members(asked).unwrap_or_default();
    let mut out = Json::default();
    for (name, otherwise) in REPEATED {
        let given = asked.iter().find(|member| member.name == name && !member.is_null());
        match given {
            Some(given) => out.field(name, &one_line(given.value.get())),
            None => out.field(name, otherwise),
        };
    }
    out.0
}

/// The response, while it is made or done.
pub(crate) fn response(draft: &Draft, said: &Said, echo: &str, done: bool, out: &mut Json) {
    out.raw("{").field("id", &string(&said.id)).word("object", "response").count("created_at", said.created_s);
    let reason = match draft.stop.filter(|_| done) {
        Some(Stop::Length) => Some("max_output_tokens"),
        Some(Stop::Filtered) => Some("content_filter"),
        _ => None,
    };
    out.word(
        "status",
        if !done {
            "in_progress"
        } else if reason.is_some() {
            "incomplete"
        } else {
            "completed"
        },
    );
    out.field("error", "null");
    match reason {
        Some(reason) => out.field("incomplete_details", "{").word("reason", reason).close('}'),
        None => out.field("incomplete_details", "null"),
    };
    out.field("model", &string(&said.model)).field("output", "[");
    for (at, block) in draft.blocks.iter().enumerate() {
        item(draft, said, block, at, done, out);
    }
    out.close(']').raw(echo).field("previous_response_id", "null").field("store", "false");
    if let Some(tier) = draft.tier {
        out.word("service_tier", tier);
    }
    match draft.tokens.filter(|_| done) {
        Some(tokens) => tokens.responses(out),
        None => {
            out.field("usage", "null");
        }
    }
    out.close('}');
}

fn item_id(said: &Said, block: &Block, at: usize) -> String {
    let prefix = match block {
        Block::Text(_) | Block::Refusal(_) => "msg_",
        Block::Thinking { .. } | Block::Redacted(_) => "rs_",
        Block::Call { .. } => "fc_",
    };
    [prefix, inner(&string(&said.id)), "_", &at.to_string()].concat()
}

/// A block as an item; one that is not done is still empty.
fn item(draft: &Draft, said: &Said, block: &Block, at: usize, done: bool, out: &mut Json) {
    let cut = draft.stop == Some(Stop::Length) && at + 1 == draft.blocks.len();
    let status = if !done {
        "in_progress"
    } else if cut {
        "incomplete"
    } else {
        "completed"
    };
    out.raw("{").word("id", &item_id(said, block, at));
    match block {
        Block::Text(_) | Block::Refusal(_) => {
            out.word("type", "message").word("status", status).word("role", "assistant").field("content", "[");
            if done {
                part(block, true, out);
            }
            out.close(']');
        }
        Block::Thinking { text, signature } => {
            out.word("type", "reasoning").field("summary", "[");
            if done && !text.is_empty() {
                part(block, true, out);
            }
            out.close(']');
            if done && !signature.is_empty() {
                out.word("encrypted_content", &sealed(signature, ""));
            }
        }
        Block::Redacted(data) => {
            out.word("type", "reasoning").field("summary", "[").close(']').word("encrypted_content", &sealed("", data));
        }
        Block::Call { id, name, arguments } => {
            out.word("type", "function_call").word("status", status).word("call_id", id).word("name", name);
            out.word("arguments", if done { arguments } else { "" });
        }
    }
    out.close('}');
}

/// The part of an item that holds its text.
fn part(block: &Block, done: bool, out: &mut Json) {
    let (text, kind, name) = match block {
        Block::Text(text) => (text, "output_text", "text"),
        Block::Refusal(text) => (text, "refusal", "refusal"),
        Block::Thinking { text, .. } => (text, "summary_text", "text"),
        Block::Redacted(_) | Block::Call { .. } => return,
    };
    out.raw("{").word("type", kind);
    if kind == "output_text" {
        out.field("annotations", "[").close(']').field("logprobs", "[").close(']');
    }
    out.word(name, if done { text } else { "" }).close('}');
}

/// An event up to its type and number.
fn event(telling: &mut Telling, kind: &str) -> Json {
    let mut out = Json::default();
    out.raw("{").word("type", kind).count("sequence_number", telling.sequence);
    telling.sequence += 1;
    out
}

/// An event about an item.
fn about(telling: &mut Telling, kind: &str, at: usize) -> Json {
    let id = telling.block(at).map(|block| item_id(&telling.said, block, at)).unwrap_or_default();
    let mut out = event(telling, kind);
    out.word("item_id", &id).count("output_index", at as u64);
    out
}

fn lifecycle(telling: &mut Telling, kind: &str, done: bool) {
    let mut out = event(telling, kind);
    let mut held = Json::default();
    response(&telling.draft, &telling.said, &telling.echo, done, &mut held);
    out.field("response", &held.0).close('}');
    telling.event(kind, &out);
}

fn whole_item(telling: &mut Telling, kind: &str, at: usize, done: bool) {
    let mut out = event(telling, kind);
    out.count("output_index", at as u64).key("item");
    if let Some(block) = telling.block(at) {
        item(&telling.draft, &telling.said, block, at, done, &mut out);
    }
    out.close('}');
    telling.event(kind, &out);
}

pub(crate) fn begin(telling: &mut Telling) {
    lifecycle(telling, "response.created", false);
    lifecycle(telling, "response.in_progress", false);
}

pub(crate) fn open(telling: &mut Telling, at: usize) {
    whole_item(telling, "response.output_item.added", at, false);
    if matches!(telling.block(at), Some(Block::Text(_) | Block::Refusal(_))) {
        whole_part(telling, "response.content_part.added", "content_index", at, false);
    }
}

fn whole_part(telling: &mut Telling, kind: &str, index: &str, at: usize, done: bool) {
    let mut out = about(telling, kind, at);
    out.count(index, 0).key("part");
    if let Some(block) = telling.block(at) {
        part(block, done, &mut out);
    }
    out.close('}');
    telling.event(kind, &out);
}

pub(crate) fn delta(telling: &mut Telling, piece: Piece<'_>, at: usize) {
    let (kind, index, text) = match piece {
        Piece::Text(text) => ("response.output_text.delta", "content_index", text),
        Piece::Refusal(text) => ("response.refusal.delta", "content_index", text),
        Piece::Thinking(text) => ("response.reasoning_summary_text.delta", "summary_index", text),
        Piece::Arguments(text) => ("response.function_call_arguments.delta", "", text),
        Piece::Signature(_) | Piece::Redacted(_) | Piece::Call { .. } => return,
    };
    if let Some(Block::Thinking { text: all, .. }) = telling.block(at)
        && all.len() == text.len()
    {
        whole_part(telling, "response.reasoning_summary_part.added", index, at, false);
    }
    let mut out = about(telling, kind, at);
    if !index.is_empty() {
        out.count(index, 0);
    }
    out.word("delta", text);
    if matches!(piece, Piece::Text(_)) {
        out.field("logprobs", "[").close(']');
    }
    out.close('}');
    telling.event(kind, &out);
}

pub(crate) fn close(telling: &mut Telling, at: usize) {
    let (kind, index, name, text) = match telling.block(at) {
        Some(Block::Text(text)) => ("response.output_text.done", "content_index", "text", text.clone()),
        Some(Block::Refusal(text)) => ("response.refusal.done", "content_index", "refusal", text.clone()),
        Some(Block::Thinking { text, .. }) if !text.is_empty() => {
            ("response.reasoning_summary_text.done", "summary_index", "text", text.clone())
        }
        Some(Block::Call { arguments, .. }) => {
            ("response.function_call_arguments.done", "", "arguments", arguments.clone())
        }
        _ => return whole_item(telling, "response.output_item.done", at, true),
    };
    let mut out = about(telling, kind, at);
    if !index.is_empty() {
        out.count(index, 0);
    }
    out.word(name, &text);
    if kind == "response.output_text.done" {
        out.field("logprobs", "[").close(']');
    }
    out.close('}');
    telling.event(kind, &out);
    match index {
        "content_index" => whole_part(telling, "response.content_part.done", index, at, true),
        "summary_index" => whole_part(telling, "response.reasoning_summary_part.done", index, at, true),
        _ => {}
    }
    whole_item(telling, "response.output_item.done", at, true);
}

pub(crate) fn end(telling: &mut Telling) {
    let cut = matches!(telling.draft.stop, Some(Stop::Length | Stop::Filtered));
    lifecycle(telling, if cut { "response.incomplete" } else { "response.completed" }, true);
}
