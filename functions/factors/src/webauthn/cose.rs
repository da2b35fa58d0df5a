//! Public keys as authenticators write them (RFC 9053 §7), of the two algorithms we offer: ES256 and EdDSA with
//! Ed25519. The algorithm is the stored key's and is never read from an assertion.

use ed25519_dalek::VerifyingKey as Ed25519;
use minicbor::Decoder;
use p256::EncodedPoint;
use p256::ecdsa::VerifyingKey as P256;
use p256::ecdsa::signature::Verifier;

use super::Refusal;

/// A key that verifies.
#[derive(Clone, Debug)]
pub(super) enum PublicKey {
    /// ECDSA on P-256 with SHA-256, -7.
    Es256(Box<P256>),
    /// EdDSA on Curve25519, -8.
    EdDsa(Box<Ed25519>),
}

/// The members of a `COSE_Key` that we know.
#[derive(Default)]
struct Members<'a> {
    kind: Option<i64>,
    algorithm: Option<i64>,
    curve: Option<i64>,
    x: Option<&'a [u8]>,
    y: Option<&'a [u8]>,
}

impl PublicKey {
    /// Reads a `COSE_Key`. Kind, algorithm and curve must fit each other, and the point must be on the curve.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let members = members(bytes).ok_or(Refusal::PublicKey)?;
        let x: Option<[u8; 32]> = members.x.and_then(|x| x.try_into().ok());
        let y: Option<[u8; 32]> = members.y.and_then(|y| y.try_into().ok());
        let key = match (members.kind, members.algorithm, members.curve, x, y) {
            (Some(2), Some(-7), Some(1), Some(x), Some(y)) => {
                let point = EncodedPoint::from_affine_coordinates(&x.into(), &y.into(), false);
                P256::from_encoded_point(&point).ok().map(|key| Self::Es256(Box::new(key)))
            }
            (Some(1), Some(-8), Some(6), Some(x), None) => {
                let key = Ed25519::from_bytes(&x).ok().filter(|key| !key.is_weak());
                key.map(|key| Self::EdDsa(Box::new(key)))
            }
            _ => None,
        };
        key.ok_or(Refusal::PublicKey)
    }

    /// Whether this is the key's signature of the message.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::EdDsa(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}

/// `None` for what is no map of integers to what keys have, and for a member that stands twice.
fn members(bytes: &[u8]) -> Option<Members<'_>> {
    let mut decoder = Decoder::new(bytes);
    let mut members = Members::default();
    for _ in 0..decoder.map().ok()?? {
        let repeated = match decoder.i64().ok()? {
            1 => members.kind.replace(decoder.i64().ok()?).is_some(),
            3 => members.algorithm.replace(decoder.i64().ok()?).is_some(),
            -1 => members.curve.replace(decoder.i64().ok()?).is_some(),
            -2 => members.x.replace(decoder.bytes().ok()?).is_some(),
            -3 => members.y.replace(decoder.bytes().ok()?).is_some(),
            _ => {
                decoder.skip().ok()?;
                false
            }
        };
        if repeated {
            return None;
        }
    }
    (decoder.position() == bytes.len()).then_some(members)
}
