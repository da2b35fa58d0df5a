//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the same key and
//! body get the stored reply, the same key with another body is refused. D1 holds
//! the keys for a day; a claim nobody finished may be taken over after a minute,
//! because a killed isolate cannot release it.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::cx::Cx;
use crate::db::Statement;
use crate::head::HeaderName;
use crate::problem::{Code, Problem};
use crate::reply::{Body, Reply};
use crate::sql;
use crate::time::DAY_MS;

/// Replies longer than this are not stored; the key then answers 409 until it expires.
const LONGEST_REPLY: usize = 1024 * 1024;
const TAKE_OVER_MS: u64 = 60_000;

/// Claims the key; a row comes back only when the claim is ours.
pub const CLAIM: &str = "INSERT INTO idempotency_keys (scope, key, fingerprint, claimed_at, expires_at) \
VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
claimed_at = excluded.claimed_at, expires_at = excluded.expires_at, status = NULL, media = NULL, body = NULL \
WHERE idempotency_keys.expires_at <= ?4 \
OR (idempotency_keys.status IS NULL AND idempotency_keys.fingerprint = excluded.fingerprint AND idempotency_keys.claimed_at <= ?6) \
RETURNING claimed_at";
/// What is stored for the key.
pub const STORED: &str = "SELECT fingerprint, status, media, body FROM idempotency_keys WHERE scope = ?1 AND key = ?2";
/// Keeps the reply.
pub const KEEP: &str = "UPDATE idempotency_keys SET status = ?4, media = ?5, body = ?6 \
WHERE scope = ?1 AND key = ?2 AND claimed_at = ?3";
/// Lets the key go, so that a retry may try again.
pub const RELEASE: &str =
    "DELETE FROM idempotency_keys WHERE scope = ?1 AND key = ?2 AND claimed_at = ?3 AND status IS NULL";

/// A key this request has claimed.
#[derive(Debug)]
pub struct Claim {
    scope: String,
    key: String,
    claimed_at: u64,
}

/// What a key leads to.
pub enum Outcome {
    /// No key was sent, or the row takes none.
    None,
    /// The request is the first with this key.
    First(Claim),
    /// The stored reply of the first.
    Replay(Reply),
}

#[derive(Deserialize)]
struct Claimed {
    #[allow(dead_code, reason = "its presence is the answer")]
    claimed_at: u64,
}

#[derive(Deserialize)]
struct StoredReply {
    fingerprint: String,
    status: Option<u16>,
    media: Option<String>,
    body: Option<String>,
}

/// Claims the request's key, or finds the reply stored for it. One round trip.
///
/// # Errors
/// 400 for an unusable key, 409 while the first request runs, 422 for another body.
pub async fn claim(cx: &Cx, body: &[u8]) -> Result<Outcome, Problem> {
    let Some(key) = cx.head.header(HeaderName::IdempotencyKey) else { return Ok(Outcome::None) };
    if key.len() > 255 || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(
            Problem::from(Code::MalformedRequest).detail("Idempotency-Key must be 1 to 255 visible ASCII characters.")
        );
    }
    // A public row has no caller: its keys are the network's own, and the path keeps rows apart.
    let caller = cx.caller().map_or_else(|| cx.network(), |c| c.user_id().to_owned());
    let scope = format!("{caller} {} {}", cx.head.method(), cx.head.path());
    let fingerprint = fingerprint(body);
    let now = cx.now_ms();
    let batch = vec![
        sql!(CLAIM, scope.as_str(), key, fingerprint.as_str(), now, now + DAY_MS, now.saturating_sub(TAKE_OVER_MS)),
        sql!(STORED, scope.as_str(), key),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    let claimed: Vec<Claimed> = rows.take(0)?;
    if !claimed.is_empty() {
        return Ok(Outcome::First(Claim { scope, key: key.to_owned(), claimed_at: now }));
    }
    let stored: Vec<StoredReply> = rows.take(1)?;
    let Some(stored) = stored.into_iter().next() else { return Err(in_progress()) };
    if stored.fingerprint != fingerprint {
        return Err(Code::IdempotencyMismatch.into());
    }
    let Some(status) = stored.status else { return Err(in_progress()) };
    let text = stored.body.unwrap_or_default();
    let media =
        if stored.media.as_deref() == Some("text/event-stream") { "text/event-stream" } else { "application/json" };
    Ok(Outcome::Replay(Reply::new(status, media, Body::Text(text)).header("Idempotent-Replayed", "true")))
}

fn in_progress() -> Problem {
    Problem::from(Code::IdempotencyInProgress).header("Retry-After", "1")
}

fn fingerprint(body: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    crate::trace::push_hex(&mut text, &Sha256::digest(body));
    text
}

impl Claim {
    /// Keeps the reply for the key: successes only, so that a failure may be tried again.
    pub fn finish(&self, reply: Result<&Reply, &Problem>) -> Statement {
        let text = match reply {
            Ok(reply) if reply.status < 300 => match &reply.body {
                Body::Text(text) if text.len() <= LONGEST_REPLY => Some((reply.status, reply.media, text.clone())),
                Body::Empty => Some((reply.status, reply.media, String::new())),
                Body::Bytes(bytes) if bytes.len() <= LONGEST_REPLY => {
                    String::from_utf8(bytes.clone()).ok().map(|text| (reply.status, reply.media, text))
                }
                _ => None,
            },
            _ => None,
        };
        match text {
            Some((status, media, text)) => self.keep(status, media, text),
            None => self.release(),
        }
    }

    /// Keeps a reply that was streamed.
    pub fn keep(&self, status: u16, media: &str, text: String) -> Statement {
        let key = (self.scope.as_str(), self.key.as_str(), self.claimed_at);
        sql!(KEEP, key.0, key.1, key.2, u64::from(status), media, text)
    }

    /// Lets the key go.
    pub fn release(&self) -> Statement {
        sql!(RELEASE, self.scope.as_str(), self.key.as_str(), self.claimed_at)
    }
}
