//! The computation: HMAC-SHA-256 with the pepper first, then Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::phc::{Cost, Phc, TODAY};

/// The secret keys mixed into passwords: the first is used for new hashes, all for old ones.
pub(crate) struct Peppers(Vec<(String, Vec<u8>)>);

#[derive(Deserialize)]
struct Pepper {
    id: String,
    key: String,
}

impl Peppers {
    /// Reads `PEPPERS`: a JSON array of `{id, key}`, keys in base64url.
    pub(crate) fn read(json: &str) -> Self {
        let all: Vec<Pepper> = shared::json::read(json).unwrap_or_default();
        let usable = |p: &Pepper| {
            let key = Base64UrlUnpadded::decode_vec(&p.key).ok().filter(|key| key.len() >= 32)?;
            let clean = !p.id.is_empty() && p.id.bytes().all(|b| b.is_ascii_alphanumeric());
            clean.then(|| (p.id.clone(), key))
        };
        Self(all.iter().filter_map(usable).collect())
    }

    /// The id of the pepper new hashes use.
    pub(crate) fn current(&self) -> Option<&str> {
        self.0.first().map(|(id, _)| id.as_str())
    }

    fn key(&self, id: &str) -> Option<&[u8]> {
        self.0.iter().find(|(name, _)| name == id).map(|(_, key)| key.as_slice())
    }
}

/// Hashes a password; `None` when the pepper is unknown or the parameters cannot be used.
pub(crate) fn compute(
    peppers: &Peppers,
    password: &str,
    pepper: Option<&str>,
    salt: &[u8],
    cost: Cost,
    length: usize,
) -> Option<Vec<u8>> {
    let peppered;
    let input = match pepper {
        None => password.as_bytes(),
        Some(id) => {
            let mut mac = Hmac::<Sha256>::new_from_slice(peppers.key(id)?).ok()?;
            mac.update(password.as_bytes());
            peppered = mac.finalize().into_bytes();
            peppered.as_slice()
        }
    };
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(length)).ok()?;
    let mut hash = vec![0; length];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(input, salt, &mut hash).ok()?;
    Some(hash)
}

/// A new hash by today's standard; `None` without a pepper.
pub(crate) fn make(peppers: &Peppers, password: &str, salt: [u8; 16]) -> Option<Phc> {
    let pepper = peppers.current()?;
    let hash = compute(peppers, password, Some(pepper), &salt, TODAY, 32)?;
    Some(Phc { cost: TODAY, pepper: Some(pepper.to_owned()), salt: salt.to_vec(), hash })
}
