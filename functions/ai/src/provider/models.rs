//! The models a caller may use.

use std::cell::OnceCell;

use serde::Serialize;
use shared::cx::Cx;
use shared::extract::Path;
use shared::health::{self, Health};
use shared::problem::{Code, Problem};

use crate::admission;
use crate::provider::catalogue::{Catalogue, Listed};

/// A model, as OpenAI describes one.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Model {
    /// The name to ask for.
    pub id: String,
    /// `model`.
    pub object: &'static str,
    /// When it was released, in seconds since 1970; 0 when not known.
    pub created: u64,
    /// The provider.
    pub owned_by: String,
}

/// The reply of `GET /v1/models`.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ModelList {
    /// `list`.
    pub object: &'static str,
    /// The models.
    pub data: Vec<Model>,
}

impl From<Listed> for Model {
    fn from(listed: Listed) -> Self {
        Self { id: listed.id, object: "model", created: listed.created, owned_by: listed.owned_by }
    }
}

thread_local! {
    static CATALOGUE: OnceCell<&'static Catalogue> = const { OnceCell::new() };
}

/// What this deployment can call. Read once an isolate and kept for its life: variables do not change in it.
pub(crate) fn catalogue(cx: &Cx) -> &'static Catalogue {
    let read = || -> &'static Catalogue {
        let catalogue = Catalogue::from_env(|name| cx.platform.var(name));
        for problem in catalogue.problems() {
            shared::log::event("ai", "error", "catalogue", &problem.variable, Some(problem.reason));
        }
        Box::leak(Box::new(catalogue))
    };
    // Tests on the host run many deployments in one thread.
    if cfg!(target_arch = "wasm32") { CATALOGUE.with(|slot| *slot.get_or_init(read)) } else { read() }
}

/// `GET /readyz`: there is a provider, and what every function needs.
///
/// # Errors
/// 503 when no provider is configured.
pub(crate) async fn ready(cx: &Cx) -> Result<Health, Problem> {
    if catalogue(cx).provider_ids().next().is_none() {
        return Err(Problem::from(Code::Unavailable)
            .detail("No provider is configured.")
            .because("no provider's key or URL is set"));
    }
    health::ready(cx).await
}

/// `GET /v1/models`: what the caller may use; with a key that lists models, those.
///
/// # Errors
/// None beyond the row's own.
pub(crate) async fn list(cx: &Cx) -> Result<ModelList, Problem> {
    let caller = cx.caller();
    let opens = |listed: &Listed| caller.as_ref().is_none_or(|caller| admission::may_use(caller, &listed.id));
    let models = catalogue(cx).models().into_iter().filter(opens);
    Ok(ModelList { object: "list", data: models.map(Model::from).collect() })
}

/// `GET /v1/models/{model}`.
///
/// # Errors
/// 404 for a model that is not listed.
pub(crate) async fn read(cx: &Cx, Path(id): Path) -> Result<Model, Problem> {
    if let Some(caller) = cx.caller() {
        admission::allowed(&caller, &id)?;
    }
    let found = catalogue(cx).models().into_iter().find(|model| model.id == id);
    found.map(Model::from).ok_or_else(|| Code::ModelNotFound.into())
}
