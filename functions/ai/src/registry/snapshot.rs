//! The registry and the keys of providers, as they were at one moment.

use std::rc::Rc;

use catalogue::provider::key_parts;
use catalogue::registry::Registry;
use shared::platform::Platform;
use shared::vault;

use crate::json::fields::{DataError, Fields, list, text};
use crate::provider::target::Key;
use crate::registry::store::NewsRow;

/// What was registered at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The registry's revision.
    pub revision: u64,
    /// That of the keys.
    pub keys_revision: u64,
    /// That of the captures.
    pub captures_revision: u64,
    /// Whose calls are kept: `org_1=all usr_2=asked`.
    pub captures: Rc<str>,
    /// The registry.
    pub registry: Rc<Registry>,
    /// The keys that are used.
    pub keys: Rc<Vec<PoolKey>>,
}

/// A key of a provider's pool.
#[derive(Debug, Clone)]
pub struct PoolKey {
    /// The provider's id.
    pub provider: String,
    /// The only origin it is sent to.
    pub origin: String,
    /// The key.
    pub key: Key,
}

/// A key as it is stored.
struct Sealed {
    id: String,
    provider: String,
    origin: String,
    sealed: String,
}

impl Sealed {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let sealed = Self {
            id: fields.need("id", text),
            provider: fields.need("provider", text),
            origin: fields.need("origin", text),
            sealed: fields.need("sealed", text),
        };
        fields.whole(sealed)
    }

    async fn open(self, platform: &Platform) -> Option<PoolKey> {
        let opened = {
            let parts = key_parts(&self.provider, &self.origin, &self.id);
            vault::open_on(platform, &parts, &self.sealed).await
        };
        match opened {
            Ok(secret) => {
                let Self { id, provider, origin, .. } = self;
                Some(PoolKey { provider, origin, key: Key::new(id, secret) })
            }
            Err(problem) => {
                shared::log::event("ai", "error", "registry", &self.id, problem.cause.as_deref());
                None
            }
        }
    }
}

impl Snapshot {
    /// This one with what is new in it. What cannot be read stays as it was, and the log says so; its revision counts
    /// as known, so that it is not asked for again and again.
    pub async fn with(&self, news: NewsRow, platform: &Platform) -> Self {
        let mut next = Self { revision: news.revision, keys_revision: news.keys_revision, ..self.clone() };
        next.captures_revision = news.captures_revision;
        if let Some(captures) = news.captures {
            next.captures = captures.into();
        }
        // Without a body there is nothing registered, if the revision is 0.
        let body = news.body.or_else(|| (news.revision == 0).then(|| "{}".to_owned()));
        if let Some(body) = body {
            match Registry::from_json(&body) {
                Ok(registry) => next.registry = Rc::new(registry),
                Err(error) => unreadable(&error),
            }
        }
        if let Some(keys) = news.keys {
            match list(&keys, Sealed::read) {
                Ok(sealed) => {
                    let mut opened = Vec::with_capacity(sealed.len());
                    for one in sealed {
                        opened.extend(one.open(platform).await);
                    }
                    next.keys = Rc::new(opened);
                }
                Err(error) => unreadable(&error),
            }
        }
        next
    }
}

fn unreadable(error: &DataError) {
    shared::log::event("ai", "error", "registry", "what was registered cannot be read", Some(&error.to_string()));
}
