//! The SQL of looking at what happened: functions that return a `Statement`.

use serde::Deserialize;
use shared::accounts::failures::SLOT_MS;
use shared::db::Statement;
use shared::sql;
use shared::time::DAY_MS;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[SEEN, NEW, BEFORE, MOVE_ON, FORGET];

/// Events that are looked at together.
pub const MOST: u64 = 10;
/// Earlier sign-ins are compared with for so long, in milliseconds.
const REMEMBERED_MS: u64 = 90 * DAY_MS;

const SEEN: &str = "SELECT seq FROM audit_watch";
const NEW: &str = "SELECT seq, at, kind, user_id, network, user_agent, detail FROM security_events \
WHERE seq > (SELECT seq FROM audit_watch) ORDER BY seq LIMIT ?1";
// One statement: where the account was used before, of what it was told before, and how often a password was wrong.
const BEFORE: &str = "SELECT * FROM (SELECT kind, at, network, user_agent, detail ->> 'country' AS country, \
detail ->> 'device' AS device, 0 AS failures FROM security_events WHERE user_id = ?1 AND seq < ?2 AND at > ?3 \
AND kind IN ('registered', 'signed_in', 'unusual_sign_in') ORDER BY seq DESC LIMIT 200) \
UNION ALL SELECT * FROM (SELECT 'used', last_used_at, network, user_agent, country, NULL, 0 FROM sessions \
WHERE user_id = ?1 AND id <> ?4 AND last_used_at > ?3 ORDER BY id DESC LIMIT 100) \
UNION ALL SELECT 'failed', 0, '', '', NULL, NULL, coalesce(sum(failures), 0) FROM sign_in_failures \
WHERE user_id = ?1 AND slot BETWEEN ?5 AND ?6";
// Nothing but the number that was read may be moved on from: otherwise NOT NULL is broken, and the batch with it.
const MOVE_ON: &str = "UPDATE audit_watch SET seq = CASE WHEN seq = ?1 THEN ?2 END";
const FORGET: &str = "DELETE FROM sign_in_failures WHERE slot < ?1";

/// The last event that was looked at.
#[derive(Debug, Deserialize)]
pub struct SeenRow {
    /// The number of its row.
    pub seq: u64,
}

/// An event to look at.
#[derive(Debug, Deserialize)]
pub struct NewRow {
    /// The number of its row.
    pub seq: u64,
    /// Milliseconds.
    pub at: u64,
    /// What happened.
    pub kind: String,
    /// Whose account.
    pub user_id: Option<String>,
    /// From where.
    pub network: String,
    /// With what.
    pub user_agent: String,
    /// Particulars.
    pub detail: String,
}

/// What was before a sign-in.
#[derive(Debug, Deserialize)]
pub struct BeforeRow {
    /// The kind of an event; `used` of a session, `failed` of wrong passwords.
    pub kind: String,
    /// Milliseconds.
    pub at: u64,
    /// From where.
    pub network: String,
    /// With what.
    pub user_agent: String,
    /// Two letters.
    pub country: Option<String>,
    /// The device that the owner was told of.
    pub device: Option<String>,
    /// Wrong passwords.
    pub failures: u64,
}

/// The last event that was looked at, and those that are to be looked at.
pub fn new_events() -> Vec<Statement> {
    vec![sql!(SEEN), sql!(NEW, MOST)]
}

/// What was before the event of a session's beginning, and wrong passwords in the hour before it.
pub fn before(event: &NewRow, user: &str, session: &str) -> Statement {
    let (since, slot) = (event.at.saturating_sub(REMEMBERED_MS), event.at / SLOT_MS);
    sql!(BEFORE, user, event.seq, since, session, slot.saturating_sub(6), slot)
}

/// Notes that everything up to `to` was looked at; fails when somebody else did.
pub fn move_on(from: u64, to: u64) -> Statement {
    sql!(MOVE_ON, from, to)
}

/// Forgets wrong passwords after a day.
pub fn forget(now: u64) -> Statement {
    sql!(FORGET, now.saturating_sub(DAY_MS) / SLOT_MS)
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
