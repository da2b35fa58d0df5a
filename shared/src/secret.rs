//! Values that must not be seen: they mask themselves wherever they are printed,
//! logged or serialised by mistake.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A secret string: a password, a key, a token. `Debug` and `Serialize` give `"***"`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The secret itself; the one way to it, so that uses can be found.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "password" })
    }
}

/// The keys of a variable that holds one or several, base64url with commas between, of 32 bytes or more: the first
/// one is used, the others still count, so that one can be replaced while what it made is about.
pub fn keys_of(text: &str) -> Vec<Vec<u8>> {
    let keys = text.split(',').filter_map(|key| Base64UrlUnpadded::decode_vec(key.trim()).ok());
    keys.filter(|key| key.len() >= 32).collect()
}

/// Whether two secrets are the same, in time that depends on their lengths alone.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    a.ct_eq(b).into()
}

/// An e-mail address for a log line: the first letter of the name, and the domain.
/// One-letter names are masked whole.
pub fn mask_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((name, domain)) => match (name.chars().next(), name.chars().count()) {
            (Some(first), 2..) => format!("{first}***@{domain}"),
            _ => format!("***@{domain}"),
        },
        None => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_mask_themselves() {
        let secret = Secret::new("hunter2".into());
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
    }

    #[test]
    fn a_variable_may_hold_several_keys() {
        let key = |byte: u8| Base64UrlUnpadded::encode_string(&[byte; 32]);
        let text = format!("{}, {},AAAA,no base64!", key(2), key(1));
        assert_eq!(keys_of(&text), [vec![2; 32], vec![1; 32]]);
        assert!(keys_of("").is_empty());
    }

    #[test]
    fn short_names_are_masked_whole() {
        assert_eq!(mask_email("alice@example.com"), "a***@example.com");
        assert_eq!(mask_email("a@example.com"), "***@example.com");
        assert_eq!(mask_email("nonsense"), "***");
    }
}
