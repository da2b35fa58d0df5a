//! The caller behind an API key: one look-up in D1, remembered in the isolate for a short time. Not here:
//! making and revoking keys (the function `users`), and their text (`api_key`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::api_key;
use super::claims::{AccessClaims, Caller, Key};
use super::refused;
use super::scope::Scope;
use crate::config::SessionCheck;
use crate::cx::Cx;
use crate::problem::{Code, Problem};
use crate::route::{Row, Who};
use crate::secret::same;
use crate::sql;

/// Milliseconds for which an isolate trusts what it knows of a key, on `user` rows: a revoked key, a lost
/// scope and a suspended owner are noticed this late at most.
pub const KEY_TRUST_MS: u64 = 10_000;
/// Keys an isolate remembers; with more it begins anew.
const MOST_KNOWN: usize = 512;
/// A key's last use is written when the one before is this old, in milliseconds.
const USE_STEP_MS: u64 = 60_000;

/// A key that is not revoked, of an owner who is not suspended and, where an organisation pays, may still make keys there.
/// Its limits go to the admission object as they are, so they are not taken apart here.
pub const KEY_STATE: &str = concat!(
    "SELECT k.hash AS hash, k.public_key AS public_key, k.user_id AS user_id, k.scopes AS scopes, \
k.expires_at AS expires_at, u.email AS email, u.epoch AS epoch, k.models AS models, k.organisation_id AS organisation_id, \
CASE WHEN k.limits_version > 0 THEN json_object('version', k.limits_version, 'budget_nano_usd', k.budget_nano_usd, \
'budget_period', k.budget_period, 'rpm', k.rpm, 'tpm', k.tpm, 'concurrency', k.concurrency) END AS limits \
FROM api_keys k JOIN users u ON u.id = k.user_id \
WHERE k.id = ?1 AND k.revoked_at IS NULL AND u.status = 'active' AND (k.organisation_id IS NULL OR ",
    crate::reach_sql!("k.user_id", "k.organisation_id", "NULL", "key", "create"),
    ")"
);
/// Notes a key's use.
pub const KEY_USED: &str =
    "UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at <= ?3)";

/// A key as stored. One with a public key has no text that could fit.
#[derive(Deserialize)]
pub(super) struct State {
    hash: String,
    pub(super) public_key: Option<String>,
    user_id: String,
    scopes: String,
    expires_at: Option<u64>,
    email: String,
    epoch: u64,
    models: Option<String>,
    limits: Option<String>,
    organisation_id: Option<String>,
}

struct Known {
    caller: Rc<Caller>,
    asked_ms: u64,
}

thread_local! {
    /// By the hash of the key's text: the text itself is not kept.
    static KNOWN: RefCell<HashMap<[u8; 32], Known>> = RefCell::default();
}

/// Lets a key in where the row names a scope it has. Without a scope in the row no key opens it.
///
/// # Errors
/// 401 for every text that is not a living key of an active owner, 403 for a key without the scope.
pub(super) async fn admit(cx: &Cx, row: &Row, text: &str) -> Result<(), Problem> {
    let asks = row.who != Who::User || cx.config.session_check == SessionCheck::Every;
    let caller = find(cx, text, asks).await?;
    allow(cx, row, caller)
}

/// Notes a key's owner as the caller, where the row names a scope the key has.
///
/// # Errors
/// 403.
pub(super) fn allow(cx: &Cx, row: &Row, caller: Rc<Caller>) -> Result<(), Problem> {
    let allowed = match (row.scope, &caller.key) {
        (Some(scope), Some(key)) => {
            // A key proves nothing anew: a `fresh` row is never its own.
            row.who != Who::Admin && !row.marks.fresh && scope.is_held(&key.scopes)
        }
        _ => false,
    };
    cx.set_caller(caller);
    if allowed { Ok(()) } else { Err(insufficient(row.scope)) }
}

/// 403 with the challenge of RFC 6750 §3.1.
pub(super) fn insufficient(scope: Option<Scope>) -> Problem {
    let (detail, challenge) = match scope {
        Some(scope) => {
            let name = scope.as_str();
            (
                format!("This needs the scope `{name}`."),
                format!("Bearer error=\"insufficient_scope\", scope=\"{name}\""),
            )
        }
        None => ("No API key opens this row: sign in.".to_owned(), "Bearer error=\"insufficient_scope\"".to_owned()),
    };
    Problem::from(Code::Forbidden).detail(detail).header("WWW-Authenticate", challenge)
}

async fn find(cx: &Cx, text: &str, asks: bool) -> Result<Rc<Caller>, Problem> {
    let id = api_key::id_of(text).ok_or_else(|| refused("invalid_token"))?;
    let digest: [u8; 32] = Sha256::digest(text).into();
    let now = cx.now_ms();
    if !asks && let Some(caller) = recall(&digest, now) {
        return Ok(caller);
    }
    let state = look_up(cx, &id).await?.filter(|state| state.public_key.is_none() && fits(state, &digest));
    let caller = state.map(|state| caller(cx, id, state)).filter(|caller| now < caller.expires_ms);
    let Some(caller) = caller.map(Rc::new) else {
        KNOWN.with_borrow_mut(|known| known.remove(&digest));
        return Err(refused("invalid_token"));
    };
    remember(digest, &caller, now);
    note_use(cx, &caller);
    Ok(caller)
}

/// The key with this id, if it lives.
///
/// # Errors
/// 429 after many look-ups: neither a checksum nor an id is a secret, and whoever makes them up must not have the
/// database asked without a bound.
pub(super) async fn look_up(cx: &Cx, id: &str) -> Result<Option<State>, Problem> {
    if !cx.platform.within_local_limit(&format!("key {}", cx.network())).await {
        return Err(Problem::from(Code::RateLimited).header("Retry-After", "60"));
    }
    Ok(cx.platform.db().first(sql!(KEY_STATE, id)).await?)
}

fn fits(state: &State, digest: &[u8; 32]) -> bool {
    let mut hash = String::with_capacity(64);
    crate::trace::push_hex(&mut hash, digest);
    same(hash.as_bytes(), state.hash.as_bytes())
}

/// Whoever calls with this key.
pub(super) fn caller(cx: &Cx, id: String, state: State) -> Caller {
    let names: Vec<String> = crate::json::read(&state.scopes).unwrap_or_default();
    let scopes = Scope::named(&names);
    let claims = AccessClaims {
        iss: cx.config.issuer.clone(),
        aud: cx.config.issuer.clone(),
        sub: state.user_id,
        email: state.email,
        // A key is never more than its owner without any role.
        roles: Vec::new(),
        permissions: names,
        jti: id.clone(),
        sid: String::new(),
        epoch: state.epoch,
        act: None,
    };
    let expires_ms = state.expires_at.unwrap_or(u64::MAX);
    // A list that cannot be read opens nothing.
    let models = state.models.map(|models| crate::json::read(&models).unwrap_or_default());
    let State { limits, organisation_id, .. } = state;
    let key = Some(Key { id, scopes, models, limits, organisation_id });
    Caller { claims, expires_ms, key, errand: false }
}

fn recall(digest: &[u8; 32], now_ms: u64) -> Option<Rc<Caller>> {
    KNOWN.with_borrow(|known| {
        let known = known.get(digest)?;
        let fresh = now_ms < known.asked_ms.saturating_add(KEY_TRUST_MS) && now_ms < known.caller.expires_ms;
        fresh.then(|| Rc::clone(&known.caller))
    })
}

fn remember(digest: [u8; 32], caller: &Rc<Caller>, asked_ms: u64) {
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(digest, Known { caller: Rc::clone(caller), asked_ms });
    });
}

/// Forgets all keys, as a new isolate would.
#[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
pub(crate) fn forget() {
    KNOWN.with_borrow_mut(HashMap::clear);
}

/// Nobody waits for it, and its loss changes nothing.
pub(super) fn note_use(cx: &Cx, caller: &Caller) {
    let now = cx.now_ms();
    let Some(id) = caller.key_id() else { return };
    let used = sql!(KEY_USED, id, now, now.saturating_sub(USE_STEP_MS));
    let platform = cx.platform.background();
    let service = cx.service;
    cx.platform.wait_until(async move {
        if let Err(cause) = platform.db().run(used).await {
            let cause = format!("{cause:?}");
            crate::log::event(service, "warn", "auth::key", "a key's use was not noted", Some(&cause));
        }
    });
}
