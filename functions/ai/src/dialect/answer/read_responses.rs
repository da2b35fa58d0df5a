//! Reading answers in OpenAI's responses dialect, whole or event by event.
//!
//! Items come one after the other there: a stream in which a piece belongs to another item than the last is none that makes sense.

use serde_json::value::RawValue;

use crate::dialect::answer::Untranslatable;
use crate::dialect::answer::draft::{Draft, Hear, Piece, Stop, piece};
use crate::dialect::answer::read_chat::{member, tier};
use crate::dialect::answer::usage::Tokens;
use crate::dialect::ask::thinking::openai;
use crate::dialect::ask::to_chat::BLANK_LINE;
use crate::dialect::node::{array, inner};
use crate::json::pointer;
use crate::json::splice::{Member, members};

/// Reads a plain reply.
pub(crate) fn whole(json: &str, draft: &mut Draft) -> Result<(), Untranslatable> {
    let reply = members(json).map_err(|_| Untranslatable("the reply is no JSON object"))?;
    let output = member(&reply, "output").and_then(array);
    if member(&reply, "status") == Some("\"failed\"") {
        return Err(Untranslatable("the response failed"));
    }
    for item in output.ok_or(Untranslatable("the reply has no output"))? {
        if let Ok(item) = members(item.get()) {
            begin(&item, draft);
            rest(&item, draft);
            seal(&item, draft);
        }
    }
    around(&reply, draft);
    Ok(())
}

/// What stands around the output.
fn around(reply: &[Member<'_>], draft: &mut Draft) {
    if let Some(usage) = member(reply, "usage") {
        draft.tokens = Some(Tokens::of_responses(usage));
    }
    let reason = member(reply, "incomplete_details").and_then(|details| pointer::at(details, "/reason"));
    draft.stop = Some(match reason.map(RawValue::get) {
        Some("\"max_output_tokens\"") => Stop::Length,
        Some("\"content_filter\"") => Stop::Filtered,
        _ => Stop::End,
    });
    tier(reply, draft);
}

fn text<'a>(item: &[Member<'a>], name: &str) -> &'a str {
    member(item, name).unwrap_or_default()
}

/// An item begins: only a call has something to tell by then.
fn begin(item: &[Member<'_>], hear: &mut dyn Hear) {
    if member(item, "type") == Some("\"function_call\"") {
        hear.piece(Piece::Call { id: inner(text(item, "call_id")), name: inner(text(item, "name")) });
    }
}

/// What an item holds that was not told piece by piece.
fn rest(item: &[Member<'_>], hear: &mut dyn Hear) {
    if let Some(piece) = piece(text(item, "arguments"), Piece::Arguments) {
        hear.piece(piece);
    }
    let mut thoughts = false;
    for name in ["summary", "content"] {
        for part in member(item, name).and_then(array).unwrap_or_default() {
            let part = members(part.get()).unwrap_or_default();
            let told = match member(&part, "type") {
                Some("\"output_text\"") => piece(text(&part, "text"), Piece::Text),
                Some("\"refusal\"") => piece(text(&part, "refusal"), Piece::Refusal),
                Some("\"summary_text\"" | "\"reasoning_text\"") => piece(text(&part, "text"), Piece::Thinking),
                _ => None,
            };
            let Some(told) = told else { continue };
            if matches!(told, Piece::Thinking(_)) && std::mem::replace(&mut thoughts, true) {
                hear.piece(Piece::Thinking(BLANK_LINE));
            }
            hear.piece(told);
        }
    }
}

/// What proves a thought, or holds it where nobody else can read it.
fn seal(item: &[Member<'_>], hear: &mut dyn Hear) {
    let sealed = inner(text(item, "encrypted_content"));
    if member(item, "type") == Some("\"reasoning\"") && !sealed.is_empty() {
        hear.piece(Piece::Signature(&openai(sealed)));
    }
}

/// Reads a stream.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The place of the item that came last.
    item: String,
    /// The part of it that a thought came last in.
    thought: String,
    /// Something of the item was told.
    told: bool,
}

impl Reader {
    /// Reads an event. False when it cannot be one of an answer that makes sense.
    pub(crate) fn event(&mut self, event: &[Member<'_>], hear: &mut dyn Hear) -> bool {
        let held = |name| member(event, name).and_then(|held| members(held).ok()).unwrap_or_default();
        let of: fn(_) -> _ = match inner(text(event, "type")) {
            "response.output_item.added" => {
                text(event, "output_index").clone_into(&mut self.item);
                self.thought.clear();
                self.told = false;
                begin(&held("item"), hear);
                return true;
            }
            "response.output_item.done" => {
                let item = held("item");
                if !self.told {
                    rest(&item, hear);
                }
                seal(&item, hear);
                return true;
            }
            "response.completed" | "response.incomplete" => {
                around(&held("response"), hear.draft());
                return true;
            }
            "response.output_text.delta" => Piece::Text,
            "response.refusal.delta" => Piece::Refusal,
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => Piece::Thinking,
            "response.function_call_arguments.delta" => Piece::Arguments,
            _ => return true,
        };
        let Some(piece) = piece(text(event, "delta"), of) else { return true };
        if matches!(piece, Piece::Thinking(_)) {
            let part = [text(event, "summary_index"), "/", text(event, "content_index")].concat();
            if !self.thought.is_empty() && self.thought != part {
                hear.piece(Piece::Thinking(BLANK_LINE));
            }
            self.thought = part;
        }
        self.told = true;
        hear.piece(piece);
        member(event, "output_index").is_none_or(|place| place == self.item)
    }
}
