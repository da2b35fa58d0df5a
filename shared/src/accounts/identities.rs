//! Identities: who people are at other services, and so the ways into their accounts beside the password. Not here:
//! whether a service's word is true, and which account it leads to; those are the functions' that ask it.

use serde::Serialize;

use super::events::{Kind, event};
use super::identities_store::{IdentityRow, NewIdentity, add_identity, identity};
use crate::cx::Cx;
use crate::db::{DbError, Statement};
use crate::problem::{Code, Problem};
use crate::time;

/// How often what was read may have changed by the time it is written.
const ATTEMPTS: usize = 6;

/// Who one is at another service.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Identity {
    /// `idn_…`.
    pub id: String,
    /// `wechat`, or the provider's id.
    pub provider: String,
    /// What the service calls the person; may be empty.
    pub label: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub last_used_at: String,
}

impl From<IdentityRow> for Identity {
    fn from(row: IdentityRow) -> Self {
        Self {
            id: row.id,
            provider: row.provider,
            label: row.label,
            created_at: time::rfc3339(row.created_at),
            last_used_at: time::rfc3339(row.last_used_at),
        }
    }
}

/// An identity before it is anybody's.
#[derive(Debug)]
pub struct Subject<'a> {
    /// `wechat`, or the provider's id.
    pub provider: &'a str,
    /// The app id, or the issuer.
    pub realm: &'a str,
    /// Who it is there.
    pub subject: &'a str,
    /// WeChat's unionid.
    pub union_id: Option<&'a str>,
    /// What to show.
    pub label: &'a str,
}

/// The statements that make an identity a way into an account.
pub fn link(cx: &Cx, user_id: &str, of: &Subject<'_>) -> Vec<Statement> {
    let id = cx.new_id("idn");
    let new = NewIdentity {
        id: &id,
        user_id,
        provider: of.provider,
        realm: of.realm,
        subject: of.subject,
        union_id: of.union_id,
        label: of.label,
        now: cx.now_ms(),
    };
    let detail = [("provider", of.provider), ("realm", of.realm), ("identity_id", id.as_str())];
    vec![add_identity(&new), event(cx, Kind::IdentityLinked, user_id, &detail)]
}

/// Makes an identity a way into the account of somebody who is signed in.
///
/// # Errors
/// 403 while the account's address is not verified, 409 when the identity is another account's.
pub async fn attach(cx: &Cx, user_id: &str, of: &Subject<'_>) -> Result<Identity, Problem> {
    for _ in 0..ATTEMPTS {
        let asked = identity(of.provider, of.realm, of.subject);
        let found: Option<IdentityRow> = cx.platform.db().first(asked).await?;
        match found {
            Some(known) if known.user_id == user_id => return Ok(known.into()),
            Some(_) => return Err(Code::IdentityTaken.into()),
            None => {}
        }
        match cx.platform.db().batch(link(cx, user_id, of)).await {
            Err(error) if error.violates("unproven_address") => return Err(Code::EmailUnverified.into()),
            Err(error) if error.violates("identities.union_id") => return Err(Code::IdentityTaken.into()),
            Ok(_) | Err(DbError::Constraint(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::from(Code::Unavailable).because("the identity kept changing").header("Retry-After", "1"))
}
