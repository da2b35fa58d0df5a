//! An isolate's copy of the registry: how old it is, when somebody asks for a newer one, and who waits for that.
//!
//! Architecture invariant: a change is seen by every request that begins ten seconds after it, as long as the database
//! answers; while an isolate has requests, it is mostly seen after two. Nobody waits longer than a second, and while
//! the database fails, nobody waits at all.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use shared::platform::Platform;

use crate::provider::catalogue::Catalogue;
use crate::registry::snapshot::Snapshot;
use crate::registry::store::{self, NewsRow};

/// A younger copy is used as it is, in milliseconds.
pub const FRESH_MS: u64 = 2_000;
/// An older one is waited for.
pub const STALE_MS: u64 = 10_000;
/// So long, at most.
pub const WAIT_MS: u32 = 1_000;

/// What to do about the age of the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Use it.
    Nothing,
    /// Use it, and ask for a newer one beside the request.
    Behind,
    /// Ask for a newer one first.
    Wait,
}

/// When the database was asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// When the question was put that has the newest answer.
    pub answered_ms: Option<u64>,
    /// When the last question was put.
    pub asked_ms: Option<u64>,
    /// When the last one failed.
    pub failed_ms: Option<u64>,
}

impl Times {
    /// What to do now.
    #[must_use]
    pub fn due(&self, now_ms: u64) -> Due {
        let within = |since: Option<u64>, ms: u64| since.is_some_and(|since| now_ms.saturating_sub(since) < ms);
        if within(self.answered_ms, FRESH_MS) {
            return Due::Nothing;
        }
        // Who has waited in vain says so to those who come next.
        if !within(self.answered_ms, STALE_MS) && !within(self.failed_ms, STALE_MS) {
            return Due::Wait;
        }
        if within(self.asked_ms, FRESH_MS) { Due::Nothing } else { Due::Behind }
    }
}

/// The copy. Plain data: what requests share in an isolate holds nothing of the platform.
#[derive(Debug, Default)]
pub struct Copy {
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    times: Times,
    snapshot: Snapshot,
    catalogue: Option<Rc<Catalogue>>,
}

impl Copy {
    /// What can be called, not older than it may be.
    pub async fn current(self: Rc<Self>, platform: &Platform) -> Rc<Catalogue> {
        let now_ms = platform.now_ms();
        let due = self.state.borrow().times.due(now_ms);
        if due != Due::Nothing {
            self.state.borrow_mut().times.asked_ms = Some(now_ms);
        }
        match due {
            Due::Nothing => {}
            Due::Behind => {
                let (copy, background) = (Rc::clone(&self), platform.background());
                platform.wait_until(async move { copy.refresh(&background, now_ms).await });
            }
            Due::Wait => {
                if within(self.refresh(platform, now_ms), platform.pause(WAIT_MS)).await.is_none() {
                    self.failed(platform, "no answer within a second");
                }
            }
        }
        self.catalogue(platform)
    }

    fn catalogue(&self, platform: &Platform) -> Rc<Catalogue> {
        let mut state = self.state.borrow_mut();
        let known = state.catalogue.take();
        let catalogue = known.unwrap_or_else(|| build(platform, &state.snapshot));
        state.catalogue = Some(Rc::clone(&catalogue));
        catalogue
    }

    async fn refresh(&self, platform: &Platform, asked_ms: u64) {
        let known = self.state.borrow().snapshot.clone();
        let news = platform
            .db()
            .first::<NewsRow>(store::news(known.revision, known.keys_revision, known.captures_revision))
            .await;
        match news {
            Ok(news) => {
                let news = news.unwrap_or_default();
                let changed = news.revision != known.revision
                    || news.keys_revision != known.keys_revision
                    || news.captures_revision != known.captures_revision;
                let next = if changed { Some(known.with(news, platform).await) } else { None };
                self.learn(platform, next, asked_ms);
            }
            Err(error) => self.failed(platform, &format!("{error:?}")),
        }
    }

    fn learn(&self, platform: &Platform, next: Option<Snapshot>, asked_ms: u64) {
        let mut state = self.state.borrow_mut();
        // Of two answers the one to the later question counts.
        if state.times.answered_ms.is_some_and(|answered| answered > asked_ms) {
            return;
        }
        state.times.answered_ms = Some(asked_ms);
        state.times.failed_ms = None;
        if let Some(next) = next {
            state.catalogue = Some(build(platform, &next));
            state.snapshot = next;
        }
    }

    fn failed(&self, platform: &Platform, cause: &str) {
        self.state.borrow_mut().times.failed_ms = Some(platform.now_ms());
        shared::log::event("ai", "warn", "registry", "what is known is used: nobody said what is new", Some(cause));
    }
}

fn build(platform: &Platform, snapshot: &Snapshot) -> Rc<Catalogue> {
    let catalogue = Catalogue::build(|name| platform.var_or_binding(name), snapshot);
    for problem in catalogue.problems() {
        shared::log::event("ai", "error", "catalogue", &problem.variable, Some(problem.reason));
    }
    Rc::new(catalogue)
}

/// What the work comes to, unless the limit is over first.
async fn within<T>(work: impl Future<Output = T>, limit: impl Future<Output = ()>) -> Option<T> {
    let (mut work, mut limit) = (pin!(work), pin!(limit));
    std::future::poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => limit.as_mut().poll(cx).map(|()| None),
    })
    .await
}
