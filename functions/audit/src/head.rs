//! The signed end of the chain: which event is the last one, and its hash. Kept outside of the database under a
//! name that is written once.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use shared::platform::{Platform, Signing};

use crate::keys::AuditKeys;

/// The bucket that heads and segments are kept in.
pub const BUCKET: &str = "CHAIN";

/// Says, signed, that the event `sequence` was the last one and had this hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AuditHead {
    /// Which deployment's chain: its `JWT_ISSUER`.
    pub chain: String,
    /// The number of the last event.
    pub sequence: u64,
    /// Its hash, lower-case hex.
    pub hash: String,
    /// When it was sealed, RFC 3339.
    pub sealed_at: String,
    /// The key, as `GET /v1/audit/keys` names it.
    pub kid: String,
    /// Ed25519 over five lines of text, base64url.
    pub signature: String,
}

/// Where a head is kept for ever.
pub fn name(sequence: u64) -> String {
    format!("heads/{sequence:012}.json")
}

/// Where the events are kept that begin with this one, without what is personal in them.
pub fn segment_name(first: u64) -> String {
    format!("segments/{first:012}.jsonl")
}

/// Where the newest head is found; it is written again and again and proves no more than its signature.
pub const NEWEST: &str = "head.json";

/// Signs a head.
///
/// # Errors
/// When the runtime cannot use the key, in its own words.
pub async fn sign(
    platform: &Platform,
    keys: &AuditKeys,
    chain: &str,
    (sequence, hash): (u64, &str),
    sealed_at: &str,
) -> Result<AuditHead, String> {
    let (kid, key) = keys.current().ok_or("no key signs")?;
    let text = chain::head_text(chain, sequence, hash, sealed_at);
    let signature = platform.sign(Signing::EdDsa, &key, text.as_bytes()).await?;
    Ok(AuditHead {
        chain: chain.to_owned(),
        sequence,
        hash: hash.to_owned(),
        sealed_at: sealed_at.to_owned(),
        kid: kid.to_owned(),
        signature: Base64UrlUnpadded::encode_string(&signature),
    })
}

/// The hash of the event `sequence` by the word of a head that was kept, or of the chain's beginning.
///
/// # Errors
/// When there is none, or it is not signed by one of our keys.
pub async fn anchor(platform: &Platform, keys: &AuditKeys, chain: &str, sequence: u64) -> Result<chain::Hash, String> {
    if sequence == 0 {
        return Ok(chain::genesis(chain));
    }
    let name = name(sequence);
    let kept = platform.bucket(BUCKET).get(&name).await?;
    let head: AuditHead = kept
        .and_then(|text| shared::json::read(&text).ok())
        .ok_or_else(|| format!("{name} is not in the bucket: the database says that it was kept"))?;
    let right = head.chain == chain && head.sequence == sequence && signed(platform, keys, &head).await?;
    let hash = chain::unhex(&head.hash).filter(|_| right);
    hash.ok_or_else(|| format!("{name} is not signed by a key of AUDIT_KEYS, or is another chain's"))
}

async fn signed(platform: &Platform, keys: &AuditKeys, head: &AuditHead) -> Result<bool, String> {
    let Some(key) = keys.public(&head.kid) else { return Ok(false) };
    let Ok(signature) = Base64UrlUnpadded::decode_vec(&head.signature) else { return Ok(false) };
    let text = chain::head_text(&head.chain, head.sequence, &head.hash, &head.sealed_at);
    platform.verify(Signing::EdDsa, &key, text.as_bytes(), &signature).await
}
