//! The keys of access tokens. Ed25519 alone: the algorithm is the key's and is
//! never read from a token. Two keys live, so that one can be replaced without
//! logging anyone out.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
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

/// Bytes of either half of a key.
const KEY: usize = 32;
/// What stands before a private key in PKCS #8 (RFC 8410 §7).
const PKCS8_HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// The keys a function verifies with: names, and public keys as the platform wants them.
#[derive(Default)]
pub struct VerifyingKeys(Vec<(String, String)>);

impl VerifyingKeys {
    /// Reads a JSON Web Key Set. Keys that cannot be read are left out: their tokens are refused.
    pub fn read(json: &str) -> Self {
        let set: PublicJwks = crate::json::read(json).unwrap_or_default();
        let key = |jwk: &PublicJwk| {
            let x = half(&jwk.x).filter(|x| jwk.crv == "Ed25519" && !is_weak(x))?;
            let x = Base64UrlUnpadded::encode_string(&x);
            Some((jwk.kid.clone(), format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#)))
        };
        Self(set.keys.iter().filter_map(key).collect())
    }

    /// The key of this name, a JSON Web Key.
    pub fn get(&self, kid: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == kid).map(|(_, jwk)| jwk.as_str())
    }

    /// Whether no token can be verified.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A private half, base64url, in PKCS #8, base64: as the runtime signs with it.
pub fn pkcs8_of(private: &str) -> Option<String> {
    Some(Base64::encode_string(&[PKCS8_HEAD.as_slice(), &half(private)?].concat()))
}

/// Half a key, from base64url.
fn half(text: &str) -> Option<[u8; KEY]> {
    Base64UrlUnpadded::decode_vec(text).ok()?.try_into().ok()
}

/// The two of the eight points of small order that are neither 0, 1 nor -1, but for the sign of their other coordinate.
const WEAK: [[u8; KEY]; 2] = [
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// Whether a public key is of small order, however it is encoded: for such a key everybody can sign, and the runtime's
/// own check does not refuse it (RFC 8032 §5.1.7 does not ask it to).
fn is_weak(key: &[u8; KEY]) -> bool {
    let [first, middle @ .., last] = key;
    let unsigned = last & 0x7f;
    let least = unsigned == 0 && *first <= 1 && middle.iter().all(|byte| *byte == 0);
    let most = unsigned == 0x7f && *first >= 0xec && middle.iter().all(|byte| *byte == 0xff);
    let is = |[f, m @ .., l]: &[u8; KEY]| f == first && m == middle && *l == unsigned;
    least || most || WEAK.iter().any(is)
}

/// A private key as a function is given it (RFC 8037 §2): both halves, as the runtime computes neither from the other.
#[derive(Deserialize)]
struct PrivateJwk {
    kid: String,
    x: String,
    d: String,
}

/// A key that signs.
pub struct SigningKey {
    /// The key's name.
    pub kid: String,
    /// The private half in PKCS #8, base64.
    pub(crate) pkcs8: String,
    public: [u8; KEY],
}

/// The keys that sign: the first one does, the others only verify what they signed before.
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// Reads a JSON array of private keys.
    pub fn read(json: &str) -> Self {
        let keys: Vec<PrivateJwk> = crate::json::read(json).unwrap_or_default();
        let key = |jwk: &PrivateJwk| {
            Some(SigningKey { kid: jwk.kid.clone(), pkcs8: pkcs8_of(&jwk.d)?, public: half(&jwk.x)? })
        };
        Self(keys.iter().filter_map(key).collect())
    }

    /// The key that signs.
    pub fn current(&self) -> Option<&SigningKey> {
        self.0.first()
    }

    /// The public halves of all keys.
    pub fn public(&self) -> KeySet {
        let jwk = |key: &SigningKey| Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            kid: key.kid.clone(),
            x: Base64UrlUnpadded::encode_string(&key.public),
            alg: eddsa(),
            usage: sig(),
        };
        KeySet { keys: self.0.iter().map(jwk).collect() }
    }
}
