//! The caller behind an access token of an app that a person let in: it opens rows that name a scope it has, and no
//! other. Not here: how apps get their tokens (the function `oidc`).

use std::rc::Rc;

use serde::Deserialize;

use super::claims::{AccessClaims, Caller, Key};
use super::key;
use super::scope::Scope;
use super::{refused, session};
use crate::config::{Config, SessionCheck};
use crate::cx::Cx;
use crate::problem::{Code, Problem};
use crate::route::{Row, Who};
use crate::sql;

/// The audience of apps' tokens for this deployment's own rows. Another than that of people's tokens, so that neither
/// is taken for the other.
pub fn audience(config: &Config) -> String {
    format!("{}/apps", config.issuer)
}

/// One row when the grant lives: its person's state now.
pub const GRANT_STATE: &str = "SELECT u.status AS status FROM oauth_grants g JOIN users u ON u.id = g.user_id \
WHERE g.id = ?1 AND g.user_id = ?2 AND g.ended_at IS NULL";

#[derive(Deserialize)]
struct State {
    status: String,
}

/// What the token says its person allowed.
pub(super) fn grant(claims: &AccessClaims) -> Key {
    Key {
        id: claims.sid.clone(),
        scopes: Scope::named(&claims.permissions),
        models: None,
        limits: None,
        organisation_id: None,
    }
}

/// Lets an app in where the row names a scope it has. Rows that ask for the session of a person ask for the grant.
///
/// # Errors
/// 401 when the grant has ended, 403 for an app without the scope or of a suspended person.
pub(super) async fn admit(cx: &Cx, row: &Row, caller: &Rc<Caller>) -> Result<(), Problem> {
    key::allow(cx, row, Rc::clone(caller))?;
    match (row.who, cx.config.session_check) {
        (Who::User, SessionCheck::Sensitive) => Ok(()),
        (Who::User, SessionCheck::Hint) => session::check_hint(cx, caller).await,
        _ => ask(cx, caller).await,
    }
}

async fn ask(cx: &Cx, caller: &Caller) -> Result<(), Problem> {
    let statement = sql!(GRANT_STATE, caller.claims.sid.as_str(), caller.user_id());
    let state: Option<State> = cx.platform.db().first(statement).await?;
    match state {
        Some(state) if state.status == "active" => Ok(()),
        Some(_) => Err(Code::Suspended.into()),
        None => Err(refused("invalid_token")),
    }
}
