//! All SQL that begins a turn or takes it back. A turn is claimed by its id: one at a time in a conversation, and everything it writes asks whether
//! it still is its turn. Not here: keeping the answer (`answer_store`). `?1` is the caller, `?2` the conversation, unless a statement says otherwise.

use serde::Deserialize;
use shared::db::Statement;
use shared::sql;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[DOOR, CLAIM, SAY, GROW, LINE, UNSAY, RELEASE];

/// Messages of a conversation at most, in all branches.
pub const MOST_MESSAGES: u64 = 1_000;
/// Bytes of a conversation beyond which nothing more is said in it.
pub const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Where a turn begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// Behind the newest message of the branch that is shown.
    Head,
    /// Behind this message, or at the beginning.
    After(Option<String>),
    /// At this message, which is answered again, or whose question is.
    Again(String),
}

impl From {
    const fn word(&self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::After(_) => "after",
            Self::Again(_) => "again",
        }
    }

    fn message(&self) -> Option<&str> {
        match self {
            Self::Head => None,
            Self::After(message) => message.as_deref(),
            Self::Again(message) => Some(message),
        }
    }
}

/// Whether the message a turn begins at (?3) is there, for a turn that begins so (?4).
macro_rules! known_sql {
    () => {
        "(?4 = 'head' OR (?4 = 'after' AND ?3 IS NULL) OR EXISTS \
(SELECT 1 FROM messages m WHERE m.id = ?3 AND m.conversation_id = c.id))"
    };
}

// ?5 bytes of what is said, ?6 now, ?7 and ?8 the limits.
const DOOR: &str = concat!(
    "SELECT c.title, c.title_by, c.model, c.system, c.head_id, c.context_messages, c.context_bytes, ",
    known_sql!(),
    " AS known, c.turn IS NOT NULL AND c.turn_until > ?6 AS busy, \
c.messages + 2 <= ?7 AND c.bytes + ?5 <= ?8 AS room FROM conversations c WHERE c.id = ?2 AND c.user_id = ?1"
);
const CLAIM: &str = concat!(
    "UPDATE conversations AS c SET turn = ?9, turn_until = ?10 WHERE c.id = ?2 AND c.user_id = ?1 \
AND (c.turn IS NULL OR c.turn_until <= ?6) AND c.messages + 2 <= ?7 AND c.bytes + ?5 <= ?8 AND ",
    known_sql!()
);
// ?3 the message it follows, ?4 how the turn begins, ?5 the turn, ?6 the new message, ?7 its content, ?8 its bytes, ?9 now.
const SAY: &str = "INSERT INTO messages (id, conversation_id, user_id, parent_id, role, content, bytes, state, prompt_id, \
prompt_version, created_at) SELECT ?6, c.id, c.user_id, CASE WHEN ?4 = 'head' THEN c.head_id ELSE ?3 END, 'user', ?7, ?8, \
'complete', ?10, ?11, ?9 FROM conversations c WHERE c.id = ?2 AND c.user_id = ?1 AND c.turn = ?5";
// ?3 the turn, ?4 the new message, ?5 its bytes, ?6 its first words, ?7 now.
const GROW: &str = "UPDATE conversations SET head_id = ?4, messages = messages + 1, bytes = bytes + ?5, \
title = CASE WHEN title_by = 'nobody' THEN ?6 ELSE title END, \
title_by = CASE WHEN title_by = 'nobody' THEN 'words' ELSE title_by END, updated_at = ?7 \
WHERE id = ?2 AND user_id = ?1 AND turn = ?3";
// From the question back: as many messages, and as many bytes, as the conversation's context has room for; the question
// itself always. ?3 the turn, ?4 the question, or an answer to it.
const LINE: &str = "WITH RECURSIVE line (id, parent_id, depth, total) AS (SELECT m.id, m.parent_id, 1, m.bytes \
FROM conversations c JOIN messages m ON m.conversation_id = c.id AND m.id = \
(SELECT CASE a.role WHEN 'user' THEN a.id ELSE a.parent_id END FROM messages a WHERE a.id = ?4) \
WHERE c.id = ?2 AND c.user_id = ?1 AND c.turn = ?3 \
UNION ALL SELECT p.id, p.parent_id, l.depth + 1, l.total + p.bytes FROM line l JOIN messages p ON p.id = l.parent_id \
JOIN conversations c ON c.id = ?2 WHERE p.conversation_id = c.id AND l.depth < c.context_messages \
AND l.total + p.bytes <= c.context_bytes) \
SELECT m.id, m.role, m.content FROM line l JOIN messages m ON m.id = l.id ORDER BY l.depth";

/// A conversation as a turn finds it.
#[derive(Debug, Deserialize)]
pub struct Door {
    /// What it is called.
    pub title: String,
    /// Who found the title.
    pub title_by: String,
    /// The model.
    pub model: String,
    /// What the model is told before anything else.
    pub system: String,
    /// The newest message of the branch that is shown.
    pub head_id: Option<String>,
    /// 1: the message that was named is there.
    pub known: u8,
    /// 1: another turn is under way.
    pub busy: u8,
    /// 1: there is room for what is said.
    pub room: u8,
}

/// What a turn says.
pub struct Saying<'a> {
    /// `msg_…`.
    pub id: &'a str,
    /// The text.
    pub content: &'a str,
    /// What it begins with, for a title.
    pub words: &'a str,
    /// The prompt it was written with.
    pub prompt_id: Option<&'a str>,
    /// That prompt's version.
    pub prompt_version: Option<u32>,
}

/// A turn to be.
pub struct Opening<'a> {
    /// Whose.
    pub caller: &'a str,
    /// In which conversation.
    pub conversation: &'a str,
    /// `trn_…`.
    pub turn: &'a str,
    /// Where it begins.
    pub from: &'a From,
    /// What is said; nothing where an answer is asked for again.
    pub saying: Option<Saying<'a>>,
    /// Milliseconds.
    pub now: u64,
    /// Until when nobody else may take over.
    pub until: u64,
}

/// Where the line of a turn is in the batch of `open`: behind the door, the claim and what is said.
pub fn line_of(opening: &Opening<'_>) -> usize {
    if opening.saying.is_some() { 4 } else { 2 }
}

/// Opens a turn, in one transaction: the door, the claim, what is said, and what the model is told of it.
pub fn open(opening: &Opening<'_>) -> Vec<Statement> {
    let Opening { caller, conversation, turn, from, saying, now, until } = opening;
    let (message, word) = (from.message(), from.word());
    let bytes = saying.as_ref().map_or(0, |saying| bytes(saying.content));
    let (most, most_bytes) = (MOST_MESSAGES, MOST_BYTES);
    let mut batch = vec![
        sql!(DOOR, *caller, *conversation, message, word, bytes, *now, most, most_bytes),
        sql!(CLAIM, *caller, *conversation, message, word, bytes, *now, most, most_bytes, *turn, *until),
    ];
    let mut question = message;
    if let Some(Saying { id, content, words, prompt_id, prompt_version }) = saying {
        let version = prompt_version.map(u64::from);
        batch.push(sql!(
            SAY,
            *caller,
            *conversation,
            message,
            word,
            *turn,
            *id,
            *content,
            bytes,
            *now,
            *prompt_id,
            version
        ));
        batch.push(sql!(GROW, *caller, *conversation, *turn, *id, bytes, *words, *now));
        question = Some(id);
    }
    batch.push(sql!(LINE, *caller, *conversation, *turn, question));
    batch
}

/// Bytes of a text, as they are counted.
pub fn bytes(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

// ?1 the conversation, ?2 the turn.
const UNSAY: &str = "DELETE FROM messages WHERE id = ?3 AND conversation_id = ?1 \
AND EXISTS (SELECT 1 FROM conversations WHERE id = ?1 AND turn = ?2)";
// A title that the person gave meanwhile stays.
const RELEASE: &str = "UPDATE conversations SET turn = NULL, turn_until = NULL, head_id = CASE WHEN ?3 IS NULL THEN head_id ELSE ?4 END, \
messages = CASE WHEN ?3 IS NULL THEN messages ELSE messages - 1 END, bytes = bytes - ?5, \
title = CASE WHEN title_by = 'words' AND ?3 IS NOT NULL THEN ?6 ELSE title END, \
title_by = CASE WHEN title_by = 'words' AND ?3 IS NOT NULL THEN ?7 ELSE title_by END WHERE id = ?1 AND turn = ?2";

/// A turn that is to leave nothing behind: what was said, its bytes, and how the conversation was before.
pub struct TakingBack<'a> {
    /// In which conversation.
    pub conversation: &'a str,
    /// Which turn.
    pub turn: &'a str,
    /// What was said, and its bytes.
    pub said: Option<(&'a str, u64)>,
    /// The conversation as it was.
    pub before: &'a Door,
}

/// Takes back what a turn said, and ends it.
pub fn take_back(what: &TakingBack<'_>) -> Vec<Statement> {
    let TakingBack { conversation, turn, said, before } = *what;
    let message = said.map(|(id, _)| id);
    let bytes = said.map_or(0, |(_, bytes)| bytes);
    let (head, title, by) = (before.head_id.as_deref(), before.title.as_str(), before.title_by.as_str());
    let release = sql!(RELEASE, conversation, turn, message, head, bytes, title, by);
    message.map(|id| sql!(UNSAY, conversation, turn, id)).into_iter().chain([release]).collect()
}
