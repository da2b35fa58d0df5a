//! Reading answers in OpenAI's chat dialect, whole or chunk by chunk, with what compatible servers add (`reasoning_content`).
//!
//! Calls of a stream may come interleaved. They are told one after the other: the next one when the JSON of the one before is whole,
//! or at the end.

use serde_json::value::RawValue;

use crate::dialect::answer::Untranslatable;
use crate::dialect::answer::draft::{Draft, Hear, Piece, Stop, piece};
use crate::dialect::answer::shape::Shape;
use crate::dialect::answer::usage::Tokens;
use crate::dialect::node::{array, inner};
use crate::dialect::write::string;
use crate::json::pointer;
use crate::json::splice::{Member, members};

/// More calls in one answer are a fault of the upstream.
const MOST_CALLS: usize = 256;

/// A member that is there and not `null`.
pub(crate) fn member<'a>(members: &[Member<'a>], name: &str) -> Option<&'a str> {
    members.iter().find(|member| member.name == name && !member.is_null()).map(|member| member.value.get())
}

/// Reads a plain reply.
pub(crate) fn whole(json: &str, draft: &mut Draft) -> Result<(), Untranslatable> {
    let reply = members(json).map_err(|_| Untranslatable("the reply is no JSON object"))?;
    let choice = pointer::at(json, "/choices/0").and_then(|choice| members(choice.get()).ok());
    let choice = match choice {
        Some(choice) => choice,
        // A model bound to the Worker says what a message would, without one around it.
        None if ["response", "tool_calls"].iter().any(|name| member(&reply, name).is_some()) => Vec::new(),
        None => return Err(Untranslatable("the reply has no choice")),
    };
    let message = match member(&choice, "message") {
        Some(message) => members(message).map_err(|_| Untranslatable("the message is no object"))?,
        None if choice.is_empty() => members(json).unwrap_or_default(),
        None => return Err(Untranslatable("the choice has no message")),
    };
    around(&reply, &choice, draft);
    said(&message, draft);
    for call in calls(&message) {
        let Call { id, name, arguments, .. } = call;
        draft.piece(Piece::Call { id, name });
        draft.piece(Piece::Arguments(inner(&arguments)));
    }
    Ok(())
}

/// What stands around a message or a delta.
fn around(reply: &[Member<'_>], choice: &[Member<'_>], draft: &mut Draft) {
    if let Some(usage) = member(reply, "usage").or(member(choice, "usage")).filter(|usage| usage.starts_with('{')) {
        draft.tokens = Some(Tokens::of_chat(usage));
    }
    if let Some(reason) = member(choice, "finish_reason") {
        draft.stop = Some(match reason {
            "\"length\"" => Stop::Length,
            "\"tool_calls\"" | "\"function_call\"" => Stop::Calls,
            "\"content_filter\"" => Stop::Filtered,
            _ => Stop::End,
        });
    }
    tier(reply, draft);
}

/// The tier that served it, in OpenAI's two dialects.
pub(crate) fn tier(reply: &[Member<'_>], draft: &mut Draft) {
    draft.tier = match member(reply, "service_tier") {
        Some("\"default\"") => Some("default"),
        Some("\"priority\"") => Some("priority"),
        Some("\"flex\"") => Some("flex"),
        _ => draft.tier,
    };
}

/// Tells thoughts and text of a message or a delta, in this order.
fn said(message: &[Member<'_>], hear: &mut dyn Hear) {
    let thoughts = member(message, "reasoning_content").or(member(message, "reasoning"));
    if let Some(piece) = thoughts.and_then(|text| piece(text, Piece::Thinking)) {
        hear.piece(piece);
    }
    match member(message, "content").or(member(message, "response")) {
        Some(parts) if parts.starts_with('[') => {
            for part in array(parts).unwrap_or_default() {
                let text = pointer::at(part.get(), "/text").map(RawValue::get);
                if let Some(piece) = text.and_then(|text| piece(text, Piece::Text)) {
                    hear.piece(piece);
                }
            }
        }
        Some(text) if text.starts_with('"') => piece(text, Piece::Text).into_iter().for_each(|piece| hear.piece(piece)),
        // Bound models give JSON that was asked for as it is.
        Some(json) => hear.piece(Piece::Text(inner(&string(json)))),
        None => {}
    }
    if let Some(piece) = member(message, "refusal").and_then(|text| piece(text, Piece::Refusal)) {
        hear.piece(piece);
    }
}

/// A call, or a piece of one. `arguments` is a JSON string.
struct Call<'a> {
    index: Option<u64>,
    id: &'a str,
    name: &'a str,
    arguments: std::borrow::Cow<'a, str>,
}

fn calls<'a>(message: &[Member<'a>]) -> Vec<Call<'a>> {
    let calls = member(message, "tool_calls").and_then(array).unwrap_or_default();
    let read = |call: &'a RawValue| {
        let call = members(call.get()).ok()?;
        let function = member(&call, "function").and_then(|function| members(function).ok());
        let function = function.as_ref().unwrap_or(&call);
        let arguments = member(function, "arguments").unwrap_or("\"\"");
        Some(Call {
            index: member(&call, "index").and_then(|index| index.parse().ok()),
            id: member(&call, "id").map(inner).unwrap_or_default(),
            name: member(function, "name").map(inner).unwrap_or_default(),
            // Some servers give the object itself.
            arguments: if arguments.starts_with('"') { arguments.into() } else { string(arguments).into() },
        })
    };
    calls.into_iter().filter_map(read).collect()
}

/// A call on its way.
#[derive(Debug, Default)]
struct Waiting {
    index: u64,
    id: String,
    name: String,
    /// What was not told yet.
    arguments: String,
    shape: Shape,
    told: bool,
}

/// Reads a stream.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    calls: Vec<Waiting>,
    /// How many of them were told whole.
    done: usize,
    /// Text that came in the midst of a call.
    late: String,
}

impl Reader {
    /// Reads a chunk. False when it cannot be one of an answer that makes sense.
    pub(crate) fn chunk(&mut self, chunk: &[Member<'_>], hear: &mut dyn Hear) -> bool {
        let choices = member(chunk, "choices").and_then(array).unwrap_or_default();
        let first = choices
            .into_iter()
            .find(|choice| pointer::at(choice.get(), "/index").is_none_or(|index| index.get() == "0"));
        let choice = first.and_then(|choice| members(choice.get()).ok()).unwrap_or_default();
        around(chunk, &choice, hear.draft());
        let delta = member(&choice, "delta").and_then(|delta| members(delta).ok());
        let bound = delta.is_none() && member(chunk, "choices").is_none();
        let Some(delta) = delta.as_deref().or(bound.then_some(chunk)) else { return true };
        if self.busy() {
            let mut late = Draft::default();
            said(delta, &mut late);
            for block in late.blocks {
                if let crate::dialect::answer::draft::Block::Text(text) = block {
                    self.late.push_str(&text);
                }
            }
        } else {
            said(delta, hear);
        }
        for call in calls(delta) {
            if !self.take(&call) {
                return false;
            }
            self.tell(hear, false);
        }
        true
    }

    /// Tells what still waits.
    pub(crate) fn end(&mut self, hear: &mut dyn Hear) {
        self.tell(hear, true);
        let late = std::mem::take(&mut self.late);
        if !late.is_empty() {
            hear.piece(Piece::Text(&late));
        }
    }

    /// A call has begun whose arguments are not whole.
    fn busy(&self) -> bool {
        self.calls.get(self.done).is_some_and(|call| call.told && !call.shape.whole)
    }

    fn take(&mut self, call: &Call<'_>) -> bool {
        let found = match call.index {
            Some(index) => self.calls.iter().position(|known| known.index == index),
            // Without an index a call with a new id or name is a new one, and all else belongs to the last.
            None if call.id.is_empty() && call.name.is_empty() => self.calls.len().checked_sub(1),
            None if call.id.is_empty() => None,
            None => self.calls.iter().position(|known| known.id == call.id),
        };
        let at = found.unwrap_or_else(|| {
            let index = call.index.unwrap_or(self.calls.len() as u64);
            self.calls.push(Waiting { index, ..Waiting::default() });
            self.calls.len() - 1
        });
        if let Some(known) = self.calls.get_mut(at) {
            if known.id.is_empty() {
                call.id.clone_into(&mut known.id);
            }
            if known.name.is_empty() {
                call.name.clone_into(&mut known.name);
            }
            let more = inner(&call.arguments);
            known.shape.feed(more);
            known.arguments.push_str(more);
        }
        self.calls.len() <= MOST_CALLS
    }

    /// Tells the calls in their order, as far as the one before is whole; at the end all of them.
    fn tell(&mut self, hear: &mut dyn Hear, end: bool) {
        while let Some(call) = self.calls.get_mut(self.done) {
            if !call.told && call.name.is_empty() && !end {
                return;
            }
            if !std::mem::replace(&mut call.told, true) {
                hear.piece(Piece::Call { id: &call.id, name: &call.name });
            }
            if !call.arguments.is_empty() {
                hear.piece(Piece::Arguments(&call.arguments));
                call.arguments.clear();
            }
            if !(call.shape.whole || end) || self.done + 1 == self.calls.len() {
                return;
            }
            self.done += 1;
        }
    }
}
