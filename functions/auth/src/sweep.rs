//! Forgetting what has ended: expired sessions, tokens and idempotency keys. Runs every hour, a
//! bounded number of rows at a time, so that no run can hold the database up.

use shared::db::Statement;
use shared::sql;

/// Every statement of the sweep, for the test that prepares them.
pub const ALL: &[&str] = &[
    REFRESH_TOKENS,
    SESSIONS,
    LINKS,
    IDEMPOTENCY_KEYS,
    PENDING,
    ATTEMPTS,
    CHALLENGES,
    OAUTH_STATES,
    PROOFS,
    NONCES,
    GRANTS,
    DEVICE_CODES,
    CLIENTS,
];

const REFRESH_TOKENS: &str = "DELETE FROM refresh_tokens WHERE hash IN \
(SELECT hash FROM refresh_tokens WHERE expires_at <= ?1 LIMIT 1000)";
const SESSIONS: &str = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ?1 LIMIT 1000)";
const LINKS: &str = "DELETE FROM one_time_tokens WHERE token_hash IN \
(SELECT token_hash FROM one_time_tokens WHERE expires_at <= ?1 LIMIT 1000)";
const IDEMPOTENCY_KEYS: &str = "DELETE FROM idempotency_keys WHERE (scope, key) IN \
(SELECT scope, key FROM idempotency_keys WHERE expires_at <= ?1 LIMIT 1000)";
const PENDING: &str = "DELETE FROM pending_sign_ins WHERE hash IN \
(SELECT hash FROM pending_sign_ins WHERE expires_at <= ?1 LIMIT 1000)";
const ATTEMPTS: &str = "DELETE FROM proof_attempts WHERE subject IN \
(SELECT subject FROM proof_attempts WHERE expires_at <= ?1 LIMIT 1000)";
const CHALLENGES: &str = "DELETE FROM passkey_challenges WHERE hash IN \
(SELECT hash FROM passkey_challenges WHERE expires_at <= ?1 LIMIT 1000)";
const OAUTH_STATES: &str = "DELETE FROM oauth_states WHERE state_hash IN \
(SELECT state_hash FROM oauth_states WHERE expires_at <= ?1 LIMIT 1000)";
// With their codes and refresh tokens, by reference.
const GRANTS: &str =
    "DELETE FROM oauth_grants WHERE id IN (SELECT id FROM oauth_grants WHERE expires_at <= ?1 LIMIT 1000)";
const DEVICE_CODES: &str = "DELETE FROM oauth_device_codes WHERE hash IN \
(SELECT hash FROM oauth_device_codes WHERE expires_at <= ?1 LIMIT 1000)";
// Apps that registered themselves a month ago and that nobody ever allowed anything.
const CLIENTS: &str = "DELETE FROM oauth_clients WHERE id IN (SELECT c.id FROM oauth_clients c \
WHERE c.verified = 0 AND c.created_at <= ?1 - 2592000000 \
AND NOT EXISTS (SELECT 1 FROM oauth_consents o WHERE o.client_id = c.id) \
AND NOT EXISTS (SELECT 1 FROM oauth_grants g WHERE g.client_id = c.id) LIMIT 1000)";

const PROOFS: &str = "DELETE FROM used_proofs WHERE hash IN \
(SELECT hash FROM used_proofs WHERE expires_at <= ?1 LIMIT 1000)";
const NONCES: &str = "DELETE FROM signature_nonces WHERE (key_id, nonce) IN \
(SELECT key_id, nonce FROM signature_nonces WHERE expires_at <= ?1 LIMIT 1000)";

/// Deletes what ended more than a day ago: long enough that no retry can still ask for it.
pub fn statements(now_ms: u64) -> Vec<Statement> {
    let before = now_ms.saturating_sub(shared::time::DAY_MS);
    ALL.iter().map(|sql| sql!(sql, before)).collect()
}
