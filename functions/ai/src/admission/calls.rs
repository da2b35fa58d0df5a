//! Calls of one book by their id: what they reserve, in which scopes, since when. Pure.

use coordination::reservation::{Reserve, Scope};
use shared::budget::period::{KINDS, first_days};

use crate::admission::account::Take;
use crate::admission::window::Rates;

/// How the scope of a model begins.
const MODEL: &str = "model:";

/// A call that has a reservation, or had one.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was asked for.
    pub ask: Reserve,
    /// When it was admitted, milliseconds since 1970: it counts in the periods of this moment.
    pub began_ms: u64,
    /// Where its tokens count: when it was admitted, or last made dearer.
    pub counted_ms: u64,
    /// The periods of `began_ms`.
    pub days: [u64; KINDS],
}

impl Call {
    /// A call that is admitted now, or was before.
    #[must_use]
    pub fn new(ask: Reserve, now_ms: u64, old: Option<&Self>) -> Self {
        let began_ms = old.map_or(now_ms, |old| old.began_ms);
        Self { ask, began_ms, counted_ms: now_ms, days: first_days(began_ms) }
    }

    /// A call as its row says; times that cannot be read are 0.
    #[must_use]
    pub fn read(times: &str, ask: Reserve) -> Self {
        let mut numbers = times.split(' ').map(|number| number.parse().unwrap_or(0));
        let began_ms = numbers.next().unwrap_or(0);
        let counted_ms = numbers.next().unwrap_or(began_ms);
        Self { ask, began_ms, counted_ms, days: first_days(began_ms) }
    }

    /// Its times, for its row.
    #[must_use]
    pub fn times(&self) -> String {
        format!("{} {}", self.began_ms, self.counted_ms)
    }

    /// What it takes of each of its scopes.
    #[must_use]
    pub const fn take(&self) -> Take {
        let rates = Rates { requests: 1, tokens: self.ask.tokens };
        Take { nano_usd: self.ask.nano_usd, calls: 1, rates }
    }

    /// The same where it may be there already: then it is no further request.
    #[must_use]
    pub fn take_beside(&self, own: Option<&Self>) -> Take {
        let take = self.take();
        let requests = u64::from(own.is_none());
        Take { rates: Rates { requests, ..take.rates }, ..take }
    }

    /// It was another model that answered: its cost counts there.
    pub fn answered_by(&mut self, model: &str) {
        let scope = self.ask.scopes.iter_mut().find(|scope| scope.id.starts_with(MODEL));
        if let Some(scope) = scope.filter(|scope| !model.is_empty() && scope.id.get(MODEL.len()..) != Some(model)) {
            *scope = Scope { id: format!("{MODEL}{model}"), limits: None };
        }
    }

    /// Whether it counts in this scope.
    #[must_use]
    pub fn counts_in(&self, scope: &str) -> bool {
        self.ask.scopes.iter().any(|one| one.id == scope)
    }
}

/// Calls, sorted by id.
#[derive(Debug, Default)]
pub struct Calls(Vec<Call>);

impl Calls {
    pub(super) fn of(all: Vec<Call>) -> Self {
        let mut calls = Self::default();
        all.into_iter().for_each(|one| calls.add(one));
        calls
    }

    fn place(&self, id: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|known| known.ask.call_id.as_str().cmp(id))
    }

    pub(super) fn get(&self, id: &str) -> Option<&Call> {
        self.place(id).ok().and_then(|place| self.0.get(place))
    }

    pub(super) fn add(&mut self, one: Call) {
        match self.place(&one.ask.call_id) {
            Ok(place) => {
                if let Some(known) = self.0.get_mut(place) {
                    *known = one;
                }
            }
            Err(place) => self.0.insert(place, one),
        }
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Call> {
        self.place(id).ok().map(|place| self.0.remove(place))
    }

    /// Takes out those whose reservation has ended.
    pub(super) fn take_ended(&mut self, now_ms: u64) -> Vec<Call> {
        self.0.extract_if(.., |call| call.ask.expires_ms <= now_ms).collect()
    }

    pub(super) fn forget(&mut self, before_ms: u64) {
        self.0.retain(|call| call.ask.expires_ms > before_ms);
    }

    pub(super) fn next_end_ms(&self) -> Option<u64> {
        self.0.iter().map(|call| call.ask.expires_ms).min()
    }
}
