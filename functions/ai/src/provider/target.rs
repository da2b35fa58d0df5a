//! Where a call goes: URL, key, model, and the names its price stands under.
//!
//! How a model's name leads here is in `catalogue`.

use std::borrow::Cow;
use std::fmt;

use crate::provider::Provider;

/// Longer names (in characters) are neither resolved nor repeated in messages.
pub(crate) const MAX_NAME: usize = 128;

/// A provider's key. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a key.
    #[must_use]
    pub fn new(key: String) -> Self {
        Self(key)
    }

    /// The key itself, for the header and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Where a call goes, and by what it is priced.
#[derive(Debug, Clone)]
pub struct Target<'c> {
    /// The provider's data.
    pub provider: &'static Provider,
    /// The model's id as the provider is told.
    pub model: Cow<'c, str>,
    /// The id its price stands under.
    pub priced_as: Cow<'c, str>,
    /// The list its price stands in.
    pub price_list: &'c str,
    /// What is known about its sizes; `None` for models only the environment names.
    pub limits: Option<Limits>,
    /// The URL of the chat route.
    pub chat_url: &'c str,
    /// The key, when there is one.
    pub key: Option<&'c Secret>,
}

impl Target<'_> {
    /// The header that authenticates the call: name and value.
    #[must_use]
    pub fn auth_header(&self) -> Option<(&str, String)> {
        let auth = &self.provider.auth;
        let key = self.key?;
        Some((&auth.header, format!("{}{}", auth.prefix, key.expose())))
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
