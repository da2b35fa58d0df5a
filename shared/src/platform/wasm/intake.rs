//! Bodies on their way into a bucket, by handle: one crossing for each piece.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::objects::list;
use super::{Bucket, glue, task, words};
use crate::platform::{End, Filled, Sums, TakeError};

/// A request's body that is being taken in.
pub struct Intake(JsValue);

impl Intake {
    pub(super) const fn new(handle: JsValue) -> Self {
        Self(handle)
    }

    /// Puts the whole body, which must have `length` bytes, into an object; its SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// When it is not as long as that, the client breaks off, or R2 fails: there is no object then.
    pub async fn whole(&self, bucket: &Bucket, name: &str, length: u64) -> Result<String, TakeError> {
        let to = bucket.bound().map_err(TakeError::Bucket)?;
        let sum = task::of(&glue::intake_whole(&self.0, &to, name, float(length))).await;
        let sum = sum.map_err(|error| TakeError::of(words(&error)))?;
        sum.as_string().ok_or_else(|| TakeError::Bucket("no digest".to_owned()))
    }

    /// Has what is filled from now on digested, by the runtime's name of an algorithm.
    pub fn sum_by(&self, algorithm: &str) {
        glue::intake_sum(&self.0, algorithm);
    }

    /// The digest of all that was filled.
    ///
    /// # Errors
    /// When the runtime's cryptography fails, in its own words.
    pub async fn summed(&self) -> Result<Vec<u8>, String> {
        let sum = task::of(&glue::intake_summed(&self.0)).await.map_err(|error| words(&error))?;
        Ok(sum.unchecked_into::<Uint8Array>().to_vec())
    }

    /// Fills a piece of at most `most` bytes, for so many milliseconds at most. The `last` one waits until the body ends, or
    /// goes on against expectation.
    ///
    /// # Errors
    /// When the runtime fails, in its own words; a client that breaks off is no error.
    pub async fn fill(&self, most: u32, milliseconds: u32, last: bool) -> Result<Filled, String> {
        let filled = task::of(&glue::intake_fill(&self.0, most, milliseconds, last)).await;
        let text = filled.map_err(|error| words(&error))?.as_string().unwrap_or_default();
        let (bytes, end) = text.split_once(' ').unwrap_or(("0", "broken"));
        let end = match end {
            "more" => End::More,
            "done" => End::Done,
            _ => End::Broken,
        };
        Ok(Filled { bytes: bytes.parse().unwrap_or(0), end })
    }

    /// Puts the piece that was filled into an object.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn put(&self, bucket: &Bucket, name: &str) -> Result<(), String> {
        let put = task::of(&glue::intake_put(&self.0, &bucket.bound()?, name)).await;
        put.map(|_| ()).map_err(|error| words(&error))
    }

    /// SHA-256 of the piece that was filled, in hexadecimal.
    ///
    /// # Errors
    /// When the runtime's cryptography fails, in its own words.
    pub async fn piece_sha256(&self) -> Result<String, String> {
        let sum = task::of(&glue::intake_sha(&self.0)).await.map_err(|error| words(&error))?;
        sum.as_string().ok_or_else(|| "no digest".to_owned())
    }
}

impl Bucket {
    /// Writes objects one behind the other into a new one of `length` bytes.
    ///
    /// # Errors
    /// When one of them is gone, they are not so long together, or R2 fails.
    pub async fn join_summed(&self, name: &str, parts: &[String], length: u64) -> Result<Sums, String> {
        let joined = task::of(&glue::objects_join(&self.bound()?, name, &list(parts), float(length))).await;
        let text = joined.map_err(|error| words(&error))?.as_string().unwrap_or_default();
        let (sha256, md5) = text.split_once(' ').ok_or_else(|| "no digest".to_owned())?;
        Ok(Sums { sha256: sha256.to_owned(), md5: md5.to_owned() })
    }

    /// The same, where SHA-256 (in hexadecimal) is enough.
    ///
    /// # Errors
    /// As `join_summed`.
    pub async fn join(&self, name: &str, parts: &[String], length: u64) -> Result<String, String> {
        self.join_summed(name, parts, length).await.map(|sums| sums.sha256)
    }

    /// SHA-256 of an object, in hexadecimal, and its length; `None` without such an object. It is read by the runtime alone.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn digest(&self, name: &str) -> Result<Option<(String, u64)>, String> {
        let sum = task::of(&glue::object_sha(&self.bound()?, name)).await.map_err(|error| words(&error))?;
        let Some(text) = sum.as_string() else { return Ok(None) };
        let (sum, length) = text.split_once(' ').ok_or_else(|| "no digest".to_owned())?;
        Ok(Some((sum.to_owned(), length.parse().unwrap_or(0))))
    }

    /// Begins an object that is written in parts; R2's id of it.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn multipart(&self, name: &str) -> Result<String, String> {
        let id = task::of(&glue::multipart_begin(&self.bound()?, name)).await.map_err(|error| words(&error))?;
        id.as_string().ok_or_else(|| "no id".to_owned())
    }

    /// Makes the object of its parts: `[{"partNumber", "etag"}, …]` in JSON.
    ///
    /// # Errors
    /// When they do not fit, or R2 fails, in its own words.
    pub async fn multipart_end(&self, name: &str, id: &str, parts: &str) -> Result<(), String> {
        let ended = task::of(&glue::multipart_end(&self.bound()?, name, id, parts)).await;
        ended.map(|_| ()).map_err(|error| words(&error))
    }

    /// Throws the parts away.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn multipart_abort(&self, name: &str, id: &str) -> Result<(), String> {
        let gone = task::of(&glue::multipart_abort(&self.bound()?, name, id)).await;
        gone.map(|_| ()).map_err(|error| words(&error))
    }
}

#[allow(clippy::cast_precision_loss, reason = "no object has 2^53 bytes")]
const fn float(length: u64) -> f64 {
    length as f64
}
