//! One provider as the environment configures it: URL, keys, and the models it may be asked for.

use std::rc::Rc;
use std::sync::Arc;

use ::catalogue::base_url::{base_url, origin};

use crate::endpoint::Endpoint;
use crate::money::price::PriceBook;
use crate::provider::Provider;
use crate::provider::target::{Key, Limits, MAX_NAME, Target};
use crate::registry::snapshot::PoolKey;

/// A variable that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub variable: String,
    /// What is wrong with it. The value is not repeated.
    pub reason: &'static str,
}

/// A provider that can be called.
#[derive(Debug)]
pub struct Upstream {
    /// What is known of it.
    pub data: Arc<Provider>,
    /// The list its prices stand in.
    pub price_list: String,
    /// Its keys, in order of preference; none where it wants none.
    pub keys: Vec<Key>,
    /// Registered prices, which count before the built-in ones.
    pub(crate) prices: Rc<PriceBook>,
    base: String,
    /// Its models are called by its binding, and by nothing else.
    pub(crate) bound: bool,
    /// Models only the environment names.
    pub(crate) further: Vec<String>,
    /// The environment allows any model.
    open: bool,
}

/// Reads what concerns one provider; `None` when neither the environment nor the registry configures it.
pub(crate) fn configure(
    data: &Arc<Provider>,
    lookup: &impl Fn(&str) -> Option<String>,
    pool: &[PoolKey],
    prices: &Rc<PriceBook>,
) -> Result<Option<Upstream>, Problem> {
    let given = lookup(&data.base_url_env);
    let bound = given.is_none() && data.binding.as_deref().is_some_and(|name| lookup(name).is_some());
    let nowhere = bound.then_some("http://binding");
    let Some(base) = given.as_deref().or(data.base_url.as_deref()).or(nowhere) else {
        return Ok(None);
    };
    let mut keys = data.key_env.as_deref().and_then(|name| Some(keys(name, &lookup(name)?))).unwrap_or_default();
    // A key goes to the origin it was given for, wherever the provider may be said to be by now.
    let here = origin(base);
    let of_here = pool.iter().filter(|pooled| pooled.provider == data.id && here.as_ref() == Some(&pooled.origin));
    keys.extend(of_here.map(|pooled| pooled.key.clone()));
    if data.key_required && keys.is_empty() && !bound {
        return Ok(None);
    }
    let (base, host) = base_url(base).ok_or(Problem {
        variable: data.base_url_env.clone(),
        reason: "must be an http or https URL without user, query or fragment",
    })?;
    let mut further = further_models(data, lookup);
    let open = further.iter().any(|name| name == "*");
    further.retain(|name| name != "*");
    let price_list = price_list(data, host).to_owned();
    let (data, prices) = (Arc::clone(data), Rc::clone(prices));
    Ok(Some(Upstream { data, price_list, keys, prices, base, bound, further, open }))
}

/// The keys of a variable: one, or several with commas between them. Each is named after its place.
fn keys(variable: &str, value: &str) -> Vec<Key> {
    let texts = value.split(',').map(str::trim).filter(|text| !text.is_empty());
    texts.enumerate().map(|(i, text)| Key::new(format!("{variable}/{i}"), text.to_owned())).collect()
}

/// The models the environment adds to those of the data file.
fn further_models(data: &Provider, lookup: &impl Fn(&str) -> Option<String>) -> Vec<String> {
    let named = data.models_env.as_deref().and_then(lookup).unwrap_or_default();
    let mut further: Vec<String> = Vec::new();
    for name in named.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if data.model(name).is_none() && !further.iter().any(|known| known == name) {
            further.push(name.to_owned());
        }
    }
    further
}

fn price_list<'p>(data: &'p Provider, host: &str) -> &'p str {
    let mut lists = data.price_lists.iter();
    let own = lists.find(|(known, _)| known.eq_ignore_ascii_case(host));
    own.map_or(&data.id, |(_, list)| list)
}

impl Upstream {
    /// The URL of one of its routes; `None` where it has no such route.
    #[must_use]
    pub fn url(&self, endpoint: Endpoint) -> Option<String> {
        Some(format!("{}{}", self.base, self.path(endpoint)?))
    }

    /// A URL beside its routes.
    pub(crate) fn beside(&self, path: &str, last: &str) -> String {
        [&self.base, path, last].concat()
    }

    /// Where it has this route, as it is configured.
    pub(crate) fn path(&self, endpoint: Endpoint) -> Option<&str> {
        self.data.path(endpoint).filter(|_| self.bound == (endpoint == Endpoint::Run))
    }

    /// A model of the data file or of the environment's list.
    pub(crate) fn listed(self: &Rc<Self>, name: &str) -> Option<Target> {
        let found = self.data.models.iter().find_map(|model| Some((model, model.sent_as(name)?)));
        if let Some((model, sent)) = found {
            let limits = Limits { context: model.context, max_output: model.max_output };
            return Some(self.target(sent.id, sent.priced_as, Some(limits)));
        }
        let name = self.further.iter().find(|known| *known == name)?;
        Some(self.target(name, name, None))
    }

    /// Any other model, where the environment allows it.
    pub(crate) fn unlisted(self: &Rc<Self>, name: &str) -> Option<Target> {
        let fit = !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(|b| b.is_ascii_graphic());
        (self.open && fit).then(|| self.target(name, name, None))
    }

    fn target(self: &Rc<Self>, model: &str, priced_as: &str, limits: Option<Limits>) -> Target {
        let (model, priced_as) = (model.to_owned(), priced_as.to_owned());
        Target { upstream: Rc::clone(self), model, priced_as, limits, timeout_ms: None }
    }
}
