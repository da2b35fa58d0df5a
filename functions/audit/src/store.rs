//! The SQL of sealing and of reading: functions that return a `Statement`.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[LAST_SEGMENT, UNPUBLISHED, OPEN, SEAL, ADD_SEGMENT, BETWEEN, PUBLISHED, BY_USER, BY_KIND, BY_TIME, EXPORT, OWN];

/// Events that are sealed at once, at most.
pub const MOST_SEALED: u64 = 200;

const LAST_SEGMENT: &str = "SELECT first, last, hash, sealed_at FROM audit_segments ORDER BY first DESC LIMIT 1";
const UNPUBLISHED: &str =
    "SELECT first, last, hash, sealed_at FROM audit_segments WHERE published_at IS NULL ORDER BY first LIMIT 20";
// In the order of their rows, which is that of their transactions: the database has one writer.
const OPEN: &str = "SELECT seq, id, at, kind, user_id, actor_id, network, user_agent, detail FROM security_events \
WHERE sequence IS NULL ORDER BY seq LIMIT ?1";
// What was forgotten meanwhile stays forgotten: its commitment gets no salt.
const SEAL: &str = "UPDATE security_events SET sequence = new.value ->> 1, commitment = new.value ->> 3, hash = new.value ->> 4, \
salt = CASE WHEN forgotten_at IS NULL THEN new.value ->> 2 END FROM json_each(?1) AS new \
WHERE security_events.seq = new.value ->> 0 AND sequence IS NULL";
const ADD_SEGMENT: &str = "INSERT INTO audit_segments (first, last, hash, sealed_at, sealed) \
SELECT ?1, ?2, ?3, ?4, count(*) FROM security_events WHERE sequence BETWEEN ?1 AND ?2";
const BETWEEN: &str = "SELECT seq, sequence, id, at, kind, user_id, actor_id, commitment, hash FROM security_events \
WHERE sequence BETWEEN ?1 AND ?2 ORDER BY sequence";
const PUBLISHED: &str = "UPDATE audit_segments SET published_at = ?2 WHERE first = ?1 AND published_at IS NULL";

/// What was sealed at once.
#[derive(Clone, Debug, Deserialize)]
pub struct SegmentRow {
    /// The number of the first event.
    pub first: u64,
    /// The number of the last event.
    pub last: u64,
    /// The hash of the last event.
    pub hash: String,
    /// Milliseconds.
    pub sealed_at: u64,
}

/// An event that waits to be sealed.
#[derive(Debug, Deserialize)]
pub struct OpenRow {
    /// The number of its row.
    pub seq: u64,
    /// `evt_…`.
    pub id: String,
    /// Milliseconds.
    pub at: u64,
    /// What happened.
    pub kind: String,
    /// Whose account.
    pub user_id: Option<String>,
    /// Who did it.
    pub actor_id: Option<String>,
    /// From where.
    pub network: String,
    /// With what.
    pub user_agent: String,
    /// Particulars.
    pub detail: String,
}

/// A sealed event, without what is personal.
#[derive(Debug, Deserialize)]
pub struct SealedRow {
    /// The number of its row.
    pub seq: u64,
    /// Its place in the chain.
    pub sequence: u64,
    /// `evt_…`.
    pub id: String,
    /// Milliseconds.
    pub at: u64,
    /// What happened.
    pub kind: String,
    /// Whose account.
    pub user_id: Option<String>,
    /// Who did it.
    pub actor_id: Option<String>,
    /// Lower-case hex.
    pub commitment: String,
    /// Lower-case hex.
    pub hash: String,
}

/// The last segment, the segments that are not kept outside yet, and events that are not sealed.
pub fn state() -> Vec<Statement> {
    vec![sql!(LAST_SEGMENT), sql!(UNPUBLISHED), sql!(OPEN, MOST_SEALED)]
}

/// Gives events their places: `sealed` is a JSON array of `[row, sequence, salt, commitment, hash]`. Fails as a
/// whole when somebody else did, or an event is not there any more.
pub fn seal(sealed: &str, segment: &SegmentRow) -> Vec<Statement> {
    let SegmentRow { first, last, hash, sealed_at } = segment;
    vec![sql!(SEAL, sealed), sql!(ADD_SEGMENT, *first, *last, hash.as_str(), *sealed_at)]
}

/// The events of a segment.
pub fn between(first: u64, last: u64) -> Statement {
    sql!(BETWEEN, first, last)
}

/// Notes that a segment is kept outside.
pub fn published(first: u64, now: u64) -> Statement {
    sql!(PUBLISHED, first, now)
}

/// The columns of an event as it is shown.
macro_rules! event_sql {
    ($rest:literal) => {
        concat!(
            "SELECT seq, sequence, id, at, kind, user_id, actor_id, network, user_agent, detail, salt, commitment, hash, \
forgotten_at FROM security_events ",
            $rest
        )
    };
}

const BY_USER: &str = event_sql!(
    "WHERE user_id = ?1 AND (?2 IS NULL OR kind = ?2) AND at >= ?3 AND at < ?4 AND (?5 IS NULL OR seq < ?5) \
ORDER BY seq DESC LIMIT ?6"
);
const BY_KIND: &str = event_sql!(
    "WHERE ?1 IS NULL AND kind = ?2 AND at >= ?3 AND at < ?4 AND (?5 IS NULL OR seq < ?5) ORDER BY seq DESC LIMIT ?6"
);
const BY_TIME: &str = event_sql!(
    "WHERE ?1 IS NULL AND ?2 IS NULL AND at >= ?3 AND at < ?4 AND (?5 IS NULL OR seq < ?5) ORDER BY seq DESC LIMIT ?6"
);
const EXPORT: &str = event_sql!("WHERE sequence > ?1 ORDER BY sequence LIMIT ?2");
// From where an administrator did something to an account is not its owner's to know.
const OWN: &str = "SELECT seq, id, at, kind, actor_id, detail, \
CASE WHEN actor_id IS NULL THEN network ELSE '' END AS network, \
CASE WHEN actor_id IS NULL THEN user_agent ELSE '' END AS user_agent \
FROM security_events WHERE user_id = ?1 AND (?2 IS NULL OR seq < ?2) ORDER BY seq DESC LIMIT ?3";

/// Which events to show.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Of this account.
    pub user_id: Option<&'a str>,
    /// Of this kind.
    pub kind: Option<&'a str>,
    /// Milliseconds, inclusive.
    pub from: u64,
    /// Milliseconds, exclusive.
    pub to: u64,
}

/// Events, newest first, of rows before `before`. Each filter has a statement that an index helps.
pub fn events(wanted: &Wanted<'_>, before: Option<u64>, limit: u64) -> Statement {
    let Wanted { user_id, kind, from, to } = *wanted;
    let sql = match (user_id, kind) {
        (Some(_), _) => BY_USER,
        (None, Some(_)) => BY_KIND,
        (None, None) => BY_TIME,
    };
    sql!(sql, user_id, kind, from, to, before, limit)
}

/// Sealed events behind this one, in the order of the chain.
pub fn export(after: u64, limit: u64) -> Statement {
    sql!(EXPORT, after, limit)
}

/// A person's own events, newest first, of rows before `before`.
pub fn own(user: &str, before: Option<u64>, limit: u64) -> Statement {
    sql!(OWN, user, before, limit)
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use shared::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }
}
