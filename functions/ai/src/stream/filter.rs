//! The filter of a chat stream: the scanner reads beside it; at its end the call is settled,
//! and a stream that broke off gets an error event instead of a clean end.

use shared::ledger::Status;
use shared::platform::Platform;
use shared::stream::{End, Ending, Filter, Forward};

use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::dialect::{Dialect, error_event};
use crate::fault::failure::Failure;
use crate::stream::scan::{Outcome, Scanner};

/// A chat stream on its way through.
pub(crate) struct ChatFilter {
    running: Option<(Scanner, Call)>,
    /// Its first chunk has come.
    begun: bool,
    platform: Platform,
    /// How the client is told that the stream broke off.
    dialect: Dialect,
}

impl ChatFilter {
    /// A filter that settles `call` at the end.
    pub(crate) fn new(scanner: Scanner, call: Call, platform: Platform, dialect: Dialect) -> Self {
        Self { running: Some((scanner, call)), begun: false, platform, dialect }
    }
}

impl Filter for ChatFilter {
    fn push(&mut self, chunk: &[u8]) -> Forward {
        let Some((scanner, call)) = &mut self.running else { return Forward::Nothing };
        if !std::mem::replace(&mut self.begun, true) {
            call.saw_first_token(self.platform.now_ms());
        }
        scanner.push(chunk)
    }

    fn end(&mut self, how: End) -> Ending {
        let Some((scanner, call)) = self.running.take() else {
            return Ending { tail: Vec::new(), then: Box::pin(async {}) };
        };
        let outcome = scanner.finish();
        let (status, failure) = judge(how, &outcome);
        let mut tail = Vec::new();
        if how != End::Left {
            tail.extend(outcome.last.unwrap_or_default());
            tail.extend(failure.map(|failure| error_event(self.dialect, &failure.body())).unwrap_or_default());
        }
        let seen = Seen { written_bytes: outcome.written_bytes, written_events: outcome.written_events };
        let settling = call.begun(outcome.early_usage).ended(status, outcome.usage, None, seen);
        Ending { tail, then: Box::pin(settling.book()) }
    }
}

/// How the call ended, and what the client has to be told.
fn judge(how: End, outcome: &Outcome) -> (Status, Option<Failure>) {
    // Complete is complete, however the connection ended after it.
    let complete = outcome.done_seen && !outcome.truncated && !outcome.error_seen;
    if complete {
        return (Status::Succeeded, None);
    }
    let failure = match how {
        End::Left => return (Status::ClientLeft, None),
        End::Stalled => Failure::IdleTimeout,
        End::Expired => Failure::TotalTimeout,
        _ if outcome.oversized => Failure::EventTooLarge,
        End::Broken | End::Finished => Failure::Truncated,
    };
    (Status::Truncated, (!outcome.error_seen).then_some(failure))
}
