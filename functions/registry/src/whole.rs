//! The registry as one document: for backups, and for whoever keeps it in a repository.

use std::rc::Rc;

use catalogue::registry::documents::Documents;
use catalogue::registry::revision::LONGEST;
use catalogue::registry::{Registry, faults};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{read_body, require_json};
use shared::problem::Problem;
use shared::reply::{Body, Reply};

use crate::change::{self, Wish};
use crate::model::Revision;
use crate::{refusal, revisions};

/// `GET /v1/admin/ai/registry`: all entries, with the revision in `ETag`. What was read can be put back.
///
/// # Errors
/// None beyond the row's own.
pub async fn read(cx: &Cx) -> Result<Reply, Problem> {
    let (revision, documents) = change::current(cx).await?;
    let reply = Reply::new(200, "application/json", Body::Text(documents.to_json()));
    Ok(reply.header("ETag", change::etag(revision)))
}

/// `PUT /v1/admin/ai/registry`: this and nothing else holds from now on, as one revision.
///
/// # Errors
/// 412 when the registry is not at the revision of `If-Match`, 413 for one that is too large, 422 for what does not fit.
pub async fn replace(cx: &Cx, caller: Rc<Caller>) -> Result<Revision, Problem> {
    require_json(cx)?;
    let text = refusal::json(read_body(cx, LONGEST).await?)?;
    let documents = Documents::from_json(&text).map_err(refusal::unreadable)?;
    // Looked at in the order it was written in, so that pointers lead into what was sent.
    let found = Registry::from_json(&text).map(|registry| faults(&registry, change::place(cx)));
    let found = found.map_err(refusal::unreadable)?;
    if !found.is_empty() {
        return Err(refusal::of_whole(&found));
    }
    let done = change::make(cx, &caller, &Wish::Whole(&documents)).await?;
    revisions::of(cx, done.revision).await
}
