//! What the events of each dialect tell: how a stream ended, why the model stopped, what it used.
//!
//! How often an event is read at all is decided in `glance`.

use crate::dialect::Dialect;
use crate::json::pointer;
use crate::money::usage::{Reported, Tally, UsagePointers};

/// How a stream ended that says so itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    Failed,
}

/// How this event ends its stream, in a dialect whose events have types. An error ends it, though nothing says so after it.
pub(crate) fn terminal(dialect: Dialect, json: &str) -> Option<End> {
    if dialect == Dialect::Chat {
        return None;
    }
    match pointer::at(json, "/type").and_then(pointer::string).as_deref() {
        Some("message_stop" | "response.completed" | "response.incomplete") => Some(End::Whole),
        Some("error" | "response.failed") => Some(End::Failed),
        _ => None,
    }
}

/// Where an event says why the model stopped.
pub(crate) const fn stop_reason(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Chat => "/choices/0/finish_reason",
        Dialect::Messages => "/delta/stop_reason",
        Dialect::Responses => "/response/status",
    }
}

/// Usage, read from events as if it stood in a plain reply, so that the same pointers find the same.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    tally: Tally,
    /// Usage is told in parts, and this is whether the last one came.
    whole: Option<bool>,
}

impl Counted {
    /// Reads an event.
    pub(crate) fn observe(&mut self, dialect: Dialect, json: &str, pointers: &UsagePointers) {
        match dialect {
            Dialect::Chat => self.tally.observe(json, pointers),
            Dialect::Responses => {
                if let Some(response) = pointer::at(json, "/response") {
                    self.tally.observe(response.get(), pointers);
                }
            }
            Dialect::Messages => {
                let first = pointer::at(json, "/message/usage");
                let Some(usage) = first.or_else(|| pointer::at(json, "/usage")) else {
                    return;
                };
                self.tally.observe(&["{\"usage\":", usage.get(), "}"].concat(), pointers);
                self.whole = Some(first.is_none());
            }
        }
    }

    /// What was used; or else what was told at the beginning of a stream that never told the rest.
    pub(crate) fn total(self) -> (Option<Reported>, Option<Reported>) {
        let total = self.tally.total();
        if self.whole == Some(false) { (None, total) } else { (total, None) }
    }
}
