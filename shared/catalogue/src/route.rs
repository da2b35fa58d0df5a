//! Routes as documents: which targets a name means, with which weights, in which order. Who is asked for one call
//! is decided where it is made.

use crate::json::fields::{DataError, Fields, raw, small_number, text};

/// A name that leads to one of several variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The name that clients ask for.
    pub id: String,
    /// What keeps a caller with the same variant; absent: each call is drawn anew.
    pub sticky: Option<Sticky>,
    /// Who may be chosen.
    pub variants: Vec<Variant>,
    /// Who is asked as well, without the client hearing of it.
    pub shadow: Option<Shadow>,
    /// After so many milliseconds without a first byte the next target is asked, too.
    pub hedge_ms: Option<u32>,
    /// What the client is told when nobody answers.
    pub degraded: Option<String>,
    /// How answers are cached: an object that the cache reads.
    pub cache: Option<String>,
    /// What is masked or refused: an object that the guard reads.
    pub guard: Option<String>,
    /// What is said is kept for some days.
    pub capture: bool,
}

/// What keeps a caller with the same variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sticky {
    /// The person.
    User,
    /// The API key; without one the person.
    Key,
    /// The beginning of what is asked, so that a provider's prompt cache is met again.
    Prompt,
    /// The value of this header of the request, its name in lower case; without it each call is drawn anew.
    Header(String),
}

/// One of the ways a route may go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variant {
    /// Its name among the variants; who is kept with it is kept by this name.
    pub name: String,
    /// Its share, 0 to 100, beside the others' weights; 0: never.
    pub weight: u32,
    /// Who is asked, in this order: the next one when the one before cannot answer.
    pub targets: Vec<Hop>,
}

/// One step of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop {
    /// A model of a provider.
    Model {
        /// The provider's id.
        provider: String,
        /// The model's id, alias or version there.
        model: String,
        /// Milliseconds until the next one is asked; absent: as every call.
        timeout_ms: Option<u32>,
    },
    /// What another route means for this caller.
    Route(String),
}

/// A model that is asked beside the route's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// The provider's id.
    pub provider: String,
    /// The model's id there.
    pub model: String,
    /// Of a hundred calls so many are asked there, too.
    pub percent: u32,
}

impl Route {
    pub(crate) fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let route = Self {
            id: fields.need("id", text),
            sticky: fields.maybe("sticky", sticky),
            variants: fields.need("variants", |json| crate::json::fields::list(json, Variant::read)),
            shadow: fields.maybe("shadow", Shadow::read),
            hedge_ms: fields.maybe("hedge_ms", small_number),
            degraded: fields.maybe("degraded", degraded),
            cache: fields.maybe("cache", object),
            guard: fields.maybe("guard", object),
            capture: fields.flag("capture"),
        };
        fields.whole(route)
    }
}

fn sticky(json: &str) -> Result<Sticky, DataError> {
    let word = text(json)?;
    match (word.as_str(), word.strip_prefix("header:")) {
        ("user", _) => Ok(Sticky::User),
        ("key", _) => Ok(Sticky::Key),
        ("prompt", _) => Ok(Sticky::Prompt),
        (_, Some(name)) if is_header(name) => Ok(Sticky::Header(name.to_owned())),
        _ => Err(DataError::new("must be `user`, `key`, `prompt` or `header:` and a header's name in lower case")),
    }
}

/// Whether this can be the name of a header, in lower case.
pub(crate) fn is_header(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

impl Variant {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let variant = Self {
            name: fields.need("name", text),
            weight: fields.need("weight", small_number),
            targets: fields.need("targets", |json| crate::json::fields::list(json, Hop::read)),
        };
        fields.whole(variant)
    }
}

impl Hop {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        if let Some(route) = fields.maybe("route", text) {
            return fields.whole(Self::Route(route));
        }
        let hop = Self::Model {
            provider: fields.need("provider", text),
            model: fields.need("model", text),
            timeout_ms: fields.maybe("timeout_ms", small_number),
        };
        fields.whole(hop)
    }
}

impl Shadow {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let shadow = Self {
            provider: fields.need("provider", text),
            model: fields.need("model", text),
            percent: fields.need("percent", small_number),
        };
        fields.whole(shadow)
    }
}

fn degraded(json: &str) -> Result<String, DataError> {
    let mut fields = Fields::of(json);
    let said = fields.need("text", text);
    fields.whole(said)
}

/// An object that others read, as it is written.
fn object(json: &str) -> Result<String, DataError> {
    let value = raw(json)?;
    if value.get().starts_with('{') {
        Ok(value.get().to_owned())
    } else {
        Err(DataError::new("an object was expected"))
    }
}
