//! Listening to an answer while it goes by: its text, why it ended, and whether it ended as it should. Bytes in, text
//! out; however the stream is torn into chunks, the same is heard. Pure. Not here: forwarding and keeping (`keeping`).

use serde::Deserialize;
use serde_json::value::RawValue;
use shared::stream::End;

/// Bytes of an answer that are kept.
const LONGEST: usize = 1024 * 1024;
/// Bytes of an event that are looked at; our AI function sends none that are longer.
const LONGEST_EVENT: usize = 2 * LONGEST;

/// What was heard of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The text.
    pub content: String,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// The code of the error it ended with.
    pub error: Option<String>,
    /// The stream said that it is over.
    pub done: bool,
}

/// How an answer is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All of it.
    Complete,
    /// What had come when the person left.
    Partial,
    /// What had come when it broke off.
    Broken,
}

impl State {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Broken => "broken",
        }
    }
}

impl Heard {
    /// How it is kept, when its stream ended so.
    pub fn state(&self, how: End) -> (State, Option<&str>) {
        let over = self.done || self.finish_reason.is_some();
        match (how, &self.error) {
            (_, Some(code)) => (State::Broken, Some(code)),
            (End::Finished | End::Left, None) if over => (State::Complete, None),
            (End::Left, None) => (State::Partial, None),
            (End::Stalled | End::Expired, None) => (State::Broken, Some("upstream_timeout")),
            (End::Finished | End::Broken, None) => (State::Broken, Some("upstream_failed")),
        }
    }
}

#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default, alias = "message")]
    delta: Option<Text>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default, borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ErrorOf {
    #[serde(default)]
    code: Option<String>,
}

/// Reads a plain answer; `None` for what is none.
pub fn of_plain(bytes: &[u8]) -> Option<Heard> {
    let mut heard = Heard { done: true, ..Heard::default() };
    let chunk: Chunk<'_> = serde_json::from_slice(bytes).ok()?;
    let any = !chunk.choices.is_empty();
    heard.take(chunk);
    any.then_some(heard)
}

impl Heard {
    fn take(&mut self, chunk: Chunk<'_>) {
        if let Some(error) = chunk.error.filter(|error| error.get() != "null") {
            let code = shared::json::read::<ErrorOf>(error.get()).ok().and_then(|error| error.code);
            self.error = Some(code.unwrap_or_else(|| "upstream_failed".to_owned()));
        }
        let Some(choice) = chunk.choices.into_iter().next() else { return };
        if let Some(text) = choice.delta.and_then(|delta| delta.content) {
            let room = LONGEST.saturating_sub(self.content.len());
            let end = (0..=room.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            self.content.push_str(text.get(..end).unwrap_or_default());
        }
        self.finish_reason = choice.finish_reason.or(self.finish_reason.take());
    }
}

/// Hears a stream of events (WHATWG HTML, section 9.2.5).
#[derive(Debug, Default)]
pub struct Ear {
    line: Vec<u8>,
    data: Vec<u8>,
    after_cr: bool,
    /// What was heard so far.
    pub heard: Heard,
}

impl Ear {
    /// One chunk.
    pub fn hear(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        if std::mem::take(&mut self.after_cr) {
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, end) = rest.split_at(at);
            self.extend(line);
            self.end_line();
            rest = match end {
                [b'\r', b'\n', more @ ..] | [_, more @ ..] => more,
                [] => end,
            };
            self.after_cr = end == b"\r";
        }
        self.extend(rest);
    }

    /// Whether the stream is within an event, so that what is written now would stand in it.
    pub fn is_within(&self) -> bool {
        !self.line.is_empty() || !self.data.is_empty()
    }

    fn extend(&mut self, part: &[u8]) {
        if self.line.len() + part.len() <= LONGEST_EVENT {
            self.line.extend_from_slice(part);
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            self.event(&data);
        } else if let Some(value) = line.strip_prefix(b"data:")
            && self.data.len() + value.len() <= LONGEST_EVENT
        {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        }
    }

    fn event(&mut self, data: &[u8]) {
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            self.heard.done = true;
        } else if let Ok(chunk) = serde_json::from_slice::<Chunk<'_>>(data) {
            self.heard.take(chunk);
        }
    }
}
