//! A link to be: its ids, its token, and the letter it travels in. A link is made only with its letter, and a
//! letter only where there is a fitting account: the same statements run for known and unknown addresses.

use serde::Deserialize;

use super::letters::{self, HOURLY};
use super::links::{LinkKey, Purpose};
use super::tokens;
use crate::cx::Cx;
use crate::db::Statement;
use crate::problem::{Code, Problem};
use crate::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[LETTER_TO_REGISTERED, END_OLDER, ADD_LINK, WRITTEN];

/// Letters to one address are counted over this time, in milliseconds.
pub const HOUR_MS: u64 = 3_600_000;

const LETTER_TO_REGISTERED: &str = "INSERT INTO letters (id, kind, recipient, locale, user_id, link_id, created_at) \
SELECT ?1, CASE WHEN u.email_verified_at IS NULL AND u.password IS NOT NULL THEN 'verify' ELSE 'known' END, \
u.email, u.locale, u.id, ?2, ?3 FROM users u WHERE u.email = ?4 AND u.status = 'active' \
AND (SELECT count(*) FROM letters WHERE recipient = u.email AND created_at > ?5) < ?6";
const END_OLDER: &str = "UPDATE links SET used_at = ?3 WHERE purpose = ?2 AND used_at IS NULL \
AND user_id = (SELECT user_id FROM letters WHERE id = ?1)";
const ADD_LINK: &str = "INSERT INTO links (id, token_hash, purpose, user_id, email, created_at, expires_at) \
SELECT ?2, ?3, ?4, user_id, recipient, ?5, ?6 FROM letters WHERE id = ?1 AND kind = ?4";
const WRITTEN: &str = "SELECT id FROM letters WHERE id IN (?1, ?2)";

/// The ids and times of a link to be, and of its letter.
pub struct NewLink<'a> {
    /// `lnk_…`.
    pub id: &'a str,
    /// `let_…`.
    pub letter_id: &'a str,
    /// Hash of its token.
    pub token_hash: &'a str,
    /// What it does.
    pub purpose: Purpose,
    /// Milliseconds.
    pub now: u64,
}

/// Writes to an address that was registered: a link to prove it, or, where it is proven, that it is.
pub fn ask_after_registration(link: &NewLink<'_>, email: &str) -> Vec<Statement> {
    let since = link.now.saturating_sub(HOUR_MS);
    with_link(sql!(LETTER_TO_REGISTERED, link.letter_id, link.id, link.now, email, since, HOURLY), link, "")
}

/// The letter, its link in the place of an older one, and which letters were written, as the last statement.
pub fn with_link(letter: Statement, link: &NewLink<'_>, notice_id: &str) -> Vec<Statement> {
    let (purpose, expires_at) = (link.purpose.as_str(), link.now + link.purpose.minutes() * 60_000);
    vec![
        letter,
        sql!(END_OLDER, link.letter_id, purpose, link.now),
        sql!(ADD_LINK, link.letter_id, link.id, link.token_hash, purpose, link.now, expires_at),
        sql!(WRITTEN, link.letter_id, notice_id),
    ]
}

/// The id of a letter that was written.
#[derive(Debug, Deserialize)]
struct Written {
    /// `let_…`.
    id: String,
}

/// Writes letters, whose ids the last statement reads, and hands them over.
///
/// # Errors
/// When the database fails.
pub async fn write(cx: &Cx, batch: Vec<Statement>) -> Result<(), Problem> {
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await?;
    let written: Vec<Written> = rows.take(last)?;
    letters::hand_over(cx, written.into_iter().map(|letter| letter.id).collect());
    Ok(())
}

/// A link to be.
#[derive(Debug)]
pub struct Draft {
    id: String,
    letter_id: String,
    token_hash: String,
    purpose: Purpose,
    now: u64,
}

impl Draft {
    /// Draws the ids and derives the token, of which only the hash is kept.
    ///
    /// # Errors
    /// 503 without `LINK_KEY`.
    pub fn new(cx: &Cx, purpose: Purpose) -> Result<Self, Problem> {
        let key = cx.platform.var("LINK_KEY").as_deref().and_then(LinkKey::read);
        let key = key.ok_or_else(|| Problem::from(Code::Unavailable).because("LINK_KEY is missing or unreadable"))?;
        let id = cx.new_id(purpose.id_prefix());
        let token_hash = tokens::hash(&key.token(purpose, &id));
        Ok(Self { id, letter_id: cx.new_id("let"), token_hash, purpose, now: cx.now_ms() })
    }

    /// As the store takes it.
    pub fn link(&self) -> NewLink<'_> {
        NewLink {
            id: &self.id,
            letter_id: &self.letter_id,
            token_hash: &self.token_hash,
            purpose: self.purpose,
            now: self.now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }
}
