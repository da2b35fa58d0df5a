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

/// What a browser gives to sign in, and what is stored of the credential.
#[derive(Clone, Copy, Debug)]
pub struct Assertion<'a> {
    /// `clientDataJSON`, byte for byte.
    pub client: &'a [u8],
    /// `authenticatorData`, byte for byte.
    pub data: &'a [u8],
    /// The signature over both.
    pub signature: &'a [u8],
    /// The stored `COSE_Key`.
    pub key: &'a [u8],
    /// The stored counter.
    pub counter: u32,
}

/// Checks a sign-in, all but its challenge; the credential's new counter. The signature is checked before the
/// counter, so that only the authenticator, or its clone, can raise the alarm.
///
/// # Errors
/// The first check of §7.2 that it does not pass.
pub fn sign_in(party: &RelyingParty, given: &Assertion<'_>) -> Result<u32, Refusal> {
    client_data::check(given.client, "webauthn.get", &party.origins)?;
    let data = authenticator::read(given.data)?;
    data.check(&party.hash())?;
    let signed = [given.data, Sha256::digest(given.client).as_slice()].concat();
    if !PublicKey::read(given.key)?.verifies(&signed, given.signature) {
        return Err(Refusal::Signature);
    }
    // Authenticators without a counter always say 0.
    let without = data.counter == 0 && given.counter == 0;
    if data.counter <= given.counter && !without {
        return Err(Refusal::Counter);
    }
    Ok(data.counter)
}
