//! Keys that are not in the database, for what stands in it and must not be read or forged by whoever has the
//! database alone. `STORE_KEY` holds one secret or several with commas between: the first one seals, all of them
//! open, and what is sealed says with which. Not here: hashes of one-time values, which need no key.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::cx::Cx;
use crate::platform::Platform;
use crate::problem::{Code, Problem};
use crate::secret::{keys_of, same};

/// The current key of this purpose: HMAC-SHA-256 over the parts.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn key(cx: &Cx, parts: &[&[u8]]) -> Result<[u8; 32], Problem> {
    keys(cx, parts)?.into_iter().next().ok_or_else(missing)
}

/// The keys of this purpose, the current one first, for what an older one may have made.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn keys(cx: &Cx, parts: &[&[u8]]) -> Result<Vec<[u8; 32]>, Problem> {
    keys_on(&cx.platform, parts)
}

/// As `keys`, where no request is about.
///
/// # Errors
/// As `keys`.
pub fn keys_on(platform: &Platform, parts: &[&[u8]]) -> Result<Vec<[u8; 32]>, Problem> {
    let secrets = secrets_of(platform);
    if secrets.is_empty() { Err(missing()) } else { secrets.iter().map(|secret| derive(secret, parts)).collect() }
}

/// The name of the current secret: eight hexadecimal digits that give nothing of it away.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn current_id(cx: &Cx) -> Result<String, Problem> {
    secrets(cx).first().map(|secret| id_of(secret)).ok_or_else(missing)
}

/// The key of this purpose under the secret of this name; of no such one the current.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn key_named(cx: &Cx, id: &str, parts: &[&[u8]]) -> Result<[u8; 32], Problem> {
    let secrets = secrets(cx);
    let named = secrets.iter().find(|secret| id_of(secret) == id).or(secrets.first());
    derive(named.ok_or_else(missing)?, parts)
}

/// Whether these 16 bytes begin the key of this purpose, under the current secret or an older one: how signed texts that
/// are not stored are known again.
pub fn signed(cx: &Cx, parts: &[&[u8]], half: &[u8]) -> bool {
    let fits = |secret: &Vec<u8>| derive(secret, parts).is_ok_and(|key| same(key.split_at(16).0, half));
    secrets(cx).iter().any(fits)
}

/// Seals a text with AES-256-GCM under the current key of this purpose; the secret's name stands before a full stop.
/// What belongs to somebody names them in the parts: put into another's row it opens nothing.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub async fn seal(cx: &Cx, parts: &[&[u8]], text: &str) -> Result<String, Problem> {
    seal_on(&cx.platform, parts, text).await
}

/// As `seal`, where no request is about any more.
///
/// # Errors
/// As `seal`.
pub async fn seal_on(platform: &Platform, parts: &[&[u8]], text: &str) -> Result<String, Problem> {
    let secrets = secrets_of(platform);
    let secret = secrets.first().ok_or_else(missing)?;
    let sealed = platform.seal(&derive(secret, parts)?, text).await.map_err(Problem::internal)?;
    Ok(format!("{}.{sealed}", id_of(secret)))
}

/// Opens what `seal` made, under the current key or an older one.
///
/// # Errors
/// 503 without `STORE_KEY`; 500 when it was changed, or sealed under a key that is gone.
pub async fn open(cx: &Cx, parts: &[&[u8]], sealed: &str) -> Result<String, Problem> {
    open_on(&cx.platform, parts, sealed).await
}

/// As `open`, where no request is about.
///
/// # Errors
/// As `open`.
pub async fn open_on(platform: &Platform, parts: &[&[u8]], sealed: &str) -> Result<String, Problem> {
    let (id, body) = sealed.split_once('.').unwrap_or(("", sealed));
    let mut failure = missing();
    for secret in secrets_of(platform) {
        // Before names were written any secret may have sealed it.
        if !id.is_empty() && id_of(&secret) != id {
            failure = Problem::internal("sealed under a secret that is not in STORE_KEY");
            continue;
        }
        match platform.unseal(&derive(&secret, parts)?, body).await {
            Ok(text) => return Ok(text),
            Err(cause) => failure = Problem::internal(cause),
        }
    }
    Err(failure)
}

/// Whether a sealed text is sealed under the current key. If not, whoever writes it next seals it anew.
pub fn is_current(cx: &Cx, sealed: &str) -> bool {
    sealed.split_once('.').is_some_and(|(id, _)| current_id(cx).is_ok_and(|current| current == id))
}

fn secrets(cx: &Cx) -> Vec<Vec<u8>> {
    secrets_of(&cx.platform)
}

fn secrets_of(platform: &Platform) -> Vec<Vec<u8>> {
    keys_of(&platform.var("STORE_KEY").unwrap_or_default())
}

fn id_of(secret: &[u8]) -> String {
    let mut id = String::new();
    let digest = Sha256::new().chain_update(b"selvage store key ").chain_update(secret).finalize();
    crate::trace::push_hex(&mut id, &digest);
    id.truncate(8);
    id
}

fn missing() -> Problem {
    Problem::from(Code::Unavailable).because("STORE_KEY is missing or unreadable")
}

/// Each part stands behind its length, so that no two lists of parts are alike.
fn derive(secret: &[u8], parts: &[&[u8]]) -> Result<[u8; 32], Problem> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(Problem::internal)?;
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}
