//! Bodies and answers on the host: plain bytes.

use std::cell::RefCell;

use crate::idempotency::Claim;
use crate::platform::{FirstError, ReadError, SendError};
use crate::stream::{Filter, Keeping};

/// Bytes that are passed on unread.
pub struct Bytes(pub(crate) Vec<u8>);

impl Bytes {
    /// A copy.
    pub fn to_vec(&self) -> Vec<u8> {
        self.0.clone()
    }
}

/// The body of a request.
pub struct Incoming(RefCell<Vec<u8>>);

impl Incoming {
    /// The most any row reads: 20 MiB.
    pub const LARGEST: usize = 20 * 1024 * 1024;

    /// A request with this body.
    pub const fn of(body: Vec<u8>) -> Self {
        Self(RefCell::new(body))
    }

    /// Reads the body, up to `limit` bytes.
    ///
    /// # Errors
    /// When it is longer.
    pub async fn read(&self, limit: usize) -> Result<Vec<u8>, ReadError> {
        let bytes = self.0.take();
        if bytes.len() > limit { Err(ReadError::TooLarge) } else { Ok(bytes) }
    }

    /// The body, to be put into a bucket.
    pub fn intake(&self) -> super::Intake {
        super::Intake::new(self.0.take())
    }

    /// Puts a body back.
    pub fn put_back(&self, bytes: Vec<u8>) {
        *self.0.borrow_mut() = bytes;
    }
}

/// A scripted answer.
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(super) fn of((status, headers, body): (u16, Vec<(String, String)>, Vec<u8>)) -> Self {
        Self { status, headers, body }
    }

    /// The status.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone())
    }

    /// Nothing to cancel on the host.
    pub const fn cancel(&self) {}

    /// The body.
    ///
    /// # Errors
    /// When it is too long.
    pub async fn read(&self, limit: usize, _: u32) -> Result<Result<(Vec<u8>, Bytes), ReadError>, SendError> {
        if self.body.len() > limit {
            return Ok(Err(ReadError::TooLarge));
        }
        Ok(Ok((self.body.clone(), Bytes(self.body.clone()))))
    }

    /// Whether anything comes.
    ///
    /// # Errors
    /// When the scripted body is empty.
    pub async fn first_chunk(&self, _: u32) -> Result<(), FirstError> {
        if self.body.is_empty() { Err(FirstError::Ended) } else { Ok(()) }
    }

    /// The stream, given to the filter as one chunk.
    pub fn relay(self, platform: &super::Platform, filter: Box<dyn Filter>, _: u32, _: u32) -> Relay {
        Relay { body: self.body, platform: platform.background(), filter: RefCell::new(Some(filter)) }
    }
}

/// A stream ready to be forwarded.
pub struct Relay {
    pub(crate) body: Vec<u8>,
    pub(crate) platform: super::Platform,
    pub(crate) filter: RefCell<Option<Box<dyn Filter>>>,
}

impl Relay {
    /// Keeps what is forwarded, for a retry with the same idempotency key.
    pub(crate) fn keep_under(&self, claim: Claim) {
        self.behind(|inner| Box::new(Keeping::new(inner, claim, self.platform.clone())));
    }

    /// Puts a filter behind the one there is: it sees what the client gets.
    pub fn behind(&self, further: impl FnOnce(Box<dyn Filter>) -> Box<dyn Filter>) {
        let filter = self.filter.take();
        *self.filter.borrow_mut() = filter.map(further);
    }
}
