//! Public keys that people bring: how they are written, and which are none. Not here: using them (`signed`).

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

/// Points of small order, without the bit of the sign: to such a key signatures fit that nobody made (RFC 8032 §8.7).
const WEAK: [[u8; 32]; 7] = {
    let zero = [0; 32];
    let mut one = [0; 32];
    one[0] = 1;
    let mut least = [0xff; 32];
    least[31] = 0x7f;
    let (mut below, mut prime, mut above) = (least, least, least);
    below[0] = 0xec;
    prime[0] = 0xed;
    above[0] = 0xee;
    [zero, one, below, prime, above, EIGHT_A, EIGHT_B]
};
const EIGHT_A: [u8; 32] = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac,
    0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];
const EIGHT_B: [u8; 32] = [
    0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53,
    0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
];
/// How the public half of an Ed25519 pair begins in DER (RFC 8410 §4); the key's 32 bytes follow.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The key in a text: 32 bytes in base64url, as a JSON Web Key has them in `x`, or PEM, as `openssl pkey -pubout`
/// writes it. As it is stored; `None` for what is no key, or one to which everything fits.
pub fn public_key(text: &str) -> Option<String> {
    let text = text.trim();
    let bytes = match text.strip_prefix("-----BEGIN PUBLIC KEY-----") {
        Some(rest) => {
            let inner: String = rest.strip_suffix("-----END PUBLIC KEY-----")?.split_ascii_whitespace().collect();
            Base64::decode_vec(&inner).ok()?.strip_prefix(&SPKI)?.to_vec()
        }
        None => Base64UrlUnpadded::decode_vec(text).ok()?,
    };
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    let mut unsigned = bytes;
    if let Some(last) = unsigned.last_mut() {
        *last &= 0x7f;
    }
    (!WEAK.contains(&unsigned)).then(|| Base64UrlUnpadded::encode_string(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_read_in_both_forms() {
        let x = "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs";
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----\n";
        assert_eq!((public_key(x).as_deref(), public_key(pem).as_deref()), (Some(x), Some(x)));
        for bad in ["", "AAAA", &x[1..], &format!("{x}A"), &pem.replace("MCow", "MCox"), &pem[..60], "{}"] {
            assert_eq!(public_key(bad), None, "{bad}");
        }
    }

    #[test]
    fn keys_that_everything_fits_are_refused() {
        for weak in WEAK {
            for sign in [0, 0x80] {
                let mut bytes = weak;
                bytes[31] |= sign;
                assert_eq!(public_key(&Base64UrlUnpadded::encode_string(&bytes)), None, "{bytes:x?}");
                // What is not reduced dalek refuses, or sees as weak, too.
                let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes);
                assert!(key.is_err() || key.is_ok_and(|key| key.is_weak()), "{bytes:x?}");
            }
        }
    }
}
