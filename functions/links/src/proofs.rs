//! Using a mailed link: whoever has it reads the mailbox. Each works once, and of many at once exactly one.
//!
//! An account's address may have been registered by somebody who does not own it, with a password of their
//! own. So a link that keeps the password (`verify`, `change`) asks for it: only who reads the mailbox **and**
//! knows the password is let in. A link that stands alone (`reset`, `magic`) takes every way in from an account
//! whose address was never proven.

use shared::accounts::events::{Detail, Kind, event};
use shared::accounts::letters::{self, Letter};
use shared::accounts::links::Purpose;
use shared::accounts::sign_in::{self, SignIn};
use shared::accounts::store::{SessionId, end_grants, ended_now};
use shared::accounts::{UserRow, password, settings, tokens, unproven};
use shared::auth::leave_hints;
use shared::cx::Cx;
use shared::db::{DbError, Statement};
use shared::extract::Json;
use shared::problem::{Code, Problem};
use shared::secret::Secret;

use crate::model::{Accepted, LinkToken, LinkWithNewPassword, LinkWithPassword};
use crate::store::{self, LinkRow};

/// `POST /v1/auth/email/verify`. Proves the address of an account with the password that it was registered with.
///
/// # Errors
/// 401 for a link that cannot be used, and for a wrong password: then the link can be used again.
pub async fn verify(cx: &Cx, Json(proof): Json<LinkWithPassword>) -> Result<Accepted, Problem> {
    let found = Found::load(cx, &proof.token, Purpose::Verify).await?;
    found.check_password(cx, &proof.password).await?;
    let also = vec![
        store::prove(&found.user.id, cx.now_ms()),
        event(cx, Kind::EmailVerified, &found.user.id, &Detail(&[("by", "verify")])),
    ];
    found.consume(cx, also).await?;
    Ok(Accepted { status: "verified" })
}

/// `POST /v1/auth/email/change/confirm`. Takes the new address over, with the account's password: a link that
/// somebody asked for to a stranger's mailbox moves nothing.
///
/// # Errors
/// 401 as for `verify`, 409 when the address was taken meanwhile.
pub async fn change(cx: &Cx, Json(proof): Json<LinkWithPassword>) -> Result<Accepted, Problem> {
    let found = Found::load(cx, &proof.token, Purpose::Change).await?;
    found.check_password(cx, &proof.password).await?;
    let (user, now, notice) = (&found.user, cx.now_ms(), cx.new_id("let"));
    let is_guest = user.roles().iter().any(|role| role == tokens::GUEST);
    let kind = if is_guest { Kind::GuestUpgraded } else { Kind::EmailChanged };
    let also = vec![
        store::end_links(&user.id, now),
        letters::notice(&notice, Letter::Changed, &user.id, Some(&found.link.email), now),
        store::change_email(&user.id, &found.link.email, now),
        event(cx, kind, &user.id, &Detail(&[("from", user.address().unwrap_or_default())])),
    ];
    found.consume(cx, also).await?;
    letters::hand_over(cx, vec![notice]);
    Ok(Accepted { status: "changed" })
}

/// `POST /v1/auth/password/reset`. Sets a new password, ends every session and link, proves the address, and
/// signs in.
///
/// # Errors
/// 401 for a link that cannot be used, 403 for a suspended account.
pub async fn reset(cx: &Cx, Json(proof): Json<LinkWithNewPassword>) -> Result<SignIn, Problem> {
    let found = Found::load(cx, &proof.token, Purpose::Reset).await?;
    let phc = password::hash(cx, proof.password.secret()).await?;
    let (id, now) = (&found.user.id, cx.now_ms());
    let mut also = unproven::forget(id, now);
    also.extend([
        store::set_password(id, &phc),
        store::end_sessions(id, now),
        store::end_links(id, now),
        store::end_pending(id),
        end_grants(id, now),
        event(cx, Kind::PasswordReset, id, &Detail(&[])),
    ]);
    found.prove_and_sign_in(cx, "reset_link", also).await
}

/// `POST /v1/auth/magic/consume`. Proves the address and signs in.
///
/// # Errors
/// 401 for a link that cannot be used, 403 for a suspended account.
pub async fn magic(cx: &Cx, Json(proof): Json<LinkToken>) -> Result<SignIn, Problem> {
    let found = Found::load(cx, &proof.token, Purpose::Magic).await?;
    let also = unproven::forget(&found.user.id, cx.now_ms());
    found.prove_and_sign_in(cx, "magic_link", also).await
}

/// A link that could be used when it was looked at.
struct Found {
    token_hash: String,
    link: LinkRow,
    user: UserRow,
}

impl Found {
    /// Looked at first, so that guessing costs no hash; decided in the batch that uses it.
    async fn load(cx: &Cx, token: &Secret, purpose: Purpose) -> Result<Self, Problem> {
        let token_hash = tokens::hash(token.expose());
        let batch = Vec::from(store::link(&token_hash, purpose, cx.now_ms()));
        let mut rows = cx.platform.db().batch(batch).await?;
        let link = rows.take::<LinkRow>(0)?.into_iter().next().ok_or(Code::LinkRefused)?;
        let user = rows.take::<UserRow>(1)?.into_iter().next().ok_or(Code::LinkRefused)?;
        Ok(Self { token_hash, link, user })
    }

    async fn check_password(&self, cx: &Cx, password: &Secret) -> Result<(), Problem> {
        let checked = password::check(cx, password, self.user.password.as_deref()).await?;
        if checked.matches { Ok(()) } else { Err(Code::InvalidCredentials.into()) }
    }

    /// Uses the link and does what it is for, or nothing of both. The account as it is then.
    async fn consume(&self, cx: &Cx, also: Vec<Statement>) -> Result<UserRow, Problem> {
        let mut batch = vec![store::use_link(&self.token_hash, self.user.password.as_deref(), cx.now_ms())];
        batch.extend(also);
        batch.extend([ended_now(&self.user.id, cx.now_ms()), store::owner(&self.token_hash)]);
        let last = batch.len().saturating_sub(1);
        let mut rows = cx.platform.db().batch(batch).await.map_err(refused)?;
        let ended: Vec<SessionId> = rows.take(last.saturating_sub(1))?;
        if !ended.is_empty() {
            let access_s = settings(cx).map_or(600, |settings| settings.access_s);
            leave_hints(cx, ended.into_iter().map(|session| session.id).collect(), access_s);
        }
        rows.take::<UserRow>(last)?.into_iter().next().ok_or_else(|| Code::LinkRefused.into())
    }

    async fn prove_and_sign_in(&self, cx: &Cx, method: &str, mut also: Vec<Statement>) -> Result<SignIn, Problem> {
        let settings = settings(cx)?;
        let (id, now) = (&self.user.id, cx.now_ms());
        also.push(store::prove(id, now));
        if self.user.email_verified_at.is_none() {
            also.push(event(cx, Kind::EmailVerified, id, &Detail(&[("by", method)])));
        }
        let user = self.consume(cx, also).await?;
        sign_in::may_sign_in(&settings, &user)?;
        sign_in::begin(cx, &settings, &user, method, Vec::new()).await
    }
}

fn refused(error: DbError) -> Problem {
    match error {
        error if error.violates("link_is_usable") => Code::LinkRefused.into(),
        error if error.violates("users.email") => Code::EmailTaken.into(),
        error => error.into(),
    }
}
