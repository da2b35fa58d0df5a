//! One provider as the environment configures it: URL, key, and the models it may be asked for.

use std::borrow::Cow;

use crate::provider::Provider;
use crate::provider::target::{Limits, MAX_NAME, Secret, Target, base_url};

/// A variable that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub variable: &'static str,
    /// What is wrong with it. The value is not repeated.
    pub reason: &'static str,
}

/// A provider the environment configures.
#[derive(Debug)]
pub(crate) struct Configured {
    pub(crate) data: &'static Provider,
    chat_url: String,
    price_list: &'static str,
    key: Option<Secret>,
    /// Models only the environment names.
    pub(crate) further: Vec<String>,
    /// The environment allows any model.
    open: bool,
}

/// Reads what concerns one provider; `None` when the environment does not configure it.
pub(crate) fn configure(
    data: &'static Provider,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Option<Configured>, Problem> {
    let given = lookup(&data.base_url_env);
    let Some(base) = given.as_deref().or(data.base_url.as_deref()) else {
        return Ok(None);
    };
    let key = data.key_env.as_deref().and_then(lookup).map(Secret::new);
    if data.key_required && key.is_none() {
        return Ok(None);
    }
    let (base, host) = base_url(base).ok_or(Problem {
        variable: &data.base_url_env,
        reason: "must be an http or https URL without user, query or fragment",
    })?;
    let mut further = further_models(data, lookup);
    let open = further.iter().any(|name| name == "*");
    further.retain(|name| name != "*");
    Ok(Some(Configured {
        data,
        chat_url: format!("{base}{}", data.chat_path),
        price_list: price_list(data, host),
        key,
        further,
        open,
    }))
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

fn price_list(data: &'static Provider, host: &str) -> &'static str {
    let mut lists = data.price_lists.iter();
    let own = lists.find(|(known, _)| known.eq_ignore_ascii_case(host));
    own.map_or(&data.id, |(_, list)| list)
}

impl Configured {
    /// A model of the data file or of the environment's list.
    pub(crate) fn listed(&self, name: &str) -> Option<Target<'_>> {
        if let Some(model) = self.data.model(name) {
            let alias = model.aliases.iter().find(|alias| *alias == name);
            let limits = Limits { context: model.context, max_output: model.max_output };
            return Some(self.target(alias.unwrap_or(&model.id).into(), model.id.as_str().into(), Some(limits)));
        }
        let name = self.further.iter().find(|known| *known == name)?;
        Some(self.target(name.into(), name.into(), None))
    }

    /// Any other model, where the environment allows it.
    pub(crate) fn unlisted(&self, name: &str) -> Option<Target<'_>> {
        let fit = !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(|b| b.is_ascii_graphic());
        (self.open && fit).then(|| self.target(name.to_owned().into(), name.to_owned().into(), None))
    }

    fn target<'c>(&'c self, model: Cow<'c, str>, priced_as: Cow<'c, str>, limits: Option<Limits>) -> Target<'c> {
        Target {
            provider: self.data,
            model,
            priced_as,
            price_list: self.price_list,
            limits,
            chat_url: &self.chat_url,
            key: self.key.as_ref(),
        }
    }
}
