//! Writing a whole answer in the client's dialect; and the parts of it that streams have, too.

use crate::dialect::Dialect;
use crate::dialect::answer::draft::{Block, Draft, Stop};
use crate::dialect::answer::said::Said;
use crate::dialect::answer::stream_responses;
use crate::dialect::ask::thinking::detail;
use crate::dialect::ask::to_messages::arguments;
use crate::dialect::write::{Json, string};

/// The reply.
pub(crate) fn write(client: Dialect, draft: &Draft, said: &Said) -> String {
    let mut out = Json::default();
    match client {
        Dialect::Chat => chat(draft, said, &mut out),
        Dialect::Messages => messages(draft, said, &mut out),
        Dialect::Responses => {
            stream_responses::response(draft, said, &stream_responses::echo(&said.asked), true, &mut out)
        }
    }
    out.0
}

/// OpenAI's word for why it stopped.
pub(crate) fn finish_reason(stop: Stop) -> &'static str {
    match stop {
        Stop::End | Stop::Sequence => "stop",
        Stop::Length => "length",
        Stop::Calls => "tool_calls",
        Stop::Filtered => "content_filter",
    }
}

/// The beginning of a chat reply or chunk, up to its choices.
pub(crate) fn chat_head(kind: &str, said: &Said, out: &mut Json) {
    out.raw("{").field("id", &string(&said.id)).word("object", kind).count("created", said.created_s);
    out.field("model", &string(&said.model));
}

fn chat(draft: &Draft, said: &Said, out: &mut Json) {
    chat_head("chat.completion", said, out);
    out.field("choices", "[").raw("{").count("index", 0).field("message", "{").word("role", "assistant");
    let (mut text, mut refusal, mut thoughts) = (String::new(), String::new(), String::new());
    let (mut details, mut calls) = (Json::default(), Json::default());
    for (i, block) in draft.blocks.iter().enumerate() {
        match block {
            Block::Text(more) => text.push_str(more),
            Block::Refusal(more) => refusal.push_str(more),
            Block::Thinking { text, .. } => thoughts.push_str(text),
            Block::Redacted(_) => {}
            Block::Call { id, name, arguments } => {
                calls.raw("{").word("id", id).word("type", "function").field("function", "{").word("name", name);
                calls.word("arguments", arguments).close('}').close('}');
            }
        }
        reasoning_detail(block, i, &mut details);
    }
    if text.is_empty() && !calls.0.is_empty() {
        out.field("content", "null");
    } else {
        out.word("content", &text);
    }
    if refusal.is_empty() {
        out.field("refusal", "null");
    } else {
        out.word("refusal", &refusal);
    }
    if !thoughts.is_empty() {
        out.word("reasoning_content", &thoughts);
    }
    for (name, list) in [("reasoning_details", details), ("tool_calls", calls)] {
        if !list.0.is_empty() {
            out.field(name, "[");
            out.0.push_str(&list.0);
            out.close(']');
        }
    }
    out.close('}').field("logprobs", "null").word("finish_reason", finish_reason(draft.stopped()));
    out.close('}').close(']');
    if let Some(tokens) = draft.tokens {
        tokens.chat(out);
    }
    if let Some(tier) = draft.tier {
        out.word("service_tier", tier);
    }
    out.close('}');
}

/// What of a block's thinking only its maker can read, where there is such a thing.
pub(crate) fn reasoning_detail(block: &Block, index: usize, out: &mut Json) {
    match block {
        Block::Thinking { text, signature } if !signature.is_empty() => detail(out, Some((text, signature)), "", index),
        Block::Redacted(data) => detail(out, None, data, index),
        _ => {}
    }
}

/// Anthropic's word for why it stopped.
pub(crate) fn stop_reason(stop: Stop) -> &'static str {
    match stop {
        Stop::End => "end_turn",
        Stop::Length => "max_tokens",
        Stop::Calls => "tool_use",
        Stop::Filtered => "refusal",
        Stop::Sequence => "stop_sequence",
    }
}

/// The beginning of a message, up to its content.
pub(crate) fn message_head(said: &Said, out: &mut Json) {
    out.raw("{").field("id", &string(&said.id)).word("type", "message").word("role", "assistant");
    out.field("model", &string(&said.model));
}

fn messages(draft: &Draft, said: &Said, out: &mut Json) {
    message_head(said, out);
    out.field("content", "[");
    for block in &draft.blocks {
        out.raw("{");
        match block {
            Block::Text(text) | Block::Refusal(text) => out.word("type", "text").word("text", text),
            Block::Thinking { text, signature } => {
                out.word("type", "thinking").word("thinking", text).word("signature", signature)
            }
            Block::Redacted(data) => out.word("type", "redacted_thinking").word("data", data),
            Block::Call { id, name, arguments: written } => {
                let quoted = ["\"", written, "\""].concat();
                out.word("type", "tool_use").word("id", id).word("name", name).field("input", &arguments(&quoted))
            }
        };
        out.close('}');
    }
    out.close(']').word("stop_reason", stop_reason(stopped(draft))).field("stop_sequence", "null");
    draft.tokens.unwrap_or_default().messages(out);
    out.close('}');
}

/// Why it stopped, where a refusal is a reason of its own.
pub(crate) fn stopped(draft: &Draft) -> Stop {
    let refused = draft.blocks.iter().any(|block| matches!(block, Block::Refusal(_)));
    if refused { Stop::Filtered } else { draft.stopped() }
}
