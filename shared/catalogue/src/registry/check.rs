//! What must hold between the entries of a registry, and between them and the built-in data. Pure: a registry goes
//! in, its faults come out. What must hold within one document is in the files beside this one.

use super::names::is_word;
use super::{Kind, Registry, price_check, provider_check, route_check};
use crate::builtin;
use crate::provider::{Model, Provider};

/// Where a registry is used: what is allowed on a developer's machine is not elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// On a developer's machine: providers may be called without TLS.
    Local,
    /// Anywhere else.
    Deployed,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The kind of the entry it is in.
    pub kind: Kind,
    /// The entry's place among those of its kind.
    pub index: usize,
    /// JSON pointer (RFC 6901) into the entry's document.
    pub pointer: String,
    /// A stable name of the rule that was broken.
    pub code: &'static str,
    /// The rule, for people.
    pub reason: &'static str,
}

/// The faults found so far, and the entry that is looked at.
pub(super) struct Faults {
    pub(super) kind: Kind,
    pub(super) index: usize,
    found: Vec<Fault>,
}

impl Faults {
    /// Notes a fault of the entry that is looked at.
    pub(super) fn add(&mut self, pointer: impl Into<String>, code: &'static str, reason: &'static str) {
        let Self { kind, index, .. } = *self;
        self.found.push(Fault { kind, index, pointer: pointer.into(), code, reason });
    }

    /// The same, unless something holds.
    pub(super) fn unless(&mut self, holds: bool, pointer: &str, code: &'static str, reason: &'static str) {
        if !holds {
            self.add(pointer, code, reason);
        }
    }

    /// Goes on to another entry.
    fn at(&mut self, kind: Kind, index: usize) {
        (self.kind, self.index) = (kind, index);
    }
}

/// All that is wrong with a registry; empty when it may be used.
#[must_use]
pub fn faults(registry: &Registry, place: Where) -> Vec<Fault> {
    let mut faults = Faults { kind: Kind::Provider, index: 0, found: Vec::new() };
    for (i, provider) in registry.providers.iter().enumerate() {
        faults.at(Kind::Provider, i);
        let before = registry.providers.iter().take(i).any(|known| known.id == provider.id);
        faults.unless(!before, "/id", "duplicate", "is the id of another provider");
        provider_check::provider(registry, provider, place, &mut faults);
    }
    for (i, owned) in registry.models.iter().enumerate() {
        faults.at(Kind::Model, i);
        provider_check::owned(registry, i, owned, &mut faults);
    }
    for (i, alias) in registry.aliases.iter().enumerate() {
        faults.at(Kind::Alias, i);
        let before = registry.aliases.iter().take(i).any(|known| known.id == alias.id);
        let route = registry.routes.iter().any(|route| route.id == alias.id);
        faults.unless(!before && !route, "/id", "duplicate", "is the id of another alias or route");
        faults.unless(is_word(&alias.id), "/id", "invalid", "must be letters, digits and . _ : -, at most 128");
        let known = registry.routes.iter().any(|route| route.id == alias.model) || names_model(registry, &alias.model);
        faults.unless(known, "/model", "unknown", "is neither a route, nor a model, nor `provider/model`");
    }
    price_check::prices(&registry.prices, |i| i, &mut faults, Faults::at);
    for (i, route) in registry.routes.iter().enumerate() {
        faults.at(Kind::Route, i);
        let before = registry.routes.iter().take(i).any(|known| known.id == route.id);
        faults.unless(!before, "/id", "duplicate", "is the id of another route");
        route_check::route(registry, route, &mut faults);
    }
    faults.found
}

/// The provider of this id, the registry's before the built-in one.
pub(super) fn provider<'r>(registry: &'r Registry, id: &str) -> Option<&'r Provider> {
    let own = registry.providers.iter().find(|known| known.id == id);
    own.or_else(|| builtin::provider(id)).map(|found| found.as_ref())
}

/// Whether a provider's model can be called by this name. The environment may give a built-in provider models that
/// nobody here knows, so of such a provider every name is believed.
pub(super) fn has_model(registry: &Registry, provider_id: &str, name: &str) -> bool {
    let Some(provider) = provider(registry, provider_id) else { return false };
    provider.models_env.is_some() || models_of(registry, provider).any(|model| model.sent_as(name).is_some())
}

/// The models of a provider: those of its document that no entry stands in the place of, and the entries.
pub(super) fn models_of<'r>(registry: &'r Registry, provider: &'r Provider) -> impl Iterator<Item = &'r Model> {
    let entries = registry.models.iter().filter(|owned| owned.provider == provider.id).map(|owned| &owned.model);
    let kept = provider.models.iter().filter(|model| {
        !registry.models.iter().any(|owned| owned.provider == provider.id && owned.model.id == model.id)
    });
    entries.chain(kept)
}

/// Whether a name alone, or behind its provider, leads to a model.
fn names_model(registry: &Registry, name: &str) -> bool {
    let built_in = builtin::providers().providers.iter();
    let unreplaced = built_in.filter(|known| !registry.providers.iter().any(|own| own.id == known.id));
    let mut all = registry.providers.iter().chain(unreplaced);
    let whole = all.any(|known| models_of(registry, known).any(|model| model.sent_as(name).is_some()));
    whole || name.split_once('/').is_some_and(|(id, model)| has_model(registry, id, model))
}
