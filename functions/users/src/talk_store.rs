//! What an account's export reads of prompts and talk. Their deletion is the database's own: it goes with the person.
//! Not here: everything else that is done with them (`functions/talk`).

use shared::db::Statement;
use shared::sql;

use crate::person_store::most;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[CONVERSATIONS, MESSAGES, PROMPTS, FEEDBACK];

/// Bytes of messages in an export; what is more is in the exports of conversations.
pub const MOST_BYTES: u64 = 8 * 1024 * 1024;

const CONVERSATIONS: &str = "SELECT id, title, model, system, created_at, updated_at FROM conversations \
WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2";
const MESSAGES: &str = "SELECT m.id, m.conversation_id, m.parent_id, m.role, m.content, m.state, m.model, m.created_at, s.whole \
FROM (SELECT id, sum(bytes) OVER (ORDER BY id DESC) AS total, sum(bytes) OVER () AS whole FROM messages WHERE user_id = ?1) s \
JOIN messages m ON m.id = s.id WHERE s.total <= ?3 ORDER BY m.id DESC LIMIT ?2";
const PROMPTS: &str = "SELECT p.id, p.name, p.description, p.created_at, (SELECT json_group_array(json_object('version', v.version, \
'messages', json(v.messages))) FROM prompt_versions v WHERE v.prompt_id = p.id) AS versions FROM prompts p \
WHERE p.user_id = ?1 ORDER BY p.id DESC LIMIT ?2";
const FEEDBACK: &str = "SELECT id, coalesce(message_id, call_id) AS about, rating, reasons, comment, updated_at FROM feedback \
WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2";

/// The conversations of a person, newest first.
pub fn conversations(user: &str) -> Statement {
    sql!(CONVERSATIONS, user, most())
}

/// The newest messages of a person that fit into an export, newest first.
pub fn messages(user: &str) -> Statement {
    sql!(MESSAGES, user, most(), MOST_BYTES)
}

/// The prompts of a person, newest first; those of organisations are not theirs.
pub fn prompts(user: &str) -> Statement {
    sql!(PROMPTS, user, most())
}

/// What a person thinks of answers, newest first.
pub fn feedback(user: &str) -> Statement {
    sql!(FEEDBACK, user, most())
}
