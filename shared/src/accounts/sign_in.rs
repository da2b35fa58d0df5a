//! The end of every sign-in: whether this account may, and the session it gets, or the wait for its second
//! factor. Not here: checking a second factor (`factors`).

use serde::Serialize;

use super::events::{Kind, event};
use super::store::{self, NewPending, NewSession, UserRow};
use super::{Settings, TokenReply, device, tokens};
use crate::cx::Cx;
use crate::db::{DbError, Statement};
use crate::problem::{Code, Problem};

/// Milliseconds a sign-in waits for its second factor.
pub const PENDING_MS: u64 = 5 * 60_000;

/// Decides after the proof was right, so that only the owner learns why not.
///
/// # Errors
/// 403 for a suspended account or an unverified address.
pub fn may_sign_in(settings: &Settings, user: &UserRow) -> Result<(), Problem> {
    if user.status == "suspended" {
        return Err(Code::Suspended.into());
    }
    // An account without an address has none to verify.
    if settings.verification_required && user.email_verified_at.is_none() && user.address().is_some() {
        return Err(Code::EmailUnverified.into());
    }
    Ok(())
}

/// What a sign-in answers: the tokens of a session, or that a second factor is wanted first.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum SignIn {
    /// A session began.
    Tokens(TokenReply),
    /// The first proof was right, and the account has a second factor.
    Pending(MfaRequired),
}

/// The reply to a first proof that is not enough: it holds nothing that opens anything but
/// `POST /v1/auth/mfa/verify`.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct MfaRequired {
    /// `mfa_required`.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(extend("const" = "mfa_required")))]
    pub status: &'static str,
    /// What `POST /v1/auth/mfa/verify` takes, once, within five minutes.
    pub pending_token: String,
    /// What it takes as a code: `totp`, `recovery_code`.
    pub methods: Vec<String>,
}

/// Begins a session, or the wait for the second factor where the account has one, in one transaction with
/// what else the sign-in changes. `method` says how the user proved who they are: `password`.
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
    if !user.has_second_factor() {
        return complete(cx, settings, user, &[method], also).await.map(SignIn::Tokens);
    }
    let (now, token) = (cx.now_ms(), tokens::new_pending(cx));
    let (hash, expires_at) = (tokens::hash(&token), now + PENDING_MS);
    let pending = NewPending { hash: &hash, user_id: &user.id, method, epoch: user.epoch, now, expires_at };
    let mut batch = vec![store::add_pending(&pending)];
    batch.extend(also);
    cx.platform.db().batch(batch).await.map_err(gone)?;
    Ok(SignIn::Pending(MfaRequired { status: "mfa_required", pending_token: token, methods: user.code_methods() }))
}

/// Begins a session without asking for a second factor: for proofs that are two factors in one.
///
/// # Errors
/// 401 when the account was deleted meanwhile.
pub async fn complete(
    cx: &Cx,
    settings: &Settings,
    user: &UserRow,
    methods: &[&str],
    also: Vec<Statement>,
) -> Result<TokenReply, Problem> {
    let now = cx.now_ms();
    let (session_id, refresh) = (cx.new_id("ses"), tokens::new_refresh(cx));
    let (refresh_hash, proofs) = (tokens::hash(&refresh), serde_json::to_string(methods).map_err(Problem::internal)?);
    let session = NewSession {
        id: &session_id,
        user_id: &user.id,
        refresh_hash: &refresh_hash,
        methods: &proofs,
        now,
        expires_at: now + settings.refresh_s * 1000,
    };
    let began = Began { methods, session_id: &session_id, country: cx.platform.country() };
    let mut batch = Vec::from(store::add_session(cx, &session));
    batch.push(event(cx, Kind::SignedIn, &user.id, &began));
    batch.extend(also);
    cx.platform.db().batch(batch).await.map_err(gone)?;
    device::remember(cx, &user.id);
    tokens::reply(cx, settings, user, &session_id, refresh).await
}

/// What the event of a session's beginning says.
#[derive(Debug, Serialize)]
pub struct Began<'a> {
    /// How the user proved who they are, in order.
    pub methods: &'a [&'a str],
    /// The session.
    pub session_id: &'a str,
    /// Two letters, as the platform guesses; sign-ins elsewhere are noticed by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

fn gone(error: DbError) -> Problem {
    match error {
        error if error.violates("FOREIGN KEY") => Code::InvalidCredentials.into(),
        // How a code or a pending sign-in that another request used meanwhile undoes the batch.
        error if error.violates("users.factors") => Code::CodeRefused.into(),
        error => error.into(),
    }
}
