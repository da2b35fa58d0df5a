//! Public keys as authenticators write them (RFC 9053 §7), of the two algorithms we offer: ES256 and EdDSA with
//! Ed25519. The algorithm is the stored key's and is never read from an assertion. Not here: verifying, which
//! is the platform's.

use base64ct::{Base64UrlUnpadded, Encoding};
use minicbor::Decoder;

use super::Refusal;

/// A key that verifies.
#[derive(Clone, Debug)]
pub enum PublicKey {
    /// ECDSA on P-256 with SHA-256, -7: a JSON Web Key, as the platform wants it.
    Es256(String),
    /// EdDSA on Curve25519, -8: a JSON Web Key, too.
    EdDsa(String),
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
    /// Reads a `COSE_Key`. Kind, algorithm and curve must fit each other. A point that is not on the curve makes a key
    /// that verifies nothing.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let members = members(bytes).ok_or(Refusal::PublicKey)?;
        let x: Option<[u8; 32]> = members.x.and_then(|x| x.try_into().ok());
        let y: Option<[u8; 32]> = members.y.and_then(|y| y.try_into().ok());
        let key = match (members.kind, members.algorithm, members.curve, x, y) {
            (Some(2), Some(-7), Some(1), Some(x), Some(y)) => {
                let [x, y] = [x, y].map(|number| Base64UrlUnpadded::encode_string(&number));
                Some(Self::Es256(format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#)))
            }
            (Some(1), Some(-8), Some(6), Some(x), None) => {
                let x = Base64UrlUnpadded::encode_string(&x);
                Some(Self::EdDsa(format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#)))
            }
            _ => None,
        };
        key.ok_or(Refusal::PublicKey)
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

/// An ECDSA signature on P-256 as authenticators write it (RFC 3279 §2.2.3: two integers in DER), as two numbers of
/// 32 bytes. `None` for every other way to write them.
pub fn numbers_of(der: &[u8]) -> Option<[u8; 64]> {
    let [0x30, length, rest @ ..] = der else { return None };
    if usize::from(*length) != rest.len() {
        return None;
    }
    let (r, rest) = number(rest)?;
    let (s, rest) = number(rest)?;
    let mut numbers = [0; 64];
    let (left, right) = numbers.split_at_mut(32);
    for (half, number) in [(left, r), (right, s)] {
        half.get_mut(32_usize.checked_sub(number.len())?..)?.copy_from_slice(number);
    }
    rest.is_empty().then_some(numbers)
}

/// A positive integer in as few bytes as it needs, without the zero that keeps it positive; and what is behind it.
fn number(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x02, length, rest @ ..] = der else { return None };
    let (bytes, rest) = rest.split_at_checked(usize::from(*length))?;
    match bytes {
        [0, next @ ..] if next.first().is_some_and(|byte| *byte >= 0x80) => Some((next, rest)),
        [first, ..] if (1..0x80).contains(first) => Some((bytes, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read_as_they_are_written_and_in_no_other_way() {
        for n in 1..=50_u8 {
            let key = p256::ecdsa::SigningKey::from_slice(&[n; 32]).unwrap();
            let signature: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(&key, &[n]);
            let der = signature.to_der();
            assert_eq!(numbers_of(der.as_bytes()).unwrap().as_slice(), signature.to_bytes().as_slice());
            assert_eq!(numbers_of(&[der.as_bytes(), &[0]].concat()), None, "trailing byte");
        }
        for bad in [
            &[][..],
            &[0x30, 0],
            &[0x30, 6, 2, 1, 1, 2, 1],
            &[0x30, 6, 2, 1, 0, 2, 1, 1],
            &[0x30, 6, 2, 1, 0x80, 2, 1, 1],
            &[0x30, 7, 2, 2, 0, 1, 2, 1, 1],
            &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 1],
        ] {
            assert_eq!(numbers_of(bad), None, "{bad:?}");
        }
        let long = [&[0x30, 2 + 33 + 3, 2, 33][..], &[1; 33], &[2, 1, 1]].concat();
        assert_eq!(numbers_of(&long), None, "more than 32 bytes");
    }

    #[test]
    fn a_key_of_another_kind_algorithm_or_curve_or_with_a_member_twice_is_refused() {
        let es256 = |kind, algorithm, curve| {
            let mut cose = vec![0xa5, 1, kind, 3, algorithm, 0x20, curve, 0x21, 0x58, 32];
            cose.extend([1; 32]);
            cose.extend([0x22, 0x58, 32]);
            cose.extend([1; 32]);
            cose
        };
        assert!(PublicKey::read(&es256(2, 0x26, 1)).is_ok());
        for (kind, algorithm, curve) in [(1, 0x26, 1), (2, 0x27, 1), (2, 0x26, 6), (2, 0x26, 2), (3, 0x26, 1)] {
            assert_eq!(PublicKey::read(&es256(kind, algorithm, curve)).err(), Some(Refusal::PublicKey));
        }
        let mut twice = es256(2, 0x26, 1);
        twice[0] = 0xa6;
        twice.extend([1, 2]);
        assert_eq!(PublicKey::read(&twice).err(), Some(Refusal::PublicKey));
    }
}
