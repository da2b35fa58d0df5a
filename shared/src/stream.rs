//! A stream on its way through: what a filter says of each chunk and of the end.
//! Pure; the platform reads, asks the filter and writes.

use ::futures::future::LocalBoxFuture;

use crate::idempotency::{Claim, Kept};
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
    /// The upstream sent nothing for longer than the idle deadline.
    Stalled,
    /// The time for the whole stream ran out.
    Expired,
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

/// What the client got of a stream, as text, for those who keep it.
#[derive(Debug)]
pub struct Transcript {
    bytes: Vec<u8>,
    longest: usize,
    stopped: bool,
}

impl Transcript {
    /// Nothing yet; more than `longest` bytes are not kept.
    #[must_use]
    pub const fn new(longest: usize) -> Self {
        Self { bytes: Vec::new(), longest, stopped: false }
    }

    /// A chunk went by, and this is what was said of it.
    pub fn saw(&mut self, chunk: &[u8], forward: &Forward) {
        match forward {
            Forward::Whole => self.add(chunk),
            Forward::Bytes(bytes) => self.add(bytes),
            Forward::Nothing => {}
            // The upstream may end before it is told to: what was given up is not kept even then.
            Forward::Stop(_) => self.stopped = true,
        }
    }

    /// Bytes that were added at the end.
    pub fn add(&mut self, bytes: &[u8]) {
        // One byte too many is enough to know that it is too long.
        if self.bytes.len() <= self.longest {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// The whole text, which is taken out; `None` when the filter gave the stream up, it is too long, or it is no text.
    pub fn text(&mut self) -> Option<String> {
        let whole = !self.stopped && self.bytes.len() <= self.longest;
        whole.then(|| String::from_utf8(std::mem::take(&mut self.bytes)).ok()).flatten()
    }
}

/// Keeps what was forwarded, so that a retry with the same idempotency key gets it again.
pub(crate) struct Keeping {
    inner: Box<dyn Filter>,
    kept: Transcript,
    claim: Option<Claim>,
    platform: Platform,
}

/// Streams longer than this are forwarded but not kept.
const LONGEST: usize = 1024 * 1024;

impl Keeping {
    /// Wraps a filter.
    pub(crate) fn new(inner: Box<dyn Filter>, claim: Claim, platform: Platform) -> Self {
        Self { inner, kept: Transcript::new(LONGEST), claim: Some(claim), platform }
    }
}

impl Filter for Keeping {
    fn push(&mut self, chunk: &[u8]) -> Forward {
        let forward = self.inner.push(chunk);
        self.kept.saw(chunk, &forward);
        forward
    }

    fn end(&mut self, how: End) -> Ending {
        let Ending { tail, then } = self.inner.end(how);
        self.kept.add(&tail);
        let text = if how == End::Finished { self.kept.text() } else { None };
        let kept = text.map(|text| Kept { status: 200, media: "text/event-stream", text, location: None });
        let (claim, platform) = (self.claim.take(), self.platform.clone());
        let then = Box::pin(async move {
            then.await;
            let Some(claim) = claim else { return };
            if let Err(cause) = claim.finish(&platform, kept).await {
                crate::log::event("shared", "error", "idempotency", "a stream was not kept", Some(&cause));
            }
        });
        Ending { tail, then }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::config::Config;
    use crate::cx::Cx;
    use crate::head::{Head, HeaderName};
    use crate::idempotency::{self, Outcome};
    use crate::platform::Incoming;
    use crate::platform::testing::Bench;
    use crate::table::Table;

    static TABLE: Table = Table::new("stream", &[]);

    struct Echo;

    impl Filter for Echo {
        fn push(&mut self, chunk: &[u8]) -> Forward {
            if chunk == b"stop" { Forward::Stop(b"error".to_vec()) } else { Forward::Whole }
        }

        fn end(&mut self, _: End) -> Ending {
            Ending { tail: b".".to_vec(), then: Box::pin(async {}) }
        }
    }

    async fn claim(bench: &Bench) -> Outcome {
        let head = Head::of(bench.now_ms(), "POST", "http://test/x", &[(HeaderName::IdempotencyKey, "k")]);
        let config = Rc::new(Config::read(|_| None));
        let cx = Cx::new("stream", head, Incoming::of(vec![]), bench.platform(), config);
        idempotency::claim(&cx, b"{}").await.expect("the key is free or kept")
    }

    /// What a retry gets after a stream of these chunks that ended so; `None`: it runs anew.
    fn check(chunks: &[&[u8]], how: End) -> Option<String> {
        use crate::reply::Body;
        futures::executor::block_on(async {
            let bench = Bench::new(&TABLE, &[]);
            let Outcome::First(first) = claim(&bench).await else { panic!("the key is new") };
            let mut keeping = Keeping::new(Box::new(Echo), first, bench.platform());
            for chunk in chunks {
                keeping.push(chunk);
            }
            keeping.end(how).then.await;
            match claim(&bench).await {
                Outcome::Replay(reply) => match reply.body {
                    Body::Text(text) => Some(text),
                    _ => panic!("a stream is kept as text"),
                },
                _ => None,
            }
        })
    }

    #[test]
    fn a_stream_that_finished_is_kept_with_its_tail() {
        assert_eq!(check(&[b"a", b"b"], End::Finished).as_deref(), Some("ab."));
        assert_eq!(
            check(&["é".as_bytes().split_at(1).0, "é".as_bytes().split_at(1).1], End::Finished).as_deref(),
            Some("é.")
        );
    }

    #[test]
    fn a_stream_that_ended_otherwise_lets_its_key_go() {
        for how in [End::Broken, End::Stalled, End::Left] {
            assert_eq!(check(&[b"a"], how), None, "{how:?}");
        }
    }

    #[test]
    fn a_stream_its_filter_gave_up_is_not_kept_even_when_the_upstream_finished() {
        assert_eq!(check(&[b"a", b"stop"], End::Finished), None);
    }

    #[test]
    fn a_stream_that_is_too_long_or_no_text_is_not_kept() {
        assert_eq!(check(&[&[b'x'; LONGEST], b"x"], End::Finished), None);
        assert_eq!(check(&[b"\xff"], End::Finished), None);
    }
}
