//! What must hold of a provider and of a model that administrators register.

use super::check::{Faults, Where, has_model, models_of, provider as find};
use super::names::{LONGEST, is_model, is_provider};
use super::{OwnedModel, Registry};
use crate::base_url::base_url;
use crate::price::date_ms;
use crate::provider::{Model, Provider};
use crate::route::is_header;

const WORDS: &str = "must be lower-case letters, digits and hyphens, at most 64";
const NAME: &str = "must be 1 to 128 visible ASCII characters";

/// Headers that a key must not travel in: they mean something else to everybody on the way.
const TAKEN: [&str; 8] =
    ["host", "connection", "content-length", "content-type", "transfer-encoding", "upgrade", "user-agent", "expect"];

pub(super) fn provider(registry: &Registry, provider: &Provider, place: Where, faults: &mut Faults) {
    faults.unless(is_provider(&provider.id), "/id", "invalid", WORDS);
    let environment = "is for built-in providers: what is registered reads no variables";
    faults.unless(provider.base_url_env.is_empty(), "/base_url_env", "unknown", environment);
    faults.unless(provider.binding.is_none(), "/binding", "unknown", environment);
    faults.unless(provider.key_env.is_none(), "/key_env", "unknown", environment);
    faults.unless(provider.models_env.is_none(), "/models_env", "unknown", environment);
    url(provider, place, faults);
    let header = &provider.auth.header;
    let fit = is_header(header) && !TAKEN.contains(&header.as_str());
    faults.unless(fit, "/auth/header", "invalid", "must be the name of a header that can carry a key, in lower case");
    let plain = provider.auth.prefix.len() <= 32 && provider.auth.prefix.bytes().all(|b| (b' '..=b'~').contains(&b));
    faults.unless(plain, "/auth/prefix", "invalid", "must be at most 32 visible ASCII characters and spaces");
    for (name, value) in &provider.headers {
        let fit = is_header(name) && !TAKEN.contains(&name.as_str()) && name != header;
        faults.unless(fit, &format!("/headers/{name}"), "invalid", "is no header that may be set, in lower case");
        let plain = (1..=256).contains(&value.len()) && value.bytes().all(|b| (b' '..=b'~').contains(&b));
        faults.unless(plain, &format!("/headers/{name}"), "invalid", "must be 1 to 256 visible ASCII characters");
    }
    for (i, name) in provider.pass.iter().enumerate() {
        // What says which form of a dialect is spoken, and nothing of who speaks.
        let fit = ["-beta", "-version"].iter().any(|end| name.ends_with(end)) && is_header(name);
        faults.unless(fit, &format!("/pass/{i}"), "invalid", "must be a header that ends in -beta or -version");
    }
    faults.unless(!provider.paths.is_empty(), "/paths", "missing", "must have a route");
    for (endpoint, path) in &provider.paths {
        let fit = path.starts_with('/') && path.len() <= 256 && path.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
        faults.unless(fit, &format!("/paths/{}", endpoint.name()), "invalid", "must be a path that begins with /");
    }
    for (i, rule) in provider.errors.iter().enumerate() {
        let fit = (400..=599).contains(&rule.status.0) && (rule.status.0..=599).contains(&rule.status.1);
        faults.unless(fit, &format!("/errors/{i}/status"), "invalid", "must be a first and a last status, 400 to 599");
    }
    if let Some(name) = &provider.default_model {
        faults.unless(has_model(registry, &provider.id, name), "/default_model", "unknown", "is not one of its models");
    }
    for (i, model) in provider.models.iter().enumerate() {
        let at = format!("/models/{i}");
        let others = provider.models.iter().take(i);
        faults.unless(
            !shares_name(model, others),
            &format!("{at}/id"),
            "duplicate",
            "shares a name with another model",
        );
        sizes(model, &at, faults);
    }
}

fn url(provider: &Provider, place: Where, faults: &mut Faults) {
    match provider.base_url.as_deref() {
        None => faults.add("/base_url", "missing", "must be there"),
        Some(url) => {
            let fit = base_url(url).is_some() && url.len() <= 512;
            faults.unless(fit, "/base_url", "invalid", "must be an https URL without user, query or fragment");
            let sealed = url.starts_with("https://") || place == Where::Local;
            faults.unless(sealed || !fit, "/base_url", "invalid", "must be https");
        }
    }
}

pub(super) fn owned(registry: &Registry, index: usize, owned: &OwnedModel, faults: &mut Faults) {
    let before = registry.models.iter().take(index);
    let twice = before.clone().any(|known| known.provider == owned.provider && known.model.id == owned.model.id);
    faults.unless(!twice, "/id", "duplicate", "is the id of another model of this provider");
    sizes(&owned.model, "", faults);
    match find(registry, &owned.provider) {
        None => faults.add("/provider", "unknown", "is no provider"),
        Some(provider) => {
            let others = models_of(registry, provider).filter(|known| known.id != owned.model.id);
            let shared = shares_name(&owned.model, others);
            faults.unless(!shared, "/id", "duplicate", "shares a name with another model of this provider");
        }
    }
}

/// Whether one of a model's names leads to another model, too.
fn shares_name<'m>(model: &Model, mut others: impl Iterator<Item = &'m Model>) -> bool {
    others.any(|other| {
        model.names().any(|name| other.sent_as(name).is_some())
            || other.names().any(|name| model.sent_as(name).is_some())
    })
}

fn sizes(model: &Model, at: &str, faults: &mut Faults) {
    let mut unless = |holds: bool, member: &str, code, reason| {
        faults.unless(holds, &format!("{at}{member}"), code, reason);
    };
    unless(is_model(&model.id), "/id", "invalid", NAME);
    unless(model.aliases.iter().all(|alias| is_model(alias)), "/aliases", "invalid", NAME);
    // Above 2⁴⁰ no count of tokens is believed.
    unless((1..=1 << 40).contains(&model.context), "/context", "invalid", "must be at least 1, and a size that can be");
    let written = model.max_output <= model.context;
    unless(written, "/max_output", "invalid", "must not be more than the context");
    let day = model.released.as_deref().is_none_or(|day| date_ms(day).is_some());
    unless(day, "/released", "invalid", "must be a day, YYYY-MM-DD");
    let word = |word: &String| {
        !word.is_empty() && word.len() <= 32 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    unless(
        model.capabilities.iter().all(word),
        "/capabilities",
        "invalid",
        "must be words of lower-case letters and _",
    );
    for (i, version) in model.versions.iter().enumerate() {
        let name = !version.version.is_empty() && version.version.len() <= LONGEST && is_model(&version.version);
        unless(name, &format!("/versions/{i}/version"), "invalid", NAME);
        unless(is_model(&version.id), &format!("/versions/{i}/id"), "invalid", NAME);
        let before = model.versions.iter().take(i).any(|known| known.version == version.version);
        unless(!before, &format!("/versions/{i}/version"), "duplicate", "is the name of another version");
        let day = version.released.as_deref().is_none_or(|day| date_ms(day).is_some());
        unless(day, &format!("/versions/{i}/released"), "invalid", "must be a day, YYYY-MM-DD");
    }
    if let Some(current) = &model.current {
        let known = model.versions.iter().any(|version| version.version == *current);
        unless(known, "/current", "unknown", "is not one of its versions");
    }
}
