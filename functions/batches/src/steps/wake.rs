//! What the schedule does with batches: those whose window has ended are ended, and those that gave no sign for long are
//! woken. A step that was lost between the database and the queue costs minutes, not the batch.

use jobs::step::Step;
use serde::Deserialize;
use shared::platform::Platform;
use shared::problem::Problem;

use super::{conclude, go_on, of_slice};
use crate::row::BatchRow;
use crate::slice_store::{self, Due};
use crate::store;

/// Milliseconds of silence after which a batch is looked at.
const SILENCE_MS: u64 = 3 * 60_000;
/// Milliseconds after which the step of a slice counts as lost: longer than any wait between two tries.
const LOST_MS: u64 = 16 * 60_000;

#[derive(Deserialize)]
struct Over {
    id: String,
}

/// Ends what is over, wakes what is silent.
///
/// # Errors
/// 503 when the database or the queue fails.
pub async fn wake(platform: &Platform) -> Result<(), Problem> {
    let now = platform.now_ms();
    let statements = vec![store::over(now), store::silent(now.saturating_sub(SILENCE_MS))];
    let mut rows = platform.db().batch(statements).await?;
    let (over, silent): (Vec<Over>, Vec<BatchRow>) = (rows.take(0)?, rows.take(1)?);
    for batch in &over {
        conclude(platform, &batch.id, "expired", None).await?;
    }
    for batch in silent.iter().filter(|batch| !over.iter().any(|over| over.id == batch.id)) {
        rouse(platform, batch).await?;
    }
    Ok(())
}

async fn rouse(platform: &Platform, batch: &BatchRow) -> Result<(), Problem> {
    let now = platform.now_ms();
    platform.db().run(store::touch(&batch.id, now)).await?;
    let kind = match batch.status.as_str() {
        "validating" => "batch.validate",
        "in_progress" => return lost(platform, batch).await,
        _ => "batch.finish",
    };
    Step::send(platform, &[Step::new(kind, &batch.id)], 0).await.map_err(Problem::internal)
}

/// Sends the steps of slices once more that were lost.
async fn lost(platform: &Platform, batch: &BatchRow) -> Result<(), Problem> {
    let now = platform.now_ms();
    let since = now.saturating_sub(LOST_MS);
    let statements = vec![slice_store::stuck(&batch.id, since, now), slice_store::revive(&batch.id, since, now)];
    let due: Vec<Due> = platform.db().batch(statements).await?.take(0)?;
    let steps: Vec<Step> = due.into_iter().map(|due| of_slice(&batch.id, due)).collect();
    Step::send(platform, &steps, 0).await.map_err(Problem::internal)?;
    go_on(platform, &batch.id).await
}
