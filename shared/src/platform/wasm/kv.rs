//! KV: hints and caches, never the truth. Writes take a minute or more to be seen elsewhere.

use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use worker::Env;

use super::{RoundTrips, glue, task, words};

/// The namespace bound as `CACHE`.
pub struct Kv {
    env: Env,
    trips: Rc<RoundTrips>,
}

impl Kv {
    pub(super) const fn new(env: Env, trips: Rc<RoundTrips>) -> Self {
        Self { env, trips }
    }

    /// A value. Misses are cached for a minute, too.
    ///
    /// # Errors
    /// When KV fails, in its own words.
    pub async fn get(&self, key: &str) -> Result<Option<String>, String> {
        self.trips.count_kv();
        let value = task::of(&glue::kv_get(&self.namespace()?, key)).await;
        value.map(|value| value.as_string()).map_err(|error| words(&error))
    }

    /// Keeps a value for `ttl_s` seconds; 60 at least.
    ///
    /// # Errors
    /// When KV fails, in its own words.
    pub async fn put(&self, key: &str, value: &str, ttl_s: u64) -> Result<(), String> {
        self.trips.count_kv();
        let ttl_s = u32::try_from(ttl_s.max(60)).unwrap_or(u32::MAX);
        let put = task::of(&glue::kv_put(&self.namespace()?, key, value, ttl_s)).await;
        put.map(|_| ()).map_err(|error| words(&error))
    }

    fn namespace(&self) -> Result<JsValue, String> {
        let namespace = Reflect::get(self.env.as_ref(), &"CACHE".into()).ok().filter(JsValue::is_object);
        namespace.ok_or_else(|| "nothing is bound as CACHE".to_owned())
    }
}
