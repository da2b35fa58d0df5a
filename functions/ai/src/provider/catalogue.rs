//! What this deployment can call: providers configured by the environment, and the model a
//! name means.
//!
//! Names are resolved against lists only. A provider's key opens every model it sells, and
//! a model we know no price for would slip past budgets, so a name nobody listed is unknown
//! rather than passed on. The one exception is asked for: `*` in a list of further models.

use crate::money::price::date_ms;
use std::rc::Rc;

pub use crate::provider::configured::Problem;
use crate::provider::configured::{Upstream, configure};
pub use crate::provider::target::{Key, Limits, Target, UnknownModel};
use crate::provider::{Model, providers};
use crate::route::plan::Plan;

/// The name that means the default model of the first configured provider.
pub const DEFAULT_ALIAS: &str = "chat-default";

/// The variable that makes [`DEFAULT_ALIAS`] mean another model.
pub const DEFAULT_MODEL_ENV: &str = "CHAT_DEFAULT_MODEL";

/// A model as `GET /v1/models` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name to ask for.
    pub id: String,
    /// The provider's id.
    pub owned_by: String,
    /// Release, in seconds since 1970; 0 when not known.
    pub created: u64,
}

/// The configured providers.
#[derive(Debug, Default)]
pub struct Catalogue {
    configured: Vec<Rc<Upstream>>,
    default_model: Option<String>,
    problems: Vec<Problem>,
}

impl Catalogue {
    /// Reads the environment through `lookup`. Empty values count as absent.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let lookup = |name: &str| {
            let value = lookup(name)?;
            let value = value.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        let mut catalogue = Self { default_model: lookup(DEFAULT_MODEL_ENV), ..Self::default() };
        for data in &providers().providers {
            match configure(data, &lookup) {
                Ok(Some(configured)) => catalogue.configured.push(Rc::new(configured)),
                Ok(None) => {}
                Err(problem) => catalogue.problems.push(problem),
            }
        }
        catalogue
    }

    /// What `name` means: [`DEFAULT_ALIAS`], a model's id, or `provider/id`.
    ///
    /// # Errors
    /// [`UnknownModel`] when no configured provider lists it.
    pub fn resolve(&self, name: &str) -> Result<Target, UnknownModel> {
        let unknown = || UnknownModel::new(name);
        if name == DEFAULT_ALIAS {
            return self.default_target().ok_or_else(unknown);
        }
        self.find(name).ok_or_else(unknown)
    }

    /// Who is asked for what `name` means.
    ///
    /// # Errors
    /// [`UnknownModel`] when no configured provider lists it.
    pub fn plan(&self, name: &str) -> Result<Plan, UnknownModel> {
        self.resolve(name).map(Plan::of)
    }

    fn find(&self, name: &str) -> Option<Target> {
        // Whole names first: ids may contain slashes themselves.
        let whole = self.configured.iter().find_map(|provider| provider.listed(name));
        whole.or_else(|| {
            let (id, model) = name.split_once('/')?;
            let provider = self.configured.iter().find(|known| known.data.id == id)?;
            provider.listed(model).or_else(|| provider.unlisted(model))
        })
    }

    fn default_target(&self) -> Option<Target> {
        if let Some(name) = &self.default_model {
            return self.find(name);
        }
        self.configured.iter().find_map(|provider| {
            let chosen = provider.data.default_model.as_deref();
            provider.listed(chosen.or(provider.further.first().map(String::as_str))?)
        })
    }

    /// The models to list: the default alias first, then every provider's own. A name an
    /// earlier provider has already is listed as `provider/id`.
    #[must_use]
    pub fn models(&self) -> Vec<Listed> {
        let mut listed: Vec<Listed> = Vec::new();
        if let Some(target) = self.default_target() {
            listed.push(Listed { id: DEFAULT_ALIAS.to_owned(), owned_by: target.provider().id.clone(), created: 0 });
        }
        for provider in &self.configured {
            let built_in = provider.data.models.iter().filter(|model| !model.retired);
            let built_in = built_in.map(|model| (model.id.as_str(), created(model)));
            let further = provider.further.iter().map(|id| (id.as_str(), 0));
            for (id, created) in built_in.chain(further) {
                let taken = listed.iter().any(|known| known.id == id);
                let id = if taken { format!("{}/{id}", provider.data.id) } else { id.to_owned() };
                listed.push(Listed { id, owned_by: provider.data.id.clone(), created });
            }
        }
        listed
    }

    /// Ids of the configured providers, in order of preference.
    pub fn provider_ids(&self) -> impl Iterator<Item = &str> {
        self.configured.iter().map(|provider| provider.data.id.as_str())
    }

    /// Variables that could not be used; their providers are left out.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

fn created(model: &Model) -> u64 {
    model.released.as_deref().and_then(date_ms).map_or(0, |ms| ms / 1_000)
}
