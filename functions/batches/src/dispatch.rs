//! The ends of this function's queue, and its schedule, with what batches do there.

use jobs::step::Verdict;
use shared::platform::Platform;

use crate::steps;

/// Takes a message of the queue.
pub async fn take(platform: &Platform, text: Option<&str>) -> Verdict {
    jobs::dispatch::take("batches", platform, text, steps::take).await
}

/// Takes a message that was tried too often.
pub async fn bury(platform: &Platform, text: Option<&str>) -> Verdict {
    jobs::dispatch::bury("batches", platform, text, steps::bury).await
}

/// Each minute.
pub async fn wake(platform: &Platform) {
    jobs::dispatch::wake("batches", platform, steps::wake).await;
}
