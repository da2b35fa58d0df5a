//! A guard on a stream: event by event, without waiting for the end. An event without anything to mask passes byte
//! for byte; in others only the strings change. What is held back of a text goes on with its next piece, or in an
//! event of its own before the one that ends the part.
//!
//! Where a model goes back to an earlier part (to its thoughts, after it began to speak), that part begins anew.

use std::borrow::Cow;
use std::rc::Rc;

use crate::guard::found::{Found, Text};
use crate::guard::mask::{Masker, Tally, Way};
use crate::guard::part::{Address, Closing, Part, address, number_of};
use crate::guard::rule::Rules;
use crate::guard::text;
use crate::guard::walk::texts;
use crate::json::splice::Splice;
use crate::stream::sse;

/// What becomes of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screened {
    /// Events that come before it.
    pub before: Vec<Closing>,
    /// Its data, where it changed.
    pub data: Option<String>,
    /// A rule blocks: neither this event nor any later one is for the client.
    pub blocked: bool,
}

/// A guard on one stream.
#[derive(Debug)]
pub struct GuardStream {
    rules: Rc<Rules>,
    parts: Vec<Part>,
    pub(crate) tally: Tally,
    /// Events sent besides the provider's, by which later ones are numbered higher.
    inserted: u64,
    first: bool,
}

impl GuardStream {
    pub(crate) fn new(rules: Rc<Rules>) -> Self {
        Self { rules, parts: Vec::new(), tally: Tally::default(), inserted: 0, first: true }
    }

    /// A rule has blocked the answer.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        self.tally.blocked.is_some()
    }

    /// Takes one whole block of a stream (see `stream::sse`) and adds what the client gets to `out`; false when the
    /// stream has to end here.
    pub fn push(&mut self, block: &[u8], out: &mut Vec<u8>) -> bool {
        let first = std::mem::take(&mut self.first);
        let Some(data) = sse::data(block, first) else {
            out.extend_from_slice(block);
            return true;
        };
        let screened = match std::str::from_utf8(&data) {
            Ok(data) => self.screen(sse::name(block, first).as_deref(), data),
            // No text at all: nobody can say what it holds.
            Err(_) => return true,
        };
        if screened.blocked {
            return false;
        }
        for closing in &screened.before {
            closing.write(out);
        }
        match screened.data {
            None => out.extend_from_slice(block),
            Some(data) => sse::with_data(block, &data, out),
        }
        true
    }

    /// The end of the stream, whatever it was: what is still held goes out.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        let mut before = Vec::new();
        self.close(|_| true, None, &mut before);
        for closing in before {
            closing.write(out);
        }
    }

    /// Looks at one event by its name and data.
    pub fn screen(&mut self, event: Option<&str>, data: &str) -> Screened {
        let mut before = Vec::new();
        let found = if data.trim_ascii_start().starts_with('{') { texts(data, None) } else { Found::default() };
        let number = found.root().and_then(|root| root.number("sequence_number"));
        let placed: Vec<(&Text<'_>, Option<Address>)> =
            found.texts.iter().map(|text| (text, address(&found, text))).collect();
        let ended = Ended::of(&found, data);
        self.close_ended(&ended, &placed, number, &mut before);
        let mut splice = Splice::default();
        for (text, address) in placed {
            let raw = data.get(text.at.clone()).unwrap_or_default();
            let changed = match address {
                Some(address) => self.piece(event, &found, (text, address), raw, &ended),
                None => self.whole(text, raw),
            };
            if let Some(changed) = changed {
                splice.replace(text.at.clone(), changed);
            }
        }
        for at in &found.logprobs {
            let empty = if data.get(at.clone()).is_some_and(|value| value.starts_with('[')) { "[]" } else { "null" };
            splice.replace(at.clone(), empty);
        }
        if let Some((number, at)) = number.filter(|_| self.inserted > 0).zip(number_at(data)) {
            splice.replace(at, number.saturating_add(self.inserted).to_string());
        }
        let too_deep = found.too_deep;
        let data = (!splice.is_empty()).then(|| String::from_utf8(splice.apply(data)).unwrap_or_default());
        Screened { before, data, blocked: self.is_blocked() || too_deep }
    }

    /// A text that is whole by itself.
    fn whole(&mut self, text: &Text<'_>, raw: &str) -> Option<String> {
        if text.is_value {
            let masked = Masker::whole(&self.rules, Way::Reply, text.mode, raw, &mut self.tally);
            return (masked != raw).then_some(masked);
        }
        let mut masker = Masker::new(Rc::clone(&self.rules), Way::Reply, text.mode);
        text::piece(raw, true, &mut masker, &mut self.tally)
    }

    /// The next piece of a part.
    fn piece(
        &mut self,
        event: Option<&str>,
        found: &Found<'_>,
        (text, address): (&Text<'_>, Address),
        raw: &str,
        ended: &Ended,
    ) -> Option<String> {
        let last = ended.has(&address);
        let at = self.parts.iter().position(|part| part.address.key == address.key).unwrap_or_else(|| {
            let masker = Masker::new(Rc::clone(&self.rules), Way::Reply, address.mode);
            self.parts.push(Part::new(address, masker));
            self.parts.len() - 1
        });
        let part = self.parts.get_mut(at)?;
        let changed = text::piece(raw, last, &mut part.masker, &mut self.tally);
        if last {
            self.parts.remove(at);
        } else {
            part.remember(event, found, text);
        }
        changed
    }

    /// Tells the rest of the parts that end with this event or before it, but for those it goes on with.
    fn close_ended(
        &mut self,
        ended: &Ended,
        placed: &[(&Text<'_>, Option<Address>)],
        number: Option<u64>,
        before: &mut Vec<Closing>,
    ) {
        let here: Vec<&Address> = placed.iter().filter_map(|(_, address)| address.as_ref()).collect();
        let spoken = |(text, address): &(&Text<'_>, Option<Address>)| {
            let address = address.as_ref().filter(|_| text.at.len() > 2)?;
            Some((address.group, address.phase))
        };
        let later: Vec<_> = placed.iter().filter_map(spoken).collect();
        let is_over = |address: &Address| {
            let goes_on = here.iter().any(|one| one.key == address.key);
            let passed = later.iter().any(|(group, phase)| *group == address.group && *phase > address.phase);
            !goes_on && (passed || ended.has(address))
        };
        self.close(is_over, number, before);
    }

    fn close(&mut self, is_over: impl Fn(&Address) -> bool, number: Option<u64>, before: &mut Vec<Closing>) {
        let (over, open) = std::mem::take(&mut self.parts).into_iter().partition(|part| is_over(&part.address));
        self.parts = open;
        let over: Vec<Part> = over;
        for mut part in over {
            if !part.masker.holds() {
                continue;
            }
            let mut rest = String::new();
            part.masker.end(&mut rest, &mut self.tally);
            let number = number.map(|number| number.saturating_add(self.inserted));
            if let Some(closing) = part.closing(&rest, number).filter(|_| !self.is_blocked()) {
                self.inserted += 1;
                before.push(closing);
            }
        }
    }
}

impl Closing {
    fn write(&self, out: &mut Vec<u8>) {
        if let Some(event) = &self.event {
            out.extend_from_slice(format!("event: {event}\n").as_bytes());
        }
        out.extend_from_slice(format!("data: {}\n\n", self.data).as_bytes());
    }
}

/// Which parts an event says are complete.
struct Ended {
    all: bool,
    groups: Vec<u64>,
}

impl Ended {
    fn of(found: &Found<'_>, data: &str) -> Self {
        let Some(root) = found.root() else {
            return Self { all: data.trim_ascii() == "[DONE]", groups: Vec::new() };
        };
        let kind = root.scalar("type").unwrap_or_default().trim_matches('"');
        let signed = found.levels.iter().any(|level| level.scalar("type") == Some("\"signature_delta\""));
        let mut groups = Vec::new();
        if kind == "content_block_stop" || signed || kind.ends_with(".done") {
            groups.push(root.number("index").or(root.number("output_index")).unwrap_or(0));
        }
        for choice in found.levels.iter().filter(|level| level.name == "choices" && level.place.is_some()) {
            if choice.scalar("finish_reason").is_some_and(|reason| reason != "null") {
                groups.extend(number_of(choice));
            }
        }
        let all = matches!(
            kind,
            "message_delta"
                | "message_stop"
                | "response.completed"
                | "response.failed"
                | "response.incomplete"
                | "error"
        ) || found.levels.iter().any(|level| level.name == "error");
        Self { all, groups }
    }

    fn has(&self, address: &Address) -> bool {
        self.all || self.groups.contains(&address.group)
    }
}

/// Where the event's sequence number stands.
fn number_at(data: &str) -> Option<std::ops::Range<usize>> {
    let members = crate::json::splice::members(data).ok()?;
    members.into_iter().find(|member| member.name == Cow::Borrowed("sequence_number")).map(|member| member.value_at)
}
