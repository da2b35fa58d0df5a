//! Reading answers in Anthropic's dialect, whole or event by event.

use serde_json::value::RawValue;

use crate::dialect::answer::Untranslatable;
use crate::dialect::answer::draft::{Draft, Hear, Piece, Stop, piece};
use crate::dialect::answer::read_chat::member;
use crate::dialect::answer::usage::{Tokens, merged};
use crate::dialect::node::{array, inner};
use crate::dialect::write::string;
use crate::json::pointer;
use crate::json::splice::{Member, members};

/// Reads a plain reply.
pub(crate) fn whole(json: &str, draft: &mut Draft) -> Result<(), Untranslatable> {
    let reply = members(json).map_err(|_| Untranslatable("the reply is no JSON object"))?;
    let content = member(&reply, "content").and_then(array);
    for content in content.ok_or(Untranslatable("the reply has no content"))? {
        if let Ok(content) = members(content.get()) {
            block(&content, draft);
        }
    }
    stop(&reply, draft);
    if let Some(usage) = member(&reply, "usage") {
        tell_usage(usage, draft);
    }
    Ok(())
}

/// Tells a block, as far as it is there.
fn block(block: &[Member<'_>], hear: &mut dyn Hear) {
    let text = |name| member(block, name).unwrap_or_default();
    let pieces = match member(block, "type") {
        Some("\"text\"") => [piece(text("text"), Piece::Text), None],
        Some("\"thinking\"") => [piece(text("thinking"), Piece::Thinking), piece(text("signature"), Piece::Signature)],
        Some("\"redacted_thinking\"") => [piece(text("data"), Piece::Redacted), None],
        Some("\"tool_use\"") => {
            hear.piece(Piece::Call { id: inner(text("id")), name: inner(text("name")) });
            // In a stream the arguments follow, except from servers that have them at once.
            let input = member(block, "input").filter(|input| members(input).is_ok_and(|members| !members.is_empty()));
            if let Some(input) = input {
                hear.piece(Piece::Arguments(inner(&string(input))));
            }
            return;
        }
        _ => return,
    };
    pieces.into_iter().flatten().for_each(|piece| hear.piece(piece));
}

fn stop(reply: &[Member<'_>], draft: &mut Draft) {
    let Some(reason) = member(reply, "stop_reason") else {
        return;
    };
    draft.stop = Some(match reason {
        "\"max_tokens\"" | "\"model_context_window_exceeded\"" => Stop::Length,
        "\"tool_use\"" => Stop::Calls,
        "\"refusal\"" => Stop::Filtered,
        "\"stop_sequence\"" => Stop::Sequence,
        _ => Stop::End,
    });
}

fn tell_usage(usage: &str, draft: &mut Draft) {
    draft.tokens = Some(Tokens::of_messages(usage));
    draft.tier = match pointer::at(usage, "/service_tier").map(RawValue::get) {
        Some("\"standard\"") => Some("default"),
        Some("\"priority\"") => Some("priority"),
        _ => draft.tier,
    };
}

/// Reads a stream.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    usage: Option<String>,
}

impl Reader {
    /// Reads an event.
    pub(crate) fn event(&mut self, event: &[Member<'_>], hear: &mut dyn Hear) {
        match member(event, "type") {
            Some("\"message_start\"") => {
                let message = member(event, "message").and_then(|message| members(message).ok());
                self.usage(member(&message.unwrap_or_default(), "usage"), hear);
            }
            Some("\"content_block_start\"") => {
                if let Some(content) = member(event, "content_block").and_then(|content| members(content).ok()) {
                    block(&content, hear);
                }
            }
            Some("\"content_block_delta\"") => {
                let delta = member(event, "delta").and_then(|delta| members(delta).ok()).unwrap_or_default();
                let text = |name| member(&delta, name).unwrap_or_default();
                let piece = match member(&delta, "type") {
                    Some("\"text_delta\"") => piece(text("text"), Piece::Text),
                    Some("\"thinking_delta\"") => piece(text("thinking"), Piece::Thinking),
                    Some("\"signature_delta\"") => piece(text("signature"), Piece::Signature),
                    Some("\"input_json_delta\"") => piece(text("partial_json"), Piece::Arguments),
                    _ => None,
                };
                piece.into_iter().for_each(|piece| hear.piece(piece));
            }
            Some("\"message_delta\"") => {
                if let Some(delta) = member(event, "delta").and_then(|delta| members(delta).ok()) {
                    stop(&delta, hear.draft());
                }
                self.usage(member(event, "usage"), hear);
            }
            _ => {}
        }
    }

    fn usage(&mut self, usage: Option<&str>, hear: &mut dyn Hear) {
        let Some(usage) = usage else {
            return;
        };
        let all = self.usage.as_deref().map_or_else(|| usage.to_owned(), |earlier| merged(earlier, usage));
        tell_usage(&all, hear.draft());
        self.usage = Some(all);
    }
}
