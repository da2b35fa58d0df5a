//! Our own tokens as texts: `jwt-compact` writes and reads them, the runtime signs and checks them. Its Ed25519 is
//! native code, and leaving ours out makes every Worker smaller. Not here: what a token must say.

use std::borrow::Cow;

use base64ct::{Base64UrlUnpadded, Encoding};
use jwt_compact::{Algorithm, AlgorithmExt, AlgorithmSignature, Claims, Header, UntrustedToken};
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

/// What a header must not have: we understand no extension, so a token that insists on one is not for us
/// (RFC 7515 §4.1.11).
#[derive(Deserialize)]
struct Extensions {
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// True whatever the value is, null too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Times as we write them: whole seconds since 1970, each once. RFC 7519 §2 allows fractions, but we never made any,
/// and whoever reads them in two ways could be told two times.
#[derive(Deserialize)]
struct Times {
    iat: u64,
    exp: u64,
    #[serde(default, rename = "nbf")]
    _nbf: u64,
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

/// The claims of a token of the type `typ` that one of the keys has signed; `None` for every other text. Times and
/// audience are the caller's to check.
pub async fn check<T: DeserializeOwned>(
    platform: &Platform,
    keys: &VerifyingKeys,
    typ: &str,
    token: &str,
) -> Option<Claims<T>> {
    let untrusted = UntrustedToken::<Extensions>::try_from(token).ok()?;
    let header = untrusted.header();
    // The algorithm is the key's; a token that claims another one was not made here.
    if untrusted.algorithm() != Signing::EdDsa.as_str()
        || header.token_type.as_deref() != Some(typ)
        || header.other_fields.crit
    {
        return None;
    }
    let jwk = keys.get(header.key_id.as_deref()?)?;
    let (signed, _) = token.rsplit_once('.')?;
    let signature = untrusted.signature_bytes();
    if signature.len() != SIGNATURE
        || !platform.verify(Signing::EdDsa, jwk, signed.as_bytes(), signature).await.unwrap_or(false)
    {
        return None;
    }
    let (_, claims) = signed.split_once('.')?;
    let times: Times = serde_json::from_slice(&Base64UrlUnpadded::decode_vec(claims).ok()?).ok()?;
    if times.iat > times.exp {
        return None;
    }
    untrusted.deserialize_claims_unchecked().ok()
}
