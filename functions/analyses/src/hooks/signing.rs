//! Secrets and signatures of webhooks, as Standard Webhooks has them: HMAC-SHA-256 over `id.timestamp.body`, by every secret
//! that counts, so that a receiver changes from one to the next without losing a message. Pure.

use base64ct::{Base64, Encoding};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;

/// A secret as people see it.
pub fn secret_of(bytes: &[u8; SECRET_BYTES]) -> String {
    format!("{PREFIX}{}", Base64::encode_string(bytes))
}

/// The header `webhook-signature`; `None` when a secret is none of ours.
pub fn signature<'a>(secrets: impl Iterator<Item = &'a str>, id: &str, seconds: u64, body: &str) -> Option<String> {
    let signed = |secret: &str| {
        let key = Base64::decode_vec(secret.strip_prefix(PREFIX)?).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        Some(format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes())))
    };
    let all: Option<Vec<String>> = secrets.map(signed).collect();
    all.filter(|all| !all.is_empty()).map(|all| all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_own_example_is_signed_alike() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = r#"{"test": 2432232314}"#;
        let signed = signature([secret].into_iter(), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn every_secret_signs() {
        let secrets = [[1; SECRET_BYTES], [2; SECRET_BYTES]].map(|bytes| secret_of(&bytes));
        let both = signature(secrets.iter().map(String::as_str), "msg_1", 1, "{}").unwrap();
        let one = signature(secrets.iter().map(String::as_str).take(1), "msg_1", 1, "{}").unwrap();
        assert!(both.starts_with(&one) && both.split(' ').count() == 2);
        assert_eq!(signature(["secret"].into_iter(), "msg_1", 1, "{}"), None);
    }
}
