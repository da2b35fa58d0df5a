//! What this deployment can call: providers that the environment or the registry configures, and what a name means.
//!
//! Names are resolved against lists only. A provider's key opens every model it sells, and
//! a model we know no price for would slip past budgets, so a name nobody listed is unknown
//! rather than passed on. The one exception is asked for: `*` in a list of further models.

use std::rc::Rc;
use std::sync::Arc;

use catalogue::registry::{Alias, Registry};
use catalogue::route::Route;

use crate::money::price::PriceBook;
pub use crate::provider::configured::Problem;
use crate::provider::configured::{Upstream, configure};
pub use crate::provider::listed::Listed;
pub use crate::provider::target::{Key, Limits, Target, UnknownModel};
use crate::provider::{Provider, providers};
use crate::registry::snapshot::Snapshot;
use crate::registry::way::{self, Draw};
use crate::route::plan::Plan;

/// The name that means the default model of the first configured provider.
pub const DEFAULT_ALIAS: &str = "chat-default";

/// The variable that makes [`DEFAULT_ALIAS`] mean another model.
pub const DEFAULT_MODEL_ENV: &str = "CHAT_DEFAULT_MODEL";

/// The configured providers.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub(crate) configured: Vec<Rc<Upstream>>,
    pub(crate) registry: Rc<Registry>,
    captures: Rc<str>,
    default_model: Option<String>,
    problems: Vec<Problem>,
}

impl Catalogue {
    /// Reads the environment through `lookup`, and nothing else. Empty values count as absent.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Self {
        Self::build(lookup, &Snapshot::default())
    }

    /// Reads the environment through `lookup`; what was registered adds to the built-in data or stands in its place.
    pub fn build(lookup: impl Fn(&str) -> Option<String>, registered: &Snapshot) -> Self {
        let lookup = |name: &str| {
            // Registered providers read no variables.
            let value = if name.is_empty() { None } else { lookup(name) }?;
            let value = value.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        let registry = Rc::clone(&registered.registry);
        let prices = Rc::new(PriceBook::new(registry.prices.clone()));
        let mut catalogue = Self { default_model: lookup(DEFAULT_MODEL_ENV), registry, ..Self::default() };
        catalogue.captures = Rc::clone(&registered.captures);
        for data in all_providers(&registered.registry) {
            match configure(&data, &lookup, &registered.keys, &prices) {
                Ok(Some(configured)) => catalogue.configured.push(Rc::new(configured)),
                Ok(None) => {}
                Err(problem) => catalogue.problems.push(problem),
            }
        }
        catalogue
    }

    /// What `name` means: [`DEFAULT_ALIAS`], a model's id, or `provider/id`. Routes and aliases are not looked at.
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

    /// Who is asked for what `name` means: a route, an alias, or what [`Self::resolve`] knows, in this order.
    ///
    /// # Errors
    /// [`UnknownModel`] when nobody who is configured is asked.
    pub fn plan(&self, name: &str, draw: &Draw<'_>) -> Result<Plan, UnknownModel> {
        let meant = self.alias(name).map_or(name, |alias| &alias.model);
        match self.route(name).or_else(|| self.route(meant)) {
            Some(route) => {
                let plan = way::plan(self, route, draw);
                // A route without anybody to ask still has something to say, where it says so.
                let idle = plan.targets.is_empty() && plan.degraded.is_none();
                if idle { Err(UnknownModel::new(name)) } else { Ok(plan) }
            }
            None => self.resolve(meant).map(Plan::of).map_err(|_| UnknownModel::new(name)),
        }
    }

    /// Whether what is said is kept: as the route says, unless the organisation that pays wants all of it, or nothing,
    /// or leaves it to the header of a call.
    pub(crate) fn captures(&self, org: &str, by_route: bool, header: impl Fn() -> Option<String>) -> bool {
        let mode = self.captures.split(' ').find_map(|one| one.strip_prefix(org)?.strip_prefix('='));
        match mode {
            Some("all") => true,
            Some("asked") => by_route || header().as_deref() == Some("on"),
            Some(_) => false,
            None => by_route,
        }
    }

    /// The route of this name.
    pub(crate) fn route(&self, name: &str) -> Option<&Arc<Route>> {
        self.registry.routes.iter().find(|route| route.id == name)
    }

    fn alias(&self, name: &str) -> Option<&Alias> {
        self.registry.aliases.iter().find(|alias| alias.id == name)
    }

    /// The model of a provider, where it is configured and has it.
    pub(crate) fn target(&self, provider: &str, model: &str) -> Option<Target> {
        let provider = self.configured.iter().find(|known| known.data.id == provider)?;
        provider.listed(model).or_else(|| provider.unlisted(model))
    }

    pub(crate) fn find(&self, name: &str) -> Option<Target> {
        // Whole names first: ids may contain slashes themselves.
        let whole = self.configured.iter().find_map(|provider| provider.listed(name));
        whole.or_else(|| {
            let (id, model) = name.split_once('/')?;
            self.target(id, model)
        })
    }

    pub(crate) fn default_target(&self) -> Option<Target> {
        if let Some(name) = &self.default_model {
            return self.find(name);
        }
        self.configured.iter().find_map(|provider| {
            let chosen = provider.data.default_model.as_deref();
            provider.listed(chosen.or(provider.further.first().map(String::as_str))?)
        })
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

/// The built-in providers, with those in their place that were registered under their ids; then all others that were
/// registered. Each has the models that were registered for it.
fn all_providers(registry: &Registry) -> Vec<Arc<Provider>> {
    let built_in = providers().providers.iter().map(|built_in| {
        let own = registry.providers.iter().find(|own| own.id == built_in.id);
        own.unwrap_or(built_in)
    });
    let is_built_in = |id: &str| providers().providers.iter().any(|known| known.id == id);
    let others = registry.providers.iter().filter(|own| !is_built_in(&own.id));
    built_in.chain(others).map(|provider| with_models(provider, registry)).collect()
}

fn with_models(provider: &Arc<Provider>, registry: &Registry) -> Arc<Provider> {
    let mut own = registry.models.iter().filter(|owned| owned.provider == provider.id).peekable();
    if own.peek().is_none() {
        return Arc::clone(provider);
    }
    let mut provider = Provider::clone(provider);
    for owned in own {
        match provider.models.iter_mut().find(|model| model.id == owned.model.id) {
            Some(model) => model.clone_from(&owned.model),
            None => provider.models.push(owned.model.clone()),
        }
    }
    Arc::new(provider)
}
