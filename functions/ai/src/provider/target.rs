//! Where a call goes: URL, key, model, and the names its price stands under.
//!
//! How a model's name leads here is in `catalogue`.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::money::price::{Price, PriceBook};
use crate::provider::Provider;
use crate::provider::configured::Upstream;

/// Longer names (in characters) are neither resolved nor repeated in messages.
pub(crate) const MAX_NAME: usize = 128;

/// One of a provider's keys. Its text does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// What it is called in logs and by the breaker: nothing of its text.
    pub id: String,
    secret: String,
}

impl Key {
    /// Keeps a key.
    #[must_use]
    pub const fn new(id: String, secret: String) -> Self {
        Self { id, secret }
    }

    /// The key itself, for the header and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[key {}]", self.id)
    }
}

/// Where a call goes, and by what it is priced.
#[derive(Debug, Clone)]
pub struct Target {
    /// The provider, with its keys.
    pub upstream: Rc<Upstream>,
    /// The model's id as the provider is told.
    pub model: String,
    /// The id its price stands under.
    pub priced_as: String,
    /// What is known about its sizes; `None` for models only the environment names.
    pub limits: Option<Limits>,
    /// Milliseconds until the next target is asked; `None`: as every call.
    pub timeout_ms: Option<u32>,
}

impl Target {
    /// The provider's data.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.upstream.data
    }

    /// Whether whoever pays may call it: a model that was trained for somebody is theirs alone.
    #[must_use]
    pub fn is_open_to(&self, payer: &str) -> bool {
        let model = self.provider().models.iter().find(|model| model.names().any(|name| name == self.model));
        model.and_then(|model| model.owner.as_deref()).is_none_or(|owner| owner == payer)
    }

    /// Its price at a time (milliseconds since 1970); `None` when none is known.
    #[must_use]
    pub fn price(&self, at_ms: u64) -> Option<Arc<Price>> {
        let (list, model) = (&self.upstream.price_list, &self.priced_as);
        let registered = self.upstream.prices.price(list, model, at_ms);
        registered.or_else(|| PriceBook::builtin().price(list, model, at_ms)).cloned()
    }

    /// The list and model its price stands under, where they are not the provider's and the model's own.
    #[must_use]
    pub fn priced_elsewhere(&self) -> Option<String> {
        let own = self.upstream.price_list == self.provider().id && self.priced_as == self.model;
        (!own).then(|| format!("{}/{}", self.upstream.price_list, self.priced_as))
    }

    /// The header that authenticates a call with this key: name and value.
    #[must_use]
    pub fn auth_header(&self, key: Option<&Key>) -> Option<(&str, String)> {
        let auth = &self.upstream.data.auth;
        Some((&auth.header, format!("{}{}", auth.prefix, key?.expose())))
    }
}

/// Sizes of a model, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Prompt and completion together.
    pub context: u64,
    /// The most it writes when the request does not say.
    pub max_output: u64,
}

/// No model of that name can be called here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownModel {
    /// The name, cut to a length fit for a message.
    pub name: String,
}

impl UnknownModel {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.chars().take(MAX_NAME).collect() }
    }
}

impl fmt::Display for UnknownModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The model '{}' does not exist or is not available here.", self.name)
    }
}

impl std::error::Error for UnknownModel {}
