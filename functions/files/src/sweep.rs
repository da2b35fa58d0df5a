//! What the schedule does: files that are over go, and bytes that no record keeps.

use serde::Deserialize;
use shared::log;
use shared::platform::Platform;
use uploads::{BUCKET, store};

use crate::store as own;

/// Rounds of a run at most, of 500 objects each.
const ROUNDS: usize = 20;

#[derive(Deserialize)]
struct Taken {
    object: String,
}

/// Days in the trash, unless `FILES_TRASH_DAYS` says otherwise.
const TRASH_DAYS: u64 = 30;

/// Deletes what is over. What fails stands there for the next run.
pub async fn run(platform: &Platform) {
    let (now, days) = (platform.now_ms(), platform.var("FILES_TRASH_DAYS").and_then(|days| days.parse().ok()));
    let since = now.saturating_sub(days.unwrap_or(TRASH_DAYS) * shared::time::DAY_MS);
    let batch = vec![own::empty_trash(since, now), own::forget_links(now)];
    if let Err(cause) = platform.db().batch(batch).await {
        log::event("files", "error", "sweep", "the trash was not emptied", Some(&format!("{cause:?}")));
    }
    for _ in 0..ROUNDS {
        match round(platform).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(cause) => return log::event("files", "error", "sweep", "files were not swept", Some(&cause)),
        }
    }
}

/// One round; whether there may be more. Names are taken before bytes go, and forgotten after: no record can take them
/// between.
async fn round(platform: &Platform) -> Result<bool, String> {
    let now = platform.now_ms();
    let mut rows =
        platform.db().batch(vec![store::expire(now), store::take(now)]).await.map_err(|e| format!("{e:?}"))?;
    let taken: Vec<Taken> = rows.take(1).map_err(|error| format!("{error:?}"))?;
    if taken.is_empty() {
        return Ok(false);
    }
    let names: Vec<String> = taken.into_iter().map(|taken| taken.object).collect();
    platform.bucket(BUCKET).delete(&names).await?;
    let list = serde_json::to_string(&names).map_err(|error| error.to_string())?;
    platform.db().run(store::forget(&list)).await.map_err(|error| format!("{error:?}"))?;
    Ok(true)
}
