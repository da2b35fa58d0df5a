//! What the browser says of a ceremony (§5.8.1): its type, the challenge, and the page's origin.

use serde::Deserialize;

use super::Refusal;

/// `CollectedClientData`. Browsers may add members, and do (§5.8.1.1).
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

fn read(json: &[u8]) -> Result<ClientData, Refusal> {
    serde_json::from_slice(json).map_err(|_| Refusal::ClientData)
}

/// The challenge, base64url, as it was sent out.
///
/// # Errors
/// When the client data cannot be read.
pub fn challenge_of(json: &[u8]) -> Result<String, Refusal> {
    read(json).map(|data| data.challenge)
}

/// Checks all but the challenge, which is consumed where it is kept.
pub(super) fn check(json: &[u8], kind: &str, origins: &[String]) -> Result<(), Refusal> {
    let data = read(json)?;
    if data.kind != kind {
        return Err(Refusal::Type);
    }
    // Origins are compared as they are, to the last byte; a page in a frame of another one is not ours.
    if data.cross_origin || !origins.contains(&data.origin) {
        return Err(Refusal::Origin);
    }
    Ok(())
}
