//! The filter of an answer that flows and has no end of its own: sound, or events of routes that only some providers
//! stream. It passes on what comes; that the connection ended well is the end.

use std::sync::Arc;

use shared::ledger::Status;
use shared::platform::Platform;
use shared::stream::{End, Ending, Filter, Forward};

use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::money::usage::{Tally, Units, UsagePointers};
use crate::stream::sse::{self, Framer};

/// An event that is longer is passed on, but not read.
const LONGEST_EVENT: usize = 1 << 20;

/// An answer on its way through.
pub(crate) struct OpenFilter {
    call: Option<Call>,
    platform: Platform,
    /// What is asked for can be counted beforehand; `None`: it cannot.
    units: Option<Units>,
    events: Option<Events>,
}

/// Reads usage in the events of a stream.
struct Events {
    pointers: Arc<UsagePointers>,
    framer: Framer,
    held: Vec<u8>,
    too_long: bool,
    first: bool,
    tally: Tally,
}

impl Events {
    fn push(&mut self, chunk: &[u8]) {
        let mut start = if self.held.is_empty() { self.framer.finish_crlf(chunk, 0) } else { 0 };
        let mut from = start;
        while let Some(block) = self.framer.next_block_end(chunk, from) {
            self.hold(chunk.get(start..block.end).unwrap_or_default());
            let event = std::mem::take(&mut self.held);
            if !std::mem::take(&mut self.too_long) {
                self.read(&event);
            }
            (start, from) = (block.end, block.end);
        }
        self.hold(chunk.get(start..).unwrap_or_default());
    }

    fn hold(&mut self, bytes: &[u8]) {
        self.too_long |= self.held.len() + bytes.len() > LONGEST_EVENT;
        if self.too_long {
            self.held.clear();
        } else {
            self.held.extend_from_slice(bytes);
        }
    }

    fn read(&mut self, block: &[u8]) {
        let first = std::mem::take(&mut self.first);
        if let Some(data) = sse::data(block, first)
            && let Ok(json) = std::str::from_utf8(&data)
        {
            self.tally.observe(json, &self.pointers);
        }
    }
}

impl OpenFilter {
    /// A filter that settles `call` at the end; with `pointers` it reads usage in the events.
    pub(crate) fn new(
        call: Call,
        platform: Platform,
        units: Option<Units>,
        pointers: Option<Arc<UsagePointers>>,
    ) -> Self {
        let events = pointers.map(|pointers| Events {
            pointers,
            framer: Framer::default(),
            held: Vec::new(),
            too_long: false,
            first: true,
            tally: Tally::default(),
        });
        Self { call: Some(call), platform, units, events }
    }
}

impl Filter for OpenFilter {
    fn push(&mut self, chunk: &[u8]) -> Forward {
        if let Some(call) = &mut self.call {
            call.saw_first_token(self.platform.now_ms());
        }
        if let Some(events) = &mut self.events {
            events.push(chunk);
        }
        Forward::Whole
    }

    fn end(&mut self, how: End) -> Ending {
        let Some(call) = self.call.take() else {
            return Ending { tail: Vec::new(), then: Box::pin(async {}) };
        };
        let status = match how {
            End::Finished => Status::Succeeded,
            End::Left => Status::ClientLeft,
            End::Broken | End::Stalled | End::Expired => Status::Truncated,
        };
        let reported = self.events.take().and_then(|mut events| {
            let held = std::mem::take(&mut events.held);
            events.read(&held);
            events.tally.total()
        });
        let settling = call.ended(status, reported, self.units, Seen::default());
        Ending { tail: Vec::new(), then: Box::pin(settling.book()) }
    }
}
