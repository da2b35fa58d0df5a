//! Masking of one text that comes in pieces. What may still turn out to be something is held back, never more
//! than [`crate::guard::find::LONGEST_HELD`] bytes; all else goes on at once.
//!
//! Architecture invariant: however a text comes in pieces, what goes out and what is counted are the same.

use std::rc::Rc;

use crate::guard::find::{self, More, Place, email};
use crate::guard::rule::{Action, KINDS, Rules, Side};

/// Which way a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the model.
    Request,
    /// To the client.
    Reply,
}

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As what people write.
    Text,
    /// As JSON, the arguments of a tool: what is put in leaves it JSON.
    Json,
}

/// How often each rule found something, and the rule that blocked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// By the number of the rule.
    pub(crate) found: Vec<u32>,
    /// The first rule that blocks what it found.
    pub(crate) blocked: Option<usize>,
}

impl Tally {
    fn add(&mut self, rule: usize) {
        if self.found.len() <= rule {
            self.found.resize(rule + 1, 0);
        }
        if let Some(count) = self.found.get_mut(rule) {
            *count = count.saturating_add(1);
        }
    }
}

/// What stands at one place.
enum Here {
    /// Something a rule finds: its length, the rule, and what usually stands in its place.
    Found(usize, usize, &'static str),
    /// So many bytes that are nothing.
    Nothing(usize),
}

/// One text on its way.
#[derive(Debug)]
pub(crate) struct Masker {
    rules: Rc<Rules>,
    way: Way,
    mode: Mode,
    held: String,
    before: [u8; 2],
    /// Inside a string of JSON.
    quoted: bool,
}

impl Masker {
    /// Nothing has come yet.
    pub(crate) const fn new(rules: Rc<Rules>, way: Way, mode: Mode) -> Self {
        Self { rules, way, mode, held: String::new(), before: [0; 2], quoted: false }
    }

    /// A text that is whole.
    pub(crate) fn whole(rules: &Rc<Rules>, way: Way, mode: Mode, text: &str, tally: &mut Tally) -> String {
        let mut out = String::with_capacity(text.len());
        Self::new(Rc::clone(rules), way, mode).advance(text, true, &mut out, tally);
        out
    }

    /// Something is held back.
    pub(crate) const fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// The next piece; what is decided by it is added to `out`.
    pub(crate) fn push(&mut self, piece: &str, out: &mut String, tally: &mut Tally) {
        if self.held.is_empty() {
            self.advance(piece, false, out, tally);
        } else {
            let mut text = std::mem::take(&mut self.held);
            text.push_str(piece);
            self.advance(&text, false, out, tally);
        }
    }

    /// The end, or something that belongs to nothing: what was held is decided.
    pub(crate) fn end(&mut self, out: &mut String, tally: &mut Tally) {
        let text = std::mem::take(&mut self.held);
        self.advance(&text, true, out, tally);
        self.before = [0; 2];
    }

    fn advance(&mut self, text: &str, last: bool, out: &mut String, tally: &mut Tally) {
        let rules = Rc::clone(&self.rules);
        let side = if self.way == Way::Request { &rules.request } else { &rules.reply };
        let mut seen = email::Seen::default();
        let (mut at, mut from) = (0, 0);
        while at < text.len() && tally.blocked.is_none() {
            let rest = text.get(at..).unwrap_or_default();
            let place = Place { rest, before: self.before, last };
            let Ok(here) = self.look(side, &place, at, &mut seen) else { break };
            let length = match here {
                Here::Nothing(length) => length,
                Here::Found(length, number, usual) => {
                    tally.add(number);
                    let rule = rules.rules.get(number);
                    match rule.map(|rule| rule.action) {
                        Some(Action::Mask) => {
                            out.push_str(text.get(from..at).unwrap_or_default());
                            let stand_in = rule.and_then(|rule| rule.stand_in.as_deref());
                            self.put(stand_in.unwrap_or(usual), out);
                            from = at + length;
                        }
                        Some(Action::Block) => {
                            tally.blocked = Some(number);
                            break;
                        }
                        Some(Action::Count) | None => {}
                    }
                    length
                }
            };
            self.pass(rest.get(..length).unwrap_or_default());
            at += length;
        }
        out.push_str(text.get(from..at).unwrap_or_default());
        if tally.blocked.is_none() {
            text.get(at..).unwrap_or_default().clone_into(&mut self.held);
        }
    }

    /// A number outside of strings becomes a string.
    fn put(&self, stand_in: &str, out: &mut String) {
        let quotes = self.mode == Mode::Json && !self.quoted;
        out.push_str(if quotes { "\"" } else { "" });
        out.push_str(stand_in);
        out.push_str(if quotes { "\"" } else { "" });
    }

    fn look(&self, side: &Side, place: &Place<'_>, at: usize, seen: &mut email::Seen) -> Result<Here, More> {
        let bytes = place.rest.as_bytes();
        let first = bytes.first().copied().unwrap_or_default();
        if self.mode == Mode::Json && self.quoted && first == b'\\' {
            // An escape is one character, whatever its letters look like.
            let length = if place.byte(1)? == Some(b'u') { 6 } else { 2 };
            place.byte(length - 1)?;
            return Ok(Here::Nothing(bounded(place.rest, length)));
        }
        if !side.begins(first) {
            let is_mark = |byte: u8| self.mode == Mode::Json && matches!(byte, b'"' | b'\\');
            let plain = |byte: &u8| !(side.begins(*byte) || is_mark(*byte));
            let run = bytes.iter().take_while(|byte| plain(byte)).count();
            return Ok(Here::Nothing(bounded(place.rest, run.max(1))));
        }
        for (rule, (kind, _, usual)) in side.kinds.iter().zip(&KINDS) {
            let Some(rule) = rule else { continue };
            if let Some(length) = find::look_for(*kind, place, at, seen)?
                && (self.mode == Mode::Text || self.quoted || is_whole_number(place, length)?)
            {
                return Ok(Here::Found(length, *rule, usual));
            }
        }
        if let Some((length, rule)) = side.words.look(place)? {
            return Ok(Here::Found(length, rule, "[removed]"));
        }
        Ok(Here::Nothing(bounded(place.rest, 1)))
    }

    /// Notes what was passed over: where the text stands now.
    fn pass(&mut self, passed: &str) {
        let bytes = passed.as_bytes();
        self.before = match bytes {
            [.., two, one] => [*two, *one],
            [one] => [self.before[1], *one],
            [] => self.before,
        };
        if self.mode == Mode::Json && !passed.starts_with('\\') {
            self.quoted ^= bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        }
    }
}

/// Outside of strings a number is masked as a whole or not at all.
fn is_whole_number(place: &Place<'_>, length: usize) -> Result<bool, More> {
    let follows = place.byte(length)?;
    Ok(!matches!(place.previous(), b'-' | b'.') && !matches!(follows, Some(b'.' | b'e' | b'E')))
}

/// So many bytes, and what is missing to a whole character.
fn bounded(text: &str, length: usize) -> usize {
    (length..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
