//! A call that was reserved: tries until somebody answers. What the answer becomes is in `answering`.

use std::cell::Cell;

use shared::cx::Cx;
use shared::ledger::{Attempt, Status};
use shared::reply::Reply;

use crate::admission;
use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::call::answering::By;
use crate::call::attempt::{Sending, Tried, attempt};
use crate::call::deadlines::{self, Deadlines};
use crate::call::kept::Leading;
use crate::call::outgoing::Outgoing;
use crate::call::reply::{failed, gone, told};
use crate::call::screen::Watch;
use crate::dialect::Dialect;
use crate::fault::failure::Failure;
use crate::provider::target::Target;
use crate::request::asked::Asked;
use crate::request::patch::UpstreamBody;
use crate::route::breaker::Allowed;
use crate::route::plan::Plan;
use crate::route::tries::{Candidate, Next, Tries, candidates};
use crate::route::watch;

/// Nobody is waited for longer than this, in milliseconds, before a second try: the client can do that itself.
const LONGEST_WAIT_MS: u64 = 1_000;

/// All who could answer have failed too often, until then.
struct Resting {
    until_ms: u64,
}

/// What does not change while a call is served.
pub(super) struct Serving<'a> {
    pub(super) cx: &'a Cx,
    pub(super) asked: &'a Asked<'a>,
    pub(super) plan: &'a Plan,
    /// What goes to each target of the plan.
    pub(super) outgoing: &'a [Outgoing],
    pub(super) deadlines: Deadlines,
    pub(super) watch: Option<&'a Watch>,
    /// The right to make the answer for those who wait for it; taken by the answer.
    pub(super) leading: Cell<Option<Leading>>,
}

impl Serving<'_> {
    /// Tries until somebody answers, nobody is left, or the time is over.
    pub(super) async fn run(&self, mut call: Call, start: usize) -> Reply {
        let keys: Vec<usize> = self.plan.targets.iter().map(|target| target.upstream.keys.len()).collect();
        let order = match self.in_order(candidates(&keys, start)).await {
            Ok(order) => order,
            Err(resting) => return self.unasked(call, &resting),
        };
        let mut tries = Tries::new(order, LONGEST_WAIT_MS);
        let Some(mut candidate) = tries.first() else { return gone() };
        loop {
            let Some(target) = self.plan.targets.get(candidate.target) else { return gone() };
            call = call.aimed(candidate.target);
            let tried = self.attempt(&mut call, candidate, target).await;
            let name = self.name(candidate);
            let Some(lesson) = tried.lesson() else {
                watch::well(self.cx, &name);
                let outgoing = self.outgoing.get(candidate.target);
                return self.answer(call, target, outgoing, tried);
            };
            watch::ill(self.cx, &name, lesson.class, lesson.wait_ms);
            let next = if self.left_ms() == 0 {
                Next::Stop
            } else {
                tries.after(lesson, u32::from_le_bytes(self.cx.platform.random()))
            };
            let Next::Try(following, pause_ms) = next else { return self.lost(call, target, &tried) };
            if tried.may_have_cost() {
                // What it cost is booked; another try is another call, and needs room in the budget of its own.
                let again = call.again(self.cx);
                call.estimated(Status::Failed, Seen::default()).book_later();
                let lease_ends_ms = self.cx.platform.now_ms() + deadlines::lease_ms(self.cx, self.deadlines);
                if admission::reserve(self.cx, again.worst_case(lease_ends_ms), lease_ends_ms).await.is_err() {
                    return named(failed(self.dialect(), &tried), target);
                }
                call = again;
            }
            if pause_ms > 0 {
                self.cx.platform.pause(pause_ms).await;
            }
            candidate = following;
        }
    }

    /// Those whose breakers are closed, in their order; then those that rest; and one that is to be tried again first,
    /// if nobody else tries it already.
    async fn in_order(&self, all: Vec<Candidate>) -> Result<Vec<Candidate>, Resting> {
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
    fn name(&self, candidate: Candidate) -> String {
        let Some(target) = self.plan.targets.get(candidate.target) else { return String::new() };
        let key = candidate.key.and_then(|i| target.upstream.keys.get(i)).map_or("", |key| key.id.as_str());
        format!("{}/{key}", target.provider().id)
    }

    /// Nobody was asked: all have failed too often just now.
    fn unasked(&self, call: Call, resting: &Resting) -> Reply {
        call.refused(Status::Failed).book_later();
        let seconds = resting.until_ms.saturating_sub(self.cx.platform.now_ms()).div_ceil(1_000).max(1);
        let failure = Failure::Resting;
        told(self.dialect(), failure.status(), &failure.body()).header("Retry-After", seconds.to_string())
    }

    pub(super) fn left_ms(&self) -> u32 {
        let passed = self.cx.platform.now_ms().saturating_sub(self.cx.now_ms());
        self.deadlines.total.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    async fn attempt(&self, call: &mut Call, candidate: Candidate, target: &Target) -> Tried {
        let key = candidate.key.and_then(|i| target.upstream.keys.get(i));
        let outgoing = self.outgoing.get(candidate.target);
        let body = match outgoing.map(|outgoing| &outgoing.body) {
            Some(UpstreamBody::Changed(bytes)) => bytes,
            _ => self.asked.body(),
        };
        let sending = Sending {
            endpoint: outgoing.map_or(self.asked.endpoint(), |outgoing| outgoing.endpoint),
            target,
            key,
            body,
            media: self.asked.media(),
            stream: self.asked.flows(),
            deadlines: self.deadlines,
            left_ms: self.left_ms().min(target.timeout_ms.unwrap_or(u32::MAX)).max(1),
        };
        let after_ms = call.age_ms();
        let tried = attempt(self.cx, &sending).await;
        let (outcome, status) = tried.outcome();
        call.tried(Attempt {
            provider: target.provider().id.clone(),
            model: target.model.clone(),
            key: key.map(|key| key.id.clone()),
            outcome,
            status,
            after_ms,
            took_ms: call.age_ms().saturating_sub(after_ms),
        });
        tried
    }

    /// How errors are told.
    pub(super) fn dialect(&self) -> Dialect {
        Dialect::of_errors(self.asked.endpoint())
    }

    /// Somebody answered, or the client left.
    fn answer(&self, call: Call, target: &Target, outgoing: Option<&Outgoing>, tried: Tried) -> Reply {
        let by = By {
            target,
            endpoint: outgoing.map_or(self.asked.endpoint(), |outgoing| outgoing.endpoint),
            translation: outgoing.and_then(|outgoing| outgoing.translation(self.asked)),
        };
        let reply = match tried {
            Tried::Begun(answer) => self.stream(call, &by, answer),
            Tried::Whole(media, bytes, handle) => self.plain(call, &by, media, &bytes, handle),
            _ => {
                call.estimated(Status::ClientLeft, Seen::default()).book_later();
                gone()
            }
        };
        let reply = match outgoing.map(|outgoing| outgoing.dropped.join(", ")) {
            Some(dropped) if !dropped.is_empty() => reply.header("X-Dropped-Parameters", dropped),
            _ => reply,
        };
        named(reply, target)
    }

    /// Nobody answered.
    fn lost(&self, call: Call, target: &Target, tried: &Tried) -> Reply {
        let settling = if tried.may_have_cost() {
            call.estimated(Status::Failed, Seen::default())
        } else {
            call.refused(Status::Failed)
        };
        settling.book_later();
        named(failed(self.dialect(), tried), target)
    }
}

fn named(reply: Reply, target: &Target) -> Reply {
    reply.header("X-Model", target.model.clone()).header("X-Provider", target.provider().id.clone())
}
