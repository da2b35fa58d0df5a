//! The history of the registry: who changed what and when, and how it is brought back.

use std::rc::Rc;

use serde_json::value::RawValue;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Path, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use crate::change::{self, Wish};
use crate::model::{Changed, Revision, RevisionDetail, RevisionRow};
use crate::store;

/// `GET /v1/admin/ai/revisions`: newest first, without what each change replaced.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<PageQuery>) -> Result<Page<Revision>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?.and_then(|text| text.parse().ok());
    let rows: Vec<RevisionRow> = cx.platform.db().all(store::revisions(before, query.limit.to_read())).await?;
    page::page(cx, query.limit, rows, |row| row.revision.to_string(), Revision::from)
}

/// `GET /v1/admin/ai/revisions/{revision}`: one revision, with what it replaced and all it held.
///
/// # Errors
/// 404 for none.
pub async fn read(cx: &Cx, Path(number): Path) -> Result<RevisionDetail, Problem> {
    let mut row = row(cx, &number).await?;
    let registry = RawValue::from_string(row.body.take().unwrap_or_default()).map_err(Problem::internal)?;
    Ok(RevisionDetail { revision: row.into(), registry })
}

/// `POST /v1/admin/ai/revisions/{revision}/restore`: the registry is what it was then, as a new revision. Keys are
/// not part of it: what was taken out of use stays so.
///
/// # Errors
/// 404 for no such revision, 412 when the registry is not at the revision of `If-Match`, 422 where what it held does
/// not fit any more.
pub async fn restore(cx: &Cx, caller: Rc<Caller>, Path(number): Path) -> Result<Revision, Problem> {
    // Before the first revision there was nothing, and nothing can be brought back as well.
    let (then, body) = match number.as_str() {
        "0" => (0, String::new()),
        number => {
            let row = row(cx, number).await?;
            (row.revision, row.body.unwrap_or_default())
        }
    };
    let documents = change::documents(&body)?;
    let done = change::make(cx, &caller, &Wish::Restored(&documents, then)).await?;
    of(cx, done.revision).await
}

/// A revision as it is told after a change.
///
/// # Errors
/// 503 when the database fails.
pub async fn of(cx: &Cx, revision: u64) -> Result<Revision, Problem> {
    if revision == 0 {
        return Ok(Revision { revision, at: None, actor_id: None, restored: None, changes: Vec::new() });
    }
    let mut told = Revision::from(row(cx, &revision.to_string()).await?);
    told.changes = told.changes.into_iter().map(short).collect();
    Ok(told)
}

fn short(changed: Changed) -> Changed {
    Changed { before: None, after: None, ..changed }
}

async fn row(cx: &Cx, number: &str) -> Result<RevisionRow, Problem> {
    // Numbers beyond this are no revisions, and D1 could not carry them.
    let number = number.parse().ok().filter(|number| *number < 1 << 53).ok_or(Code::NotFound)?;
    let row: Option<RevisionRow> = cx.platform.db().first(store::revision(number)).await?;
    row.ok_or_else(|| Code::NotFound.into())
}
