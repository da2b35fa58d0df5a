//! The registry: what administrators add to the built-in data, or put in its place. Here are its documents and what
//! they hold together; how a revision of them is stored is in `revision`, what they mean for a call `ai`'s.

mod check;
pub mod documents;
mod names;
mod price_check;
mod provider_check;
pub mod revision;
mod route_check;

use std::sync::Arc;

pub use check::{Fault, Where, faults};

use crate::json::fields::{DataError, Fields, text};
use crate::price::Price;
use crate::provider::{Model, Provider};
use crate::route::Route;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An upstream.
    Provider,
    /// A model of a provider, beside those its provider's document has.
    Model,
    /// Another name of a model or a route.
    Alias,
    /// What a model costs from a day on.
    Price,
    /// A name that leads to one of several targets.
    Route,
}

impl Kind {
    /// All of them, in the order of the registry's members.
    pub const ALL: [Self; 5] = [Self::Provider, Self::Model, Self::Alias, Self::Price, Self::Route];

    /// The name of one in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Alias => "alias",
            Self::Price => "price",
            Self::Route => "route",
        }
    }

    /// The member of the registry that holds them, and the word in paths.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Provider => "providers",
            Self::Model => "models",
            Self::Alias => "aliases",
            Self::Price => "prices",
            Self::Route => "routes",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The id that a document of this kind names itself by: `openai`, `openai/gpt-4o`, `openai/gpt-4o@2026-11`.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault of the document.
    pub fn id_of(self, json: &str) -> Result<String, DataError> {
        Ok(match self {
            Self::Provider => Provider::read(json)?.id,
            Self::Model => OwnedModel::read(json)?.id(),
            Self::Alias => Alias::read(json)?.id,
            Self::Price => price_id(&Price::read(json)?),
            Self::Route => Route::read(json)?.id,
        })
    }
}

/// The id of a price: its list, its model and its version.
fn price_id(price: &Price) -> String {
    format!("{}/{}@{}", price.provider, price.model, price.version)
}

/// A model with the provider that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedModel {
    /// The provider's id.
    pub provider: String,
    /// The model.
    pub model: Model,
}

impl OwnedModel {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let owned = Self { provider: fields.need("provider", text), model: Model::members(&mut fields) };
        fields.whole(owned)
    }

    fn id(&self) -> String {
        format!("{}/{}", self.provider, self.model.id)
    }
}

/// Another name of a model or a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name that clients ask for.
    pub id: String,
    /// What it means: a route's name, a model's, or `provider/model`.
    pub model: String,
}

impl Alias {
    fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let alias = Self { id: fields.need("id", text), model: fields.need("model", text) };
        fields.whole(alias)
    }
}

/// All that administrators have registered, read.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// Providers; one with the id of a built-in one stands in its place.
    pub providers: Vec<Arc<Provider>>,
    /// Models; one with the id of another of its provider stands in its place.
    pub models: Vec<OwnedModel>,
    /// Aliases.
    pub aliases: Vec<Alias>,
    /// Prices; where one is valid it counts before the built-in ones.
    pub prices: Vec<Arc<Price>>,
    /// Routes.
    pub routes: Vec<Arc<Route>>,
}

impl Registry {
    /// Reads the whole registry: an object with a list for each kind, each of which may be absent.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault.
    pub fn from_json(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let registry = Self {
            providers: fields.list("providers", |json| Provider::read(json).map(Arc::new)),
            models: fields.list("models", OwnedModel::read),
            aliases: fields.list("aliases", Alias::read),
            prices: fields.list("prices", |json| Price::read(json).map(Arc::new)),
            routes: fields.list("routes", |json| Route::read(json).map(Arc::new)),
        };
        fields.whole(registry)
    }
}
