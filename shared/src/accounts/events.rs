//! Security events: what happened to an account, written in the transaction that made it happen, so
//! that neither is there without the other.

use serde_json::Value;

use crate::cx::Cx;
use crate::db::Statement;
use crate::head::HeaderName;
use crate::sql;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An account was made.
    Registered,
    /// A session began.
    SignedIn,
    /// The owner of the mailbox proved the address.
    EmailVerified,
    /// A new address was proven and taken over.
    EmailChanged,
    /// A new password was set by a mailed link.
    PasswordReset,
}

impl Kind {
    /// The name it is stored and shown by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::SignedIn => "signed_in",
            Self::EmailVerified => "email_verified",
            Self::EmailChanged => "email_changed",
            Self::PasswordReset => "password_reset",
        }
    }
}

/// Every statement of this module, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_EVENT, ADD_EVENT_OF_USER];

const ADD_EVENT: &str = "INSERT INTO security_events (id, at, kind, user_id, actor_id, network, user_agent, detail) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const ADD_EVENT_OF_USER: &str = "INSERT INTO security_events (id, at, kind, user_id, actor_id, network, user_agent, detail) \
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4)";

/// As many bytes of a user agent are kept.
const LONGEST_AGENT: usize = 256;

/// Notes an event of a user's account. The actor is kept when it is somebody else: the caller of the
/// request. `detail` never holds a secret.
pub fn event(cx: &Cx, kind: Kind, user_id: &str, detail: &Value) -> Statement {
    let caller = cx.caller();
    let actor = caller.as_deref().map(crate::auth::Caller::user_id).filter(|id| *id != user_id);
    let agent = user_agent(cx);
    let (id, detail) = (cx.new_id("evt"), detail.to_string());
    sql!(ADD_EVENT, id, cx.now_ms(), kind.as_str(), user_id, actor, cx.network(), agent, detail)
}

/// As `event`, unless there is no such account: for a batch that makes one only where none is.
pub fn event_if_made(cx: &Cx, kind: Kind, user_id: &str, detail: &Value) -> Statement {
    Statement { sql: ADD_EVENT_OF_USER, ..event(cx, kind, user_id, detail) }
}

/// The beginning of what the client calls itself.
pub fn user_agent(cx: &Cx) -> &str {
    let agent = cx.head.header(HeaderName::UserAgent).unwrap_or_default();
    let end = agent.floor_char_boundary(LONGEST_AGENT);
    agent.get(..end).unwrap_or_default()
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
