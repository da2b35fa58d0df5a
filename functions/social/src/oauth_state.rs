//! The values of one sign-in under way. The state travels through the browser and names the sign-in; PKCE verifier
//! and nonce are derived from it by a keyed hash, so neither is stored anywhere. The binding stays with the
//! client that began: without it a state and a code are good for nothing, so nobody can be made to finish
//! somebody else's sign-in. Pure.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use shared::cx::Cx;
use shared::problem::Problem;
use shared::vault;

/// Milliseconds from beginning to end.
pub const LIFE_MS: u64 = 600_000;

/// A new value of this kind: 256 random bits.
pub fn fresh(cx: &Cx, prefix: &str) -> String {
    format!("{prefix}_{}", Base64UrlUnpadded::encode_string(&cx.platform.random::<32>()))
}

/// What is derived from a state.
#[derive(Debug, PartialEq, Eq)]
pub struct Derived {
    /// RFC 7636 §4.1.
    pub verifier: String,
    /// OpenID Connect Core 1.0 §3.1.2.1.
    pub nonce: String,
}

impl Derived {
    /// RFC 7636 §4.2, `S256`.
    pub fn challenge(&self) -> String {
        Base64UrlUnpadded::encode_string(&Sha256::digest(&self.verifier))
    }
}

/// A new state. It names the secret that its values are derived under, so that a sign-in that began before
/// `STORE_KEY` was replaced ends well.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn fresh_state(cx: &Cx) -> Result<String, Problem> {
    let id = vault::current_id(cx)?;
    Ok(fresh(cx, &format!("os_{id}")))
}

/// Derives, under the secret of `STORE_KEY` that the state names.
///
/// # Errors
/// 503 without the key.
pub fn derive(cx: &Cx, state: &str) -> Result<Derived, Problem> {
    let key = vault::key_named(cx, state.split('_').nth(1).unwrap_or_default(), &[b"social oauth"])?;
    derived(&key, state).ok_or_else(|| Problem::internal("no key"))
}

fn derived(key: &[u8], state: &str) -> Option<Derived> {
    let of = |purpose: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(purpose);
        mac.update(state.as_bytes());
        Some(Base64UrlUnpadded::encode_string(&mac.finalize().into_bytes()))
    };
    Some(Derived { verifier: of(b"social oauth verifier ")?, nonce: of(b"social oauth nonce ")? })
}

#[cfg(test)]
mod tests {
    use super::{Derived, derived};

    #[test]
    fn verifier_and_nonce_differ_by_state_key_and_purpose() {
        let one = derived(&[1; 32], "s").unwrap();
        assert_eq!(derived(&[1; 32], "s").unwrap(), one);
        assert_ne!(one.verifier, one.nonce);
        assert_ne!(derived(&[1; 32], "t").unwrap().verifier, one.verifier);
        assert_ne!(derived(&[2; 32], "s").unwrap().nonce, one.nonce);
        assert_eq!(one.verifier.len(), 43);
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        let challenge = Derived { verifier, nonce: String::new() }.challenge();
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
