//! Who of a plan can be asked now: whose breaker is closed, and whose words can say it.

use coordination::breaker::Allowed;
use shared::ledger::Status;
use shared::reply::Reply;

use crate::call::Call;
use crate::call::reply::{gone, refused, told};
use crate::call::serving::Serving;
use crate::fault::failure::Failure;
use crate::provider::Class;
use crate::route::tries::{Candidate, Lesson, Next, Tries};
use crate::route::watch;

/// All who could answer have failed too often, until then.
pub(super) struct Resting {
    until_ms: u64,
}

impl Serving<'_> {
    /// The next one whose dialect and data can say what is asked.
    pub(super) fn sayable(&self, mut next: Next, tries: &mut Tries) -> Next {
        while let Next::Try(candidate, _) = next
            && self.bodies.of(candidate.target).is_none()
        {
            next = tries.after(Lesson { class: Class::NextProvider, wait_ms: None }, 0);
        }
        next
    }

    /// Those who can say it rest, and the others cannot: what the first of those refuses is the client's to mend.
    pub(super) fn unsayable(&self, call: Call) -> Reply {
        call.refused(Status::Failed).book_later();
        let all = 0..self.plan.targets.len();
        all.filter_map(|target| self.bodies.error(target))
            .next()
            .map_or_else(gone, |error| refused(self.dialect(), error))
    }

    /// Those whose breakers are closed, in their order; then those that rest; and one that is to be tried again first,
    /// if nobody else tries it already.
    pub(super) async fn in_order(&self, all: Vec<Candidate>) -> Result<Vec<Candidate>, Resting> {
        watch::sync(self.cx);
        let (mut order, mut rather, mut until_ms) = (Vec::new(), Vec::new(), u64::MAX);
        for candidate in all {
            let name = self.name(candidate);
            match watch::allows(self.cx, &name) {
                Allowed::Yes => order.push(candidate),
                Allowed::Rather => rather.push(candidate),
                Allowed::Probe if watch::may_probe(self.cx, &name).await => order.insert(0, candidate),
                Allowed::Probe => until_ms = until_ms.min(self.cx.platform.now_ms() + 1_000),
                Allowed::No(until) => until_ms = until_ms.min(until),
            }
        }
        order.append(&mut rather);
        if order.is_empty() { Err(Resting { until_ms }) } else { Ok(order) }
    }

    /// What the breaker knows a candidate by: the provider and its key's name.
    pub(super) fn name(&self, candidate: Candidate) -> String {
        let Some(target) = self.plan.targets.get(candidate.target) else { return String::new() };
        let key = candidate.key.and_then(|i| target.upstream.keys.get(i)).map_or("", |key| key.id.as_str());
        format!("{}/{key}", target.provider().id)
    }

    /// Nobody was asked: all have failed too often just now.
    pub(super) fn unasked(&self, call: Call, resting: &Resting) -> Reply {
        call.refused(Status::Failed).book_later();
        let seconds = resting.until_ms.saturating_sub(self.cx.platform.now_ms()).div_ceil(1_000).max(1);
        let failure = Failure::Resting;
        if let Some(reply) = self.degraded() {
            return reply;
        }
        told(self.dialect(), failure.status(), &failure.body()).header("Retry-After", seconds.to_string())
    }
}
