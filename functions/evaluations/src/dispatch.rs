//! The ends of this function's queue, and its schedule, with what runs do there.

use jobs::step::Verdict;
use shared::platform::Platform;

use crate::working;

/// Takes a message of the queue.
pub async fn take(platform: &Platform, text: Option<&str>) -> Verdict {
    jobs::dispatch::take("evaluations", platform, text, working::take).await
}

/// Takes a message that was tried too often.
pub async fn bury(platform: &Platform, text: Option<&str>) -> Verdict {
    jobs::dispatch::bury("evaluations", platform, text, working::bury).await
}

/// Each minute.
pub async fn wake(platform: &Platform) {
    jobs::dispatch::wake("evaluations", platform, working::wake).await;
}
