//! What the schedule does: uploads that nobody went on with end. Their pieces are left to the sweep of the function `files`,
//! which takes bytes that no record keeps.

use serde::Deserialize;
use shared::log;
use shared::platform::Platform;
use uploads::BUCKET;

use crate::{direct, store};

/// Rounds of a run at most, of a hundred uploads each.
const ROUNDS: usize = 20;

#[derive(Deserialize)]
struct Over {
    id: String,
    multipart: Option<String>,
}

/// Ends what is over. What fails stands there for the next run.
pub async fn run(platform: &Platform) {
    for _ in 0..ROUNDS {
        match round(platform).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(cause) => return log::event("ingest", "error", "sweep", "uploads were not swept", Some(&cause)),
        }
    }
}

/// One round; whether there may be more.
async fn round(platform: &Platform) -> Result<bool, String> {
    let ended = platform.db().batch(vec![store::expire(platform.now_ms())]).await;
    let ended = ended.and_then(|mut rows| rows.take::<Over>(0)).map_err(|error| format!("{error:?}"))?;
    for over in &ended {
        let Some(multipart) = &over.multipart else { continue };
        // R2 throws away by itself, within a week, what is not thrown away here.
        if let Err(cause) = platform.bucket(BUCKET).multipart_abort(&direct::object(&over.id), multipart).await {
            log::event("ingest", "warn", "sweep", "parts were not thrown away", Some(&cause));
        }
    }
    Ok(!ended.is_empty())
}
