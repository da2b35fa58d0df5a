//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the same key and
//! body get the stored reply, the same key with another body is refused. D1 holds
//! the keys for a day; a claim nobody finished may be taken over after the row's longest run,
//! because a killed isolate cannot release it. What is stored is sealed: the database alone
//! gives away neither bodies nor replies.

use serde::Deserialize;

use crate::cx::Cx;
use crate::head::HeaderName;
use crate::platform::Platform;
use crate::problem::{Code, Problem};
use crate::reply::{Body, Reply};
use crate::sql;
use crate::time::DAY_MS;
use crate::vault;

/// Replies longer than this are not stored; the key is let go and a retry runs again.
const LONGEST_REPLY: usize = 1024 * 1024;
/// A claim nobody finished may be taken over after this long: longer than the row may run.
const TAKE_OVER_MS: u64 = 60_000;
const TAKE_OVER_SLOW_MS: u64 = 660_000;

/// Claims the key; a row comes back only when the claim is ours.
pub const CLAIM: &str = "INSERT INTO idempotency_keys (scope, key, fingerprint, claimed_at, expires_at) \
VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
claimed_at = excluded.claimed_at, expires_at = excluded.expires_at, status = NULL, media = NULL, body = NULL, location = NULL \
WHERE idempotency_keys.expires_at <= ?4 \
OR (idempotency_keys.status IS NULL AND idempotency_keys.fingerprint = excluded.fingerprint AND idempotency_keys.claimed_at <= ?6) \
RETURNING claimed_at";
/// What is stored for the key.
pub const STORED: &str =
    "SELECT fingerprint, status, media, body, location FROM idempotency_keys WHERE scope = ?1 AND key = ?2";
/// Keeps the reply.
pub const KEEP: &str = "UPDATE idempotency_keys SET status = ?4, media = ?5, body = ?6, location = ?7 \
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
    seal: [u8; 32],
}

/// A reply to be kept for its key.
pub struct Kept {
    /// The status.
    pub status: u16,
    /// The media type.
    pub media: &'static str,
    /// The body.
    pub text: String,
    /// Where what was made is found: `Location`, the one header that a retry needs as the first reply had it.
    pub location: Option<String>,
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
    location: Option<String>,
}

/// Claims the request's key, or finds the reply stored for it. One round trip.
///
/// # Errors
/// 400 for an unusable key, 409 while the first request runs, 422 for another body, 503 without `STORE_KEY`.
pub async fn claim(cx: &Cx, body: &[u8]) -> Result<Outcome, Problem> {
    let Some(key) = cx.head.header(HeaderName::IdempotencyKey) else { return Ok(Outcome::None) };
    if key.len() > 255 || !key.bytes().all(|b| b.is_ascii_graphic()) {
        let rule = "Idempotency-Key must be 1 to 255 visible ASCII characters.";
        return Err(Problem::from(Code::MalformedRequest).detail(rule));
    }
    // A public row has no caller: its keys are the network's own, and the path keeps rows apart.
    let caller = cx.caller().map_or_else(|| cx.network(), |c| c.user_id().to_owned());
    let scope = format!("{caller} {} {}", cx.head.method(), cx.head.path());
    // By every key, the current one first: what was stored before a key was replaced is found.
    let fingerprints: Vec<String> = vault::keys(cx, &[b"fingerprint", body])?.iter().map(|key| hex(key)).collect();
    let seals = vault::keys(cx, &[b"seal", scope.as_bytes(), key.as_bytes()])?;
    let (Some(fingerprint), Some(seal)) = (fingerprints.first(), seals.first().copied()) else {
        return Err(Problem::internal("no key"));
    };
    let now = cx.now_ms();
    let take_over = if cx.row.is_some_and(|row| row.marks.slow) { TAKE_OVER_SLOW_MS } else { TAKE_OVER_MS };
    let batch = vec![
        sql!(CLAIM, scope.as_str(), key, fingerprint.as_str(), now, now + DAY_MS, now.saturating_sub(take_over)),
        sql!(STORED, scope.as_str(), key),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    let claimed: Vec<Claimed> = rows.take(0)?;
    if !claimed.is_empty() {
        return Ok(Outcome::First(Claim { scope, key: key.to_owned(), claimed_at: now, seal }));
    }
    let stored: Vec<StoredReply> = rows.take(1)?;
    let Some(stored) = stored.into_iter().next() else { return Err(in_progress()) };
    let by = fingerprints.iter().zip(&seals).find(|(fingerprint, _)| **fingerprint == stored.fingerprint);
    let (_, seal) = by.ok_or(Code::IdempotencyMismatch)?;
    let Some(status) = stored.status else { return Err(in_progress()) };
    let streamed = stored.media.as_deref() == Some("text/event-stream");
    let media = if streamed { "text/event-stream" } else { "application/json" };
    let text = unsealed(cx, seal, stored.body.unwrap_or_default()).await?;
    let reply = Reply::new(status, media, Body::Text(text)).header("Idempotent-Replayed", "true");
    Ok(Outcome::Replay(match stored.location {
        Some(location) => reply.header("Location", unsealed(cx, seal, location).await?),
        None => reply,
    }))
}

async fn unsealed(cx: &Cx, seal: &[u8; 32], sealed: String) -> Result<String, Problem> {
    cx.platform.unseal(seal, &sealed).await.map_err(Problem::internal)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    crate::trace::push_hex(&mut text, bytes);
    text
}

fn in_progress() -> Problem {
    Problem::from(Code::IdempotencyInProgress).header("Retry-After", "1")
}

impl Kept {
    /// What of a handler's outcome is kept: successes only, so that a failure may be tried again. `Location` stands in the reply,
    /// or among those headers that the handler gave the request.
    pub(crate) fn of(cx: &Cx, outcome: Result<&Reply, &Problem>) -> Option<Self> {
        let reply = outcome.ok().filter(|reply| reply.status < 300)?;
        let text = match &reply.body {
            Body::Text(text) => text.clone(),
            Body::Empty => String::new(),
            Body::Bytes(bytes) => String::from_utf8(bytes.clone()).ok()?,
            Body::Handle(bytes) => String::from_utf8(bytes.to_vec()).ok()?,
            Body::Streamed(_) | Body::Stream(_) | Body::Live(_) | Body::Passed(_) => return None,
        };
        let here = reply.headers.iter().find(|(name, _)| *name == "Location").map(|(_, at)| at.clone());
        let location = here.or_else(|| cx.added_header("Location"));
        (text.len() <= LONGEST_REPLY).then_some(Self { status: reply.status, media: reply.media, text, location })
    }
}

impl Claim {
    /// Keeps the reply, sealed, or lets the key go so that a retry may try again.
    ///
    /// # Errors
    /// When the reply could not be kept; the key then answers 409 until it is taken over.
    pub async fn finish(&self, platform: &Platform, kept: Option<Kept>) -> Result<(), String> {
        let (scope, key) = (self.scope.as_str(), self.key.as_str());
        let statement = match kept {
            Some(Kept { status, media, text, location }) => {
                let sealed = platform.seal(&self.seal, &text).await?;
                let location = match location {
                    Some(location) => Some(platform.seal(&self.seal, &location).await?),
                    None => None,
                };
                sql!(KEEP, scope, key, self.claimed_at, u64::from(status), media, sealed, location)
            }
            None => sql!(RELEASE, scope, key, self.claimed_at),
        };
        platform.db().run(statement).await.map_err(|error| format!("{error:?}"))
    }
}
