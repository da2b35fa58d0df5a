//! The parts of a streamed answer that each have a text of their own: which part a text in an event belongs to, and
//! the event that gives a client the rest of it. The dialects differ in names alone, so no dialect is named here.

use std::fmt::Write as _;

use crate::guard::found::{Found, Level, Text};
use crate::guard::mask::{Masker, Mode};
use crate::guard::text::quote;

/// Members of the outermost object that an event needs to be understood.
const OF_EVENT: [&str; 11] = [
    "type",
    "id",
    "object",
    "created",
    "model",
    "system_fingerprint",
    "index",
    "item_id",
    "output_index",
    "content_index",
    "summary_index",
];
/// Members of an object deeper down.
const OF_PART: [&str; 2] = ["type", "index"];

/// When in an answer a part comes: a later one says that earlier ones are complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Thoughts.
    Reasoning,
    /// What is said.
    Content,
    /// What tools are called with.
    Tools,
}

/// Where a text of an event belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The same for all pieces of one text.
    pub(crate) key: String,
    /// The choice, block or item it is a part of.
    pub(crate) group: u64,
    /// Its phase; groups of dialects whose parts end by themselves have one.
    pub(crate) phase: Phase,
    /// How it is read.
    pub(crate) mode: Mode,
}

/// An event that is sent besides those of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Its name, where events have names.
    pub event: Option<String>,
    /// Its data, JSON.
    pub data: String,
}

/// One text on its way through a stream.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) address: Address,
    pub(crate) masker: Masker,
    /// The event to give the rest with: its name, and its data before and behind the rest.
    closing: Option<(Option<String>, String, String)>,
}

impl Part {
    pub(crate) const fn new(address: Address, masker: Masker) -> Self {
        Self { address, masker, closing: None }
    }

    /// Notes how the rest would be told, as long as something is held back.
    pub(crate) fn remember(&mut self, event: Option<&str>, found: &Found<'_>, text: &Text<'_>) {
        self.closing = self.masker.holds().then(|| {
            let (head, tail) = around(found, text);
            (event.map(str::to_owned), head, tail)
        });
    }

    /// The event that tells `rest`; `number` is its sequence number where events have one.
    pub(crate) fn closing(self, rest: &str, number: Option<u64>) -> Option<Closing> {
        let (event, head, tail) = self.closing?;
        let numbered = number.map(|number| format!("\"sequence_number\":{number},")).unwrap_or_default();
        Some(Closing { event, data: format!("{{{numbered}{head}{}{tail}", quote(rest)) })
    }
}

/// The address of a text that comes in pieces; `None` when it is whole.
pub(crate) fn address(found: &Found<'_>, text: &Text<'_>) -> Option<Address> {
    let (root, path) = (found.root()?, path(found, text));
    let kind = root.scalar("type").unwrap_or_default().trim_matches('"');
    let at_root = path.len() == 1;
    let in_pieces = if at_root { text.name == "delta" } else { path.iter().any(|level| level.name == "delta") };
    if !in_pieces || text.is_value {
        return None;
    }
    let mut key = if at_root { kind.to_owned() } else { String::new() };
    for name in ["index", "output_index", "content_index", "summary_index"] {
        if let Some(number) = root.number(name) {
            let _ = write!(key, "/{name}{number}");
        }
    }
    for level in path.iter().skip(1) {
        let _ = write!(key, "/{}{}", level.name, number_of(level).map(|n| n.to_string()).unwrap_or_default());
    }
    let _ = write!(key, "/{}", text.name);
    let choice = path.iter().find(|level| level.name == "choices" && level.place.is_some());
    let group = choice.and_then(|level| number_of(level)).or(root.number("index")).or(root.number("output_index"));
    let phase = if choice.is_some() { phase(&path, &text.name) } else { Phase::Content };
    let mode = if at_root && kind.contains("arguments") { Mode::Json } else { text.mode };
    Some(Address { key, group: group.unwrap_or(0), phase, mode })
}

fn phase(path: &[&Level<'_>], name: &str) -> Phase {
    let within = |start: &str| name.starts_with(start) || path.iter().any(|level| level.name.starts_with(start));
    if within("reasoning") {
        Phase::Reasoning
    } else if within("tool_calls") || within("function_call") {
        Phase::Tools
    } else {
        Phase::Content
    }
}

/// The number an element calls itself, or its place.
pub(crate) fn number_of(level: &Level<'_>) -> Option<u64> {
    level.place.map(|place| level.number("index").unwrap_or(place))
}

/// The levels from the outermost to the one whose member the text is.
fn path<'f, 'j>(found: &'f Found<'j>, text: &Text<'_>) -> Vec<&'f Level<'j>> {
    let mut path = Vec::new();
    let mut number = text.level;
    while let Some(level) = found.levels.get(number) {
        path.push(level);
        if level.parent == number {
            break;
        }
        number = level.parent;
    }
    path.reverse();
    path
}

/// An event with nothing but this text, taken apart: what stands before the text, and behind it.
fn around(found: &Found<'_>, text: &Text<'_>) -> (String, String) {
    let path = path(found, text);
    let (mut head, mut tail) = (String::new(), String::new());
    for (depth, level) in path.iter().enumerate() {
        let is_element = level.place.is_some();
        if depth > 0 && !is_element {
            let _ = write!(head, "{}:", quote(&level.name));
        }
        if level.is_array {
            head.push('[');
            tail.insert(0, ']');
            continue;
        }
        if depth > 0 {
            head.push('{');
        }
        let names: &[&str] = if depth == 0 { &OF_EVENT } else { &OF_PART };
        for (name, value) in level.scalars.iter().filter(|(name, _)| names.contains(&&**name)) {
            let _ = write!(head, "{}:{value},", quote(name));
        }
        let also = if level.name == "choices" { ",\"finish_reason\":null}" } else { "}" };
        tail.insert_str(0, also);
    }
    let _ = write!(head, "{}:", quote(&text.name));
    (head, tail)
}
