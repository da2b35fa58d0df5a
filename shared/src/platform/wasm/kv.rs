//! KV: hints and caches, never the truth. Writes take a minute or more to be seen elsewhere.

use std::rc::Rc;

use worker::Env;

use super::RoundTrips;

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
        let store = self.env.kv("CACHE").map_err(|e| e.to_string())?;
        store.get(key).text().await.map_err(|e| e.to_string())
    }

    /// Keeps a value for `ttl_s` seconds; 60 at least.
    ///
    /// # Errors
    /// When KV fails, in its own words.
    pub async fn put(&self, key: &str, value: &str, ttl_s: u64) -> Result<(), String> {
        self.trips.count_kv();
        let store = self.env.kv("CACHE").map_err(|e| e.to_string())?;
        let put = store.put(key, value).map_err(|e| e.to_string())?;
        put.expiration_ttl(ttl_s.max(60)).execute().await.map_err(|e| e.to_string())
    }
}
