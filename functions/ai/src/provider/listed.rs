//! The models to list. What their names mean is in `catalogue`.

use catalogue::route::Route;

use crate::money::price::date_ms;
use crate::provider::Model;
use crate::provider::catalogue::{Catalogue, DEFAULT_ALIAS};
use crate::provider::target::Target;
use crate::registry::way::all_targets;

/// A model as `GET /v1/models` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// The name to ask for.
    pub id: String,
    /// The provider's id; `route` for a route of this deployment.
    pub owned_by: String,
    /// Release, in seconds since 1970; 0 when not known.
    pub created: u64,
    /// What it can do, as far as somebody said.
    pub capabilities: Vec<String>,
    /// Tokens of prompt and completion together; `None` when not known.
    pub context: Option<u64>,
    /// The versions it can be asked for by.
    pub versions: Vec<String>,
    /// Who alone may call it; `None`: everybody.
    pub owner: Option<String>,
}

impl Catalogue {
    /// The models to list: the default alias first, then routes and aliases, then every provider's own. A name that
    /// is taken already is listed as `provider/id`.
    #[must_use]
    pub fn models(&self) -> Vec<Listed> {
        let mut listed: Vec<Listed> = Vec::new();
        let named: Vec<Listed> = self.registered_names().collect();
        let registered_default = named.iter().any(|one| one.id == DEFAULT_ALIAS);
        if let Some(target) = self.default_target().filter(|_| !registered_default) {
            listed.push(self.of_target(DEFAULT_ALIAS, &target));
        }
        listed.extend(named);
        listed.sort_by_key(|one| one.id != DEFAULT_ALIAS);
        for provider in &self.configured {
            let built_in = provider.data.models.iter().filter(|model| !model.retired);
            let further = provider.further.iter().map(|id| Listed { id: id.clone(), ..Listed::default() });
            for one in built_in.map(of_model).chain(further) {
                let taken = listed.iter().any(|known| known.id == one.id);
                let id = if taken { format!("{}/{}", provider.data.id, one.id) } else { one.id };
                listed.push(Listed { id, owned_by: provider.data.id.clone(), ..one });
            }
        }
        listed
    }

    /// Routes, and aliases that lead to something.
    fn registered_names(&self) -> impl Iterator<Item = Listed> {
        let routes = self.registry.routes.iter().filter_map(|route| self.of_route(&route.id, route));
        let aliases = self.registry.aliases.iter().filter_map(|alias| match self.route(&alias.model) {
            Some(route) => self.of_route(&alias.id, route),
            None => self.find(&alias.model).map(|target| self.of_target(&alias.id, &target)),
        });
        routes.chain(aliases)
    }

    /// A route can do what all of its targets can.
    fn of_route(&self, id: &str, route: &Route) -> Option<Listed> {
        let all: Vec<Listed> = all_targets(self, route).iter().map(|target| self.of_target(id, target)).collect();
        let (first, rest) = all.split_first()?;
        let by_all = |word: &&String| rest.iter().all(|other| other.capabilities.contains(word));
        let capabilities = first.capabilities.iter().filter(by_all).cloned().collect();
        let context = all.iter().map(|one| one.context).min().flatten();
        Some(Listed { id: id.to_owned(), owned_by: "route".to_owned(), capabilities, context, ..Listed::default() })
    }

    fn of_target(&self, id: &str, target: &Target) -> Listed {
        let model = target.provider().model(&target.model);
        let known = model.map(of_model).unwrap_or_default();
        let owned_by = target.provider().id.clone();
        Listed { id: id.to_owned(), owned_by, created: 0, versions: Vec::new(), ..known }
    }
}

fn of_model(model: &Model) -> Listed {
    let versions = model.versions.iter().filter(|version| !version.retired);
    Listed {
        id: model.id.clone(),
        owned_by: String::new(),
        created: model.released.as_deref().and_then(date_ms).map_or(0, |ms| ms / 1_000),
        capabilities: model.capabilities.clone(),
        context: Some(model.context),
        owner: model.owner.clone(),
        versions: versions.map(|version| format!("{}@{}", model.id, version.version)).collect(),
    }
}
