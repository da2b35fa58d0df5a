//! All SQL that reads messages: a branch page by page, everything for an export, searching. `?1` is the caller.
//! Not here: writing them, which belongs to a turn.

use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[DOOR, BRANCH, EVERYTHING, SCANNED, FOUND];

// ?3 the message at which a branch ends, or NULL.
const DOOR: &str = "SELECT 1 AS one FROM conversations c WHERE c.id = ?2 AND c.user_id = ?1 AND (?3 IS NULL \
OR EXISTS (SELECT 1 FROM messages m WHERE m.id = ?3 AND m.conversation_id = c.id))";

/// The columns of the message `m`, with its siblings and what the person thinks of it.
macro_rules! columns_sql {
    () => {
        "m.id, m.parent_id, m.role, m.content, m.state, m.error, m.model, m.provider, m.finish_reason, m.request_id, \
m.prompt_id, m.prompt_version, m.created_at, (SELECT json_group_array(s.id) FROM (SELECT id FROM messages \
WHERE conversation_id = m.conversation_id AND parent_id IS m.parent_id ORDER BY rowid) s) AS siblings, \
f.rating, f.reasons, f.comment"
    };
}

// From the end of a branch to its beginning, which is what a page shows. ?3 where it begins: after a message of the page
// before, or at the end of a branch, or at the head.
const BRANCH: &str = concat!(
    "WITH RECURSIVE line (id, parent_id, depth) AS (SELECT m.id, m.parent_id, 1 FROM conversations c \
JOIN messages m ON m.conversation_id = c.id AND m.id = CASE WHEN ?3 IS NOT NULL \
THEN (SELECT b.parent_id FROM messages b WHERE b.id = ?3 AND b.conversation_id = c.id) ELSE coalesce(?4, c.head_id) END \
WHERE c.id = ?2 AND c.user_id = ?1 \
UNION ALL SELECT p.id, p.parent_id, l.depth + 1 FROM line l JOIN messages p ON p.id = l.parent_id \
WHERE p.conversation_id = ?2 AND l.depth < ?5) SELECT ",
    columns_sql!(),
    " FROM line l JOIN messages m ON m.id = l.id LEFT JOIN feedback f ON f.message_id = m.id ORDER BY l.depth"
);

/// Whether a conversation of the caller's is there, and the message in it.
pub fn door(caller: &str, id: &str, message: Option<&str>) -> Statement {
    sql!(DOOR, caller, id, message)
}

/// A page of a branch, newest first: from before the message `before`, or from the end of the branch on.
pub fn branch(caller: &str, id: &str, before: Option<&str>, end: Option<&str>, limit: u64) -> Statement {
    sql!(BRANCH, caller, id, before, end, limit)
}

const EVERYTHING: &str = concat!(
    "SELECT ",
    columns_sql!(),
    " FROM conversations c JOIN messages m ON m.conversation_id = c.id LEFT JOIN feedback f ON f.message_id = m.id \
WHERE c.id = ?2 AND c.user_id = ?1 ORDER BY m.rowid"
);

/// All messages of a conversation in the order in which they were kept. How much that is at most is a conversation's
/// own limit.
pub fn everything(caller: &str, id: &str) -> Statement {
    sql!(EVERYTHING, caller, id)
}

/// Messages that one request looks through.
pub const SCANNED_AT_ONCE: u64 = 2_000;

/// The caller's messages from ?2 on, newest first, ?3 at most.
macro_rules! scanned_sql {
    () => {
        "(SELECT id, conversation_id, role, content, created_at FROM messages WHERE user_id = ?1 \
AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3)"
    };
}

const SCANNED: &str = concat!("SELECT min(id) AS last, count(*) AS scanned FROM ", scanned_sql!());
// ?4 the words, a JSON array in lower case; ?5 the first of them. Letters beyond ASCII have to be written as they stand.
const FOUND: &str = concat!(
    "SELECT s.id, s.conversation_id, c.title, s.role, s.created_at, \
substr(s.content, max(1, instr(lower(s.content), ?5) - 60), 200) AS excerpt FROM ",
    scanned_sql!(),
    " s JOIN conversations c ON c.id = s.conversation_id WHERE NOT EXISTS \
(SELECT 1 FROM json_each(?4) w WHERE instr(lower(s.content), w.value) = 0) ORDER BY s.id DESC LIMIT ?6"
);

/// Looks for messages with all of these words, newest first: how far it looked, and what it found.
pub fn search(caller: &str, before: Option<&str>, words: &str, first: &str, limit: u64) -> Vec<Statement> {
    vec![
        sql!(SCANNED, caller, before, SCANNED_AT_ONCE),
        sql!(FOUND, caller, before, SCANNED_AT_ONCE, words, first, limit),
    ]
}
