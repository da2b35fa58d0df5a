//! The scanner that reads beside a stream while it is forwarded, or translates it event by event.
//!
//! Architecture invariant: what the client gets are whole events of the upstream, byte for
//! byte and in order; the one event that may be withheld is the usage chunk it did not ask
//! for. However the stream is torn into pieces, bytes and outcome are the same.
//!
//! No clock and no I/O: deadlines and the connection are the caller's.

use crate::dialect::{Dialect, Stream};
use crate::json::pointer;
use crate::money::usage::{Reported, UsagePointers};
use crate::stream::events::{Counted, End, stop_reason, terminal};
use std::sync::Arc;

pub use crate::stream::forward::Forward;
use crate::stream::forward::Out;
use crate::stream::glance::glance_event;
use crate::stream::sse::{self, Framer};

/// Bytes one event may have unless told otherwise.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// The data of the event that ends an OpenAI-shaped stream.
const DONE: &[u8] = b"[DONE]";

/// How a stream is to be read.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the upstream speaks.
    pub dialect: Dialect,
    /// Where the provider reports usage.
    pub usage: Arc<UsagePointers>,
    /// Keep back the usage chunk (`choices: []`): the client did not ask for it.
    pub withhold_usage: bool,
    /// The longest event accepted, in bytes.
    pub max_event_bytes: usize,
}

impl Options {
    /// Reads a chat by `usage`, with the usual bound on events.
    #[must_use]
    pub const fn new(usage: Arc<UsagePointers>, withhold_usage: bool) -> Self {
        Self { dialect: Dialect::Chat, usage, withhold_usage, max_event_bytes: MAX_EVENT_BYTES }
    }

    /// The same in another dialect.
    #[must_use]
    pub fn spoken(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }
}

/// What is known about a stream at its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What the provider reported; `None` means the call has to be estimated.
    pub usage: Option<Reported>,
    /// What was told at the beginning (tokens read) of a stream that never told the rest: something for the estimate.
    pub early_usage: Option<Reported>,
    /// The terminal marker came.
    pub done_seen: bool,
    /// The stream ended before its terminal marker; the unfinished event was discarded.
    /// The client must get an error event (see `failure`).
    pub truncated: bool,
    /// An event exceeded the bound.
    pub oversized: bool,
    /// An event with an `error` member was forwarded: the client knows already.
    pub error_seen: bool,
    /// Events with data, the terminal marker and withheld ones included.
    pub events: u64,
    /// Events in which the model wrote something.
    pub written_events: u64,
    /// Bytes of UTF-8 the model wrote, reasoning and tool arguments included.
    pub written_bytes: u64,
    /// Events whose data was not a JSON object; they were forwarded as they came.
    pub malformed_events: u64,
    /// The last reason to stop that was not `null`, in the upstream's words.
    pub finish_reason: Option<String>,
    /// Bytes the client still has to get: a terminal marker whose blank line never came, the end of a translation.
    pub last: Option<Vec<u8>>,
}

/// Reads one stream. Feed it every piece in order, then call [`Scanner::finish`].
#[derive(Debug)]
pub struct Scanner {
    options: Options,
    framer: Framer,
    /// The unfinished block.
    held: Vec<u8>,
    first: bool,
    last_withheld: bool,
    usage: Counted,
    translation: Option<Stream>,
    /// What the client gets for the blocks read since it was last asked.
    translated: Vec<u8>,
    outcome: Outcome,
}

impl Scanner {
    /// A scanner at the start of a stream.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            framer: Framer::default(),
            held: Vec::new(),
            first: true,
            last_withheld: false,
            usage: Counted::default(),
            translation: None,
            translated: Vec::new(),
            outcome: Outcome::default(),
        }
    }

    /// The client gets what this makes of the events; only comments pass as they are.
    #[must_use]
    pub fn translated_by(self, stream: Stream) -> Self {
        Self { translation: Some(stream), ..self }
    }

    /// Takes the next piece and says what the client gets for it.
    pub fn push(&mut self, piece: &[u8]) -> Forward {
        if self.outcome.oversized {
            return Forward::Nothing;
        }
        let mut out = Out::new(piece);
        let mut start = 0;
        if self.held.is_empty() {
            // The LF of a CRLF torn by the pieces shares the fate of its block.
            start = self.framer.finish_crlf(piece, 0);
            out.take(0, start, !self.last_withheld);
        }
        let mut from = start;
        while let Some(block) = self.framer.next_block_end(piece, from) {
            if self.held.len() + block.size_end - start > self.options.max_event_bytes {
                return self.stop(out);
            }
            if self.held.is_empty() {
                let keep = self.keeps(piece.get(start..block.end).unwrap_or_default());
                out.take(start, block.end, keep);
            } else {
                let mut whole = std::mem::take(&mut self.held);
                whole.extend_from_slice(piece.get(..block.end).unwrap_or_default());
                let keep = self.keeps(&whole);
                out.begin_with(if keep { whole } else { Vec::new() }, block.end);
            }
            out.put(&std::mem::take(&mut self.translated));
            start = block.end;
            from = block.end;
        }
        let tail = piece.get(start..).unwrap_or_default();
        if self.held.len() + tail.len() > self.options.max_event_bytes {
            return self.stop(out);
        }
        self.held.extend_from_slice(tail);
        out.forward()
    }

    /// Ends the stream, whether the upstream closed, broke off or was given up.
    #[must_use]
    pub fn finish(mut self) -> Outcome {
        let tail = std::mem::take(&mut self.held);
        if let Some(data) = sse::data(&tail, self.first) {
            if self.ends(&data) {
                let withheld = self.read_block(&data);
                self.outcome.last = Some(tail).filter(|_| !withheld);
            } else if let Ok(json) = std::str::from_utf8(&data) {
                // The client does not get an unfinished event, but if it is complete JSON
                // its usage is as true as any.
                self.usage.observe(self.options.dialect, json, &self.options.usage);
            }
        }
        self.outcome.truncated = self.outcome.oversized || !self.outcome.done_seen;
        let whole = !self.outcome.truncated && !self.outcome.error_seen;
        if let Some(stream) = self.translation.take().filter(|_| whole) {
            stream.end(&mut self.translated);
        }
        if !self.translated.is_empty() {
            self.outcome.last = Some(self.translated);
        }
        (self.outcome.usage, self.outcome.early_usage) = self.usage.total();
        self.outcome
    }

    /// Whether an unfinished block holds the terminal marker.
    fn ends(&self, data: &[u8]) -> bool {
        match self.options.dialect {
            Dialect::Chat => data.trim_ascii_end() == DONE,
            dialect => {
                let json = std::str::from_utf8(data).unwrap_or_default();
                glance_event(dialect, data).telling && terminal(dialect, json).is_some()
            }
        }
    }

    fn stop(&mut self, out: Out<'_>) -> Forward {
        self.outcome.oversized = true;
        self.held = Vec::new();
        Forward::Stop(out.into_bytes())
    }

    /// Reads one whole block and decides whether the client gets it.
    fn keeps(&mut self, block: &[u8]) -> bool {
        let first = std::mem::take(&mut self.first);
        self.last_withheld = match sse::data(block, first) {
            Some(data) => self.read_block(&data),
            None => false,
        };
        !self.last_withheld
    }

    /// Reads an event's data and translates it, if that is asked for; true if the client does not get it.
    fn read_block(&mut self, data: &[u8]) -> bool {
        let withheld = self.read_event(data);
        let Some(stream) = &mut self.translation else {
            return withheld;
        };
        stream.push(None, std::str::from_utf8(data).unwrap_or("not UTF-8"), &mut self.translated);
        self.outcome.error_seen |= stream.failed();
        true
    }

    /// Reads an event's data; true if it is the usage chunk to withhold.
    fn read_event(&mut self, data: &[u8]) -> bool {
        self.outcome.events += 1;
        let data = data.trim_ascii();
        if data == DONE {
            self.outcome.done_seen |= self.options.dialect == Dialect::Chat;
            return false;
        }
        if !(data.starts_with(b"{") && data.ends_with(b"}")) {
            self.outcome.malformed_events += 1;
            return false;
        }
        let seen = glance_event(self.options.dialect, data);
        self.outcome.written_bytes += seen.written_bytes;
        self.outcome.written_events += u64::from(seen.written_bytes > 0);
        if !seen.telling {
            return false;
        }
        match std::str::from_utf8(data) {
            Ok(json) if pointer::at(json, "").is_some() => self.read_telling(json),
            _ => {
                self.outcome.malformed_events += 1;
                false
            }
        }
    }

    fn read_telling(&mut self, json: &str) -> bool {
        self.usage.observe(self.options.dialect, json, &self.options.usage);
        let dialect = self.options.dialect;
        let ended = terminal(dialect, json);
        self.outcome.done_seen |= ended.is_some();
        let failed = ended == Some(End::Failed) || pointer::at(json, "/error").is_some();
        self.outcome.error_seen |= failed;
        if let Some(reason) = pointer::at(json, stop_reason(dialect)).and_then(pointer::string) {
            self.outcome.finish_reason = Some(reason.into_owned());
        }
        self.options.withhold_usage
            && dialect == Dialect::Chat
            && !failed
            && self.options.usage.reply.iter().any(|place| pointer::at(json, place).is_some())
            && pointer::at(json, "/choices").is_some_and(|choices| is_empty_array(choices.get()))
    }
}

fn is_empty_array(json: &str) -> bool {
    json.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|inner| inner.trim_ascii().is_empty())
}
