//! Reading the built-in providers, and documents of the registry that are one provider or one model. What members mean is
//! in `provider`.
//!
//! Unknown members are refused everywhere: a misspelt one would silently have its default.

use std::sync::Arc;

use crate::endpoint::Endpoint;
use crate::json::fields::{DataError, Fields, list, number, text, texts};
use crate::provider::{Auth, Clamp, Class, ErrorRule, Model, Provider, Providers, Refuse, Rename, Show, Version};
use crate::usage_pointers::UsagePointers;

impl Providers {
    /// Reads the whole file.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault.
    pub fn from_json(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let all = Self {
            errors: fields.need("errors", |json| list(json, ErrorRule::read)),
            providers: fields.need("providers", |json| list(json, |json| Provider::read(json).map(Arc::new))),
        };
        fields.whole(all)
    }
}

impl Provider {
    pub(crate) fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        // For people.
        fields.maybe("sources", texts);
        let provider = Self {
            id: fields.need("id", text),
            base_url: fields.maybe("base_url", text),
            base_url_env: fields.maybe("base_url_env", text).unwrap_or_default(),
            binding: fields.maybe("binding", text),
            key_env: fields.maybe("key_env", text),
            key_required: fields.flag("key_required"),
            auth: fields.need("auth", Auth::read),
            headers: fields.maybe("headers", by_name).unwrap_or_default(),
            pass: fields.list("pass", text),
            paths: fields.need("paths", paths),
            tuning: fields.maybe("tuning", text),
            models_env: fields.maybe("models_env", text),
            default_model: fields.maybe("default_model", text),
            price_lists: fields.maybe("price_lists", by_name).unwrap_or_default(),
            usage: fields.need("usage", |json| UsagePointers::read(json).map(Arc::new)),
            rename: fields.list("rename", Rename::read),
            clamp: fields.list("clamp", Clamp::read),
            refuse: fields.list("refuse", Refuse::read),
            errors: fields.list("errors", ErrorRule::read),
            models: fields.list("models", Model::read),
        };
        fields.whole(provider)
    }
}

/// Routes by their names.
fn paths(json: &str) -> Result<Vec<(Endpoint, String)>, DataError> {
    let mut fields = Fields::of(json);
    let mut found = Vec::new();
    for (name, path) in by_name(json)? {
        match Endpoint::named(&name) {
            Some(endpoint) => found.push((endpoint, path)),
            None => fields.fail(&name, DataError::new("is no route")),
        }
    }
    fields.known(found)
}

/// An object of strings, with its names.
fn by_name(json: &str) -> Result<Vec<(String, String)>, DataError> {
    let mut fields = Fields::of(json);
    let mut found = Vec::new();
    for member in fields.rest() {
        match text(member.value.get()) {
            Ok(value) => found.push((member.name.into_owned(), value)),
            Err(error) => fields.fail(&member.name, error),
        }
    }
    fields.known(found)
}

impl Auth {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let auth = Self { header: fields.need("header", text), prefix: fields.need("prefix", text) };
        fields.whole(auth)
    }
}

impl Rename {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let rename =
            Self { from: fields.need("from", text), to: fields.need("to", text), models: fields.list("models", text) };
        fields.whole(rename)
    }
}

impl Clamp {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let clamp = Self { member: fields.need("member", text), max: fields.need("max", limit) };
        fields.whole(clamp)
    }
}

fn limit(json: &str) -> Result<i32, DataError> {
    json.parse().map_err(|_| DataError::new("a whole number of 32 bits was expected"))
}

impl Refuse {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let refuse = Self {
            member: fields.need("member", text),
            deny: fields.list("deny", text),
            allow: fields.list("allow", text),
            reason: fields.need("reason", text),
        };
        fields.whole(refuse)
    }
}

impl ErrorRule {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let rule = Self {
            status: fields.need("status", statuses),
            kind: fields.maybe("kind", text),
            says: fields.maybe("says", text),
            class: fields.need_or("class", class, Class::GiveUp),
            show: fields.need_or("show", show, Show::Unavailable),
        };
        fields.whole(rule)
    }
}

/// First and last status of a range.
fn statuses(json: &str) -> Result<(u16, u16), DataError> {
    let status = |number: u64| u16::try_from(number).ok();
    match list(json, number)?.as_slice() {
        [first, last] => status(*first).zip(status(*last)).ok_or(DataError::new("is no status")),
        _ => Err(DataError::new("first and last status were expected")),
    }
}

fn class(json: &str) -> Result<Class, DataError> {
    match text(json)?.as_str() {
        "retry" => Ok(Class::Retry),
        "wait" => Ok(Class::Wait),
        "switch_key" => Ok(Class::SwitchKey),
        "next_provider" => Ok(Class::NextProvider),
        "give_up" => Ok(Class::GiveUp),
        _ => Err(DataError::new("is no class")),
    }
}

fn show(json: &str) -> Result<Show, DataError> {
    match text(json)?.as_str() {
        "pass" => Ok(Show::Pass),
        "rate_limited" => Ok(Show::RateLimited),
        "overloaded" => Ok(Show::Overloaded),
        "unavailable" => Ok(Show::Unavailable),
        "auth" => Ok(Show::Auth),
        "quota" => Ok(Show::Quota),
        _ => Err(DataError::new("is no way to show an error")),
    }
}

impl Model {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let model = Self::members(&mut fields);
        fields.whole(model)
    }

    /// Reads a model's members out of an object that may have others.
    pub(crate) fn members(fields: &mut Fields<'_>) -> Self {
        Self {
            id: fields.need("id", text),
            aliases: fields.list("aliases", text),
            released: fields.maybe("released", text),
            context: fields.need("context", number),
            max_output: fields.need("max_output", number),
            retired: fields.flag("retired"),
            capabilities: fields.list("capabilities", text),
            versions: fields.list("versions", Version::read),
            owner: fields.maybe("owner", text),
            current: fields.maybe("current", text),
        }
    }
}

impl Version {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let version = Self {
            version: fields.need("version", text),
            id: fields.need("id", text),
            released: fields.maybe("released", text),
            retired: fields.flag("retired"),
            priced_as: fields.maybe("priced_as", text),
        };
        fields.whole(version)
    }
}

impl UsagePointers {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let pointers = Self {
            reply: vec![fields.need("reply", text)],
            choice: fields.maybe("choice", text),
            prompt: fields.need("prompt", texts),
            cached: fields.need("cached", texts),
            completion: fields.need("completion", texts),
            reasoning: fields.need("reasoning", texts),
            total: fields.list("total", text),
            ..Self::default()
        };
        fields.whole(pointers)
    }
}
