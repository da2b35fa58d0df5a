//! A stream in another dialect: events of the upstream go in, the client's come out.
//!
//! What is said last (why it stopped, what it used) is told at the end, which only a whole stream has. A stream that fails ends with
//! an error event of the client's dialect and nothing after it.

use crate::dialect::Dialect;
use crate::dialect::answer::draft::{Block, Draft, Hear, Piece};
use crate::dialect::answer::said::Said;
use crate::dialect::answer::{
    read_chat, read_messages, read_responses, stream_chat, stream_messages, stream_responses,
};
use crate::dialect::error::error_event;
use crate::dialect::write::Json;
use crate::fault::failure::{ErrorBody, Failure};
use crate::fault::upstream_error;
use crate::json::splice::members;

/// A stream being translated.
#[derive(Debug)]
pub struct Stream {
    upstream: Dialect,
    chat: read_chat::Reader,
    messages: read_messages::Reader,
    responses: read_responses::Reader,
    telling: Telling,
    failed: bool,
}

/// What the client is being told.
#[derive(Debug)]
pub(crate) struct Telling {
    pub(crate) client: Dialect,
    pub(crate) said: Said,
    pub(crate) wants_usage: bool,
    pub(crate) draft: Draft,
    /// What a response repeats of the request.
    pub(crate) echo: String,
    /// The number of the next event, where they are numbered.
    pub(crate) sequence: u64,
    pub(crate) out: Vec<u8>,
    begun: bool,
}

impl Stream {
    /// A stream at its beginning. `wants_usage`: the client asked for the usage chunk, where that is a question.
    #[must_use]
    pub fn new(upstream: Dialect, client: Dialect, said: Said, wants_usage: bool) -> Self {
        let echo = if client == Dialect::Responses { stream_responses::echo(&said.asked) } else { String::new() };
        let draft = Draft::new(&said.id);
        let telling = Telling { client, said, wants_usage, draft, echo, sequence: 0, out: Vec::new(), begun: false };
        let (chat, messages, responses) = Default::default();
        Self { upstream, chat, messages, responses, telling, failed: false }
    }

    /// Takes a whole event and adds what the client gets for it. The event's name is not needed: what has a name repeats it.
    pub fn push(&mut self, _event: Option<&str>, data: &str, out: &mut Vec<u8>) {
        let data = data.trim_ascii();
        if self.failed || data.is_empty() || data == "[DONE]" {
            return;
        }
        match members(data) {
            Err(_) => self.fail(&Failure::InvalidReply.body()),
            Ok(event) => {
                let kind = read_chat::member(&event, "type");
                let failed = matches!(kind, Some("\"error\"" | "\"response.failed\""));
                if failed || read_chat::member(&event, "error").is_some() {
                    let overloaded = data.contains("overloaded");
                    self.fail(&upstream_error::ours(if overloaded { 503 } else { 502 }));
                } else {
                    self.telling.begin();
                    let whole = match self.upstream {
                        Dialect::Chat => self.chat.chunk(&event, &mut self.telling),
                        Dialect::Messages => {
                            self.messages.event(&event, &mut self.telling);
                            true
                        }
                        Dialect::Responses => self.responses.event(&event, &mut self.telling),
                    };
                    if !whole {
                        self.fail(&Failure::InvalidReply.body());
                    }
                }
            }
        }
        out.append(&mut self.telling.out);
    }

    /// The client was told that the stream failed; it gets nothing more.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// The upstream's stream is whole: adds the client's end.
    pub fn end(mut self, out: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        self.telling.begin();
        self.chat.end(&mut self.telling);
        self.telling.end();
        out.append(&mut self.telling.out);
    }

    fn fail(&mut self, body: &ErrorBody) {
        self.failed = true;
        self.telling.out.extend(error_event(self.telling.client, body));
    }
}

impl Telling {
    fn begin(&mut self) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        match self.client {
            Dialect::Chat => stream_chat::begin(self),
            Dialect::Messages => stream_messages::begin(self),
            Dialect::Responses => stream_responses::begin(self),
        }
    }

    /// Tells that the last block is whole.
    fn close(&mut self) {
        if let Some(piece) = self.draft.missing() {
            self.draft.take(piece);
            self.delta(piece);
        }
        let Some(last) = self.draft.blocks.len().checked_sub(1) else {
            return;
        };
        match self.client {
            // Nothing marks the end of a block there.
            Dialect::Chat => {}
            Dialect::Messages => stream_messages::close(self, last),
            Dialect::Responses => stream_responses::close(self, last),
        }
    }

    /// Tells what a piece added to the last block.
    fn delta(&mut self, piece: Piece<'_>) {
        let Some(last) = self.draft.blocks.len().checked_sub(1) else {
            return;
        };
        match self.client {
            Dialect::Chat => stream_chat::delta(self, piece),
            Dialect::Messages => stream_messages::delta(self, piece, last),
            Dialect::Responses => stream_responses::delta(self, piece, last),
        }
    }

    fn end(&mut self) {
        self.close();
        match self.client {
            Dialect::Chat => stream_chat::end(self),
            Dialect::Messages => stream_messages::end(self),
            Dialect::Responses => stream_responses::end(self),
        }
    }

    /// The last block, as it is now.
    pub(crate) fn block(&self, at: usize) -> Option<&Block> {
        self.draft.blocks.get(at)
    }

    /// Adds an event; without a name it has data alone.
    pub(crate) fn event(&mut self, name: &str, data: &Json) {
        if !name.is_empty() {
            self.out.extend_from_slice(b"event: ");
            self.out.extend_from_slice(name.as_bytes());
            self.out.push(b'\n');
        }
        self.out.extend_from_slice(b"data: ");
        self.out.extend_from_slice(data.0.as_bytes());
        self.out.extend_from_slice(b"\n\n");
    }
}

impl Hear for Telling {
    fn piece(&mut self, piece: Piece<'_>) {
        let begins = self.draft.begins(piece);
        if begins {
            self.close();
        }
        if !self.draft.take(piece) {
            return;
        }
        if begins {
            let last = self.draft.blocks.len().saturating_sub(1);
            match self.client {
                Dialect::Chat => stream_chat::open(self, last),
                Dialect::Messages => stream_messages::open(self, last),
                Dialect::Responses => stream_responses::open(self, last),
            }
        }
        self.delta(piece);
    }

    fn draft(&mut self) -> &mut Draft {
        &mut self.draft
    }
}
