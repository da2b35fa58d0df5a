//! An authenticator and its browser in software, which say whatever a test wants said.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const RP_ID: &str = "example.com";
pub(crate) const ORIGIN: &str = "https://login.example.com";

enum Key {
    Es256(Box<p256::ecdsa::SigningKey>),
    EdDsa(Box<ed25519_dalek::SigningKey>),
}

/// One credential, and what is said with it: the fields are for tests to change.
pub(crate) struct Authenticator {
    key: Key,
    pub(crate) id: Vec<u8>,
    pub(crate) rp_id: &'static str,
    pub(crate) origin: &'static str,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) cross_origin: bool,
    pub(crate) format: &'static str,
    pub(crate) trailing: Vec<u8>,
}

/// User present and verified.
const PRESENT_AND_VERIFIED: u8 = 1 | 4;
const ATTESTED: u8 = 64;

impl Authenticator {
    fn with(key: Key, id: &[u8]) -> Self {
        Self {
            key,
            id: id.to_vec(),
            rp_id: RP_ID,
            origin: ORIGIN,
            flags: PRESENT_AND_VERIFIED,
            counter: 1,
            cross_origin: false,
            format: "none",
            trailing: Vec::new(),
        }
    }

    /// With a key on P-256.
    pub(crate) fn es256() -> Self {
        Self::with(Key::Es256(Box::new(p256::ecdsa::SigningKey::from_slice(&[3; 32]).unwrap())), b"credential one")
    }

    /// With a key on Curve25519.
    pub(crate) fn eddsa() -> Self {
        Self::with(Key::EdDsa(Box::new(ed25519_dalek::SigningKey::from_bytes(&[4; 32]))), b"credential two")
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let (origin, cross) = (self.origin, self.cross_origin);
        json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": cross, "new_member": 1 })
            .to_string()
            .into_bytes()
    }

    fn data(&self, more_flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp_id).to_vec();
        data.push(self.flags | more_flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The key as RFC 9053 has it.
    pub(crate) fn cose(&self) -> Vec<u8> {
        match &self.key {
            Key::Es256(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                let mut cose = vec![0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
                cose.extend(point.x().unwrap());
                cose.extend([0x22, 0x58, 32]);
                cose.extend(point.y().unwrap());
                cose
            }
            Key::EdDsa(key) => {
                let mut cose = vec![0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32];
                cose.extend(key.verifying_key().as_bytes());
                cose
            }
        }
    }

    /// `navigator.credentials.create`, as JSON.
    pub(crate) fn create(&self, challenge: &str) -> Value {
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose());
        data.extend(&self.trailing);
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x60 + u8::try_from(self.format.len()).unwrap());
        object.extend(self.format.as_bytes());
        object.extend(b"\x67attStmt\xa0\x68authData\x59");
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        json!({ "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key", "response": {
            "clientDataJSON": base64(&self.client_data("webauthn.create", challenge)),
            "attestationObject": base64(&object), "transports": ["internal"],
        } })
    }

    /// `navigator.credentials.get`, as JSON.
    pub(crate) fn get(&self, challenge: &str, user: &str) -> Value {
        self.used("webauthn.get", challenge, user)
    }

    /// As `get`, for a ceremony of this type.
    pub(crate) fn used(&self, kind: &str, challenge: &str, user: &str) -> Value {
        let (client, mut data) = (self.client_data(kind, challenge), self.data(0));
        data.extend(&self.trailing);
        let signed = [data.as_slice(), Sha256::digest(&client).as_slice()].concat();
        let signature = match &self.key {
            Key::Es256(key) => {
                let signature: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(key.as_ref(), &signed);
                signature.to_der().as_bytes().to_vec()
            }
            Key::EdDsa(key) => key.sign(&signed).to_bytes().to_vec(),
        };
        json!({ "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key", "response": {
            "clientDataJSON": base64(&client), "authenticatorData": base64(&data),
            "signature": base64(&signature), "userHandle": base64(user.as_bytes()),
        } })
    }
}

fn base64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
