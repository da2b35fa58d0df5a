//! The SQL of asking for a mailed link and of using one. What every link to be has in common is in
//! `shared::accounts::drafts`.

use serde::Deserialize;
use shared::accounts::drafts::{HOUR_MS, NewLink, with_link};
use shared::accounts::letters::HOURLY;
use shared::accounts::links::Purpose;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[
    LETTER_TO_USER,
    LETTER_TO_NEW_ADDRESS,
    NOTICE_OF_CHANGE,
    LINK,
    OWNER,
    USE_LINK,
    END_SESSIONS,
    END_LINKS,
    END_ALL_PENDING,
    SET_PASSWORD,
    PROVE,
    MOVE,
];

const LETTER_TO_USER: &str = "INSERT INTO letters (id, kind, recipient, locale, user_id, link_id, created_at) \
SELECT ?1, ?2, u.email, u.locale, u.id, ?3, ?4 FROM users u WHERE u.email = ?5 AND u.status = 'active' \
AND (?2 <> 'verify' OR (u.email_verified_at IS NULL AND u.password IS NOT NULL)) \
AND (SELECT count(*) FROM letters WHERE recipient = u.email AND created_at > ?6) < ?7";
const LETTER_TO_NEW_ADDRESS: &str = "INSERT INTO letters (id, kind, recipient, locale, user_id, link_id, about, created_at) \
SELECT ?1, CASE WHEN EXISTS (SELECT 1 FROM users WHERE email = ?4) THEN 'known' ELSE 'change' END, \
?4, u.locale, u.id, ?2, u.email, ?3 FROM users u WHERE u.id = ?5 AND u.status = 'active' \
AND (SELECT count(*) FROM letters WHERE recipient = ?4 AND created_at > ?6) < ?7";
const NOTICE_OF_CHANGE: &str = "INSERT INTO letters (id, kind, recipient, locale, user_id, about, created_at) \
SELECT ?1, 'changing', about, locale, user_id, recipient, created_at FROM letters WHERE id = ?2 AND kind = 'change'";
/// Sends a link to the account with this address, if there is one that can use it.
pub fn ask(link: &NewLink<'_>, email: &str) -> Vec<Statement> {
    let since = link.now.saturating_sub(HOUR_MS);
    let kind = link.purpose.as_str();
    let letter = sql!(LETTER_TO_USER, link.letter_id, kind, link.id, link.now, email, since, HOURLY);
    with_link(letter, link, "")
}

/// Sends a link to an account's address to be, and a notice to the one it has.
pub fn ask_to_change(link: &NewLink<'_>, user_id: &str, email: &str, notice_id: &str) -> Vec<Statement> {
    let since = link.now.saturating_sub(HOUR_MS);
    let letter = sql!(LETTER_TO_NEW_ADDRESS, link.letter_id, link.id, link.now, email, user_id, since, HOURLY);
    let mut batch = with_link(letter, link, notice_id);
    batch.insert(1, sql!(NOTICE_OF_CHANGE, notice_id, link.letter_id));
    batch
}

const LINK: &str =
    "SELECT email FROM links WHERE token_hash = ?1 AND purpose = ?2 AND used_at IS NULL AND expires_at > ?3";
const OWNER: &str = "SELECT id, email, name, password, roles, status, epoch, factors, email_verified_at, created_at FROM users \
WHERE id = (SELECT user_id FROM links WHERE token_hash = ?1)";
const USE_LINK: &str = "UPDATE links SET used_at = coalesce(used_at, ?2), uses = CASE WHEN used_at IS NULL AND expires_at > ?2 \
AND EXISTS (SELECT 1 FROM users u WHERE u.id = links.user_id AND u.status = 'active' \
AND u.password IS ?3 AND (links.purpose = 'change' OR u.email = links.email)) THEN 1 ELSE 2 END WHERE token_hash = ?1";

/// A link that can be used.
#[derive(Debug, Deserialize)]
pub struct LinkRow {
    /// The mailbox it was sent to.
    pub email: String,
}

/// The link of this token, if it can be used, and whose it is.
pub fn link(token_hash: &str, purpose: Purpose, now: u64) -> [Statement; 2] {
    [sql!(LINK, token_hash, purpose.as_str(), now), owner(token_hash)]
}

/// Whose link it is, as the account stands when the statement runs.
pub fn owner(token_hash: &str) -> Statement {
    sql!(OWNER, token_hash)
}

/// Uses a link. Breaks `link_is_usable`, and with it the batch, where that is not possible any more, or the
/// account's password is another than the one that was looked at.
pub fn use_link(token_hash: &str, password: Option<&str>, now: u64) -> Statement {
    sql!(USE_LINK, token_hash, now, password)
}

const END_SESSIONS: &str = "UPDATE sessions SET ended_at = ?2 WHERE user_id = ?1 AND ended_at IS NULL";
const END_LINKS: &str = "UPDATE links SET used_at = ?2 WHERE user_id = ?1 AND used_at IS NULL";
const END_ALL_PENDING: &str = "DELETE FROM pending_sign_ins WHERE user_id = ?1";
const SET_PASSWORD: &str = "UPDATE users SET password = ?2 WHERE id = ?1";
const PROVE: &str = "UPDATE users SET email_verified_at = coalesce(email_verified_at, ?2) WHERE id = ?1";
// A guest with an address is one no more.
const MOVE: &str = "UPDATE users SET email = ?2, email_verified_at = ?3, \
roles = CASE roles WHEN '[\"guest\"]' THEN '[]' ELSE roles END WHERE id = ?1";

/// Ends every session of a user.
pub fn end_sessions(user_id: &str, now: u64) -> Statement {
    sql!(END_SESSIONS, user_id, now)
}

/// Ends every other link of a user: what they were asked for under has changed.
pub fn end_links(user_id: &str, now: u64) -> Statement {
    sql!(END_LINKS, user_id, now)
}

/// Ends sign-ins that wait for a second factor: their first proof was the former password.
pub fn end_pending(user_id: &str) -> Statement {
    sql!(END_ALL_PENDING, user_id)
}

/// Sets a user's password.
pub fn set_password(user_id: &str, phc: &str) -> Statement {
    sql!(SET_PASSWORD, user_id, phc)
}

/// Marks the address as proven.
pub fn prove(user_id: &str, now: u64) -> Statement {
    sql!(PROVE, user_id, now)
}

/// Gives a user another address, proven; one that is taken violates `users.email`.
pub fn change_email(user_id: &str, email: &str, now: u64) -> Statement {
    sql!(MOVE, user_id, email, now)
}
