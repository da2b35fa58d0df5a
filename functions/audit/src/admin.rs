//! What administrators read: events by account, kind and time, the chain as a file, and its signed end.

use shared::cx::Cx;
use shared::extract::Query;
use shared::page::{self, Page};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};
use shared::time;

use crate::head::{AuditHead, BUCKET, NEWEST};
use crate::model::{AuditEvent, AuditQuery, EventRow, ExportLine, ExportQuery};
use crate::store::{self, Wanted};
use crate::{schedule, seal};

/// Lines of one reply of an export.
const MOST_EXPORTED: u64 = 1000;

/// `GET /v1/admin/audit`: events, newest first, also those that are not sealed yet.
///
/// # Errors
/// 422 for what is no time.
pub async fn list(cx: &Cx, Query(query): Query<AuditQuery>) -> Result<Page<AuditEvent>, Problem> {
    let before = row_of(page::after(cx, query.cursor.as_deref())?);
    let moment = |name: &str, text: Option<&str>, otherwise: u64| match text {
        None => Ok(otherwise),
        Some(text) => {
            time::parse(text).ok_or_else(|| Problem::invalid(name, "invalid", "is neither RFC 3339 nor a day"))
        }
    };
    let wanted = Wanted {
        user_id: query.user_id.as_deref(),
        kind: query.kind.as_deref(),
        from: moment("from", query.from.as_deref(), 0)?,
        // The largest number that D1 carries exactly.
        to: moment("to", query.to.as_deref(), 1 << 53)?,
    };
    let rows: Vec<EventRow> = cx.platform.db().all(store::events(&wanted, before, query.limit.to_read())).await?;
    page::page(cx, query.limit, rows, |row| row.seq.to_string(), AuditEvent::from)
}

/// The row that a cursor names.
pub(crate) fn row_of(cursor: Option<String>) -> Option<u64> {
    cursor.and_then(|text| text.parse().ok())
}

/// `GET /v1/admin/audit/head`: the newest signed head, as it is kept outside of the database.
///
/// # Errors
/// 404 before anything was sealed, 503 when the bucket does not answer.
pub async fn head(cx: &Cx) -> Result<AuditHead, Problem> {
    let kept = cx.platform.bucket(BUCKET).get(NEWEST).await.map_err(unavailable)?;
    let text = kept.ok_or(Code::NotFound)?;
    shared::json::read(&text).map_err(Problem::internal)
}

/// `GET /v1/admin/audit/export`: the chain as JSON Lines, from the beginning or from behind a known event, a thousand
/// events at most; no line is the end.
///
/// # Errors
/// None beyond the row's own.
pub async fn export(cx: &Cx, Query(query): Query<ExportQuery>) -> Result<Reply, Problem> {
    let after = query.after.min(1 << 53);
    let rows: Vec<EventRow> = cx.platform.db().all(store::export(after, MOST_EXPORTED)).await?;
    let mut text = String::new();
    for line in rows.into_iter().filter_map(ExportLine::of) {
        text.push_str(&serde_json::to_string(&line).map_err(Problem::internal)?);
        text.push('\n');
    }
    Ok(Reply::new(200, "application/jsonl", Body::Text(text)))
}

/// `POST /v1/admin/audit/seal`: does now what is done each minute, and gives the newest head.
///
/// # Errors
/// 404 where nothing ever happened, 503 when the events cannot be sealed; the log says why.
pub async fn seal(cx: &Cx) -> Result<AuditHead, Problem> {
    // As many round trips as there is to seal: the schedule's work, not this row's.
    let platform = cx.platform.background();
    schedule::look(&platform).await;
    let head = seal::run(&platform).await.map_err(unavailable)?;
    head.ok_or_else(|| Code::NotFound.into())
}

fn unavailable(cause: String) -> Problem {
    Problem::from(Code::Unavailable).because(cause).header("Retry-After", "60")
}
