//! What the handlers of all kinds of entries do. How a change is made is in `change`.

use catalogue::registry::Kind;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{JSON_LIMIT, read_body, require_json};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use crate::change::{self, Wish};
use crate::model::{Entry, EntryRow};
use crate::{refusal, store};

/// The entries of one kind, by their ids.
pub(crate) async fn list(cx: &Cx, kind: Kind, query: PageQuery) -> Result<Page<Entry>, Problem> {
    let after = page::after(cx, query.cursor.as_deref())?;
    let wanted = store::entries(kind, after.as_deref(), query.limit.to_read());
    let rows: Vec<EntryRow> = cx.platform.db().all(wanted).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), Entry::from)
}

/// One entry, or 404.
pub(crate) async fn read(cx: &Cx, kind: Kind, id: &str) -> Result<Entry, Problem> {
    let row: Option<EntryRow> = cx.platform.db().first(store::entry(kind, id)).await?;
    row.map(Entry::from).ok_or_else(|| Code::NotFound.into())
}

/// Puts the document of the body.
pub(crate) async fn put(cx: &Cx, caller: &Caller, kind: Kind, id: &str) -> Result<Entry, Problem> {
    require_json(cx)?;
    let text = refusal::json(read_body(cx, JSON_LIMIT).await?)?;
    let named = kind.id_of(&text).map_err(refusal::unreadable)?;
    if named != id {
        return Err(Problem::invalid("/id", "mismatch", "is not what the path names"));
    }
    change::make(cx, caller, &Wish::Entry(kind, id, Some(&text))).await?;
    read(cx, kind, id).await
}

/// Removes an entry.
pub(crate) async fn remove(cx: &Cx, caller: &Caller, kind: Kind, id: &str) -> Result<(), Problem> {
    change::make(cx, caller, &Wish::Entry(kind, id, None)).await.map(|_| ())
}
