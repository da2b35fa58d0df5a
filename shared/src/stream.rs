//! A stream on its way through: what a filter says of each chunk and of the end.
//! Pure; the platform reads, asks the filter and writes.

use ::futures::future::LocalBoxFuture;

use crate::idempotency::Claim;
use crate::platform::Platform;

/// What the client gets of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forward {
    /// The very chunk, passed on by handle without copying: the common case.
    Whole,
    /// These bytes instead.
    Bytes(Vec<u8>),
    /// Nothing yet.
    Nothing,
    /// These bytes, and then nothing more: the stream cannot be trusted and is given up.
    Stop(Vec<u8>),
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The upstream closed it.
    Finished,
    /// The upstream broke off, or the filter stopped it.
    Broken,
    /// The upstream sent nothing for longer than the idle deadline, or the total ran out.
    Stalled,
    /// The client left; the upstream was cancelled.
    Left,
}

/// What remains to be done at the end.
pub struct Ending {
    /// Last bytes for the client.
    pub tail: Vec<u8>,
    /// Work that outlives the reply: settling, recording.
    pub then: LocalBoxFuture<'static, ()>,
}

/// Looks at a stream while it is forwarded.
pub trait Filter {
    /// One chunk as it arrived.
    fn push(&mut self, chunk: &[u8]) -> Forward;
    /// The end; called once.
    fn end(&mut self, how: End) -> Ending;
}

/// Keeps what was forwarded, so that a retry with the same idempotency key gets it again.
pub(crate) struct Keeping {
    inner: Box<dyn Filter>,
    kept: Vec<u8>,
    claim: Claim,
    platform: Platform,
}

/// Streams longer than this are forwarded but not kept.
const LONGEST: usize = 1024 * 1024;

impl Keeping {
    /// Wraps a filter.
    pub(crate) fn new(inner: Box<dyn Filter>, claim: Claim, platform: Platform) -> Self {
        Self { inner, kept: Vec::new(), claim, platform }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.kept.len() <= LONGEST {
            self.kept.extend_from_slice(bytes);
        }
    }
}

impl Filter for Keeping {
    fn push(&mut self, chunk: &[u8]) -> Forward {
        let forward = self.inner.push(chunk);
        match &forward {
            Forward::Whole => self.keep(chunk),
            Forward::Bytes(bytes) | Forward::Stop(bytes) => self.keep(bytes),
            Forward::Nothing => {}
        }
        forward
    }

    fn end(&mut self, how: End) -> Ending {
        let Ending { tail, then } = self.inner.end(how);
        self.keep(&tail);
        let whole = how == End::Finished && self.kept.len() <= LONGEST;
        let text = whole.then(|| String::from_utf8(std::mem::take(&mut self.kept)).ok()).flatten();
        let statement = match text {
            Some(text) => self.claim.keep(200, "text/event-stream", text),
            None => self.claim.release(),
        };
        let db = self.platform.db();
        let then = Box::pin(async move {
            then.await;
            if let Err(error) = db.run(statement).await {
                crate::log::event("shared", "error", "idempotency", "a stream was not kept", Some(&format!("{error:?}")));
            }
        });
        Ending { tail, then }
    }
}
