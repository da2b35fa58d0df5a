//! The end of every sign-in: whether this account may, and the session it gets.

use super::events::{Kind, event};
use super::store::{self, NewSession, UserRow};
use super::{Settings, TokenReply, tokens};
use crate::cx::Cx;
use crate::db::Statement;
use crate::problem::{Code, Problem};

/// Decides after the proof was right, so that only the owner learns why not.
///
/// # Errors
/// 403 for a suspended account or an unverified address.
pub fn may_sign_in(settings: &Settings, user: &UserRow) -> Result<(), Problem> {
    if user.status == "suspended" {
        return Err(Code::Suspended.into());
    }
    if settings.verification_required && user.email_verified_at.is_none() {
        return Err(Code::EmailUnverified.into());
    }
    Ok(())
}

/// What a sign-in answers.
pub type SignIn = TokenReply;

/// Begins a session, in one transaction with what else the sign-in changes. `method` says how the user
/// proved who they are: `password`.
///
/// # Errors
/// 401 when the account was deleted meanwhile.
pub async fn begin(
    cx: &Cx,
    settings: &Settings,
    user: &UserRow,
    method: &str,
    also: Vec<Statement>,
) -> Result<SignIn, Problem> {
    let now = cx.now_ms();
    let (session_id, refresh) = (cx.new_id("ses"), tokens::new_refresh(cx));
    let refresh_hash = tokens::hash(&refresh);
    let expires_at = now + settings.refresh_s * 1000;
    let session = NewSession { id: &session_id, user_id: &user.id, refresh_hash: &refresh_hash, now, expires_at };
    let mut batch = Vec::from(store::add_session(&session));
    batch.push(event(cx, Kind::SignedIn, &user.id, &[("method", method), ("session_id", &session_id)]));
    batch.extend(also);
    cx.platform.db().batch(batch).await.map_err(|error| match error {
        error if error.violates("FOREIGN KEY") => Code::InvalidCredentials.into(),
        error => Problem::from(error),
    })?;
    tokens::reply(cx, settings, user, &session_id, refresh)
}
