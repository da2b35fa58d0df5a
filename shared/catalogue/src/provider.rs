//! Providers as data: the shape of `data/providers/*.json` and nothing of any single provider.
//!
//! How it is read is in `file`. Which providers a deployment can call is decided where it calls them.

use std::sync::Arc;

use crate::endpoint::Endpoint;
use crate::usage_pointers::UsagePointers;

/// The rules for all and the providers.
#[derive(Debug, Default)]
pub struct Providers {
    /// Error rules that hold for every provider, after its own.
    pub errors: Vec<ErrorRule>,
    /// The providers, in the order in which names and the default are resolved.
    pub providers: Vec<Arc<Provider>>,
}

/// One upstream.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in records, headers and in model names such as `moonshot/kimi-k3`.
    pub id: String,
    /// The base URL, version path included; absent where only the environment knows it.
    pub base_url: Option<String>,
    /// The variable that overrides or gives the base URL; empty: none.
    pub base_url_env: String,
    /// The binding that its models are called by where no base URL is given.
    pub binding: Option<String>,
    /// The variable that holds the key.
    pub key_env: Option<String>,
    /// Without a key the provider is not configured.
    pub key_required: bool,
    /// How the key travels.
    pub auth: Auth,
    /// Headers it wants on every call, such as the version of its API.
    pub headers: Vec<(String, String)>,
    /// Headers of a client that pass on to it where both speak the same dialect, lower case.
    pub pass: Vec<String>,
    /// Its routes, after the base URL.
    pub paths: Vec<(Endpoint, String)>,
    /// Where its tuning jobs are, after the base URL, in OpenAI's dialect; absent: it trains nothing for us.
    pub tuning: Option<String>,
    /// The variable that lists further models, separated by commas.
    pub models_env: Option<String>,
    /// The model `chat-default` means here; otherwise the first one configured.
    pub default_model: Option<String>,
    /// Hosts of the base URL that bill by another price list than the provider's own.
    pub price_lists: Vec<(String, String)>,
    /// Where usage stands in replies.
    pub usage: Arc<UsagePointers>,
    /// Members of the request that have another name here.
    pub rename: Vec<Rename>,
    /// Numbers of the request that have a maximum here.
    pub clamp: Vec<Clamp>,
    /// Values of the request that this provider cannot honour, or we cannot price.
    pub refuse: Vec<Refuse>,
    /// What its errors mean; the first rule that fits counts.
    pub errors: Vec<ErrorRule>,
    /// Its models.
    pub models: Vec<Model>,
}

impl Provider {
    /// Where it has this route; `None` when it has none.
    #[must_use]
    pub fn path(&self, endpoint: Endpoint) -> Option<&str> {
        self.paths.iter().find(|(known, _)| *known == endpoint).map(|(_, path)| path.as_str())
    }

    /// The model of this id or alias.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.sent_as(name).is_some())
    }
}

/// What a provider's key is sealed with. The origin is among it, so that a key opens for no other one.
#[must_use]
pub const fn key_parts<'k>(provider: &'k str, origin: &'k str, key_id: &'k str) -> [&'k [u8]; 4] {
    [b"provider key", provider.as_bytes(), origin.as_bytes(), key_id.as_bytes()]
}

/// The header that carries the key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Auth {
    /// The header's name, lower case.
    pub header: String,
    /// What stands before the key, such as `Bearer `.
    pub prefix: String,
}

/// A member renamed before the request goes upstream, unless the new name is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The client's name.
    pub from: String,
    /// The provider's name.
    pub to: String,
    /// Only for models that begin so; empty: for all.
    pub models: Vec<String>,
}

/// A number cut to a maximum before the request goes upstream.
#[derive(Debug, Clone, PartialEq)]
pub struct Clamp {
    /// The member.
    pub member: String,
    /// Its largest value, written as JSON.
    pub max: i32,
}

/// Values refused with 400 before the request goes upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refuse {
    /// The member; only its string values are looked at.
    pub member: String,
    /// These are refused…
    pub deny: Vec<String>,
    /// …or, when not empty, all but these.
    pub allow: Vec<String>,
    /// The sentence the client reads.
    pub reason: String,
}

/// What to do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Try again soon, elsewhere if possible.
    Retry,
    /// Try again after the time the upstream named.
    Wait,
    /// This key will not do; another might.
    SwitchKey,
    /// This provider will not do; another might.
    NextProvider,
    /// The request itself is at fault.
    GiveUp,
}

/// What the client sees of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Status and message of the upstream: the client's own fault.
    Pass,
    /// 429 `upstream_rate_limited`.
    RateLimited,
    /// 503 `upstream_overloaded`.
    Overloaded,
    /// 502 `upstream_error`.
    Unavailable,
    /// 502 `upstream_auth`: our key was refused; the client cannot help it.
    Auth,
    /// 502 `upstream_quota`: our account there is empty.
    Quota,
}

/// One row of the error table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorRule {
    /// First and last status it is for.
    pub status: (u16, u16),
    /// The error's `type`, `code` or reason it is for; absent: any.
    pub kind: Option<String>,
    /// What its message has to say, where the provider has no word for it; absent: anything.
    pub says: Option<String>,
    /// What to do.
    pub class: Class,
    /// What to show.
    pub show: Show,
}

/// What built-in models can do: the kinds of calls they answer, and what chats with them may hold.
pub const CAPABILITIES: [&str; 11] = [
    "chat",
    "embeddings",
    "images",
    "speech",
    "transcription",
    "moderation",
    "rerank",
    "vision",
    "tools",
    "json_schema",
    "reasoning",
];

/// A model of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its id there.
    pub id: String,
    /// Other ids with the same limits and prices, such as dated snapshots.
    pub aliases: Vec<String>,
    /// The day it was released, `YYYY-MM-DD`.
    pub released: Option<String>,
    /// Tokens of prompt and completion together.
    pub context: u64,
    /// The most tokens it writes when the request does not say.
    pub max_output: u64,
    /// No longer offered to everyone: it is not listed, but still found by name.
    pub retired: bool,
    /// What it can do, for clients to read: `chat`, `vision`, `tools`. Nothing is decided by it. The words of the
    /// built-in ones are [`CAPABILITIES`].
    pub capabilities: Vec<String>,
    /// Versions of it that have ids of their own there.
    pub versions: Vec<Version>,
    /// Who alone may call it: an organisation, or a person; absent: everybody. It was trained for them.
    pub owner: Option<String>,
    /// The version that the model's own name means; absent: the id itself is sent.
    pub current: Option<String>,
}

/// One version of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name: `gpt-4o@2024-08-06` means the version `2024-08-06`.
    pub version: String,
    /// Its id at the provider.
    pub id: String,
    /// The day it was released, `YYYY-MM-DD`.
    pub released: Option<String>,
    /// No longer offered: it is not listed, but still found by name.
    pub retired: bool,
    /// The model whose price it has; absent: its own model's.
    pub priced_as: Option<String>,
}

/// What the provider is told, and what is paid for, when a model is asked for by one of its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent<'m> {
    /// The id that goes to the provider.
    pub id: &'m str,
    /// The model that the price stands under.
    pub priced_as: &'m str,
}

impl Model {
    /// What is sent for this name: the id, an alias, a version's id, or the id, `@` and a version. `None` when it
    /// is none of the model's names.
    #[must_use]
    pub fn sent_as(&self, name: &str) -> Option<Sent<'_>> {
        if name == self.id {
            let current = self.versions.iter().find(|version| self.current.as_ref() == Some(&version.version));
            return Some(current.map_or(Sent { id: &self.id, priced_as: &self.id }, |version| self.sent(version)));
        }
        if let Some(alias) = self.aliases.iter().find(|alias| *alias == name) {
            return Some(Sent { id: alias, priced_as: &self.id });
        }
        let version = name.strip_prefix(&self.id).and_then(|rest| rest.strip_prefix('@'));
        let mut versions = self.versions.iter();
        let found = versions.find(|known| known.id == name || Some(known.version.as_str()) == version);
        found.map(|version| self.sent(version))
    }

    fn sent<'m>(&'m self, version: &'m Version) -> Sent<'m> {
        Sent { id: &version.id, priced_as: version.priced_as.as_deref().unwrap_or(&self.id) }
    }

    /// Its id, its aliases and the ids of its versions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let versions = self.versions.iter().map(|version| &version.id);
        std::iter::once(&self.id).chain(&self.aliases).chain(versions).map(String::as_str)
    }
}
