//! Every five minutes: hands over what never reached the queue, and forgets what is old.

use shared::accounts::letters;
use shared::log;
use shared::platform::Platform;

use crate::store::{self, LetterId};

/// Milliseconds after which a letter that waits was forgotten by whoever wrote it.
const FORGOTTEN_MS: u64 = 60_000;
/// Milliseconds after which a letter that nobody tried was lost by the queue.
const LOST_MS: u64 = 3_600_000;

/// Does both; a failure of one is logged and keeps the other from nothing.
pub async fn run(platform: &Platform) {
    if let Err(cause) = hand_over(platform).await {
        log::event("mail", "error", "mail::schedule", "letters were not handed over", Some(&cause));
    }
    if let Err(error) = platform.db().batch(store::forget(platform.now_ms())).await {
        log::event("mail", "error", "mail::schedule", "old letters were not deleted", Some(&format!("{error:?}")));
    }
}

async fn hand_over(platform: &Platform) -> Result<(), String> {
    let now = platform.now_ms();
    let left = store::left_over(now.saturating_sub(FORGOTTEN_MS), now.saturating_sub(LOST_MS));
    let left: Vec<LetterId> = platform.db().all(left).await.map_err(|error| format!("{error:?}"))?;
    let ids: Vec<String> = left.into_iter().map(|letter| letter.id).collect();
    if ids.is_empty() { Ok(()) } else { letters::hand(platform, &ids).await }
}
