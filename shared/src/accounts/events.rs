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
    /// A second factor was turned on.
    SecondFactorOn,
    /// The second factor was turned off.
    SecondFactorOff,
    /// Recovery codes were made anew.
    RecoveryCodesMade,
    /// A session's person proved again who they are.
    SteppedUp,
    /// So many proofs were wrong that further ones must wait.
    ProofsRefused,
    /// A passkey was registered.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A passkey's counter did not grow: it may have been cloned.
    PasskeyCounterWentBack,
}

impl Kind {
    /// The name it is stored and shown by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::SignedIn => "signed_in",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::SteppedUp => "stepped_up",
            Self::ProofsRefused => "proofs_refused",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::PasskeyCounterWentBack => "passkey_counter_went_back",
        }
    }
}

/// Every statement of this module, for the test that prepares them.
pub const ALL: &[&str] = &[ADD_EVENT];

const ADD_EVENT: &str = "INSERT INTO security_events (id, at, kind, user_id, actor_id, network, user_agent, detail) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

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
