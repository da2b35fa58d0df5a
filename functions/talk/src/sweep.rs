//! What the schedule does: conversations that are kept no longer are deleted, with all that was said in them.

use shared::db::Statement;

use crate::conversation::{deployment_days, store};

/// The statements of one sweep, for `CONVERSATION_RETENTION_DAYS` as it is.
pub fn statements(days: Option<String>, now: u64) -> Vec<Statement> {
    store::sweep(deployment_days(days), now)
}
