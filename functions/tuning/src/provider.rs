//! Who trains a model, and how it is reached: what is built in and what was registered, with the keys of both. A job keeps
//! to the key it was made with: no other one sees it.

use std::sync::Arc;

use catalogue::base_url::{base_url, origin};
use catalogue::builtin;
use catalogue::provider::{Model, Provider, key_parts};
use catalogue::registry::Registry;
use serde::Deserialize;
use shared::platform::Platform;
use shared::problem::{Code, Problem};
use shared::{sql, vault};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[KEYS];

const KEYS: &str = "SELECT id, origin, sealed FROM provider_keys WHERE provider = ?1 AND enabled = 1 ORDER BY id";

#[derive(Deserialize)]
struct PooledKey {
    id: String,
    origin: String,
    sealed: String,
}

fn providers(registry: &Registry) -> impl Iterator<Item = &Arc<Provider>> {
    let built_in = &builtin::providers().providers;
    let own = |id: &str| registry.providers.iter().find(|own| own.id == id);
    let others = registry.providers.iter().filter(|own| builtin::provider(&own.id).is_none());
    built_in.iter().map(move |provider| own(&provider.id).unwrap_or(provider)).chain(others)
}

/// The provider with this id.
#[must_use]
pub fn named<'r>(registry: &'r Registry, id: &str) -> Option<&'r Arc<Provider>> {
    providers(registry).find(|provider| provider.id == id)
}

/// The model of this name, and who trains it.
///
/// # Errors
/// 404 for a name that nobody has, 501 where its provider trains nothing.
pub fn trainer<'r>(registry: &'r Registry, name: &str) -> Result<(&'r Arc<Provider>, &'r Model, String), Problem> {
    let found = providers(registry).find_map(|provider| {
        let bare = name.strip_prefix(&provider.id).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
        let model = provider.models.iter().find(|model| model.sent_as(bare).is_some())?;
        Some((provider, model, model.sent_as(bare)?.id.to_owned()))
    });
    let found = found.ok_or(Code::ModelNotFound)?;
    if found.0.tuning.is_some() { Ok(found) } else { Err(Code::NotOffered.into()) }
}

/// How a provider is reached.
pub struct Access {
    /// The base URL, without a slash at the end.
    pub base: String,
    /// Where its tuning jobs are, after the base URL.
    pub path: String,
    /// Where its files are, after the base URL: beside the jobs.
    pub files: String,
    /// The key's name.
    pub key: String,
    /// The headers of every call, the key among them.
    pub headers: Vec<(String, String)>,
}

/// How this provider is reached: with the key of this name, or with the first.
///
/// # Errors
/// 503 when the database fails; 501 where nobody configured the provider, or that key is gone.
pub async fn access(platform: &Platform, provider: &Provider, key: Option<&str>) -> Result<Access, Problem> {
    let given = if provider.base_url_env.is_empty() { None } else { platform.var(&provider.base_url_env) };
    let url = given.or_else(|| provider.base_url.clone()).ok_or(Code::NotOffered)?;
    let base = base_url(&url).ok_or(Code::NotOffered)?.0;
    let path = provider.tuning.clone().ok_or(Code::NotOffered)?;
    let keys = keys(platform, provider, &url).await?;
    let chosen = keys.into_iter().find(|(name, _)| key.is_none_or(|wanted| wanted == name));
    let (key, secret) = match chosen {
        Some(chosen) => chosen,
        None if !provider.key_required && key.is_none_or(str::is_empty) => (String::new(), String::new()),
        None => return Err(Code::NotOffered.into()),
    };
    let mut headers = provider.headers.clone();
    if !secret.is_empty() {
        headers.push((provider.auth.header.clone(), format!("{}{secret}", provider.auth.prefix)));
    }
    let files = format!("{}/files", path.strip_suffix("/fine_tuning/jobs").unwrap_or_default());
    Ok(Access { base, path, files, key, headers })
}

/// The keys of a provider by their names: those of the environment, then the registered ones for this origin.
async fn keys(platform: &Platform, provider: &Provider, url: &str) -> Result<Vec<(String, String)>, Problem> {
    let variable = provider.key_env.as_deref().unwrap_or_default();
    let listed = if variable.is_empty() { None } else { platform.var(variable) }.unwrap_or_default();
    let texts = listed.split(',').map(str::trim).filter(|text| !text.is_empty());
    let mut keys: Vec<(String, String)> =
        texts.enumerate().map(|(i, text)| (format!("{variable}/{i}"), text.to_owned())).collect();
    let here = origin(url);
    let pooled: Vec<PooledKey> = platform.db().all(sql!(KEYS, provider.id.as_str())).await?;
    for pooled in pooled.into_iter().filter(|pooled| here.as_ref() == Some(&pooled.origin)) {
        let parts = key_parts(&provider.id, &pooled.origin, &pooled.id);
        let secret = vault::open_on(platform, &parts, &pooled.sealed).await?;
        keys.push((pooled.id, secret));
    }
    Ok(keys)
}
