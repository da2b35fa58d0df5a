//! Asking the next target early, when the first one is slow to begin: whoever answers first is the answer. The other one is
//! not called back, for nobody could say what it had cost by then; its answer is let go and what it cost is booked.

use std::borrow::Cow;
use std::pin::Pin;

use futures::future::{Either, select};
use shared::ledger::Status;
use shared::platform::Platform;

use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::call::attempt::{Sending, Tried, attempt};
use crate::call::serving::{Made, Serving};
use crate::endpoint::Endpoint;
use crate::money::units;
use crate::money::usage::{self, UsagePointers};
use crate::provider::target::Target;
use crate::route::tries::{Candidate, Tries};

type Trying = Pin<Box<dyn Future<Output = Tried>>>;

/// A call made beside the one that the client gets the answer of, with all it takes to book it.
pub(super) struct Beside {
    pub(super) call: Call,
    pub(super) target: Target,
    pub(super) endpoint: Endpoint,
}

impl Beside {
    /// Books what it cost; a stream is given up as soon as it begins.
    pub(super) fn book(self, tried: Tried) {
        let Self { call, target, endpoint } = self;
        let settling = match tried {
            Tried::Whole(_, bytes, _) => {
                let reported = usage::of_reply(&bytes, &UsagePointers::of(endpoint, &target.provider().usage));
                call.ended(Status::Succeeded, reported, units::of_reply(endpoint, &bytes), Seen::default())
            }
            Tried::Begun(answer, prediction) => {
                answer.cancel();
                if let Some(prediction) = prediction {
                    prediction.cancel_later(&call.platform);
                }
                call.estimated(Status::Succeeded, Seen::default())
            }
            Tried::Left => call.estimated(Status::ClientLeft, Seen::default()),
            failed if failed.may_have_cost() => call.estimated(Status::Failed, Seen::default()),
            _ => call.refused(Status::Failed),
        };
        settling.book_later();
    }
}

/// A try that needs nothing of the request it was made for.
pub(super) fn trying(platform: Platform, sending: Sending<'_>) -> Trying {
    let sending = Sending {
        target: Cow::Owned(sending.target.into_owned()),
        key: sending.key.map(|key| Cow::Owned(key.into_owned())),
        body: Cow::Owned(sending.body.into_owned()),
        media: Cow::Owned(sending.media.into_owned()),
        ..sending
    };
    Box::pin(async move { attempt(&platform, &sending).await })
}

impl Serving<'_> {
    /// The first try; with a second one beside it when the plan says so and the first is slow.
    pub(super) async fn first(&self, call: Call, candidate: Candidate, tries: &mut Tries) -> Option<Made> {
        let Some(wait_ms) = self.plan.hedge_ms else { return self.one(call, candidate).await };
        let Some(other) = tries.other().filter(|other| self.bodies.of(other.target).is_some()) else {
            return self.one(call, candidate).await;
        };
        let call = call.aimed(candidate.target);
        let begun_ms = call.age_ms();
        let first = trying(self.cx.platform.clone(), self.sending(candidate)?);
        let pause = Box::pin(self.cx.platform.pause(wait_ms));
        let first = match select(first, pause).await {
            Either::Left((tried, _)) => return Some(self.made(call, candidate, tried, begun_ms)),
            Either::Right(((), first)) => first,
        };
        let second_call = call.again(self.cx).in_role("hedge").aimed(other.target);
        let admitted = second_call.reserve(self.cx, self.deadlines).await;
        let Some(sending) = admitted.ok().and_then(|()| self.sending(other)) else {
            return Some(self.made(call, candidate, first.await, begun_ms));
        };
        tries.pass(other);
        let second = trying(self.cx.platform.clone(), sending);
        let (tried, slower, (mine, my_candidate), (others, others_candidate)) = match select(first, second).await {
            Either::Left((tried, second)) => (tried, second, (call, candidate), (second_call, other)),
            Either::Right((tried, first)) => (tried, first, (second_call, other), (call, candidate)),
        };
        if tried.lesson().is_some() {
            // The quicker one failed: the slower one is the answer.
            self.beside(mine, my_candidate)?.book(tried);
            return Some(self.made(others, others_candidate, slower.await, begun_ms));
        }
        let beside = self.beside(others, others_candidate)?;
        self.cx.platform.wait_until(async move { beside.book(slower.await) });
        Some(self.made(mine, my_candidate, tried, begun_ms))
    }
}
