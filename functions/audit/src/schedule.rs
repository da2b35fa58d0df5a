//! Each minute: looks at what happened, seals it, and forgets what is too old to matter.

use shared::log;
use shared::platform::Platform;

use crate::{seal, watch, watch_store};

/// Does all three; a failure of one is logged and keeps the others from nothing.
pub async fn run(platform: &Platform) {
    look(platform).await;
    if let Err(cause) = seal::run(platform).await {
        log::event("audit", "error", "audit::seal", "events were not sealed", Some(&cause));
    }
    if let Err(error) = platform.db().run(watch_store::forget(platform.now_ms())).await {
        log::event("audit", "error", "audit::forget", "old counts were not deleted", Some(&format!("{error:?}")));
    }
}

/// Looks at what happened. First, so that what it notes is sealed with it.
pub(crate) async fn look(platform: &Platform) {
    if let Err(cause) = watch::run(platform).await {
        log::event("audit", "error", "audit::watch", "events were not looked at", Some(&cause));
    }
}
