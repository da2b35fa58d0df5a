//! Requests that are signed with an API key's private half, of which we hold the public one (RFC 9421). The signature
//! is verified by the runtime, the body against its digest (RFC 9530), and the nonce is used up. Not here: what is
//! signed (`signature`), and making such keys (the function `users`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::key::{self, KEY_STATE};
use super::signature::{Signature, Target};
use super::{fields, key::State};
use crate::cx::Cx;
use crate::db::One;
use crate::extract::{JSON_LIMIT, read_body};
use crate::platform::{Digesting, Incoming, Signing};
use crate::problem::{Code, Problem};
use crate::route::Row;
use crate::secret::same;
use crate::{id, sql};

/// Uses a nonce up; a row comes back for the first use alone.
pub const USE_NONCE: &str = "INSERT INTO signature_nonces (key_id, nonce, expires_at) SELECT id, ?2, ?3 FROM api_keys \
WHERE id = ?1 ON CONFLICT (key_id, nonce) DO NOTHING RETURNING 1 AS one";

/// Public keys an isolate remembers; with more it begins anew. A key's own never changes, so only whether it still
/// lives is asked for each request.
const MOST_KNOWN: usize = 512;

/// What a client is told to sign (RFC 9421 §5.1).
const WANTED: &str = "sig1=(\"@method\" \"@target-uri\" \"content-digest\");created;nonce;keyid;alg=\"ed25519\"";

/// Why nobody is told whether the key or the signature is wrong: ids of keys are no secret, but whose they are is.
const WRONG: &str = "The key is unknown, revoked or expired, or the signature is not its.";

thread_local! {
    static KNOWN: RefCell<HashMap<String, Rc<str>>> = RefCell::default();
}

/// Lets a signed request in where the row names a scope its key has.
///
/// # Errors
/// 401 for every request that is not signed as it must be, or is sent again; 403 for a key without the scope; 413
/// for a body above the row's bound.
pub(super) async fn admit(cx: &Cx, row: &Row, input: &str) -> Result<(), Problem> {
    let target = target(cx);
    let stated = cx.platform.request_header("signature").unwrap_or_default();
    let signature = Signature::read(input, &stated).map_err(refused)?;
    signature.timely(cx.now_ms() / 1000, cx.config.signature_window_s).map_err(refused)?;
    signature.complete(&target).map_err(refused)?;
    let base = signature.base(&target, |name| cx.platform.request_header(name)).map_err(refused)?;
    if !id::is("key", &signature.key_id) {
        return Err(refused(WRONG));
    }
    let public = public(cx, &signature.key_id).await?.ok_or_else(|| refused(WRONG))?;
    let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{public}"}}"#);
    // A key or signature of another length is an error to the runtime, and no more than wrong to us.
    let verified = cx.platform.verify(Signing::EdDsa, &jwk, base.as_bytes(), &signature.bytes).await;
    if verified != Ok(true) {
        return Err(refused(WRONG));
    }
    check_body(cx, row, &signature).await?;
    let state = use_nonce(cx, &signature).await?;
    let caller = Rc::new(key::caller(cx, signature.key_id, state));
    if cx.now_ms() >= caller.expires_ms {
        return Err(refused(WRONG));
    }
    key::note_use(cx, &caller);
    key::allow(cx, row, caller)
}

fn target(cx: &Cx) -> Target<'_> {
    let url = cx.head.url();
    let query = url.contains('?').then(|| cx.head.query());
    Target { method: cx.head.method(), url, path: cx.head.path(), query }
}

/// The public key with this id: remembered, or looked up.
async fn public(cx: &Cx, id: &str) -> Result<Option<Rc<str>>, Problem> {
    if let Some(known) = KNOWN.with_borrow(|known| known.get(id).cloned()) {
        return Ok(Some(known));
    }
    let state = key::look_up(cx, id).await?;
    let public: Option<Rc<str>> = state.and_then(|state| state.public_key).map(Into::into);
    if let Some(public) = &public {
        KNOWN.with_borrow_mut(|known| {
            if known.len() >= MOST_KNOWN {
                known.clear();
            }
            known.insert(id.to_owned(), Rc::clone(public));
        });
    }
    Ok(public)
}

/// Forgets all keys, as a new isolate would.
#[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
pub(crate) fn forget() {
    KNOWN.with_borrow_mut(HashMap::clear);
}

/// Reads the body that the handler will be given, up to what its row reads, and compares it with its digest.
async fn check_body(cx: &Cx, row: &Row, signature: &Signature) -> Result<(), Problem> {
    if matches!(cx.head.method(), "GET" | "HEAD") && !signature.covers("content-digest") {
        // Rows that read answer without looking at a body.
        return Ok(());
    }
    let limit = if row.marks.slow { Incoming::LARGEST } else { JSON_LIMIT };
    let body = read_body(cx, limit).await?;
    let checked = if signature.covers("content-digest") {
        digest_fits(cx, &body).await?
    } else if body.is_empty() {
        Ok(())
    } else {
        Err("There is a body, and `content-digest` is not covered.")
    };
    cx.body.put_back(body);
    checked.map_err(refused)
}

/// Whether every digest that is known here fits; there must be one.
async fn digest_fits(cx: &Cx, body: &[u8]) -> Result<Result<(), &'static str>, Problem> {
    let field = cx.platform.request_header("content-digest").unwrap_or_default();
    let Some(stated) = fields::bytes(&field) else { return Ok(Err("`Content-Digest` cannot be read.")) };
    let mut known = false;
    for (name, digest) in stated {
        let how = match name.as_str() {
            "sha-256" => Digesting::Sha256,
            "sha-512" => Digesting::Sha512,
            _ => continue,
        };
        known = true;
        if !same(&cx.platform.digest(how, body).await.map_err(Problem::internal)?, &digest) {
            return Ok(Err("The body does not fit its `Content-Digest`."));
        }
    }
    Ok(if known { Ok(()) } else { Err("`Content-Digest` must hold sha-256 or sha-512.") })
}

/// Uses the nonce up and reads the key as it is now: of many requests at once one wins, and a key that was revoked
/// opens nothing from then on.
async fn use_nonce(cx: &Cx, signature: &Signature) -> Result<State, Problem> {
    let mut nonce = String::with_capacity(64);
    crate::trace::push_hex(&mut nonce, &Sha256::digest(&signature.nonce));
    let too_old_s = signature.created.saturating_add(cx.config.signature_window_s).saturating_add(1);
    let key_id = signature.key_id.as_str();
    let batch = vec![sql!(USE_NONCE, key_id, nonce, too_old_s.saturating_mul(1000)), sql!(KEY_STATE, key_id)];
    let mut rows = cx.platform.db().batch(batch).await?;
    let state = rows.take::<State>(1)?.into_iter().next().ok_or_else(|| refused(WRONG))?;
    if rows.take::<One>(0)?.is_empty() {
        return Err(refused("The nonce was used before: sign each request anew."));
    }
    Ok(state)
}

/// 401, with what must be signed.
fn refused(why: &'static str) -> Problem {
    Problem::from(Code::SignatureRefused)
        .detail(why)
        .header("WWW-Authenticate", "Bearer error=\"invalid_token\"")
        .header("Accept-Signature", WANTED)
}

#[cfg(test)]
mod tests {
    use super::USE_NONCE;
    use crate::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(&[USE_NONCE]);
    }
}
