//! From a route to who is asked for one call. Pure: what is known of the caller, and chance, are given.

use std::rc::Rc;
use std::sync::Arc;

use catalogue::route::{Hop, Route, Sticky};

use crate::json::pointer;
use crate::provider::catalogue::Catalogue;
use crate::provider::target::Target;
use crate::registry::choose::{choose, mix, number_of};
use crate::route::plan::Plan;

/// Routes on the way to a target; the registry refuses longer ways, so this only holds against a broken one.
const LONGEST_WAY: u32 = 16;
/// So many bytes of what is asked say whether it begins as something before.
const BEGINNING: usize = 1_024;

/// What is known of a call that a route decides about.
pub struct Draw<'a> {
    /// Who calls.
    pub user: &'a str,
    /// With which API key.
    pub key: Option<&'a str>,
    /// The request's body.
    pub body: &'a str,
    /// A header of the request.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    /// Chance.
    pub random: u64,
}

impl Draw<'_> {
    /// The number that chooses among the variants of a route: the same for a caller who is kept.
    fn number(&self, route: &Route) -> u64 {
        let text = match &route.sticky {
            None => None,
            Some(Sticky::User) => Some(self.user.to_owned()),
            Some(Sticky::Key) => Some(self.key.unwrap_or(self.user).to_owned()),
            Some(Sticky::Prompt) => beginning(self.body),
            Some(Sticky::Header(name)) => (self.header)(name),
        };
        // Of two routes a caller may be anywhere: experiments do not depend on each other.
        let own = number_of(&route.id);
        text.map_or_else(|| mix(self.random ^ own), |text| mix(number_of(&text) ^ own))
    }

    /// Whether this call is one of so many in a hundred.
    fn is_among(&self, percent: u32) -> bool {
        // Other bits than those that chose the variant.
        mix(self.random.rotate_left(32)) % 100 < u64::from(percent)
    }
}

/// The beginning of what is asked: what a provider's prompt cache goes by.
fn beginning(body: &str) -> Option<String> {
    let asked = ["/system", "/messages", "/instructions", "/input", "/prompt"];
    let text: String = asked.iter().filter_map(|pointer| pointer::at(body, pointer)).map(|raw| raw.get()).collect();
    let end = text.floor_char_boundary(BEGINNING);
    text.get(..end).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Who is asked when this route is called. Targets whose provider is not configured here are left out.
#[must_use]
pub fn plan(catalogue: &Catalogue, route: &Arc<Route>, draw: &Draw<'_>) -> Plan {
    let mut targets = Vec::new();
    follow(catalogue, route, draw, 0, &mut targets);
    let shadow = route.shadow.as_ref().filter(|shadow| draw.is_among(shadow.percent));
    Plan {
        route: Some(route.id.clone()),
        variant: choose(&route.variants, draw.number(route)).map(|variant| variant.name.clone()),
        targets,
        shadow: shadow.and_then(|shadow| catalogue.target(&shadow.provider, &shadow.model)),
        hedge_ms: route.hedge_ms,
        degraded: route.degraded.clone(),
        guard: route.guard.clone(),
        cache: route.cache.clone(),
        capture: route.capture,
    }
}

fn follow(catalogue: &Catalogue, route: &Route, draw: &Draw<'_>, depth: u32, targets: &mut Vec<Target>) {
    let Some(variant) = choose(&route.variants, draw.number(route)) else { return };
    for hop in &variant.targets {
        match hop {
            Hop::Model { provider, model, timeout_ms } => {
                let target = catalogue.target(provider, model);
                targets.extend(target.map(|target| Target { timeout_ms: *timeout_ms, ..target }));
            }
            Hop::Route(id) if depth < LONGEST_WAY => {
                if let Some(next) = catalogue.route(id).map(Arc::clone) {
                    follow(catalogue, &next, draw, depth + 1, targets);
                }
            }
            Hop::Route(_) => {}
        }
    }
}

/// Every target that calls of a route may come to, whatever is drawn.
#[must_use]
pub fn all_targets(catalogue: &Catalogue, route: &Route) -> Vec<Target> {
    let (mut targets, mut seen) = (Vec::new(), vec![route.id.clone()]);
    let mut left: Vec<Rc<[Hop]>> = vec![hops(route)];
    while let Some(hops) = left.pop() {
        for hop in hops.iter() {
            match hop {
                Hop::Model { provider, model, .. } => targets.extend(catalogue.target(provider, model)),
                Hop::Route(id) if !seen.contains(id) => {
                    seen.push(id.clone());
                    left.extend(catalogue.route(id).map(|next| self::hops(next)));
                }
                Hop::Route(_) => {}
            }
        }
    }
    targets
}

fn hops(route: &Route) -> Rc<[Hop]> {
    let weighing = route.variants.iter().filter(|variant| variant.weight > 0);
    weighing.flat_map(|variant| variant.targets.iter().cloned()).collect()
}
