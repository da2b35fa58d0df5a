//! All SQL of webhooks. `?1` is the caller and `?2` the organisation of their key, or NULL. Whoever is told of what a
//! person's keys of an organisation made is set by the person, for that organisation.

use shared::db::Statement;
use shared::sql;
use uploads::Owner;

use super::delivering::Tried;
use super::model::{DeliveryQuery, DeliveryStatus};
use crate::{analysis_sql, rfc3339_sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[HAS_SECRET, READ, SET, DELETE, ROTATE, NOTE, LIST, CLAIM, WORK, RELEASE, AGAIN, END, DUE, FORGET];

const HAS_SECRET: &str =
    "SELECT 1 AS one FROM webhook_settings WHERE user_id = ?1 AND coalesce(organisation_id, '') = coalesce(?2, '')";
const READ: &str = "SELECT url, former_until, rotated_at FROM webhook_settings \
WHERE user_id = ?1 AND coalesce(organisation_id, '') = coalesce(?2, '')";
// The secret is taken by the first request alone; what comes back says whether that was this one.
// An organisation is one that the person is a member of.
const SET: &str = "INSERT INTO webhook_settings (user_id, organisation_id, url, secret, created_at) SELECT ?1, ?2, ?3, ?4, ?5 \
WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM members WHERE user_id = ?1 AND organisation_id = ?2) ON CONFLICT (user_id, coalesce(organisation_id, '')) DO UPDATE SET url = excluded.url RETURNING secret = ?4 AS one";
const DELETE: &str =
    "DELETE FROM webhook_settings WHERE user_id = ?1 AND coalesce(organisation_id, '') = coalesce(?2, '')";
const ROTATE: &str = "INSERT INTO webhook_settings (user_id, organisation_id, secret, created_at) SELECT ?1, ?2, ?3, ?5 \
WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM members WHERE user_id = ?1 AND organisation_id = ?2) ON CONFLICT (user_id, coalesce(organisation_id, '')) DO UPDATE SET former_secret = secret, former_until = ?4, \
secret = excluded.secret, rotated_at = ?5 RETURNING url, former_until, rotated_at";
// The step that ended it tells of it, once.
const NOTE: &str = concat!(
    "INSERT INTO webhook_deliveries (id, analysis_id, user_id, organisation_id, round, event, url, payload, next_at, created_at) \
SELECT ?1, a.id, a.user_id, a.organisation_id, a.step, 'analysis.' || a.status, coalesce(a.webhook_url, s.url), \
(SELECT json_object('type', 'analysis.' || status, 'timestamp', ",
    rfc3339_sql!("?4"),
    ", 'data', ",
    analysis_sql!(),
    ") FROM analyses WHERE id = ?2), ?4, ?4 FROM analyses a JOIN webhook_settings s ON s.user_id = a.user_id \
AND coalesce(s.organisation_id, '') = coalesce(a.organisation_id, '') WHERE a.id = ?2 AND a.step = ?3 \
AND a.status IN ('succeeded', 'failed') AND coalesce(a.webhook_url, s.url) IS NOT NULL \
ON CONFLICT (analysis_id, round) DO NOTHING RETURNING id AS id, step AS step"
);
const LIST: &str = concat!(
    "SELECT id, json_object('id', id, 'analysis_id', analysis_id, 'event', event, 'url', url, 'status', status, 'attempts', step, \
'last_status', last_status, 'last_error', last_error, 'next_attempt_at', CASE status WHEN 'pending' THEN ",
    rfc3339_sql!("next_at"),
    " END, 'created_at', ",
    rfc3339_sql!("created_at"),
    ", 'ended_at', ",
    rfc3339_sql!("ended_at"),
    ") AS shown FROM webhook_deliveries WHERE user_id = ?1 AND (?2 IS NULL OR organisation_id = ?2) AND (?3 IS NULL OR id < ?3) \
AND (?4 IS NULL OR analysis_id = ?4) AND (?5 IS NULL OR status = ?5) ORDER BY id DESC LIMIT ?6"
);
const CLAIM: &str = "UPDATE webhook_deliveries SET leased_until = ?3 WHERE id = ?1 AND step = ?2 AND leased_until <= ?4 \
AND status = 'pending' RETURNING 1 AS one";
const WORK: &str = "SELECT d.id, d.step, d.url, d.payload, d.user_id, d.organisation_id, s.secret, s.former_secret, s.former_until \
FROM webhook_deliveries d LEFT JOIN webhook_settings s ON s.user_id = d.user_id \
AND coalesce(s.organisation_id, '') = coalesce(d.organisation_id, '') WHERE d.id = ?1";
const RELEASE: &str = "UPDATE webhook_deliveries SET leased_until = 0 WHERE id = ?1 AND step = ?2";
const AGAIN: &str = "UPDATE webhook_deliveries SET step = step + 1, leased_until = 0, next_at = ?3, last_status = ?4, last_error = ?5 \
WHERE id = ?1 AND step = ?2 AND status = 'pending' RETURNING id AS id, step AS step";
const END: &str = "UPDATE webhook_deliveries SET step = step + 1, leased_until = 0, status = ?3, last_status = ?4, last_error = ?5, \
ended_at = ?6 WHERE id = ?1 AND step = ?2 AND status = 'pending'";
const DUE: &str = "SELECT id, step FROM webhook_deliveries WHERE status = 'pending' AND next_at <= ?1 AND leased_until <= ?2 \
ORDER BY next_at LIMIT 100";
const FORGET: &str = "DELETE FROM webhook_deliveries WHERE id IN \
(SELECT id FROM webhook_deliveries WHERE created_at <= ?1 AND status <> 'pending' ORDER BY created_at LIMIT 500)";

/// A row where there is a secret to sign with: `One`.
pub fn has_secret(owner: Owner<'_>) -> Statement {
    sql!(HAS_SECRET, owner.user_id, owner.organisation_id)
}

/// The settings: `WebhookRow`.
pub fn read(owner: Owner<'_>) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id)
}

/// Sets the URL, and with it the secret where there is none; `One`: 1 when this secret was taken.
pub fn set(owner: Owner<'_>, url: Option<&str>, secret: &str, now: u64) -> Statement {
    sql!(SET, owner.user_id, owner.organisation_id, url, secret, now)
}

/// Deletes settings and secrets.
pub fn delete(owner: Owner<'_>) -> Statement {
    sql!(DELETE, owner.user_id, owner.organisation_id)
}

/// Makes a secret; one that was there signs, too, until `former_until`: `WebhookRow`.
pub fn rotate(owner: Owner<'_>, secret: &str, former_until: u64, now: u64) -> Statement {
    sql!(ROTATE, owner.user_id, owner.organisation_id, secret, former_until, now)
}

/// Notes that somebody is to be told of the step that ended an analysis: `Due`.
pub fn note(id: &str, analysis: &str, step: u64, now: u64) -> Statement {
    sql!(NOTE, id, analysis, step, now)
}

/// Deliveries of the caller, newest first: `ShownRow`.
pub fn list(owner: Owner<'_>, query: &DeliveryQuery, after: Option<&str>) -> Statement {
    let (analysis, status) = (query.analysis_id.as_deref(), query.status.as_deref());
    sql!(LIST, owner.user_id, owner.organisation_id, after, analysis, status, query.limit.to_read())
}

/// Takes a delivery for one step, until `until`: `One` when it was free.
pub fn claim(id: &str, step: u64, until: u64, now: u64) -> Statement {
    sql!(CLAIM, id, step, until, now)
}

/// The delivery with the secrets that sign it.
pub fn work(id: &str) -> Statement {
    sql!(WORK, id)
}

/// Lets a step go that could not be done.
pub fn release(id: &str, step: u64) -> Statement {
    sql!(RELEASE, id, step)
}

/// Ends a step that is to be repeated: `Due`.
pub fn again(id: &str, step: u64, next_at: u64, tried: &Tried) -> Statement {
    sql!(AGAIN, id, step, next_at, tried.status.map(u64::from), tried.error.as_deref())
}

/// Ends a delivery.
pub fn end(id: &str, step: u64, status: DeliveryStatus, tried: &Tried, now: u64) -> Statement {
    sql!(END, id, step, status.as_str(), tried.status.map(u64::from), tried.error.as_deref(), now)
}

/// Those that were to be tried before `before` and that nobody has: `Due`.
pub fn due(before: u64, now: u64) -> Statement {
    sql!(DUE, before, now)
}

/// Forgets those that ended long ago.
pub fn forget(before: u64) -> Statement {
    sql!(FORGET, before)
}
