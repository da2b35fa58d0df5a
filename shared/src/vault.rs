//! Keys that are not in the database, for what stands in it and must not be read or forged by whoever has the
//! database alone. `STORE_KEY` holds one secret or several with commas between: the first one seals, all of them
//! open. Not here: hashes of one-time values, which need no key.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::cx::Cx;
use crate::problem::{Code, Problem};
use crate::secret::same;

/// The current key of this purpose: HMAC-SHA-256 over the parts.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn key(cx: &Cx, parts: &[&[u8]]) -> Result<[u8; 32], Problem> {
    let secret = secrets(cx).into_iter().next().ok_or_else(missing)?;
    derive(&secret, parts)
}

/// Whether these 16 bytes begin the key of this purpose, under the current secret or an older one: how signed texts that
/// are not stored are known again.
pub fn signed(cx: &Cx, parts: &[&[u8]], half: &[u8]) -> bool {
    let fits = |secret: &Vec<u8>| derive(secret, parts).is_ok_and(|key| same(key.split_at(16).0, half));
    secrets(cx).iter().any(fits)
}

/// Seals a text with AES-256-GCM under the current key of this purpose. What belongs to somebody names them in the
/// parts: put into another's row it opens nothing.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub async fn seal(cx: &Cx, parts: &[&[u8]], text: &str) -> Result<String, Problem> {
    let key = key(cx, parts)?;
    cx.platform.seal(&key, text).await.map_err(Problem::internal)
}

/// Opens what `seal` made, under the current key or an older one.
///
/// # Errors
/// 503 without `STORE_KEY`; 500 when it was changed, or sealed under a key that is gone.
pub async fn open(cx: &Cx, parts: &[&[u8]], sealed: &str) -> Result<String, Problem> {
    let mut failure = missing();
    for secret in secrets(cx) {
        match cx.platform.unseal(&derive(&secret, parts)?, sealed).await {
            Ok(text) => return Ok(text),
            Err(cause) => failure = Problem::internal(cause),
        }
    }
    Err(failure)
}

fn secrets(cx: &Cx) -> Vec<Vec<u8>> {
    let text = cx.platform.var("STORE_KEY").unwrap_or_default();
    let secrets = text.split(',').filter_map(|secret| Base64UrlUnpadded::decode_vec(secret.trim()).ok());
    secrets.filter(|secret| secret.len() >= 32).collect()
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
