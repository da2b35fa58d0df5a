//! A call that was reserved: tries until somebody answers. What the answer becomes is in `answering`.

use std::borrow::Cow;
use std::cell::Cell;

use shared::cx::Cx;
use shared::ledger::{Attempt, Status};
use shared::reply::Reply;

use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::call::answering::By;
use crate::call::attempt::{Sending, Tried, attempt};
use crate::call::deadlines::Deadlines;
use crate::call::hedge::Beside;
use crate::call::kept::Leading;
use crate::call::outgoing::{Bodies, Outgoing};
use crate::call::reply::{failed, gone};
use crate::call::screen::Watch;
use crate::dialect::Dialect;
use crate::endpoint::Endpoint;
use crate::provider::Class;
use crate::provider::target::{Key, Target};
use crate::request::asked::Asked;
use crate::route::plan::Plan;
use crate::route::tries::{Candidate, Next, Tries, candidates};
use crate::route::watch;

/// Nobody is waited for longer than this, in milliseconds, before a second try: the client can do that itself.
const LONGEST_WAIT_MS: u64 = 1_000;

/// A try that is over.
pub(super) struct Made {
    pub(super) call: Call,
    pub(super) candidate: Candidate,
    pub(super) tried: Tried,
}

/// What does not change while a call is served.
pub(super) struct Serving<'a> {
    pub(super) cx: &'a Cx,
    pub(super) asked: &'a Asked<'a>,
    pub(super) plan: &'a Plan,
    /// What goes to each target of the plan.
    pub(super) bodies: &'a Bodies<'a>,
    pub(super) deadlines: Deadlines,
    pub(super) watch: Option<&'a Watch>,
    /// The right to make the answer for those who wait for it; taken by the answer.
    pub(super) leading: Cell<Option<Leading>>,
}

impl Serving<'_> {
    /// Tries until somebody answers, nobody is left, or the time is over.
    pub(super) async fn run(&self, mut call: Call, start: u64) -> Reply {
        let keys: Vec<usize> = self.plan.targets.iter().map(|target| target.upstream.keys.len()).collect();
        let order = match self.in_order(candidates(&keys, start)).await {
            Ok(order) => order,
            Err(resting) => return self.unasked(call, &resting),
        };
        let mut tries = Tries::new(order, LONGEST_WAIT_MS);
        let first = tries.first().map_or(Next::Stop, |first| Next::Try(first, 0));
        let Next::Try(mut candidate, _) = self.sayable(first, &mut tries) else { return self.unsayable(call) };
        let mut made = self.first(call, candidate, &mut tries).await;
        loop {
            let Some(Made { call: tried_call, candidate: of, tried }) = made else { return gone() };
            (call, candidate) = (tried_call, of);
            let Some(target) = self.plan.targets.get(candidate.target) else { return gone() };
            let name = self.name(candidate);
            let Some(lesson) = tried.lesson() else {
                watch::well(self.cx, &name);
                return self.answer(call, target, self.bodies.of(candidate.target), tried);
            };
            watch::ill(self.cx, &name, lesson.class, lesson.wait_ms);
            let next = if self.left_ms() == 0 {
                Next::Stop
            } else {
                let next = tries.after(lesson, u32::from_le_bytes(self.cx.platform.random()));
                self.sayable(next, &mut tries)
            };
            let Next::Try(following, pause_ms) = next else { return self.lost(call, target, &tried) };
            if tried.may_have_cost() {
                // What it cost is booked; another try is another call, and needs room in the budget of its own.
                let again = call.again(self.cx);
                call.estimated(Status::Failed, Seen::default()).book_later();
                if again.reserve(self.cx, self.deadlines).await.is_err() {
                    return self.told(target, &tried);
                }
                call = again;
            }
            if pause_ms > 0 {
                self.cx.platform.pause(pause_ms).await;
            }
            made = self.one(call, following).await;
        }
    }

    pub(super) fn left_ms(&self) -> u32 {
        let passed = self.cx.platform.now_ms().saturating_sub(self.cx.now_ms());
        self.deadlines.total.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    /// One try.
    pub(super) async fn one(&self, call: Call, candidate: Candidate) -> Option<Made> {
        let call = call.aimed(candidate.target);
        let begun_ms = call.age_ms();
        let tried = attempt(&self.cx.platform, &self.sending(candidate)?).await;
        Some(self.made(call, candidate, tried, begun_ms))
    }

    /// What goes to a candidate.
    pub(super) fn sending(&self, candidate: Candidate) -> Option<Sending<'_>> {
        let target = self.plan.targets.get(candidate.target)?;
        let key = candidate.key.and_then(|i| target.upstream.keys.get(i));
        let outgoing = self.bodies.of(candidate.target)?;
        let body = outgoing.body.or(self.asked.body());
        Some(self.to(target, key, outgoing.endpoint, body, self.asked.flows()))
    }

    /// What goes to a target by one of its routes.
    pub(super) fn to<'s>(
        &'s self,
        target: &'s Target,
        key: Option<&'s Key>,
        endpoint: Endpoint,
        body: &'s [u8],
        stream: bool,
    ) -> Sending<'s> {
        Sending {
            endpoint,
            target: Cow::Borrowed(target),
            key: key.map(Cow::Borrowed),
            body: Cow::Borrowed(body),
            media: Cow::Borrowed(self.asked.media()),
            stream,
            same: endpoint == self.asked.endpoint(),
            deadlines: self.deadlines,
            left_ms: self.left_ms().min(target.timeout_ms.unwrap_or(u32::MAX)).max(1),
            stays: false,
        }
    }

    /// A try that is over, noted.
    pub(super) fn made(&self, mut call: Call, candidate: Candidate, tried: Tried, begun_ms: u64) -> Made {
        if let Some(target) = self.plan.targets.get(candidate.target) {
            let (outcome, status) = tried.outcome();
            call.tried(Attempt {
                provider: target.provider().id.clone(),
                model: target.model.clone(),
                key: candidate.key.and_then(|i| target.upstream.keys.get(i)).map(|key| key.id.clone()),
                outcome,
                status,
                after_ms: begun_ms,
                took_ms: call.age_ms().saturating_sub(begun_ms),
            });
        }
        Made { call, candidate, tried }
    }

    /// A call at a candidate that is not the one that is answered.
    pub(super) fn beside(&self, call: Call, candidate: Candidate) -> Option<Beside> {
        let target = self.plan.targets.get(candidate.target)?.clone();
        Some(Beside { call, target, endpoint: self.bodies.of(candidate.target)?.endpoint })
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
            Tried::Begun(answer, prediction) => self.stream(call, &by, answer, prediction),
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
        self.told(target, tried)
    }

    /// The failure, or what the route says in its place.
    fn told(&self, target: &Target, tried: &Tried) -> Reply {
        // The client's own fault is told as it is: it can mend it.
        let its_fault = tried.lesson().is_none_or(|lesson| lesson.class == Class::GiveUp);
        let degraded = if its_fault { None } else { self.degraded() };
        degraded.unwrap_or_else(|| named(failed(self.dialect(), tried), target))
    }
}

fn named(reply: Reply, target: &Target) -> Reply {
    reply.header("X-Model", target.model.clone()).header("X-Provider", target.provider().id.clone())
}
