//! The two ceremonies: registering a credential (§7.1) and signing in with one (§7.2).

use sha2::{Digest, Sha256};

use super::cose::PublicKey;
use super::{Refusal, authenticator, client_data};

/// For whom passkeys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// A domain: `example.com`.
    pub id: String,
    /// The origins of its pages, as browsers write them: `https://example.com`.
    pub origins: Vec<String>,
}

impl RelyingParty {
    fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.id.as_bytes()).into()
    }
}

/// A credential that was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its id.
    pub id: Vec<u8>,
    /// Its key, a `COSE_Key`.
    pub key: Vec<u8>,
    /// Its counter.
    pub counter: u32,
    /// Whether it lives in more than one device.
    pub backed_up: bool,
}

/// Checks a registration, all but its challenge.
///
/// # Errors
/// The first check of §7.1 that it does not pass.
pub fn register(party: &RelyingParty, client: &[u8], attestation: &[u8]) -> Result<Registered, Refusal> {
    client_data::check(client, "webauthn.create", &party.origins)?;
    let data = authenticator::read(authenticator::of_attestation(attestation)?)?;
    data.check(&party.hash())?;
    let backed_up = data.backed_up();
    let new = data.attested.ok_or(Refusal::AuthenticatorData)?;
    let _ = new.public_key;
    Ok(Registered { id: new.id.to_vec(), key: new.key.to_vec(), counter: data.counter, backed_up })
}

/// What a browser gives to sign in, and the stored key.
#[derive(Clone, Copy, Debug)]
pub struct Assertion<'a> {
    /// `clientDataJSON`, byte for byte.
    pub client: &'a [u8],
    /// `authenticatorData`, byte for byte.
    pub data: &'a [u8],
    /// The stored `COSE_Key`.
    pub key: &'a [u8],
}

/// A sign-in that passed every check but those of its signature and its counter.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What must be signed.
    pub message: Vec<u8>,
    /// Who must have signed it.
    pub key: PublicKey,
    counter: u32,
}

/// Checks a sign-in, all but its challenge, its signature and its counter.
///
/// # Errors
/// The first check of §7.2 that it does not pass.
pub fn sign_in(party: &RelyingParty, given: &Assertion<'_>) -> Result<Examined, Refusal> {
    client_data::check(given.client, "webauthn.get", &party.origins)?;
    let data = authenticator::read(given.data)?;
    data.check(&party.hash())?;
    let message = [given.data, Sha256::digest(given.client).as_slice()].concat();
    Ok(Examined { message, key: PublicKey::read(given.key)?, counter: data.counter })
}

impl Examined {
    /// The new counter, which must have grown (§7.2 step 22). Asked after the signature, so that only the authenticator,
    /// or its clone, can raise the alarm.
    ///
    /// # Errors
    /// When it did not.
    pub const fn counter(&self, stored: u32) -> Result<u32, Refusal> {
        // Authenticators without a counter always say 0.
        let without = self.counter == 0 && stored == 0;
        if self.counter > stored || without { Ok(self.counter) } else { Err(Refusal::Counter) }
    }
}
