//! The events of a prediction (replicate.com/docs/topics/predictions/streaming), told as those of a chat to the filter behind:
//! theirs have names, and text that is no JSON.

use shared::stream::{End, Ending, Filter, Forward};

use crate::dialect::prediction::chunk;
use crate::stream::filter::ChatFilter;
use crate::stream::sse::{self, Framer};

/// An event that is longer (bytes) is no event of a prediction.
const LONGEST_EVENT: usize = 1 << 20;

/// A prediction's stream on its way through.
pub(crate) struct PredictionFilter {
    inner: ChatFilter,
    framer: Framer,
    held: Vec<u8>,
    first: bool,
}

impl PredictionFilter {
    /// A filter before that of a chat.
    pub(crate) fn new(inner: ChatFilter) -> Self {
        Self { inner, framer: Framer::default(), held: Vec::new(), first: true }
    }

    fn read(&mut self, block: &[u8], told: &mut String) {
        let first = std::mem::take(&mut self.first);
        let Some(data) = sse::data(block, first) else { return };
        let text = String::from_utf8_lossy(block);
        let name = text.split(['\n', '\r']).find_map(|line| line.strip_prefix("event:"));
        chunk(name.unwrap_or_default().trim(), &String::from_utf8_lossy(&data), told);
    }
}

impl Filter for PredictionFilter {
    fn push(&mut self, piece: &[u8]) -> Forward {
        let mut told = String::new();
        let mut start = if self.held.is_empty() { self.framer.finish_crlf(piece, 0) } else { 0 };
        let mut from = start;
        while let Some(block) = self.framer.next_block_end(piece, from) {
            let mut whole = std::mem::take(&mut self.held);
            whole.extend_from_slice(piece.get(start..block.end).unwrap_or_default());
            self.read(&whole, &mut told);
            (start, from) = (block.end, block.end);
        }
        self.held.extend_from_slice(piece.get(start..).unwrap_or_default());
        let forward = self.inner.push(told.as_bytes());
        match forward {
            _ if self.held.len() > LONGEST_EVENT => Forward::Stop(Vec::new()),
            Forward::Whole => Forward::Bytes(told.into_bytes()),
            forward => forward,
        }
    }

    fn end(&mut self, how: End) -> Ending {
        self.inner.end(how)
    }
}
