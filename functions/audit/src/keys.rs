//! `AUDIT_KEYS`: a JSON array of Ed25519 keys (RFC 8037 §2). The first one with a private part signs; all of them
//! verify, also those whose private part is gone: heads they signed stay.

use serde::Deserialize;
use shared::auth::keys::{Jwk, KeySet, pkcs8_of};
use shared::cx::Cx;
use shared::health::{self, Health};
use shared::platform::Platform;
use shared::problem::{Code, Problem};

#[derive(Clone, Deserialize)]
struct Key {
    kid: String,
    x: String,
    d: Option<String>,
}

/// The keys that sign and verify heads.
#[derive(Clone)]
pub struct AuditKeys(Vec<Key>);

impl AuditKeys {
    /// Reads `AUDIT_KEYS`.
    ///
    /// # Errors
    /// When no key in it can sign, in words for the log.
    pub fn of(platform: &Platform) -> Result<Self, String> {
        let text = platform.var("AUDIT_KEYS").unwrap_or_default();
        let keys: Vec<Key> = shared::json::read(&text).unwrap_or_default();
        let clean =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let sound = keys.iter().all(|key| clean(&key.kid) && clean(&key.x) && key.d.as_deref().is_none_or(clean));
        let keys = Self(keys);
        if sound && keys.current().is_some() { Ok(keys) } else { Err("AUDIT_KEYS is missing or unreadable".to_owned()) }
    }

    fn signing(&self) -> Option<(&Key, &str)> {
        self.0.iter().find_map(|key| Some((key, key.d.as_deref()?)))
    }

    /// The name of the key that signs, and the key in PKCS #8.
    pub fn current(&self) -> Option<(&str, String)> {
        let (key, private) = self.signing()?;
        Some((&key.kid, pkcs8_of(private)?))
    }

    /// The public key of this name, a JSON Web Key without its name: the platform looks at none.
    pub fn public(&self, kid: &str) -> Option<String> {
        let key = self.0.iter().find(|key| key.kid == kid)?;
        Some(format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, key.x))
    }

    fn set(&self) -> KeySet {
        let jwk = |key: &Key| Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            kid: key.kid.clone(),
            x: key.x.clone(),
            alg: "EdDSA".to_owned(),
            usage: "sig".to_owned(),
        };
        KeySet { keys: self.0.iter().map(jwk).collect() }
    }
}

fn unavailable(cause: String) -> Problem {
    Problem::from(Code::Unavailable).because(cause)
}

/// `GET /v1/audit/keys` (RFC 7517 §5): every key that a head of the chain was signed with. Whoever verifies heads
/// keeps a copy: a key that comes from the same place as the head proves nothing.
///
/// # Errors
/// 503 when no keys are configured.
pub async fn read(cx: &Cx) -> Result<KeySet, Problem> {
    AuditKeys::of(&cx.platform).map(|keys| keys.set()).map_err(unavailable)
}

/// `GET /readyz`: D1 answers, and there are keys to verify tokens and to sign heads with.
///
/// # Errors
/// 503 when one is missing.
pub async fn ready(cx: &Cx) -> Result<Health, Problem> {
    AuditKeys::of(&cx.platform).map_err(unavailable)?;
    health::ready(cx).await
}
