//! Fresh secrets for a local stack: signing keys, the refresh key, the pepper.
//! Not here: where they are kept (`dev_vars`), how they are used (functions).

use anyhow::{Result, anyhow};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ed25519_compact::{KeyPair, Seed};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Bytes nobody can guess.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random bytes: {error}"))?;
    Ok(bytes)
}

/// 32 random bytes as base64url without padding.
pub(crate) fn secret() -> Result<String> {
    Ok(BASE64URL_NOPAD.encode(&random::<32>()?))
}

/// Lower-case hex of the SHA-256 of a text.
pub(crate) fn sha256_hex(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// Two Ed25519 signing keys as private JWKs (RFC 8037); the first one signs.
pub(crate) fn signing_keys() -> Result<Value> {
    Ok(json!([signing_key()?, signing_key()?]))
}

/// One Ed25519 key that signs the heads of the audit chain.
pub(crate) fn audit_keys() -> Result<Value> {
    Ok(json!([signing_key()?]))
}

pub(crate) fn signing_key() -> Result<Value> {
    let seed = random::<32>()?;
    let pair = KeyPair::from_seed(Seed::new(seed));
    let public = BASE64URL_NOPAD.encode(pair.pk.as_slice());
    // A key id that follows from the key cannot be given twice.
    let kid: String = sha256_hex(&public).chars().take(16).collect();
    Ok(json!({
        "kid": kid,
        "kty": "OKP",
        "crv": "Ed25519",
        "x": public,
        "d": BASE64URL_NOPAD.encode(&seed),
    }))
}

/// The public half of private JWKs, as a JWK set (RFC 7517 section 5).
pub(crate) fn public_set(private: &Value) -> Result<Value> {
    let keys = private.as_array().ok_or_else(|| anyhow!("AUTH_KEYS is no list of keys"))?;
    let public: Vec<Value> = keys
        .iter()
        .map(|key| {
            let part = |name: &str| key.get(name).cloned().unwrap_or(Value::Null);
            json!({
                "kty": part("kty"), "crv": part("crv"), "x": part("x"), "kid": part("kid"),
                "alg": "EdDSA", "use": "sig",
            })
        })
        .collect();
    Ok(json!({ "keys": public }))
}

/// One pepper for password hashes.
pub(crate) fn peppers() -> Result<Value> {
    Ok(json!([{ "id": "p1", "key": secret()? }]))
}

#[cfg(test)]
mod tests {
    use super::{public_set, sha256_hex, signing_keys};

    #[test]
    fn the_public_set_holds_no_private_part() {
        let private = signing_keys().unwrap();
        let public = public_set(&private).unwrap();
        assert_eq!(public["keys"].as_array().unwrap().len(), 2);
        for (public, private) in public["keys"].as_array().unwrap().iter().zip(private.as_array().unwrap()) {
            assert_eq!(public["x"], private["x"]);
            assert!(public.get("d").is_none());
        }
    }

    #[test]
    fn the_two_keys_differ() {
        let keys = signing_keys().unwrap();
        assert_ne!(keys[0]["kid"], keys[1]["kid"]);
    }

    #[test]
    fn hashes_are_lower_case_hex() {
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
