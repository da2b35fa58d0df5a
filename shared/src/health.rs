//! `/healthz` and `/readyz`, the two rows every function has.

use serde::Serialize;

use crate::cx::Cx;
use crate::problem::{Code, Problem};
use crate::sql;

/// The reply of a health row.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
    /// The function that answers.
    pub service: &'static str,
}

/// `GET /healthz`: the function runs; asks nothing of anyone.
///
/// # Errors
/// None.
pub async fn live(cx: &Cx) -> Result<Health, Problem> {
    Ok(Health { status: "ok", service: cx.service })
}

/// `GET /readyz`: the function can do its work, which for most means that D1 answers and
/// that there are keys to verify tokens with.
///
/// # Errors
/// 503 when it cannot.
pub async fn ready(cx: &Cx) -> Result<Health, Problem> {
    if cx.config.keys.is_empty() {
        return Err(Problem::from(Code::Unavailable)
            .detail("No keys are configured.")
            .because("AUTH_JWKS is empty or unreadable"));
    }
    let _: Option<crate::db::One> = cx.platform.db().first(sql!("SELECT 1 AS one")).await?;
    live(cx).await
}
