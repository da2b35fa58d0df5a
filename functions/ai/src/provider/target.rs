//! Where a call goes: URL, key, model, and the names its price stands under.
//!
//! How a model's name leads here is in `catalogue`.

use std::fmt;
use std::rc::Rc;

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
}

impl Target {
    /// The provider's data.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.upstream.data
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

/// The base URL without trailing slash, and its host. An origin alone gets `/v1`, which is
/// where every OpenAI-shaped server has its routes.
pub(crate) fn base_url(url: &str) -> Option<(String, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let fit = rest.bytes().all(|b| b.is_ascii_graphic() && !b"?#@\\\"<>".contains(&b));
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    if !fit || host.is_empty() {
        return None;
    }
    let base = url.trim_end_matches('/');
    let version = if base.ends_with(authority) && !rest.trim_end_matches('/').contains('/') { "/v1" } else { "" };
    Some((format!("{base}{version}"), host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_taken_as_people_write_them() {
        let read = |url: &str| base_url(url).map(|(base, host)| format!("{base} {host}"));
        for (url, base, host) in [
            ("http://localhost:11434", "http://localhost:11434/v1", "localhost"),
            ("http://localhost:11434//", "http://localhost:11434/v1", "localhost"),
            ("http://localhost:11434/v1/", "http://localhost:11434/v1", "localhost"),
            ("https://x.example/api/v3", "https://x.example/api/v3", "x.example"),
            ("http://[::1]:1", "http://[::1]:1/v1", "::1"),
        ] {
            assert_eq!(read(url).unwrap(), format!("{base} {host}"));
        }
    }

    #[test]
    fn what_is_no_plain_web_url_is_refused() {
        for bad in [
            "",
            "localhost:11434",
            "ftp://x",
            "http://",
            "https:///v1",
            "http://:80",
            "http://u:p@h",
            "http://h?q",
            "http://h/#f",
            "http://h h",
            "http://h\n",
            "http://h\\x",
            "http://é",
        ] {
            assert_eq!(base_url(bad), None, "{bad}");
        }
    }
}
