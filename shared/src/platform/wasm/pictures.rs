//! The service that makes pictures of pictures.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::{Bucket, Bytes, Platform, glue, task, words};
use crate::platform::{Picture, RenderError, Rendered, Target};

impl Platform {
    /// Makes a picture: `transform` and `output` are the service's own options, in JSON.
    ///
    /// # Errors
    /// When none is bound, the object is gone, or the service fails or takes longer than `deadline_ms`.
    pub async fn render(
        &self,
        source: Picture<'_>,
        transform: &str,
        output: &str,
        deadline_ms: u32,
    ) -> Result<Rendered, RenderError> {
        self.trips.count(Target::Service("IMAGES"));
        let (bucket, source) = match source {
            Picture::Object(bucket, name) => (self.bucket(bucket).bound(), JsValue::from_str(name)),
            Picture::Bytes(bytes) => (Ok(JsValue::UNDEFINED), Uint8Array::from(bytes).into()),
        };
        let bucket = bucket.map_err(RenderError::Failed)?;
        let made = task::of(&glue::picture_render(self.env.as_ref(), &bucket, &source, transform, output, deadline_ms));
        let made = made.await.map_err(|error| match words(&error).as_str() {
            "unbound" => RenderError::Unbound,
            "missing" => RenderError::Gone,
            text => RenderError::Failed(text.to_owned()),
        })?;
        let made: Array = made.unchecked_into();
        let bytes: Uint8Array = made.get(0).unchecked_into();
        let length = u64::from(bytes.length());
        Ok(Rendered { bytes: Bytes::new(bytes), length, sha256: made.get(1).as_string().unwrap_or_default() })
    }
}

impl Bucket {
    /// Keeps bytes of JavaScript's side in the place of whatever was there.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn put_handle(&self, name: &str, bytes: &Bytes) -> Result<(), String> {
        let put = task::of(&glue::object_put_handle(&self.bound()?, name, bytes.as_js())).await;
        put.map(|_| ()).map_err(|error| words(&error))
    }
}
