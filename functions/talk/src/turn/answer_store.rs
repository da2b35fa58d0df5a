//! All SQL that ends a turn with an answer. `?1` is the conversation, `?2` the turn.

use shared::db::Statement;
use shared::sql;

use super::store::bytes;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[ANSWER, END, RENEW, ENTITLE, BOTH];

// An answer is kept even when somebody else has the turn by then, and once, however
// often it is tried. Of a conversation that was deleted nothing is kept.
const ANSWER: &str = "INSERT OR IGNORE INTO messages (id, conversation_id, user_id, parent_id, role, content, bytes, state, error, \
model, provider, finish_reason, request_id, prompt_id, prompt_version, created_at) \
SELECT ?3, m.conversation_id, m.user_id, m.id, 'assistant', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, m.prompt_id, m.prompt_version, ?13 \
FROM messages m WHERE m.id = ?4 AND m.conversation_id = ?1 AND ?2 IS NOT NULL";
const END: &str = "UPDATE conversations SET head_id = ?3, messages = messages + 1, bytes = bytes + ?4, updated_at = ?5, \
turn = NULL, turn_until = NULL WHERE id = ?1 AND turn = ?2";

/// An answer to be kept.
pub struct Answering<'a> {
    /// In which conversation.
    pub conversation: &'a str,
    /// Which turn.
    pub turn: &'a str,
    /// `msg_…`.
    pub id: &'a str,
    /// What it answers.
    pub question: &'a str,
    /// The text.
    pub content: &'a str,
    /// `complete`, `partial` or `broken`.
    pub state: &'a str,
    /// The code of a broken one.
    pub error: Option<&'a str>,
    /// The model.
    pub model: &'a str,
    /// Its provider.
    pub provider: Option<&'a str>,
    /// Why it stopped.
    pub finish_reason: Option<&'a str>,
    /// The request that called it.
    pub request_id: &'a str,
    /// Milliseconds.
    pub now: u64,
}

/// Keeps an answer and ends the turn.
pub fn answer(what: &Answering<'_>) -> Vec<Statement> {
    let Answering {
        conversation,
        turn,
        id,
        question,
        content,
        state,
        error,
        model,
        provider,
        finish_reason,
        request_id,
        now,
    } = *what;
    let bytes = bytes(content);
    vec![
        sql!(
            ANSWER,
            conversation,
            turn,
            id,
            question,
            content,
            bytes,
            state,
            error,
            model,
            provider,
            finish_reason,
            request_id,
            now
        ),
        sql!(END, conversation, turn, id, bytes, now),
    ]
}

const RENEW: &str = "UPDATE conversations SET turn_until = ?3 WHERE id = ?1 AND turn = ?2";

/// Says that a turn is still under way.
pub fn renew(conversation: &str, turn: &str, until: u64) -> Statement {
    sql!(RENEW, conversation, turn, until)
}

const ENTITLE: &str = "UPDATE conversations SET title = ?2, title_by = 'model' WHERE id = ?1 AND title_by = 'words'";

/// Gives a conversation the title that the model found, unless the person gave it one.
pub fn entitle(conversation: &str, title: &str) -> Statement {
    sql!(ENTITLE, conversation, title)
}

const BOTH: &str = "SELECT m.id, m.parent_id, m.role, m.content, m.state, m.error, m.model, m.provider, m.finish_reason, \
m.request_id, m.prompt_id, m.prompt_version, m.created_at, (SELECT json_group_array(s.id) FROM (SELECT id FROM messages \
WHERE conversation_id = m.conversation_id AND parent_id IS m.parent_id ORDER BY rowid) s) AS siblings, \
f.rating, f.reasons, f.comment FROM messages m LEFT JOIN feedback f ON f.message_id = m.id \
WHERE m.conversation_id = ?1 AND m.id IN (?2, ?3) ORDER BY m.role DESC";

/// The question and its answer, in this order.
pub fn both(conversation: &str, question: &str, answer: &str) -> Statement {
    sql!(BOTH, conversation, question, answer)
}
