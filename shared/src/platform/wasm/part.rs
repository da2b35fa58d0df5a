//! Parts of objects in R2, for what is too large to read whole.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::{Platform, glue, task, words};

impl Platform {
    /// So many bytes from this place of an object. `None` where there is no such bucket or object.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn part(&self, bucket: &str, name: &str, from: u64, length: u32) -> Result<Option<Vec<u8>>, String> {
        let bound = Reflect::get(self.env.as_ref(), &bucket.into()).ok().filter(JsValue::is_object);
        let Some(bound) = bound else { return Ok(None) };
        #[allow(clippy::cast_precision_loss, reason = "no object has 2^53 bytes")]
        let part = task::of(&glue::object_part(&bound, name, from as f64, length)).await;
        let part = part.map_err(|error| words(&error))?;
        Ok(part.dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec()))
    }
}
