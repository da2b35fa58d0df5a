//! What the authenticator says (§6.1): for whom, who was there, its counter, and, when it is new, the key.

use minicbor::Decoder;

use super::Refusal;
use super::cose::PublicKey;

/// The longest id of a credential (§7.1 step 25).
const LONGEST_ID: usize = 1023;

/// Authenticator data.
#[derive(Debug)]
pub(super) struct Data<'a> {
    /// SHA-256 of the relying party's id.
    pub(super) rp_id_hash: &'a [u8],
    flags: u8,
    /// The signature counter; always 0 where the authenticator has none.
    pub(super) counter: u32,
    /// A new credential.
    pub(super) attested: Option<Attested<'a>>,
}

/// A new credential (§6.5.1).
#[derive(Debug)]
pub(super) struct Attested<'a> {
    /// Its id.
    pub(super) id: &'a [u8],
    /// Its key, as it came: a `COSE_Key`.
    pub(super) key: &'a [u8],
    /// The same, read.
    pub(super) public_key: PublicKey,
}

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

impl Data<'_> {
    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether the credential lives in more than one device.
    pub(super) const fn backed_up(&self) -> bool {
        self.has(BACKED_UP)
    }

    /// Checks for whom it is and who was there.
    pub(super) fn check(&self, rp_id_hash: &[u8]) -> Result<(), Refusal> {
        if !shared::secret::same(self.rp_id_hash, rp_id_hash) {
            return Err(Refusal::RelyingParty);
        }
        if !self.has(PRESENT) {
            return Err(Refusal::NotPresent);
        }
        if !self.has(VERIFIED) {
            return Err(Refusal::NotVerified);
        }
        if self.has(BACKED_UP) && !self.has(BACKUP_ELIGIBLE) {
            return Err(Refusal::Backup);
        }
        Ok(())
    }
}

/// Takes authenticator data apart, to its last byte.
pub(super) fn read(bytes: &[u8]) -> Result<Data<'_>, Refusal> {
    let (rp_id_hash, rest) = bytes.split_at_checked(32).ok_or(Refusal::AuthenticatorData)?;
    let ([flags, a, b, c, d], rest) = rest.split_first_chunk::<5>().ok_or(Refusal::AuthenticatorData)?;
    let mut data = Data { rp_id_hash, flags: *flags, counter: u32::from_be_bytes([*a, *b, *c, *d]), attested: None };
    let mut rest = rest;
    if data.has(ATTESTED) {
        let (attested, behind) = credential(rest)?;
        data.attested = Some(attested);
        rest = behind;
    }
    if data.has(EXTENSIONS) {
        rest = behind_item(rest)?;
    }
    if rest.is_empty() { Ok(data) } else { Err(Refusal::AuthenticatorData) }
}

fn credential(bytes: &[u8]) -> Result<(Attested<'_>, &[u8]), Refusal> {
    let (_aaguid, rest) = bytes.split_at_checked(16).ok_or(Refusal::AuthenticatorData)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(Refusal::AuthenticatorData)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > LONGEST_ID {
        return Err(Refusal::Credential);
    }
    let (id, rest) = rest.split_at_checked(length).ok_or(Refusal::AuthenticatorData)?;
    let behind = behind_item(rest)?;
    let key = rest.get(..rest.len() - behind.len()).ok_or(Refusal::AuthenticatorData)?;
    Ok((Attested { id, key, public_key: PublicKey::read(key)? }, behind))
}

/// What stands behind one CBOR item.
fn behind_item(bytes: &[u8]) -> Result<&[u8], Refusal> {
    let mut decoder = Decoder::new(bytes);
    decoder.skip().map_err(|_| Refusal::AuthenticatorData)?;
    bytes.get(decoder.position()..).ok_or(Refusal::AuthenticatorData)
}

/// The authenticator data of an attestation object (§6.5.4), whose format must be `none` with nothing in it.
pub(super) fn of_attestation(object: &[u8]) -> Result<&[u8], Refusal> {
    let unreadable = |_| Refusal::AuthenticatorData;
    let mut decoder = Decoder::new(object);
    let members = decoder.map().map_err(unreadable)?.ok_or(Refusal::AuthenticatorData)?;
    let (mut format, mut statement, mut data) = (None, None, None);
    for _ in 0..members {
        match decoder.str().map_err(unreadable)? {
            "fmt" => format = Some(decoder.str().map_err(unreadable)?),
            "attStmt" => statement = Some(decoder.map().map_err(|_| Refusal::Attestation)?),
            "authData" => data = Some(decoder.bytes().map_err(unreadable)?),
            _ => return Err(Refusal::AuthenticatorData),
        }
        // A statement with members cannot be read on: its format is none that was asked for.
        if statement.is_some_and(|members| members != Some(0)) {
            return Err(Refusal::Attestation);
        }
    }
    if format != Some("none") || statement.is_none() {
        return Err(Refusal::Attestation);
    }
    if decoder.position() != object.len() {
        return Err(Refusal::AuthenticatorData);
    }
    data.ok_or(Refusal::AuthenticatorData)
}
