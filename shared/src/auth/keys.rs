//! The keys of access tokens. Ed25519 alone: the algorithm is the key's and is
//! never read from a token. Two keys live, so that one can be replaced without
//! logging anyone out.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// One key as JSON Web Key (RFC 7517, RFC 8037 §2).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// The key's name, as in a token's header.
    pub kid: String,
    /// The public key, base64url.
    pub x: String,
    /// `EdDSA`.
    #[serde(default = "eddsa")]
    pub alg: String,
    /// `sig`.
    #[serde(default = "sig", rename = "use")]
    pub usage: String,
}

fn eddsa() -> String {
    "EdDSA".to_owned()
}

fn sig() -> String {
    "sig".to_owned()
}

/// A set of public keys (RFC 7517 §5).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KeySet {
    /// The keys that verify.
    pub keys: Vec<Jwk>,
}

/// As much of a public key as is looked at: keys of other kinds have other members.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PublicJwk {
    kid: String,
    crv: String,
    x: String,
}

#[derive(Default, Deserialize)]
struct PublicJwks {
    keys: Vec<PublicJwk>,
}

/// The keys a function verifies with.
#[derive(Default)]
pub struct VerifyingKeys(Vec<(String, VerifyingKey)>);

impl VerifyingKeys {
    /// Reads a JSON Web Key Set. Keys that cannot be read are left out: their tokens are refused.
    pub fn read(json: &str) -> Self {
        let set: PublicJwks = crate::json::read(json).unwrap_or_default();
        let key = |jwk: &PublicJwk| {
            let bytes: [u8; 32] = Base64UrlUnpadded::decode_vec(&jwk.x).ok()?.try_into().ok()?;
            let key = VerifyingKey::from_bytes(&bytes).ok()?;
            (jwk.crv == "Ed25519" && !key.is_weak()).then(|| (jwk.kid.clone(), key))
        };
        Self(set.keys.iter().filter_map(key).collect())
    }

    /// The key of this name.
    pub fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.iter().find(|(name, _)| name == kid).map(|(_, key)| key)
    }

    /// Whether no token can be verified.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A private key as the auth function is given it.
#[derive(Deserialize)]
struct PrivateJwk {
    kid: String,
    d: String,
}

/// The keys that sign: the first one does, the others only verify what they signed before.
pub struct SigningKeys(Vec<(String, SigningKey)>);

impl SigningKeys {
    /// Reads a JSON array of private keys.
    pub fn read(json: &str) -> Self {
        let keys: Vec<PrivateJwk> = crate::json::read(json).unwrap_or_default();
        let key = |jwk: &PrivateJwk| {
            let bytes: [u8; 32] = Base64UrlUnpadded::decode_vec(&jwk.d).ok()?.try_into().ok()?;
            Some((jwk.kid.clone(), SigningKey::from_bytes(&bytes)))
        };
        Self(keys.iter().filter_map(key).collect())
    }

    /// The key that signs, and its name.
    pub fn current(&self) -> Option<(&str, &SigningKey)> {
        self.0.first().map(|(kid, key)| (kid.as_str(), key))
    }

    /// The public halves of all keys.
    pub fn public(&self) -> KeySet {
        let jwk = |(kid, key): &(String, SigningKey)| Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            kid: kid.clone(),
            x: Base64UrlUnpadded::encode_string(key.verifying_key().as_bytes()),
            alg: eddsa(),
            usage: sig(),
        };
        KeySet { keys: self.0.iter().map(jwk).collect() }
    }
}
