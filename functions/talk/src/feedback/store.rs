//! All SQL of feedback. What an answer was made with is copied from the message or the ledger, so that it can be read
//! after the conversation is gone from view; what was said is not.

use shared::db::Statement;
use shared::sql;

use super::model::Rating;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[DOOR_OF_MESSAGE, RATE_MESSAGE, FORGET_MESSAGE, DOOR_OF_CALL, RATE_CALL, FORGET_CALL, LIST];

const DOOR_OF_MESSAGE: &str = "SELECT 1 AS one FROM messages m WHERE m.id = ?3 AND m.conversation_id = ?2 \
AND m.user_id = ?1 AND m.role = 'assistant'";
const RATE_MESSAGE: &str = "INSERT INTO feedback (id, user_id, message_id, rating, reasons, comment, model, provider, \
request_id, prompt_id, prompt_version, created_at, updated_at) \
SELECT ?4, m.user_id, m.id, ?5, ?6, ?7, m.model, m.provider, m.request_id, m.prompt_id, m.prompt_version, ?8, ?8 FROM messages m \
WHERE m.id = ?3 AND m.conversation_id = ?2 AND m.user_id = ?1 AND m.role = 'assistant' \
ON CONFLICT (message_id) DO UPDATE SET rating = excluded.rating, reasons = excluded.reasons, \
comment = excluded.comment, updated_at = excluded.updated_at";
const FORGET_MESSAGE: &str = "DELETE FROM feedback WHERE message_id = ?3 AND user_id = ?1 \
AND EXISTS (SELECT 1 FROM messages m WHERE m.id = ?3 AND m.conversation_id = ?2)";

/// An opinion to be.
pub struct NewOpinion<'a> {
    /// `fbk_…`.
    pub id: &'a str,
    /// Good or bad.
    pub rating: Rating,
    /// Words, JSON.
    pub reasons: &'a str,
    /// More words.
    pub comment: &'a str,
    /// Milliseconds.
    pub now: u64,
}

/// Whether the answer is there for the caller, and what they think of it from now on.
pub fn rate_message(caller: &str, conversation: &str, message: &str, new: &NewOpinion<'_>) -> Vec<Statement> {
    let NewOpinion { id, rating, reasons, comment, now } = *new;
    vec![
        sql!(DOOR_OF_MESSAGE, caller, conversation, message),
        sql!(RATE_MESSAGE, caller, conversation, message, id, rating.as_str(), reasons, comment, now),
    ]
}

/// Whether the answer is there for the caller, and their opinion no more.
pub fn forget_message(caller: &str, conversation: &str, message: &str) -> Vec<Statement> {
    vec![sql!(DOOR_OF_MESSAGE, caller, conversation, message), sql!(FORGET_MESSAGE, caller, conversation, message)]
}

// A call is named by its own id or by that of its request, which is what a client has. Names of requests may be the
// client's own and come twice: then the newest call is meant.
macro_rules! call_sql {
    () => {
        "(SELECT l.call_id FROM ledger l WHERE l.user_id = ?1 AND (l.call_id = ?2 OR l.request_id = ?2) \
ORDER BY l.started_at DESC, l.call_id DESC LIMIT 1)"
    };
}

const DOOR_OF_CALL: &str = concat!("SELECT 1 AS one FROM ledger l WHERE l.call_id = ", call_sql!());
const RATE_CALL: &str = concat!(
    "INSERT INTO feedback (id, user_id, call_id, rating, reasons, comment, model, provider, request_id, created_at, updated_at) \
SELECT ?3, l.user_id, l.call_id, ?4, ?5, ?6, l.model, l.provider, l.request_id, ?7, ?7 FROM ledger l WHERE l.call_id = ",
    call_sql!(),
    " ON CONFLICT (call_id) DO UPDATE SET rating = excluded.rating, reasons = excluded.reasons, \
comment = excluded.comment, updated_at = excluded.updated_at"
);
const FORGET_CALL: &str = concat!("DELETE FROM feedback WHERE user_id = ?1 AND call_id = ", call_sql!());

/// Whether the call is the caller's and booked, and what they think of it from now on.
pub fn rate_call(caller: &str, call: &str, new: &NewOpinion<'_>) -> Vec<Statement> {
    let NewOpinion { id, rating, reasons, comment, now } = *new;
    vec![sql!(DOOR_OF_CALL, caller, call), sql!(RATE_CALL, caller, call, id, rating.as_str(), reasons, comment, now)]
}

/// Whether the call is the caller's, and their opinion no more.
pub fn forget_call(caller: &str, call: &str) -> Vec<Statement> {
    vec![sql!(DOOR_OF_CALL, caller, call), sql!(FORGET_CALL, caller, call)]
}

const LIST: &str = "SELECT id, user_id, rating, reasons, comment, model, provider, request_id, prompt_id, prompt_version, \
updated_at FROM feedback WHERE (?1 IS NULL OR id < ?1) AND (?3 IS NULL OR model = ?3) AND (?4 IS NULL OR rating = ?4) \
AND (?5 IS NULL OR prompt_id = ?5) ORDER BY id DESC LIMIT ?2";

/// Everybody's feedback, newest first.
pub fn list(
    before: Option<&str>,
    limit: u64,
    model: Option<&str>,
    rating: Option<Rating>,
    prompt: Option<&str>,
) -> Statement {
    sql!(LIST, before, limit, model, rating.map(Rating::as_str), prompt)
}
