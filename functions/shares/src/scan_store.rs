//! SQL of scans.

use shared::accounts::events::Kind;
use shared::db::Statement;
use shared::sql;

use crate::scan::Verdict;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[CLAIM, SETTLE, NOTE];

// Each time it is asked twice as late: after a minute at first, an hour at last.
const CLAIM: &str = "UPDATE files SET scan_tries = scan_tries + 1, scan_at = ?1 + min(60000 << min(scan_tries, 6), 3600000) \
WHERE id IN (SELECT id FROM files WHERE scan = 'pending' AND scan_at <= ?1 ORDER BY scan_at LIMIT ?2) \
RETURNING id AS id, sha256 AS sha256, bytes AS bytes, media_type AS media_type";
const SETTLE: &str = "UPDATE files SET scan = ?2, scan_at = NULL WHERE id = ?1 AND scan = 'pending' RETURNING 1 AS one";
const NOTE: &str = "INSERT INTO security_events (id, at, kind, user_id, actor_id, network, user_agent, detail) \
SELECT ?1, ?2, ?3, user_id, NULL, '', '', json_object('file_id', id) FROM files WHERE id = ?4 AND scan = 'pending'";

/// Takes files that are due: rows of what the scanner is told.
pub fn claim(now: u64, limit: u64) -> Statement {
    sql!(CLAIM, now, limit)
}

/// Writes a verdict down; a row where the file was waiting for one.
pub fn settle(id: &str, verdict: Verdict) -> Statement {
    sql!(SETTLE, id, verdict.as_str())
}

/// Notes what was found of a file that waits for a verdict.
pub fn note(event_id: &str, now: u64, kind: Kind, id: &str) -> Statement {
    sql!(NOTE, event_id, now, kind.as_str(), id)
}
