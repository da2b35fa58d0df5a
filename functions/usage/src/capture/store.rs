//! The SQL of what was said, and of who wants it kept.

use shared::accounts::events::{Detail, Kind, event_when};
use shared::capture::Piece;
use shared::cx::Cx;
use shared::db::{Param, Statement};
use shared::{event_sql, reach_sql, sql, time};

use super::model::{CaptureWish, DEFAULT_DAYS};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD, PIECES, WHEN_READ, SWEEP, SETTINGS, SETTING, PUT, REMOVE, WHEN_SET, WHEN_REMOVED];

/// Pieces that one run of the schedule deletes.
const MOST_SWEPT: u64 = 5_000;

// Of somebody who is gone nothing is kept any more, however late it comes; nor where nothing is to be kept.
const ADD: &str = "INSERT INTO captures (call_id, part, piece, org_id, user_id, request_id, media, cut, sealed, captured_at, \
expires_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10 + ?11 * \
coalesce((SELECT s.retention_days FROM capture_settings s WHERE s.org_id = ?4), ?12) \
WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = ?5) \
AND NOT EXISTS (SELECT 1 FROM capture_settings s WHERE s.org_id = ?4 AND s.mode = 'never') ON CONFLICT DO NOTHING";

/// Keeps a piece. Delivered again it changes nothing.
#[must_use]
pub fn add(piece: &Piece) -> Statement {
    sql!(
        ADD,
        piece.call_id.as_str(),
        piece.part.as_str(),
        u64::from(piece.piece),
        piece.org_id.as_str(),
        piece.user_id.as_str(),
        piece.request_id.as_str(),
        piece.media.as_str(),
        piece.cut,
        piece.sealed.as_str(),
        piece.at_ms,
        time::DAY_MS,
        DEFAULT_DAYS,
    )
}

/// The captured call of the request that a call (its id or its request's is the first argument) belongs to, where the
/// caller (the second) reaches it: a try that is made anew is another call, and was captured with the first.
macro_rules! captured {
    ($id:literal, $caller:literal) => {
        concat!(
            "(SELECT c.call_id FROM ledger l JOIN captures c ON c.user_id = l.user_id AND c.request_id = l.request_id \
AND c.call_id <= l.call_id WHERE (l.call_id = ",
            $id,
            " OR l.request_id = ",
            $id,
            ") AND (l.user_id = ",
            $caller,
            " OR ",
            reach_sql!($caller, "l.org_id", "l.user_id", "capture", "read"),
            ") ORDER BY l.call_id = ",
            $id,
            " DESC, l.user_id = ",
            $caller,
            " DESC, c.call_id DESC LIMIT 1)"
        )
    };
}

const PIECES: &str = concat!(
    "SELECT p.call_id, p.request_id, p.part, p.piece, p.media, p.cut, p.sealed, p.captured_at, p.expires_at FROM captures p \
WHERE p.call_id = ",
    captured!("?2", "?1"),
    " AND p.expires_at > ?3 ORDER BY p.part, p.piece"
);

/// The pieces of what was said, if the caller may read them.
#[must_use]
pub fn pieces(caller: &str, id: &str, now_ms: u64) -> Statement {
    sql!(PIECES, caller, id, now_ms)
}

const WHEN_READ: &str = event_sql!(
    "p.user_id",
    concat!(
        "FROM captures p WHERE p.call_id = ",
        captured!("?9", "?10"),
        " AND p.expires_at > ?2 AND p.user_id <> ?5 LIMIT 1"
    )
);

/// Notes, among the events of the account whose call it was, that somebody else read what was said.
#[must_use]
pub fn note_read(cx: &Cx, caller: &str, id: &str) -> Statement {
    let condition = [Param::from(id), Param::from(caller)];
    // Without an account of its own the event names whoever acts in any case: the caller, or who acts in their place.
    event_when(cx, WHEN_READ, Kind::CaptureRead, None, &Detail(&[("call_id", id)]), condition)
}

const SWEEP: &str = "DELETE FROM captures WHERE (call_id, part, piece) IN \
(SELECT call_id, part, piece FROM captures WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)";

/// Deletes what is kept no longer.
#[must_use]
pub fn sweep(now_ms: u64) -> Statement {
    sql!(SWEEP, now_ms, MOST_SWEPT)
}

const SETTINGS: &str = "SELECT org_id, mode, retention_days, changed_at, changed_by FROM capture_settings \
WHERE ?1 IS NULL OR org_id > ?1 ORDER BY org_id LIMIT ?2";
const SETTING: &str =
    "SELECT org_id, mode, retention_days, changed_at, changed_by FROM capture_settings WHERE org_id = ?1";
const PUT: &str = "INSERT INTO capture_settings (org_id, mode, retention_days, changed_at, changed_by) \
SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM organisations o WHERE o.id = ?1) OR EXISTS (SELECT 1 FROM users u \
WHERE u.id = ?1) ON CONFLICT (org_id) DO UPDATE SET mode = excluded.mode, retention_days = excluded.retention_days, \
changed_at = excluded.changed_at, changed_by = excluded.changed_by \
RETURNING org_id, mode, retention_days, changed_at, changed_by";
const REMOVE: &str = "DELETE FROM capture_settings WHERE org_id = ?1 RETURNING 1 AS one";

const WHEN_SET: &str = event_sql!(
    "?4",
    "WHERE EXISTS (SELECT 1 FROM capture_settings WHERE org_id = ?9 AND changed_by = ?4 AND changed_at = ?2)"
);
const WHEN_REMOVED: &str = event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM capture_settings WHERE org_id = ?9)");

/// Settings by organisation.
#[must_use]
pub fn settings(after: Option<&str>, limit: u64) -> Statement {
    sql!(SETTINGS, after, limit)
}

/// The setting of an organisation.
#[must_use]
pub fn setting(organisation: &str) -> Statement {
    sql!(SETTING, organisation)
}

/// Sets it, and notes it; the setting comes back where there is such an organisation.
#[must_use]
pub fn put(cx: &Cx, caller: &str, organisation: &str, wish: &CaptureWish) -> Vec<Statement> {
    let detail = Detail(&[("organisation_id", organisation), ("mode", wish.mode.as_str())]);
    let put = sql!(PUT, organisation, wish.mode.as_str(), wish.retention_days.get(), cx.now_ms(), caller);
    vec![put, event_when(cx, WHEN_SET, Kind::CaptureChanged, Some(caller), &detail, [Param::from(organisation)])]
}

/// Takes it away, and notes it; a row comes back from the second where there was one.
#[must_use]
pub fn remove(cx: &Cx, caller: &str, organisation: &str) -> Vec<Statement> {
    let detail = Detail(&[("organisation_id", organisation), ("mode", "")]);
    let event = event_when(cx, WHEN_REMOVED, Kind::CaptureChanged, Some(caller), &detail, [Param::from(organisation)]);
    vec![event, sql!(REMOVE, organisation)]
}
