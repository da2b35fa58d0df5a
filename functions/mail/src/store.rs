//! All SQL of letters: functions that return a `Statement`.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;

/// Every statement of this function, for the test that prepares them.
pub const ALL: &[&str] = &[
    CLAIM,
    LETTER,
    END,
    RELEASE,
    LEFT_OVER,
    FORGET_LETTERS,
    FORGET_LINKS,
    FORGET_INVITATIONS,
    FORGET_MAILBOX,
    KEEP,
    MAILBOX,
    MAILBOX_LETTER,
];

const CLAIM: &str = "UPDATE letters SET leased_by = ?2, leased_until = ?4, attempts = attempts + 1 \
WHERE id = ?1 AND state IN ('waiting', 'handed') AND (leased_until IS NULL OR leased_until <= ?3)";
const LETTER: &str = "SELECT l.id, l.kind, l.recipient, l.locale, l.about, l.state, l.attempts, l.leased_by, \
coalesce(k.id, i.id) AS link_id, coalesce(k.token_hash, i.token_hash) AS link_hash, coalesce(k.used_at, i.used_at, i.revoked_at) AS link_used_at, \
coalesce(k.expires_at, i.expires_at) AS link_expires_at \
FROM letters l LEFT JOIN links k ON k.id = l.link_id LEFT JOIN invitations i ON i.id = l.link_id WHERE l.id = ?1";

/// A letter as stored, with its link.
#[derive(Debug, Deserialize)]
pub struct LetterRow {
    /// `let_…`.
    pub id: String,
    /// The name of its kind.
    pub kind: String,
    /// The address.
    pub recipient: String,
    /// The reader's language tag.
    pub locale: String,
    /// The other address of a change.
    pub about: Option<String>,
    /// What became of it.
    pub state: String,
    /// Tries, this one included.
    pub attempts: u32,
    /// The delivery that has it.
    pub leased_by: Option<String>,
    /// `lnk_…`.
    pub link_id: Option<String>,
    /// The hash of its token.
    pub link_hash: Option<String>,
    /// Milliseconds.
    pub link_used_at: Option<u64>,
    /// Milliseconds.
    pub link_expires_at: Option<u64>,
}

/// Takes a letter for this delivery, if no other has it, and reads it.
pub fn claim(letter: &str, delivery: &str, now: u64, until: u64) -> Vec<Statement> {
    vec![sql!(CLAIM, letter, delivery, now, until), sql!(LETTER, letter)]
}

const END: &str = "UPDATE letters SET state = ?3, ended_at = ?4, cause = ?5, leased_until = NULL \
WHERE id = ?1 AND leased_by = ?2 AND state IN ('waiting', 'handed')";
const RELEASE: &str = "UPDATE letters SET leased_until = NULL, cause = ?3 WHERE id = ?1 AND leased_by = ?2";

/// Notes what became of a letter: `sent`, `dropped`, `refused` or `failed`.
pub fn end(letter: &str, delivery: &str, state: &str, now: u64, cause: Option<&str>) -> Statement {
    sql!(END, letter, delivery, state, now, cause)
}

/// Lets a letter go for another try.
pub fn release(letter: &str, delivery: &str, cause: &str) -> Statement {
    sql!(RELEASE, letter, delivery, cause)
}

// Those that were tried are the queue's: it delivers again what was not acknowledged.
const LEFT_OVER: &str = "SELECT id FROM letters WHERE attempts = 0 \
AND ((state = 'waiting' AND created_at < ?1) OR (state = 'handed' AND handed_at < ?2)) ORDER BY created_at LIMIT 100";
const FORGET_LETTERS: &str =
    "DELETE FROM letters WHERE id IN (SELECT id FROM letters WHERE created_at < ?1 LIMIT 1000)";
const FORGET_LINKS: &str = "DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at < ?1 LIMIT 1000)";
const FORGET_INVITATIONS: &str =
    "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE expires_at < ?1 LIMIT 1000)";
const FORGET_MAILBOX: &str =
    "DELETE FROM mailbox WHERE letter_id IN (SELECT letter_id FROM mailbox WHERE arrived_at < ?1 LIMIT 1000)";

/// A letter's id.
#[derive(Debug, Deserialize)]
pub struct LetterId {
    /// `let_…`.
    pub id: String,
}

/// Letters that never reached the queue, and those that it seems to have lost: up to a hundred.
pub fn left_over(waiting_before: u64, handed_before: u64) -> Statement {
    sql!(LEFT_OVER, waiting_before, handed_before)
}

/// Deletes letters after a week, links and invitations a day after their end, a bounded number at a time.
pub fn forget(now: u64) -> Vec<Statement> {
    let days = |n: u64| now.saturating_sub(n * shared::time::DAY_MS);
    vec![
        sql!(FORGET_LETTERS, days(7)),
        sql!(FORGET_LINKS, days(1)),
        sql!(FORGET_INVITATIONS, days(1)),
        sql!(FORGET_MAILBOX, days(7)),
    ]
}

/// Keeps a letter in the local mailbox; a second delivery changes nothing.
pub const KEEP: &str = "INSERT INTO mailbox (letter_id, recipient, subject, text, html, arrived_at) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (letter_id) DO NOTHING";
const MAILBOX: &str = "SELECT letter_id, recipient, subject, '' AS text, '' AS html, arrived_at FROM mailbox \
ORDER BY arrived_at DESC, letter_id DESC LIMIT 100";
const MAILBOX_LETTER: &str =
    "SELECT letter_id, recipient, subject, text, html, arrived_at FROM mailbox WHERE letter_id = ?1";

/// A letter of the local mailbox.
#[derive(Debug, Deserialize)]
pub struct KeptRow {
    /// `let_…`.
    pub letter_id: String,
    /// The address.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// Plain text; empty in the list.
    pub text: String,
    /// HTML; empty in the list.
    pub html: String,
    /// Milliseconds.
    pub arrived_at: u64,
}

/// The newest hundred letters of the local mailbox.
pub fn kept() -> Statement {
    sql!(MAILBOX)
}

/// One letter of it.
pub fn kept_letter(id: &str) -> Statement {
    sql!(MAILBOX_LETTER, id)
}
