//! The filter of a chat stream: the scanner reads beside it; at its end the call is settled,
//! and a stream that broke off gets an error event instead of a clean end.

use std::sync::Arc;

use shared::ledger::Status;
use shared::platform::Platform;
use shared::stream::{End, Ending, Filter, Forward};

use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::call::prediction::Prediction;
use crate::dialect::{Dialect, error_event};
use crate::endpoint::Endpoint;
use crate::fault::failure::Failure;
use crate::money::units;
use crate::money::usage::{self, UsagePointers};
use crate::stream::scan::{Outcome, Scanner};

/// A chat stream on its way through.
pub(crate) struct ChatFilter {
    running: Option<(Scanner, Call)>,
    /// Its first chunk has come.
    begun: bool,
    platform: Platform,
    /// How the client is told that the stream broke off.
    dialect: Dialect,
    /// What can be asked for the usage that the stream does not tell.
    later: Option<(Prediction, Arc<UsagePointers>)>,
}

impl ChatFilter {
    /// A filter that settles `call` at the end.
    pub(crate) fn new(scanner: Scanner, call: Call, platform: Platform, dialect: Dialect) -> Self {
        Self { running: Some((scanner, call)), begun: false, platform, dialect, later: None }
    }

    /// The same of a prediction, which tells what it used when it has ended.
    pub(crate) fn told_later(self, prediction: Prediction, pointers: Arc<UsagePointers>) -> Self {
        Self { later: Some((prediction, pointers)), ..self }
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
        let call = call.begun(outcome.early_usage);
        let Some((prediction, pointers)) = self.later.take() else {
            let settling = call.ended(status, outcome.usage, None, seen);
            return Ending { tail, then: Box::pin(settling.book()) };
        };
        let platform = self.platform.clone();
        let then = async move {
            if status != Status::Succeeded {
                prediction.cancel(&platform).await;
            }
            let told = prediction.ended(&platform).await.unwrap_or_default();
            let units = units::of_reply(Endpoint::Predictions, &told).filter(|_| !told.is_empty());
            call.ended(status, usage::of_reply(&told, &pointers), units, seen).book().await;
        };
        Ending { tail, then: Box::pin(then) }
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
