//! Time-based one-time passwords (RFC 6238 over RFC 4226): SHA-1, six digits, thirty seconds, which is what
//! authenticator apps do. Pure: no clock, no database.

use hmac::{Hmac, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

/// Seconds of one time step (RFC 6238 §4.1).
pub const STEP_S: u64 = 30;
/// Bytes of a secret: as many as SHA-1 gives (RFC 4226 §4, R6).
pub const SECRET_BYTES: usize = 20;

/// The time step of this moment.
pub const fn step_at(now_ms: u64) -> u64 {
    now_ms / 1000 / STEP_S
}

/// The code of a time step, six digits (RFC 4226 §5.3).
pub fn code(secret: &[u8], step: u64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash.last().copied().unwrap_or(0) & 15);
    let chosen = hash.iter().skip(offset).take(4);
    let number = chosen.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The step a code belongs to: the current one or a neighbour, and later than the last one that was taken, so
/// that no code opens twice (RFC 6238 §5.2). All three are compared, in constant time.
pub fn matching_step(secret: &[u8], given: &str, now_ms: u64, last_step: u64) -> Option<u64> {
    let now = step_at(now_ms);
    let mut found = None;
    for step in [now.saturating_sub(1), now, now.saturating_add(1)] {
        if shared::secret::same(code(secret, step).as_bytes(), given.as_bytes()) && step > last_step {
            found = Some(step);
        }
    }
    found
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 §6 without padding, as apps want a secret. Five bytes are eight letters; the lengths used here divide.
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let value = chunk.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
        for i in (0..8).rev() {
            let digit = usize::try_from((value >> (5 * i)) & 31).unwrap_or(0);
            text.push(BASE32.get(digit).map_or('A', |d| char::from(*d)));
        }
    }
    text
}

/// What an app reads from the picture (Key URI Format of Google Authenticator).
pub fn uri(issuer: &str, account: &str, secret: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (issuer, account) = (encode(issuer), encode(account));
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_S}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    /// RFC 4226, Appendix D.
    #[test]
    fn codes_are_those_of_rfc_4226() {
        let codes: Vec<String> = (0..10).map(|counter| code(SECRET, counter)).collect();
        let of_rfc =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        assert_eq!(codes, of_rfc);
    }

    /// RFC 6238, Appendix B: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (seconds, of_rfc) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(SECRET, step_at(seconds * 1000)), &of_rfc[2..], "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_before_and_after_its_own() {
        let now = 1_000_000 * STEP_S * 1000;
        for (step, good) in
            [(999_998, false), (999_999, true), (1_000_000, true), (1_000_001, true), (1_000_002, false)]
        {
            assert_eq!(matching_step(SECRET, &code(SECRET, step), now, 0).is_some(), good, "{step}");
        }
    }

    #[test]
    fn neither_a_code_that_was_taken_nor_an_older_one_is_good() {
        let now = 1_000_000 * STEP_S * 1000;
        let code_of = |step| code(SECRET, step);
        assert_eq!(matching_step(SECRET, &code_of(1_000_000), now, 1_000_000), None);
        assert_eq!(matching_step(SECRET, &code_of(999_999), now, 1_000_000), None);
        assert_eq!(matching_step(SECRET, &code_of(1_000_001), now, 1_000_000), Some(1_000_001));
    }

    #[test]
    fn what_is_no_code_is_never_good() {
        for given in ["", "0", "0000000", "abcdef", "７５５２２４"] {
            assert_eq!(matching_step(SECRET, given, 1_000, 0), None, "{given}");
        }
    }

    /// RFC 4648 §10, a length that needs no padding.
    #[test]
    fn secrets_are_written_in_base32() {
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn the_uri_escapes_names() {
        let uri = uri("Hem & Co", "a+b@example.com", "AAAA");
        assert!(
            uri.starts_with("otpauth://totp/Hem%20%26%20Co:a%2Bb%40example%2Ecom?secret=AAAA&issuer=Hem%20%26%20Co")
        );
    }
}
