//! Our own tokens as texts: `jwt-compact` writes them where they are made; they are read here, because every function reads
//! them and its reader holds all that a header could say. The runtime signs and checks them: its Ed25519 is native code.
//! Not here: what a token must say.

use std::borrow::Cow;

use base64ct::{Base64UrlUnpadded, Encoding};
use jwt_compact::{Algorithm, AlgorithmExt, AlgorithmSignature, Claims, Header};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};

use super::keys::{SigningKey, VerifyingKeys};
use crate::platform::{Platform, Signing};
use crate::problem::Problem;

/// Bytes of an Ed25519 signature.
const SIGNATURE: usize = 64;

/// EdDSA with the signature left to be made.
struct Unsigned;

struct NoSignature;

impl AlgorithmSignature for NoSignature {
    fn try_from_slice(_: &[u8]) -> anyhow::Result<Self> {
        Ok(Self)
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&[])
    }
}

impl Algorithm for Unsigned {
    type SigningKey = ();
    type VerifyingKey = ();
    type Signature = NoSignature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(Signing::EdDsa.as_str())
    }

    fn sign(&self, (): &(), _: &[u8]) -> NoSignature {
        NoSignature
    }

    fn verify_signature(&self, _: &NoSignature, (): &(), _: &[u8]) -> bool {
        false
    }
}

/// What we read of a header (RFC 7515 §4.1).
#[derive(Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    /// We understand no extension, so a token that insists on one is not for us (§4.1.11).
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// True whatever the value is, null too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Times as we write them: whole seconds since 1970, each once. RFC 7519 §2 allows fractions, but we never made any,
/// and whoever reads them in two ways could be told two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Times {
    /// When it was made.
    pub iat: u64,
    /// From when on it is good for nothing.
    pub exp: u64,
    /// From when on it is good for something.
    #[serde(default)]
    pub nbf: u64,
}

/// What a token says that one of our keys has signed.
#[derive(Debug)]
pub struct Signed<T> {
    /// Its times.
    pub times: Times,
    /// The rest.
    pub claims: T,
}

/// A signed token (RFC 7515 §7.1) of the type `typ`.
///
/// # Errors
/// 500 when the claims cannot be written or the runtime cannot use the key.
pub async fn sign<T: Serialize>(
    platform: &Platform,
    key: &SigningKey,
    typ: &str,
    claims: &Claims<T>,
) -> Result<String, Problem> {
    let header = Header::empty().with_key_id(&key.kid).with_token_type(typ);
    // It ends with the dot after which the signature belongs.
    let mut token = Unsigned.token(&header, claims, &()).map_err(Problem::internal)?;
    let signed = token.strip_suffix('.').unwrap_or(&token).as_bytes();
    let signature = platform.sign(Signing::EdDsa, &key.pkcs8, signed).await.map_err(Problem::internal)?;
    token.push_str(&Base64UrlUnpadded::encode_string(&signature));
    Ok(token)
}

/// What a token of the type `typ` says that one of the keys has signed; `None` for every other text. What the times and the
/// audience mean is the caller's to decide.
pub async fn check<T: DeserializeOwned>(
    platform: &Platform,
    keys: &VerifyingKeys,
    typ: &str,
    token: &str,
) -> Option<Signed<T>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (head, said) = signed.split_once('.')?;
    let head: Head = crate::json::read_bytes(&object(head)?).ok()?;
    // The algorithm is the key's; a token that claims another one was not made here.
    if head.alg != Signing::EdDsa.as_str() || head.typ.as_deref() != Some(typ) || head.crit {
        return None;
    }
    let jwk = keys.get(head.kid.as_deref()?)?;
    let signature = Base64UrlUnpadded::decode_vec(signature).ok()?;
    if signature.len() != SIGNATURE
        || !platform.verify(Signing::EdDsa, jwk, signed.as_bytes(), &signature).await.unwrap_or(false)
    {
        return None;
    }
    // A dot more than two is no letter of base64url.
    let said = object(said)?;
    let times: Times = crate::json::read_bytes(&said).ok()?;
    if times.iat > times.exp {
        return None;
    }
    Some(Signed { times, claims: crate::json::read_bytes(&said).ok()? })
}

/// Levels of a part at most. Ours have three; what nobody reads is passed over, however deep, and is no token of ours.
const DEEPEST: usize = 128;

/// The bytes of a part that is a JSON object: a struct could be read from an array, too.
fn object(part: &str) -> Option<Vec<u8>> {
    let bytes = Base64UrlUnpadded::decode_vec(part).ok()?;
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in &bytes {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    (deepest <= DEEPEST && bytes.trim_ascii_start().starts_with(b"{")).then_some(bytes)
}
