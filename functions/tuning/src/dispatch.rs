//! The ends of this function's queue, and its schedule, with what tuning jobs do there.

use jobs::step::Verdict;
use shared::platform::Platform;

use crate::working;

/// Takes a message of the queue.
pub async fn take(platform: &Platform, text: Option<&str>) -> Verdict {
    jobs::dispatch::take("tuning", platform, text, working::take).await
}

/// Takes a message that was tried too often: the schedule goes on with its job.
pub async fn bury(platform: &Platform, text: Option<&str>) -> Verdict {
    jobs::dispatch::bury("tuning", platform, text, async |_, _| Ok(())).await
}

/// Each minute.
pub async fn wake(platform: &Platform) {
    jobs::dispatch::wake("tuning", platform, working::wake).await;
}
