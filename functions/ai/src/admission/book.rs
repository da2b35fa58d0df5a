//! The book of one organisation: what is spent and what is reserved, by scope, and whether
//! one more call fits. Pure; the Durable Object in `worker` keeps it durable.
//!
//! Architecture invariant: spent + reserved of a scope never exceeds its budget by admission.
//! What settles above its reservation is still booked: money spent is spent.

use serde_json::value::RawValue;

pub use crate::admission::message::{Reserve, Scope, Settle, Verdict};

/// What one scope has spent in one period.
pub type SpentKey = (String, String);

/// The state: what the object holds in memory and in its tables.
///
/// All are sorted and searched by halves: ids of calls begin with their time, so most are added at the
/// end, and a hash table takes several times the code.
#[derive(Debug, Default)]
pub struct Book {
    spent: Vec<(SpentKey, u64)>,
    open: Calls,
    given_up: Calls,
}

/// Reservations by the id of their call.
#[derive(Debug, Default)]
struct Calls(Vec<Reserve>);

impl Calls {
    fn of(all: Vec<Reserve>) -> Self {
        let mut calls = Self::default();
        all.into_iter().for_each(|one| calls.add(one));
        calls
    }

    fn place(&self, call: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|known| known.call_id.as_str().cmp(call))
    }

    fn add(&mut self, one: Reserve) {
        match self.place(&one.call_id) {
            Ok(place) => {
                if let Some(known) = self.0.get_mut(place) {
                    *known = one;
                }
            }
            Err(place) => self.0.insert(place, one),
        }
    }

    fn remove(&mut self, call: &str) -> Option<Reserve> {
        self.place(call).ok().map(|place| self.0.remove(place))
    }
}

/// What a settlement changes, for the tables.
#[derive(Debug)]
pub struct Settled {
    /// The call's id.
    pub call_id: String,
    /// The record for the ledger.
    pub record: Box<RawValue>,
    /// New totals of the scopes it counts in.
    pub spent: Vec<(SpentKey, u64)>,
}

impl Book {
    /// The book as its tables say.
    pub fn load(spent: Vec<(SpentKey, u64)>, open: Vec<Reserve>, given_up: Vec<Reserve>) -> Self {
        let mut book = Self { spent: Vec::new(), open: Calls::of(open), given_up: Calls::of(given_up) };
        for (key, total) in spent {
            book.set(key, total);
        }
        book
    }

    /// Decides whether a call may be made, and books its reservation.
    pub fn reserve(&mut self, ask: Reserve) -> Verdict {
        if self.open.place(&ask.call_id).is_ok() {
            return Verdict::Admitted;
        }
        for scope in &ask.scopes {
            let calls = self.open.0.iter().filter(|r| r.scopes.iter().any(|s| s.id == scope.id));
            let (mut under_way, mut reserved) = (0_u32, 0_u64);
            for call in calls {
                under_way = under_way.saturating_add(1);
                if call.period == ask.period {
                    reserved = reserved.saturating_add(call.nano_usd);
                }
            }
            if scope.concurrency.is_some_and(|most| under_way >= most) {
                return Verdict::Concurrency(scope.id.clone());
            }
            let committed = self.spent(&scope.id, &ask.period).saturating_add(reserved);
            if scope.budget_nano_usd.is_some_and(|budget| committed.saturating_add(ask.nano_usd) > budget) {
                return Verdict::Budget(scope.id.clone());
            }
        }
        self.open.add(ask);
        Verdict::Admitted
    }

    /// Books what a call really cost. `None` for a call that is not open: it was settled before.
    /// A call that had been given up is corrected.
    pub fn settle(&mut self, ended: Settle) -> Option<Settled> {
        let (reservation, charged) = match self.open.remove(&ended.call_id) {
            Some(open) => (open, 0),
            None => {
                let given_up = self.given_up.remove(&ended.call_id)?;
                let charged = given_up.nano_usd;
                (given_up, charged)
            }
        };
        let cost = ended.nano_usd;
        let spent = self.book(&reservation, &|spent| spent.saturating_sub(charged).saturating_add(cost));
        Some(Settled { call_id: ended.call_id, record: ended.record, spent })
    }

    /// Takes back the reservation of a call that was never made. Whether there was one.
    pub fn withdraw(&mut self, call: &str) -> bool {
        self.open.remove(call).is_some()
    }

    /// Charges every reservation that has ended by `now_ms` as estimated.
    pub fn expire(&mut self, now_ms: u64) -> Vec<Settled> {
        let mut settled = Vec::new();
        let mut at = 0;
        while let Some(reservation) = self.open.0.get(at) {
            if reservation.expires_ms > now_ms {
                at += 1;
                continue;
            }
            let reservation = self.open.0.remove(at);
            let cost = reservation.nano_usd;
            let spent = self.book(&reservation, &|spent| spent.saturating_add(cost));
            let (call_id, record) = (reservation.call_id.clone(), reservation.record.clone());
            settled.push(Settled { call_id, record, spent });
            self.given_up.add(reservation);
        }
        settled
    }

    /// Forgets calls given up so long ago that nobody will settle them.
    pub fn forget(&mut self, before_ms: u64) {
        self.given_up.0.retain(|r| r.expires_ms > before_ms);
    }

    /// When the next reservation ends.
    pub fn next_end_ms(&self) -> Option<u64> {
        self.open.0.iter().map(|r| r.expires_ms).min()
    }

    /// Nano-dollars a scope has spent in a period.
    pub fn spent(&self, scope: &str, period: &str) -> u64 {
        let found = self.place(scope, period).ok().and_then(|place| self.spent.get(place));
        found.map_or(0, |(_, total)| *total)
    }

    fn place(&self, scope: &str, period: &str) -> Result<usize, usize> {
        self.spent.binary_search_by(|((s, p), _)| (s.as_str(), p.as_str()).cmp(&(scope, period)))
    }

    fn set(&mut self, key: SpentKey, total: u64) {
        match self.place(&key.0, &key.1) {
            Ok(place) => {
                if let Some((_, known)) = self.spent.get_mut(place) {
                    *known = total;
                }
            }
            Err(place) => self.spent.insert(place, (key, total)),
        }
    }

    fn book(&mut self, reservation: &Reserve, change: &dyn Fn(u64) -> u64) -> Vec<(SpentKey, u64)> {
        let mut totals = Vec::new();
        for scope in &reservation.scopes {
            let key = (scope.id.clone(), reservation.period.clone());
            let total = change(self.spent(&key.0, &key.1));
            self.set(key.clone(), total);
            totals.push((key, total));
        }
        totals
    }
}
