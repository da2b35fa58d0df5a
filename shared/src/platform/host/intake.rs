//! Bodies on their way into the map that stands for R2.

use std::cell::RefCell;

use sha2::{Digest, Sha256};

use super::Bucket;
use crate::platform::{End, Filled, Sums, TakeError};

/// A request's body that is being taken in.
pub struct Intake {
    rest: RefCell<Vec<u8>>,
    piece: RefCell<Vec<u8>>,
    all: RefCell<Vec<u8>>,
}

impl Intake {
    pub(super) const fn new(body: Vec<u8>) -> Self {
        Self { rest: RefCell::new(body), piece: RefCell::new(Vec::new()), all: RefCell::new(Vec::new()) }
    }

    /// Puts the whole body, which must have `length` bytes, into an object; its SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// When it is not as long as that, or the test has closed the bucket.
    pub async fn whole(&self, bucket: &Bucket, name: &str, length: u64) -> Result<String, TakeError> {
        let body = self.rest.take();
        match body.len() as u64 {
            short if short < length => Err(TakeError::Short),
            long if long > length => Err(TakeError::Long),
            _ => bucket.put_bytes(name, &body).await.map(|()| hex(&body)).map_err(TakeError::Bucket),
        }
    }

    /// Whatever the algorithm, SHA-256 it is.
    pub const fn sum_by(&self, _: &str) {}

    /// The SHA-256 of all that was filled.
    ///
    /// # Errors
    /// None on the host.
    pub async fn summed(&self) -> Result<Vec<u8>, String> {
        Ok(Sha256::digest(self.all.borrow().as_slice()).to_vec())
    }

    /// Fills a piece of at most `most` bytes.
    ///
    /// # Errors
    /// None on the host.
    pub async fn fill(&self, most: u32, _: u32, _: bool) -> Result<Filled, String> {
        let mut rest = self.rest.borrow_mut();
        let taken = rest.len().min(usize::try_from(most).unwrap_or(usize::MAX));
        let piece: Vec<u8> = rest.drain(..taken).collect();
        self.all.borrow_mut().extend_from_slice(&piece);
        *self.piece.borrow_mut() = piece;
        let end = if rest.is_empty() { End::Done } else { End::More };
        Ok(Filled { bytes: taken as u64, end })
    }

    /// Puts the piece that was filled into an object.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn put(&self, bucket: &Bucket, name: &str) -> Result<(), String> {
        let piece = self.piece.borrow().clone();
        bucket.put_bytes(name, &piece).await
    }

    /// SHA-256 of the piece that was filled, in hexadecimal.
    ///
    /// # Errors
    /// None on the host.
    pub async fn piece_sha256(&self) -> Result<String, String> {
        Ok(hex(&self.piece.borrow()))
    }
}

impl Bucket {
    /// Writes objects one behind the other into a new one of `length` bytes. The host makes no MD5.
    ///
    /// # Errors
    /// When one of them is gone, they are not so long together, or the test has closed the bucket.
    pub async fn join_summed(&self, name: &str, parts: &[String], length: u64) -> Result<Sums, String> {
        self.open()?;
        let mut whole = Vec::new();
        for part in parts {
            whole.extend_from_slice(self.world.objects.borrow().get(part).ok_or("missing")?);
        }
        if whole.len() as u64 != length {
            return Err("of another length".to_owned());
        }
        let sha256 = hex(&whole);
        self.world.objects.borrow_mut().insert(name.to_owned(), whole);
        Ok(Sums { sha256, md5: String::new() })
    }

    /// The same, where SHA-256 (in hexadecimal) is enough.
    ///
    /// # Errors
    /// As `join_summed`.
    pub async fn join(&self, name: &str, parts: &[String], length: u64) -> Result<String, String> {
        self.join_summed(name, parts, length).await.map(|sums| sums.sha256)
    }

    /// SHA-256 of an object, in hexadecimal, and its length; `None` without such an object.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn digest(&self, name: &str) -> Result<Option<(String, u64)>, String> {
        self.open()?;
        Ok(self.world.objects.borrow().get(name).map(|bytes| (hex(bytes), bytes.len() as u64)))
    }

    /// Begins an object that is written in parts, which the host has no way to write: a test puts the object.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn multipart(&self, name: &str) -> Result<String, String> {
        self.open()?;
        Ok(format!("multipart of {name}"))
    }

    /// Makes the object of its parts: it is there or it is not.
    ///
    /// # Errors
    /// When the test has put none, or has closed the bucket.
    pub async fn multipart_end(&self, name: &str, _: &str, _: &str) -> Result<(), String> {
        self.open()?;
        if self.world.objects.borrow().contains_key(name) { Ok(()) } else { Err("no parts".to_owned()) }
    }

    /// Throws the parts away.
    ///
    /// # Errors
    /// When the test has closed the bucket.
    pub async fn multipart_abort(&self, name: &str, _: &str) -> Result<(), String> {
        self.open()?;
        self.world.objects.borrow_mut().remove(name);
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut sum = String::new();
    crate::trace::push_hex(&mut sum, &Sha256::digest(bytes));
    sum
}
