//! What goes out of R2 by handle, and what lies there.

use std::fmt::Write;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::objects::Streamed;
use super::{Bucket, task, words};
use crate::platform::{Listing, Piece};

#[wasm_bindgen(module = "/src/platform/outflow.js")]
extern "C" {
    #[wasm_bindgen(js_name = objectOut)]
    fn object_out(bucket: &JsValue, name: &str, places: &str, texts: &str, total: f64) -> Promise;
    #[wasm_bindgen(js_name = objectsList)]
    fn objects_list(bucket: &JsValue, after: &str, limit: u32) -> Promise;
}

impl Bucket {
    /// Pieces of an object as one stream, each behind its text, and `after` behind the last; `None` without such an
    /// object. A single piece has no texts.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn pieces(&self, name: &str, pieces: &[Piece], after: &str) -> Result<Option<Streamed>, String> {
        let (mut places, mut texts, mut total) = (String::new(), String::new(), after.len() as u64);
        for Piece { before, from, length } in pieces {
            let between = if places.is_empty() { "" } else { ";" };
            // Writing to a string cannot fail.
            let _ = write!(places, "{between}{from},{length}");
            texts.push_str(before);
            texts.push('\0');
            total += before.len() as u64 + length;
        }
        texts.push_str(after);
        #[allow(clippy::cast_precision_loss, reason = "no object has 2^53 bytes")]
        let body = task::of(&object_out(&self.bound()?, name, &places, &texts, total as f64)).await;
        let body = body.map_err(|error| words(&error))?;
        Ok(body.is_object().then(|| Streamed::of(body)))
    }

    /// What lies behind this name, in the order of names, a thousand at most.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn list(&self, after: &str, limit: u32) -> Result<Listing, String> {
        let text = task::of(&objects_list(&self.bound()?, after, limit)).await.map_err(|error| words(&error))?;
        Ok(Listing::read(&text.as_string().unwrap_or_default()))
    }
}
