//! How the providers' keys are doing, as this isolate knows it, and telling the others: one object keeps the breakers that
//! all isolates share. Nobody waits for it, but the one who asks whether to be the probe.
//!
//! An isolate hears of a breaker that others opened when a call of its own fails, or within [`SYNC_MS`] of its next call.

use std::cell::RefCell;

use coordination::breaker::{Allowed, Breaker};
use coordination::report::{Report, What, breakers};
use shared::cx::Cx;
use shared::log;
use shared::platform::{Platform, Target};

use crate::provider::Class;

/// The binding of the object.
const BREAKERS: &str = "BREAKERS";
/// There is one object for all.
const NAME: &str = "all";
/// The object answers in a few milliseconds, or the isolate goes by what it knows.
const DEADLINE_MS: u32 = 1_000;
/// What the others learned is asked for when so many milliseconds have passed.
const SYNC_MS: u64 = 5_000;
/// Failures within half a minute that open a breaker, unless it is set.
const FEWEST: u32 = 5;
/// A key is not rested longer than this for a rate limit.
const LONGEST_REST_MS: u64 = 60_000;

/// What the isolate knows.
struct Known {
    breakers: Vec<(String, Breaker)>,
    /// Calls that went well since the object was last told.
    untold: Vec<(String, u32)>,
    synced_ms: u64,
}

thread_local! {
    static KNOWN: RefCell<Option<Known>> = const { RefCell::new(None) };
}

fn with<T>(cx: &Cx, look: impl FnOnce(&mut Known) -> T) -> T {
    KNOWN.with_borrow_mut(|known| {
        let new = || Known { breakers: Vec::new(), untold: Vec::new(), synced_ms: cx.platform.now_ms() };
        look(known.get_or_insert_with(new))
    })
}

impl Known {
    fn breaker(&mut self, id: &str) -> &mut Breaker {
        let at = self.breakers.iter().position(|(known, _)| known == id).unwrap_or_else(|| {
            self.breakers.push((id.to_owned(), Breaker::default()));
            self.breakers.len() - 1
        });
        // It was just found or put there.
        #[allow(clippy::indexing_slicing, reason = "the place is that of an element")]
        &mut self.breakers[at].1
    }

    fn well(&mut self, id: &str) {
        match self.untold.iter_mut().find(|(known, _)| known == id) {
            Some((_, calls)) => *calls = calls.saturating_add(1),
            None => self.untold.push((id.to_owned(), 1)),
        }
    }

    fn take_untold(&mut self, id: &str) -> u32 {
        let at = self.untold.iter().position(|(known, _)| known == id);
        at.map_or(0, |at| self.untold.swap_remove(at).1)
    }
}

/// How many failures open a breaker; 0: none is ever opened.
fn fewest(cx: &Cx) -> u32 {
    cx.platform.var("AI_BREAKER_FAILURES").and_then(|text| text.parse().ok()).unwrap_or(FEWEST)
}

/// Whether a key may be asked now.
pub(crate) fn allows(cx: &Cx, id: &str) -> Allowed {
    let now = cx.platform.now_ms();
    with(cx, |known| known.breakers.iter().find(|(one, _)| one == id).map_or(Allowed::Yes, |(_, it)| it.allows(now)))
}

/// Asks to be the one who tries a key that did not do. Where the object cannot be asked the isolate decides for itself.
pub(crate) async fn may_probe(cx: &Cx, id: &str) -> bool {
    with(cx, |known| known.breaker(id).probe(cx.platform.now_ms()));
    let report = Report { id: id.to_owned(), what: What::Probe, well: 0, until_ms: 0, fewest: fewest(cx) };
    match tell(&cx.platform, &report).await {
        Ok(answer) => answer == "yes",
        Err(_) => true,
    }
}

/// A call went well.
pub(crate) fn well(cx: &Cx, id: &str) {
    let now = cx.platform.now_ms();
    let closed = with(cx, |known| {
        known.well(id);
        known.breaker(id).succeeded(1, now)
    });
    if closed {
        report(cx, id, What::Well, 0);
    }
}

/// A call failed so.
pub(crate) fn ill(cx: &Cx, id: &str, class: Class, wait_ms: Option<u64>) {
    let (now, fewest) = (cx.platform.now_ms(), fewest(cx));
    if fewest == 0 {
        return;
    }
    let (what, until_ms) = match class {
        // The provider did what it should: the request was at fault.
        Class::GiveUp => return well(cx, id),
        Class::SwitchKey => (What::Refused, 0),
        Class::Wait => (What::Rest, now + wait_ms.unwrap_or(1_000).min(LONGEST_REST_MS)),
        Class::Retry | Class::NextProvider => (What::Failed, 0),
    };
    with(cx, |known| what.apply(known.breaker(id), 0, until_ms, now, fewest));
    report(cx, id, what, until_ms);
}

/// Asks what the others learned, when that was long ago.
pub(crate) fn sync(cx: &Cx) {
    let now = cx.platform.now_ms();
    let due = with(cx, |known| {
        let due = now >= known.synced_ms + SYNC_MS;
        if due {
            known.synced_ms = now;
        }
        due
    });
    if due && fewest(cx) > 0 {
        report(cx, "", What::Ask, 0);
    }
}

/// Tells the object behind the request, and takes over what it knows.
fn report(cx: &Cx, id: &str, what: What, until_ms: u64) {
    let well = with(cx, |known| known.take_untold(id));
    let report = Report { id: id.to_owned(), what, well, until_ms, fewest: fewest(cx) };
    let platform = cx.platform.background();
    cx.platform.wait_until(async move {
        match tell(&platform, &report).await {
            Ok(answer) => adopt(&answer),
            Err(cause) => log::event("ai", "warn", "route::watch", "the breakers' object did not answer", Some(&cause)),
        }
    });
}

async fn tell(platform: &Platform, report: &Report) -> Result<String, String> {
    let body = serde_json::to_string(report).map_err(|error| error.to_string())?;
    match platform.ask(Target::Object(BREAKERS, NAME), "http://breakers/report", &body, DEADLINE_MS).await {
        Ok((200, text)) => Ok(text),
        other => Err(format!("{other:?}")),
    }
}

/// What the object knows goes before what the isolate does: it heard all of them.
fn adopt(answer: &str) {
    let Ok(told) = breakers(answer) else { return };
    KNOWN.with_borrow_mut(|known| {
        let Some(known) = known.as_mut() else { return };
        // One that the object does not name is closed.
        known.breakers.retain(|(id, breaker)| !breaker.is_open() || told.iter().any(|(one, _)| one == id));
        for (id, breaker) in told {
            *known.breaker(&id) = breaker;
        }
    });
}

/// Forgets everything, as a new isolate would.
#[cfg(not(target_arch = "wasm32"))]
pub fn forget() {
    KNOWN.with_borrow_mut(|known| *known = None);
}
