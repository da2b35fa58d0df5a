//! R2: bytes under names. What is large is read in parts or passed on as a stream.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::{Bucket, glue, task, words};

/// An object's bytes on their way to a client, by handle.
pub struct Streamed(JsValue);

impl Streamed {
    pub(super) const fn of(body: JsValue) -> Self {
        Self(body)
    }

    pub(super) fn into_js(self) -> JsValue {
        self.0
    }
}

impl Bucket {
    /// Keeps bytes in the place of whatever was there.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn put_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let put = task::of(&glue::object_put(&self.bound()?, name, bytes)).await;
        put.map(|_| ()).map_err(|error| words(&error))
    }

    /// At most so many bytes from this place of an object; `None` without such an object. A place behind its end fails.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn range(&self, name: &str, from: u64, length: u32) -> Result<Option<Vec<u8>>, String> {
        #[allow(clippy::cast_precision_loss, reason = "no object has 2^53 bytes")]
        let part = task::of(&glue::object_part(&self.bound()?, name, from as f64, length)).await;
        let part = part.map_err(|error| words(&error))?;
        Ok(part.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec()))
    }

    /// An object as a stream; `None` without such an object.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn stream(&self, name: &str) -> Result<Option<Streamed>, String> {
        let body = task::of(&glue::object_body(&self.bound()?, name)).await.map_err(|error| words(&error))?;
        Ok(body.is_object().then_some(Streamed(body)))
    }

    /// Takes objects away, a thousand at most; what is not there is no failure.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn delete(&self, names: &[String]) -> Result<(), String> {
        let gone = task::of(&glue::objects_delete(&self.bound()?, &list(names))).await;
        gone.map(|_| ()).map_err(|error| words(&error))
    }
}

pub(super) fn list(names: &[String]) -> Array {
    names.iter().map(|name| JsValue::from_str(name)).collect()
}
