//! What must hold of a route: somebody to ask, no loop, and sizes that a call can bear.

use super::Registry;
use super::check::{Faults, has_model};
use super::names::is_word;
use crate::cache::RouteCache;
use crate::guard;
use crate::json::fields::DataError;
use crate::route::{Hop, Route, Variant};

/// Variants of one route, and targets of one variant.
const MOST: usize = 16;
/// Targets that one call may come to, those of other routes included.
const MOST_ASKED: usize = 16;
/// The largest weight of a variant.
const HEAVIEST: u32 = 100;
/// Bounds of waiting, in milliseconds.
const WAITS: std::ops::RangeInclusive<u32> = 50..=600_000;
/// Bytes of what is said when nobody answers.
const LONGEST_ANSWER: usize = 8 * 1024;

pub(super) fn route(registry: &Registry, route: &Route, faults: &mut Faults) {
    faults.unless(is_word(&route.id), "/id", "invalid", "must be letters, digits and . _ : -, at most 128");
    let some = (1..=MOST).contains(&route.variants.len());
    faults.unless(some, "/variants", "missing", "must be 1 to 16");
    let total: u64 = route.variants.iter().map(|variant| u64::from(variant.weight)).sum();
    faults.unless(total > 0 || !some, "/variants", "weights", "must not all have the weight 0");
    for (i, one) in route.variants.iter().enumerate() {
        let before = route.variants.iter().take(i).any(|known| known.name == one.name);
        faults.unless(!before, &format!("/variants/{i}/name"), "duplicate", "is the name of another variant");
        variant(registry, one, i, faults);
    }
    let mut walk = Walk { registry, way: vec![route.id.as_str()], done: Vec::new() };
    match walk.asked(route) {
        None => faults.add("/variants", "loop", "lead back to this route"),
        Some(asked) => faults.unless(asked <= MOST_ASKED, "/variants", "invalid", "come to more than 16 targets"),
    }
    if let Some(shadow) = &route.shadow {
        let known = has_model(registry, &shadow.provider, &shadow.model);
        faults.unless(known, "/shadow/model", "unknown", "is not a model of this provider");
        let share = (1..=100).contains(&shadow.percent);
        faults.unless(share, "/shadow/percent", "invalid", "must be 1 to 100");
    }
    let soon = route.hedge_ms.is_none_or(|wait| WAITS.contains(&wait));
    faults.unless(soon, "/hedge_ms", "invalid", "must be 50 to 600000 milliseconds");
    document("/cache", route.cache.as_deref().map(RouteCache::read), faults);
    document("/guard", route.guard.as_deref().map(guard::rules), faults);
    let said = route.degraded.as_ref().is_none_or(|text| (1..=LONGEST_ANSWER).contains(&text.len()));
    faults.unless(said, "/degraded/text", "invalid", "must be 1 to 8192 bytes");
}

/// A document within the route's: what is wrong with it, at its place.
fn document<T>(at: &str, read: Option<Result<T, DataError>>, faults: &mut Faults) {
    if let Some(Err(DataError { pointer, reason })) = read {
        faults.add([at, &pointer].concat(), "invalid", reason);
    }
}

fn variant(registry: &Registry, variant: &Variant, index: usize, faults: &mut Faults) {
    let at = format!("/variants/{index}");
    faults.unless(is_word(&variant.name), &format!("{at}/name"), "invalid", "must be letters, digits and . _ : -");
    faults.unless(variant.weight <= HEAVIEST, &format!("{at}/weight"), "invalid", "must be 0 to 100");
    let some = (1..=MOST).contains(&variant.targets.len());
    faults.unless(some, &format!("{at}/targets"), "missing", "must be 1 to 16");
    for (i, hop) in variant.targets.iter().enumerate() {
        let at = format!("{at}/targets/{i}");
        match hop {
            Hop::Route(id) => {
                let known = registry.routes.iter().any(|route| route.id == *id);
                faults.unless(known, &format!("{at}/route"), "unknown", "is no route");
            }
            Hop::Model { provider, model, timeout_ms } => {
                let known = has_model(registry, provider, model);
                faults.unless(known, &format!("{at}/model"), "unknown", "is not a model of this provider");
                let wait = timeout_ms.is_none_or(|wait| WAITS.contains(&wait));
                faults.unless(wait, &format!("{at}/timeout_ms"), "invalid", "must be 50 to 600000 milliseconds");
            }
        }
    }
}

/// Counting how many targets a call comes to.
struct Walk<'r> {
    registry: &'r Registry,
    /// The routes on the way.
    way: Vec<&'r str>,
    /// What was counted already: without it a few routes that name each other twice would be counted for ever.
    done: Vec<(&'r str, usize)>,
}

impl<'r> Walk<'r> {
    /// The most targets a call of this route comes to; `None` when it comes back to a route that is on the way.
    fn asked(&mut self, route: &'r Route) -> Option<usize> {
        let mut most = 0;
        for variant in &route.variants {
            let mut here = 0_usize;
            for hop in &variant.targets {
                here += match hop {
                    Hop::Model { .. } => 1,
                    Hop::Route(id) => self.through(id)?,
                };
            }
            most = most.max(here);
        }
        Some(most)
    }

    fn through(&mut self, id: &'r str) -> Option<usize> {
        if self.way.contains(&id) {
            return None;
        }
        if let Some((_, known)) = self.done.iter().find(|(known, _)| *known == id) {
            return Some(*known);
        }
        let Some(next) = self.registry.routes.iter().find(|known| known.id == *id) else { return Some(0) };
        // A longer way comes to too many whatever is at its end.
        if self.way.len() > MOST_ASKED {
            return Some(MOST_ASKED + 1);
        }
        self.way.push(&next.id);
        let found = self.asked(next).map(|asked| asked.min(MOST_ASKED + 1));
        self.way.pop();
        self.done.extend(found.map(|found| (next.id.as_str(), found)));
        found
    }
}
