//! The answer to a call: head first, body when wanted, and bytes that stay in JavaScript.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::{Relay, glue, task, words};
use crate::platform::{FirstError, ReadError, SendError};
use crate::stream::Filter;

/// Bytes on JavaScript's side: passed on without being copied back.
pub struct Bytes(Uint8Array);

impl Bytes {
    /// A copy on this side.
    pub fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    pub(super) const fn new(bytes: Uint8Array) -> Self {
        Self(bytes)
    }

    pub(super) fn as_js(&self) -> &JsValue {
        self.0.as_ref()
    }

    pub(super) fn into_js(self) -> JsValue {
        self.0.into()
    }
}

/// An answer whose head is here.
pub struct Answer {
    exchange: JsValue,
}

impl Answer {
    pub(super) const fn new(exchange: JsValue) -> Self {
        Self { exchange }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        glue::status(&self.exchange)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        glue::header(&self.exchange, name)
    }

    /// Cancels the call.
    pub fn cancel(&self) {
        glue::cancel(&self.exchange);
    }

    /// Reads the body: a copy to look at, and the original to pass on.
    ///
    /// # Errors
    /// `Ok(Err(_))` when the body is too long or broke, `Err` past the deadline.
    pub async fn read(&self, limit: usize, deadline_ms: u32) -> Result<Result<(Vec<u8>, Bytes), ReadError>, SendError> {
        if let Some(bytes) = glue::bytes_of(&self.exchange) {
            return Ok(Ok((bytes.to_vec(), Bytes(bytes))));
        }
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        match task::of(&glue::read_answer(&self.exchange, limit, deadline_ms)).await {
            Ok(bytes) => {
                let bytes: Uint8Array = bytes.unchecked_into();
                Ok(Ok((bytes.to_vec(), Bytes(bytes))))
            }
            Err(error) => match words(&error).as_str() {
                "deadline" => Err(SendError::Deadline),
                "left" => Err(SendError::Left),
                "too_large" => Ok(Err(ReadError::TooLarge)),
                text => Ok(Err(ReadError::Broken(text.to_owned()))),
            },
        }
    }

    /// Waits for the first chunk of a stream and holds it.
    ///
    /// # Errors
    /// When nothing came.
    pub async fn first_chunk(&self, deadline_ms: u32) -> Result<(), FirstError> {
        let waiting = task::of(&glue::first(&self.exchange, deadline_ms)).await;
        waiting.map(|_| ()).map_err(|error| match words(&error).as_str() {
            "deadline" => FirstError::Deadline,
            "ended" => FirstError::Ended,
            "left" => FirstError::Left,
            text => FirstError::Broken(text.to_owned()),
        })
    }

    /// Forwards the stream through a filter. Call `first_chunk` before.
    pub fn relay(self, platform: &super::Platform, filter: Box<dyn Filter>, idle_ms: u32, total_ms: u32) -> Relay {
        Relay::new(self.exchange, platform.background(), filter, idle_ms, total_ms)
    }
}
