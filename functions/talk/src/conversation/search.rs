//! Searching one's own messages. There is no index of words: one request looks through a bounded number of messages,
//! newest first, and its cursor goes on behind the last one it looked at, so all of them are found in the end, in any
//! language, and a search costs what it looks at.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Query;
use shared::page::{self, Limit, Page};
use shared::problem::Problem;
use shared::time;

use super::message_store::{self, SCANNED_AT_ONCE};

/// Words of a search at most.
const MOST_WORDS: usize = 8;
/// Bytes of a search at most.
const LONGEST: usize = 200;

/// The query of a search.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SearchQuery {
    /// Words that all have to be in a message, 8 at most; letters of ASCII in any case.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 200)))]
    pub q: String,
    /// Items at most.
    #[serde(default)]
    pub limit: Limit,
    /// `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A message that was found.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Found {
    /// The message.
    pub message_id: String,
    /// Its conversation.
    pub conversation_id: String,
    /// What that is called.
    pub title: String,
    /// `user` or `assistant`.
    pub role: String,
    /// The text around the first word, 200 characters.
    pub excerpt: String,
    /// RFC 3339.
    pub created_at: String,
}

#[derive(Deserialize)]
struct FoundRow {
    id: String,
    conversation_id: String,
    title: String,
    role: String,
    excerpt: String,
    created_at: u64,
}

#[derive(Deserialize)]
struct Scanned {
    last: Option<String>,
    scanned: u64,
}

impl From<FoundRow> for Found {
    fn from(row: FoundRow) -> Self {
        let FoundRow { id, conversation_id, title, role, excerpt, created_at } = row;
        Self { message_id: id, conversation_id, title, role, excerpt, created_at: time::rfc3339(created_at) }
    }
}

/// `GET /v1/conversations/search`: newest first. A page may hold fewer than `limit`, even none, and still have a next.
///
/// # Errors
/// 422 for a query without a word, or with too many.
pub async fn find(cx: &Cx, caller: Rc<Caller>, Query(query): Query<SearchQuery>) -> Result<Page<Found>, Problem> {
    let words: Vec<String> = query.q.split_whitespace().map(str::to_ascii_lowercase).collect();
    let Some(first) = words.first().filter(|_| words.len() <= MOST_WORDS && query.q.len() <= LONGEST) else {
        return Err(Problem::invalid("q", "invalid", "must be 1 to 8 words of 200 bytes together"));
    };
    let json = serde_json::to_string(&words).map_err(Problem::internal)?;
    let before = page::after(cx, query.cursor.as_deref())?;
    let batch = message_store::search(caller.user_id(), before.as_deref(), &json, first, query.limit.to_read());
    let mut rows = cx.platform.db().batch(batch).await?;
    let scanned = rows.take::<Scanned>(0)?.into_iter().next();
    let mut page = page::page(cx, query.limit, rows.take::<FoundRow>(1)?, |row| row.id.clone(), Found::from)?;
    let behind = scanned.filter(|seen| seen.scanned >= SCANNED_AT_ONCE).and_then(|seen| seen.last);
    if let (None, Some(last)) = (&page.next_cursor, behind) {
        page.next_cursor = Some(page::cursor(cx, &last)?);
    }
    Ok(page)
}
