//! All SQL of conversations and settings. `?1` is the caller, whose conversations are theirs alone; `?2` one of them.

use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] =
    &[ADD, READ, LIST, DOOR_OF_HEAD, CHANGE, DELETE, SETTINGS, KEEP_FOR, KEEP_ALWAYS, SWEEP_ALL, SWEEP_THEIRS];

/// Conversations that a person has at most.
pub const MOST_CONVERSATIONS: u64 = 5_000;

const ADD: &str = "INSERT INTO conversations (id, user_id, title, title_by, model, system, context_messages, context_bytes, \
created_at, updated_at) SELECT ?2, u.id, ?3, CASE WHEN ?3 = '' THEN 'nobody' ELSE 'person' END, ?4, ?5, ?6, ?7, ?8, ?8 \
FROM users u WHERE u.id = ?1 AND (SELECT count(*) FROM conversations WHERE user_id = ?1) < ?9";

/// A conversation to be.
pub struct NewConversation<'a> {
    /// `cnv_…`.
    pub id: &'a str,
    /// What it is called; empty: the model finds a title.
    pub title: &'a str,
    /// The model.
    pub model: &'a str,
    /// What it is told before anything else.
    pub system: &'a str,
    /// The newest messages that it is told.
    pub context_messages: u64,
    /// Their bytes.
    pub context_bytes: u64,
    /// Milliseconds.
    pub now: u64,
}

/// Makes a conversation and reads it; of whoever has too many nothing is made.
pub fn add(caller: &str, new: &NewConversation<'_>) -> Vec<Statement> {
    let NewConversation { id, title, model, system, context_messages, context_bytes, now } = *new;
    let most = MOST_CONVERSATIONS;
    vec![sql!(ADD, caller, id, title, model, system, context_messages, context_bytes, now, most), read(caller, id, now)]
}

/// The columns of a conversation; `?3` is now.
macro_rules! columns_sql {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.title, c.title_by, c.model, c.system, c.context_messages, c.context_bytes, c.head_id, c.messages, \
c.turn IS NOT NULL AND c.turn_until > ?3 AS answering, c.created_at, c.updated_at FROM conversations c WHERE c.user_id = ?1 ",
            $rest
        )
    };
}

const READ: &str = columns_sql!("AND c.id = ?2");
// ?2 and ?4: when something was said in the last one of the page before, and its id.
const LIST: &str =
    columns_sql!("AND (?2 IS NULL OR (c.updated_at, c.id) < (?2, ?4)) ORDER BY c.updated_at DESC, c.id DESC LIMIT ?5");

/// One of the caller's conversations.
pub fn read(caller: &str, id: &str, now: u64) -> Statement {
    sql!(READ, caller, id, now)
}

/// The caller's conversations, those first in which something was said last.
pub fn list(caller: &str, before: Option<(u64, &str)>, limit: u64, now: u64) -> Statement {
    sql!(LIST, caller, before.map(|(at, _)| at), now, before.map(|(_, id)| id), limit)
}

const DOOR_OF_HEAD: &str = "SELECT ?3 IS NULL OR EXISTS (SELECT 1 FROM messages m WHERE m.id = ?3 AND m.conversation_id = c.id) AS known, \
c.turn IS NOT NULL AND c.turn_until > ?4 AS busy FROM conversations c WHERE c.id = ?2 AND c.user_id = ?1";
// A branch is not changed while an answer is being written: the answer goes where it was asked.
const CHANGE: &str = "UPDATE conversations AS c SET title = coalesce(?3, c.title), \
title_by = CASE WHEN ?3 IS NULL THEN c.title_by ELSE 'person' END, model = coalesce(?4, c.model), \
system = coalesce(?5, c.system), context_messages = coalesce(?6, c.context_messages), \
context_bytes = coalesce(?7, c.context_bytes), head_id = coalesce(?8, c.head_id) WHERE c.id = ?2 AND c.user_id = ?1 \
AND (?8 IS NULL OR (EXISTS (SELECT 1 FROM messages m WHERE m.id = ?8 AND m.conversation_id = c.id) \
AND (c.turn IS NULL OR c.turn_until <= ?9)))";

/// What is to be changed; nothing where there is nothing.
#[derive(Default)]
pub struct Changed<'a> {
    /// What it is called.
    pub title: Option<&'a str>,
    /// The model.
    pub model: Option<&'a str>,
    /// What it is told before anything else.
    pub system: Option<&'a str>,
    /// The newest messages that it is told.
    pub context_messages: Option<u64>,
    /// Their bytes.
    pub context_bytes: Option<u64>,
    /// Where the branch ends.
    pub head: Option<&'a str>,
}

/// Changes what is given: whether it is there and the message, too; change; and the conversation as it is then.
pub fn change(caller: &str, id: &str, to: &Changed<'_>, now: u64) -> Vec<Statement> {
    let Changed { title, model, system, context_messages, context_bytes, head } = *to;
    vec![
        sql!(DOOR_OF_HEAD, caller, id, head, now),
        sql!(CHANGE, caller, id, title, model, system, context_messages, context_bytes, head, now),
        read(caller, id, now),
    ]
}

const DELETE: &str = "DELETE FROM conversations WHERE id = ?2 AND user_id = ?1 RETURNING 1 AS one";

/// Deletes a conversation with all that was said in it.
pub fn delete(caller: &str, id: &str) -> Statement {
    sql!(DELETE, caller, id)
}

const SETTINGS: &str = "SELECT retention_days FROM conversation_settings WHERE user_id = ?1";
const KEEP_FOR: &str = "INSERT INTO conversation_settings (user_id, retention_days) VALUES (?1, ?2) \
ON CONFLICT (user_id) DO UPDATE SET retention_days = excluded.retention_days";
const KEEP_ALWAYS: &str = "DELETE FROM conversation_settings WHERE user_id = ?1";

/// The caller's settings.
pub fn settings(caller: &str) -> Statement {
    sql!(SETTINGS, caller)
}

/// For how many days the caller's conversations are kept; `None`: as long as the deployment keeps them.
pub fn keep_for(caller: &str, days: Option<u64>) -> Statement {
    match days {
        Some(days) => sql!(KEEP_FOR, caller, days),
        None => sql!(KEEP_ALWAYS, caller),
    }
}

// A bounded number at once: the next hour goes on.
const SWEEP_ALL: &str = "DELETE FROM conversations WHERE id IN (SELECT id FROM conversations WHERE updated_at < ?1 ORDER BY updated_at LIMIT 200)";
const SWEEP_THEIRS: &str = "DELETE FROM conversations WHERE id IN (SELECT c.id FROM conversation_settings s \
JOIN conversations c ON c.user_id = s.user_id AND c.updated_at < ?1 - s.retention_days * 86400000 LIMIT 200)";

/// Deletes conversations that nobody went on with for longer than they are kept: by the deployment's days, where it
/// has a limit, and by each person's own.
pub fn sweep(deployment_days: Option<u64>, now: u64) -> Vec<Statement> {
    let own = sql!(SWEEP_THEIRS, now);
    let before = deployment_days.map(|days| now.saturating_sub(days.saturating_mul(shared::time::DAY_MS)));
    before.map(|before| sql!(SWEEP_ALL, before)).into_iter().chain([own]).collect()
}
