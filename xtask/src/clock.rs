//! The one place where these commands look at the clock. Not here: times of the
//! product, which are injected.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in milliseconds since 1970 UTC.
#[expect(clippy::disallowed_methods, reason = "the rule is for the product; a command-line tool has no injected time")]
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}
