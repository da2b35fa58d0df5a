//! R2: texts under names, for what must outlive the database. Strongly consistent.

use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use worker::Env;

use super::{RoundTrips, glue, task, words};

/// A bucket.
pub struct Bucket {
    env: Env,
    trips: Rc<RoundTrips>,
    binding: &'static str,
}

impl Bucket {
    pub(super) const fn new(env: Env, trips: Rc<RoundTrips>, binding: &'static str) -> Self {
        Self { env, trips, binding }
    }

    /// The text under this name.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn get(&self, name: &str) -> Result<Option<String>, String> {
        let text = task::of(&glue::bucket_get(&self.bound()?, name)).await;
        text.map(|text| text.as_string()).map_err(|error| words(&error))
    }

    /// Keeps a text under a name that is free; whether it was.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn put_new(&self, name: &str, text: &str) -> Result<bool, String> {
        self.put_as(name, text, true).await
    }

    /// Keeps a text in the place of whatever was there.
    ///
    /// # Errors
    /// When R2 fails, in its own words.
    pub async fn put(&self, name: &str, text: &str) -> Result<(), String> {
        self.put_as(name, text, false).await.map(|_| ())
    }

    async fn put_as(&self, name: &str, text: &str, once: bool) -> Result<bool, String> {
        let kept = task::of(&glue::bucket_put(&self.bound()?, name, text, once)).await;
        kept.map(|kept| kept.as_bool().unwrap_or(false)).map_err(|error| words(&error))
    }

    pub(super) fn bound(&self) -> Result<JsValue, String> {
        self.trips.count_r2();
        let bucket = Reflect::get(self.env.as_ref(), &self.binding.into()).ok().filter(JsValue::is_object);
        bucket.ok_or_else(|| format!("nothing is bound as {}", self.binding))
    }
}
