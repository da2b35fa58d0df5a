//! The models a caller may use.

use serde::Serialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Path;
use shared::health::{self, Health};
use shared::problem::{Code, Problem};

use crate::admission;
use crate::provider::catalogue::Listed;
use crate::registry::current;

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
    /// The provider; `route` for a route of this deployment.
    pub owned_by: String,
    /// What it can do, as far as somebody said: `chat`, `vision`, `tools`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// Tokens of prompt and completion together, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// The names of its versions, each of which can be asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
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
        let Listed { id, owned_by, created, capabilities, context, versions, owner: _ } = listed;
        Self { id, object: "model", created, owned_by, capabilities, context, versions }
    }
}

/// `GET /readyz`: there is a provider, and what every function needs.
///
/// # Errors
/// 503 when no provider is configured.
pub(crate) async fn ready(cx: &Cx) -> Result<Health, Problem> {
    if current(cx).await.provider_ids().next().is_none() {
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
    let opens = |listed: &Listed| {
        let theirs = |caller: &Caller| listed.owner.as_deref().is_none_or(|owner| owner == caller.org_id());
        caller.as_ref().is_none_or(|caller| theirs(caller) && admission::may_use(caller, &listed.id))
    };
    let models = current(cx).await.models().into_iter().filter(opens);
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
    let payer = cx.caller().map(|caller| caller.org_id().to_owned());
    let found = current(cx).await.models().into_iter().find(|model| model.id == id);
    let found = found.filter(|model| model.owner.is_none() || model.owner == payer);
    found.map(Model::from).ok_or_else(|| Code::ModelNotFound.into())
}
