//! The outbox of mail. A letter is a row written in the batch of what causes it; after the batch its id
//! goes to a queue, and the `mail` function sends it. Neither holds a secret or a word of a stranger's.

use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::db::Statement;
use crate::platform::Platform;
use crate::sql;

/// What a letter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// Confirm this address; a link.
    Verify,
    /// Choose a new password; a link.
    Reset,
    /// Sign in; a link.
    Magic,
    /// Confirm this new address; a link.
    Change,
    /// Somebody wanted an account with this address, which has one.
    Known,
    /// To the old address: a change was asked for.
    Changing,
    /// To the old address: it was changed.
    Changed,
    /// Somebody signed in unlike before; `about` says from where and with what.
    Unusual,
    /// A refresh token was used twice, and its session was ended.
    Reused,
    /// Become a member of an organisation; a link.
    Invite,
    /// An administrator acts as you.
    Impersonated,
    /// The password was changed.
    PasswordChanged,
    /// A budget for calls to models is nearly or wholly spent; `about` says which and how far.
    Budget,
}

impl Letter {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Verify,
        Self::Reset,
        Self::Magic,
        Self::Change,
        Self::Known,
        Self::Changing,
        Self::Changed,
        Self::Unusual,
        Self::Reused,
        Self::Invite,
        Self::Impersonated,
        Self::PasswordChanged,
        Self::Budget,
    ];

    /// The name it is stored by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Magic => "magic",
            Self::Change => "change",
            Self::Known => "known",
            Self::Changing => "changing",
            Self::Changed => "changed",
            Self::Unusual => "unusual",
            Self::Reused => "reused",
            Self::Invite => "invite",
            Self::Impersonated => "impersonated",
            Self::PasswordChanged => "password_changed",
            Self::Budget => "budget",
        }
    }

    /// The kind with this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|letter| letter.as_str() == name)
    }
}

/// The binding of the queue.
pub const QUEUE: &str = "MAIL";

/// What travels through the queue.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// `let_…`.
    pub letter_id: String,
}

/// One address gets at most so many letters in an hour; further ones are silently not written.
pub const HOURLY: u64 = 5;

/// Every statement of this module, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_LETTER, MARK];

// A notice to the owner is not throttled: whoever could use the quota up would silence it.
const ADD_LETTER: &str = "INSERT INTO letters (id, kind, recipient, locale, user_id, about, created_at) \
SELECT ?1, ?2, u.email, u.locale, u.id, ?4, ?5 FROM users u WHERE u.id = ?3";
const MARK: &str = "UPDATE letters SET state = 'handed', handed_at = ?2 \
WHERE state = 'waiting' AND id IN (SELECT value FROM json_each(?1))";

/// Adds a notice to a user's address as it is when the statement runs. `about` is the other address of a change.
pub fn notice(id: &str, letter: Letter, user_id: &str, about: Option<&str>, now: u64) -> Statement {
    sql!(ADD_LETTER, id, letter.as_str(), user_id, about, now)
}

/// Hands letters to the queue after the reply; nobody waits. What is lost here is found by a schedule.
pub fn hand_over(cx: &Cx, letters: Vec<String>) {
    if letters.is_empty() {
        return;
    }
    let (platform, service) = (cx.platform.background(), cx.service);
    cx.platform.wait_until(async move {
        if let Err(cause) = hand(&platform, &letters).await {
            crate::log::event(service, "warn", "letters::hand_over", "letters wait for the schedule", Some(&cause));
        }
    });
}

/// Sends the ids to the queue and marks the letters.
///
/// # Errors
/// When the queue or the database fails, in its own words.
pub async fn hand(platform: &Platform, letters: &[String]) -> Result<(), String> {
    let texts = letters.iter().map(|id| serde_json::to_string(&Handed { letter_id: id.clone() }));
    let texts = texts.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    platform.enqueue(QUEUE, &texts).await?;
    let ids = serde_json::to_string(letters).map_err(|error| error.to_string())?;
    platform.db().run(sql!(MARK, ids, platform.now_ms())).await.map_err(|error| format!("{error:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }

    #[test]
    fn a_letters_name_reads_back() {
        assert!(Letter::ALL.into_iter().all(|letter| Letter::of(letter.as_str()) == Some(letter)));
        assert_eq!(Letter::of("advertisement"), None);
    }
}
