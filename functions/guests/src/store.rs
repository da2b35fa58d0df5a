//! All SQL of guests. A guest is an account with the role `guest` and no other, and a placeholder for an address.

use serde::Deserialize;
use shared::accounts::drafts::{HOUR_MS, NewLink, with_link};
use shared::accounts::events::{Detail, Kind, event_when};
use shared::accounts::letters::HOURLY;
use shared::cx::Cx;
use shared::db::Statement;
use shared::{event_sql, sql};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ADD, DOOR, PREPARE, LETTER, BECOME, BECAME, NOTE_GONE, FORGET_PLACES, FORGET];

const ADD: &str = "INSERT INTO users (id, email, name, locale, roles, created_at) \
VALUES (?1, ?2, ?3, ?4, '[\"guest\"]', ?5)";

/// Adds a guest, whose address is a placeholder.
pub fn add(id: &str, placeholder: &str, name: &str, locale: &str, now: u64) -> Statement {
    sql!(ADD, id, placeholder, name, locale, now)
}

const DOOR: &str =
    "SELECT roles = '[\"guest\"]' AND email LIKE '%@no-address.invalid' AS guest FROM users WHERE id = ?1";

/// Whether the account was a guest's when the batch began.
#[derive(Debug, Deserialize)]
pub struct Door {
    /// 1: it was.
    pub guest: u8,
}

/// Asks whether an account is a guest's.
pub fn door(id: &str) -> Statement {
    sql!(DOOR, id)
}

// With a placeholder for an address nobody signs in by password: it waits for the address to be proven.
const PREPARE: &str = "UPDATE users SET password = ?2 WHERE id = ?1 AND roles = '[\"guest\"]' \
AND email LIKE '%@no-address.invalid'";
const LETTER: &str = "INSERT INTO letters (id, kind, recipient, locale, user_id, link_id, about, created_at) \
SELECT ?1, CASE WHEN EXISTS (SELECT 1 FROM users WHERE email = ?4) THEN 'known' ELSE 'change' END, \
?4, u.locale, u.id, ?2, u.email, ?3 FROM users u WHERE u.id = ?5 AND u.status = 'active' \
AND u.roles = '[\"guest\"]' AND u.email LIKE '%@no-address.invalid' \
AND (SELECT count(*) FROM letters WHERE recipient = ?4 AND created_at > ?6) < ?7";

/// Lets a guest ask for an address: the door, the password to be, and a letter to the address, which has a link that
/// takes it over, or where it is somebody's says that somebody wanted it. The same work for both. The last statement
/// reads which letters were written.
pub fn ask_to_become(link: &NewLink<'_>, id: &str, email: &str, phc: &str) -> Vec<Statement> {
    let since = link.now.saturating_sub(HOUR_MS);
    let letter = sql!(LETTER, link.letter_id, link.id, link.now, email, id, since, HOURLY);
    let mut batch = vec![door(id), sql!(PREPARE, id, phc)];
    batch.extend(with_link(letter, link, ""));
    batch
}

const BECOME: &str = "UPDATE users SET email = ?2, password = ?3, roles = '[]' WHERE id = ?1 \
AND roles = '[\"guest\"]' AND email LIKE '%@no-address.invalid'";
const BECAME: &str =
    event_sql!("?4", "WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4 AND email = ?9 AND password = ?10)");

/// Gives a guest an address that nobody has to prove: the door, the change, its event. A taken address violates
/// `users.email`.
pub fn become_known(cx: &Cx, id: &str, email: &str, phc: &str) -> Vec<Statement> {
    let condition = [email.into(), phc.into()];
    vec![
        door(id),
        sql!(BECOME, id, email, phc),
        event_when(cx, BECAME, Kind::GuestUpgraded, Some(id), &Detail(&[]), condition),
    ]
}

/// Whom the sweep forgets, ?1 the time since when they did not come back. Whoever has another way back in than a session
/// may come back, whenever.
macro_rules! gone_sql {
    () => {
        "(SELECT u.id FROM users u WHERE u.roles = '[\"guest\"]' \
AND u.created_at < ?1 AND u.email LIKE '%@no-address.invalid' \
AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = u.id AND s.ended_at IS NULL \
AND coalesce(s.last_used_at, s.created_at) >= ?1) \
AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id) \
AND NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = u.id) \
AND NOT EXISTS (SELECT 1 FROM members m WHERE m.user_id = u.id) ORDER BY u.id LIMIT 500)"
    };
}

// A guest is forgotten once: the event has the letters of the guest's own id.
const NOTE_GONE: &str = concat!(
    "INSERT INTO security_events (id, at, kind, user_id, network, user_agent, detail) \
SELECT 'evt_' || substr(id, 5), ?2, ?3, id, '', '', '{}' FROM users WHERE id IN ",
    gone_sql!()
);
// As with everybody who is deleted: the chain of events keeps a commitment that nobody can read without the salt.
const FORGET_PLACES: &str = concat!(
    "UPDATE security_events SET network = '', user_agent = '', detail = '{}', salt = NULL, forgotten_at = ?2 \
WHERE forgotten_at IS NULL AND user_id IN ",
    gone_sql!()
);
const FORGET: &str = concat!("DELETE FROM users WHERE id IN ", gone_sql!());

/// Deletes guests who have not come back since that time, in milliseconds, a bounded number at once, in one transaction
/// with their events.
pub fn sweep(before: u64, now: u64) -> Vec<Statement> {
    vec![sql!(NOTE_GONE, before, now, Kind::Deleted.as_str()), sql!(FORGET_PLACES, before, now), sql!(FORGET, before)]
}
