//! The last step: what the tries brought becomes two files, and the batch is what it was to be. Tries that are under way are
//! waited for; lines that were never answered are written among the errors where the window or the maker's right ended.

use jobs::step::Step;
use shared::db::{DbError, Statement};
use shared::platform::Platform;
use shared::problem::Problem;

use super::files::{self, Bytes};
use super::send;
use crate::row::BatchRow;
use crate::slice_store::{self, Part};
use crate::store;

/// Seconds between two looks at tries that are under way.
const LOOK_AGAIN: u32 = 2;

#[derive(serde::Deserialize)]
struct Until {
    #[allow(dead_code, reason = "its presence is the answer")]
    one: Option<u64>,
}

/// Writes a batch's files and ends it.
pub(super) async fn run(platform: &Platform, batch: &BatchRow) -> Result<(), Problem> {
    if !matches!(batch.status.as_str(), "finalizing" | "cancelling") {
        return Ok(());
    }
    let now = platform.now_ms();
    let busy: Option<Until> = platform.db().first(slice_store::busy(&batch.id, now)).await?;
    if busy.is_some() {
        return send(platform, Step::new("batch.finish", &batch.id), LOOK_AGAIN).await;
    }
    let left = match batch.ending.as_deref() {
        Some("expired") => {
            files::left(platform, batch, "batch_expired", "The window of this batch ended first.").await?
        }
        Some("failed") => {
            files::left(platform, batch, "batch_failed", "The batch ended before this was asked.").await?
        }
        _ => files::Left::default(),
    };
    let parts: Vec<Part> = platform.db().batch(vec![slice_store::parts(&batch.id)]).await?.take(0)?;
    let output = files::join(platform, batch, "output", &Bytes::of(&parts, "output", &[])).await?;
    let error = files::join(platform, batch, "error", &Bytes::of(&parts, "error", &left.parts)).await?;
    let names: Vec<&str> = parts.iter().chain(&left.parts).map(|part| part.object.as_str()).collect();
    let names = serde_json::to_string(&names).map_err(Problem::internal)?;
    let mut statements: Vec<Statement> = Vec::new();
    for file in [&output, &error].into_iter().flatten() {
        statements.extend(uploads::store::add(batch.owner(), file, None));
    }
    let [output, error] = [&output, &error].map(|file| file.as_ref().map(|file| file.id.as_str()));
    statements.push(store::end(&batch.id, output, error, left.lines, platform.now_ms()));
    statements.push(uploads::store::leave(&names, platform.now_ms()));
    match platform.db().batch(statements).await {
        // Somebody else was faster: the names of the files are taken.
        Ok(_) | Err(DbError::Constraint(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
