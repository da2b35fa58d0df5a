//! The book of one organisation: what is spent and what is reserved, by scope, and whether
//! one more call fits. Pure; the Durable Object in `worker` keeps it durable.
//!
//! Architecture invariant: spent + reserved of a scope never exceeds its budget by admission.
//! What settles above its reservation is still booked: money spent is spent.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One thing that has a budget: the organisation, a user, a key, a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// `org`, `user:usr_…`, `key:key_…`, `model:…`.
    pub id: String,
    /// Nano-dollars in the period; `None`: no limit.
    pub budget_nano_usd: Option<u64>,
    /// Calls at the same time; `None`: no limit.
    pub concurrency: Option<u32>,
}

/// A call that wants to be made. Records are carried as they are written: this book reads none of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reserve {
    /// The call's id.
    pub call_id: String,
    /// Nano-dollars reserved; a call without a price reserves nothing.
    pub nano_usd: u64,
    /// The record it will be charged by if nobody ever settles it: the worst case, `killed`, `estimated`.
    pub record: Box<RawValue>,
    /// The scopes it counts in.
    pub scopes: Vec<Scope>,
    /// The period it counts in: `2026-11`.
    pub period: String,
    /// When the reservation ends, milliseconds since 1970.
    pub expires_ms: u64,
}

/// A call that has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settle {
    /// The call's id.
    pub call_id: String,
    /// What it cost; nothing when no price is known.
    pub nano_usd: u64,
    /// Its record for the ledger.
    pub record: Box<RawValue>,
}

/// The answer to `Reserve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The reservation stands.
    Admitted,
    /// The budget of this scope does not cover the call.
    Budget(String),
    /// This scope has too many calls under way.
    Concurrency(String),
}

/// What one scope has spent in one period.
pub type SpentKey = (String, String);

/// The state: what the object holds in memory and in its tables.
#[derive(Debug, Default)]
pub struct Book {
    spent: HashMap<SpentKey, u64>,
    open: HashMap<String, Reserve>,
    given_up: HashMap<String, Reserve>,
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
        let by_call = |all: Vec<Reserve>| all.into_iter().map(|r| (r.call_id.clone(), r)).collect();
        Self { spent: spent.into_iter().collect(), open: by_call(open), given_up: by_call(given_up) }
    }

    /// Decides whether a call may be made, and books its reservation.
    pub fn reserve(&mut self, ask: Reserve) -> Verdict {
        if self.open.contains_key(&ask.call_id) {
            return Verdict::Admitted;
        }
        for scope in &ask.scopes {
            let calls = self.open.values().filter(|r| r.scopes.iter().any(|s| s.id == scope.id));
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
        self.open.insert(ask.call_id.clone(), ask);
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
        let spent = self.book(&reservation, |spent| spent.saturating_sub(charged).saturating_add(cost));
        Some(Settled { call_id: ended.call_id, record: ended.record, spent })
    }

    /// Takes back the reservation of a call that was never made. Whether there was one.
    pub fn withdraw(&mut self, call: &str) -> bool {
        self.open.remove(call).is_some()
    }

    /// Charges every reservation that has ended by `now_ms` as estimated.
    pub fn expire(&mut self, now_ms: u64) -> Vec<Settled> {
        let ended: Vec<String> =
            self.open.iter().filter(|(_, r)| r.expires_ms <= now_ms).map(|(call, _)| call.clone()).collect();
        let mut settled = Vec::new();
        for call in ended {
            let Some(reservation) = self.open.remove(&call) else { continue };
            let cost = reservation.nano_usd;
            let spent = self.book(&reservation, |spent| spent.saturating_add(cost));
            settled.push(Settled { call_id: call.clone(), record: reservation.record.clone(), spent });
            self.given_up.insert(call, reservation);
        }
        settled
    }

    /// Forgets calls given up so long ago that nobody will settle them.
    pub fn forget(&mut self, before_ms: u64) {
        self.given_up.retain(|_, r| r.expires_ms > before_ms);
    }

    /// When the next reservation ends.
    pub fn next_end_ms(&self) -> Option<u64> {
        self.open.values().map(|r| r.expires_ms).min()
    }

    /// Nano-dollars a scope has spent in a period.
    pub fn spent(&self, scope: &str, period: &str) -> u64 {
        self.spent.get(&(scope.to_owned(), period.to_owned())).copied().unwrap_or(0)
    }

    fn book(&mut self, reservation: &Reserve, change: impl Fn(u64) -> u64) -> Vec<(SpentKey, u64)> {
        let mut totals = Vec::new();
        for scope in &reservation.scopes {
            let key = (scope.id.clone(), reservation.period.clone());
            let total = self.spent.entry(key.clone()).or_insert(0);
            *total = change(*total);
            totals.push((key, *total));
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    fn ask(call: &str, nano_usd: u64, budget: u64) -> Reserve {
        let scope = Scope { id: "org".into(), budget_nano_usd: Some(budget), concurrency: None };
        let (call_id, record) = (call.to_owned(), record("killed"));
        Reserve { call_id, nano_usd, record, scopes: vec![scope], period: "2026-11".into(), expires_ms: 100 }
    }

    fn record(status: &str) -> Box<RawValue> {
        RawValue::from_string(format!("\"{status}\"")).unwrap()
    }

    fn settlement(call: &str, nano_usd: u64) -> Settle {
        Settle { call_id: call.to_owned(), nano_usd, record: record("succeeded") }
    }

    #[test]
    fn a_burst_cannot_overrun_a_budget() {
        let mut book = Book::default();
        let admitted = (0..500).filter(|i| book.reserve(ask(&format!("c{i}"), 10, 1000)) == Verdict::Admitted).count();
        assert_eq!(admitted, 100);
        for i in 0..100 {
            book.settle(settlement(&format!("c{i}"), 10)).unwrap();
        }
        assert_eq!(book.spent("org", "2026-11"), 1000);
        assert_eq!(book.reserve(ask("late", 1, 1000)), Verdict::Budget("org".into()));
    }

    #[test]
    fn a_call_is_settled_once() {
        let mut book = Book::default();
        book.reserve(ask("c", 10, 100));
        assert_eq!(book.settle(settlement("c", 4)).unwrap().spent[0].1, 4);
        assert!(book.settle(settlement("c", 4)).is_none());
        assert!(book.settle(settlement("never", 4)).is_none());
    }

    #[test]
    fn what_nobody_settles_is_charged_as_estimated_and_corrected_when_it_is() {
        let mut book = Book::default();
        book.reserve(ask("c", 10, 100));
        assert!(book.expire(99).is_empty());
        let expired = book.expire(100);
        assert_eq!((expired[0].record.get(), expired[0].spent[0].1), ("\"killed\"", 10));
        assert!(book.expire(100).is_empty());
        let corrected = book.settle(settlement("c", 3)).unwrap();
        assert_eq!((corrected.record.get(), corrected.spent[0].1), ("\"succeeded\"", 3));
        assert!(book.settle(settlement("c", 3)).is_none());
    }

    #[test]
    fn a_call_given_up_long_ago_is_forgotten() {
        let mut book = Book::default();
        book.reserve(ask("c", 10, 100));
        book.expire(100);
        book.forget(100);
        assert!(book.settle(settlement("c", 3)).is_none());
    }

    #[test]
    fn a_call_that_was_never_made_is_taken_back() {
        let mut book = Book::default();
        book.reserve(ask("c", 100, 100));
        assert!(book.withdraw("c") && !book.withdraw("c"));
        assert_eq!((book.reserve(ask("d", 100, 100)), book.spent("org", "2026-11")), (Verdict::Admitted, 0));
    }

    #[test]
    fn concurrency_counts_open_calls() {
        let mut book = Book::default();
        let limited = |call: &str| {
            let mut ask = ask(call, 0, 100);
            ask.scopes[0].concurrency = Some(1);
            ask
        };
        assert_eq!(book.reserve(limited("a")), Verdict::Admitted);
        assert_eq!(book.reserve(limited("b")), Verdict::Concurrency("org".into()));
        book.settle(settlement("a", 0));
        assert_eq!(book.reserve(limited("b")), Verdict::Admitted);
    }

    #[test]
    fn the_book_reads_back_from_its_tables() {
        let mut book = Book::load(vec![(("org".into(), "2026-11".into()), 95)], vec![ask("open", 5, 100)], vec![]);
        assert_eq!(book.reserve(ask("more", 1, 100)), Verdict::Budget("org".into()));
        assert_eq!(book.next_end_ms(), Some(100));
        assert!(book.settle(settlement("open", 5)).is_some());
    }

    proptest! {
        #[test]
        fn with_costs_up_to_the_reservation_a_budget_is_never_exceeded(
            calls in proptest::collection::vec((1_u64..50, any::<u8>(), any::<bool>()), 1..200),
            budget in 1_u64..1000,
        ) {
            let mut book = Book::default();
            let mut open = Vec::new();
            for (i, (reserve, part, settle)) in calls.into_iter().enumerate() {
                let call = format!("c{i}");
                if book.reserve(ask(&call, reserve, budget)) == Verdict::Admitted {
                    open.push((call, reserve * u64::from(part) / 255));
                }
                if let Some((call, cost)) = open.pop_if(|_| settle) {
                    prop_assert!(book.settle(settlement(&call, cost)).is_some());
                }
                prop_assert!(book.spent("org", "2026-11") <= budget);
            }
            let rest: u64 = open.iter().map(|(_, cost)| cost).sum();
            let before = book.spent("org", "2026-11");
            for (call, cost) in open {
                book.settle(settlement(&call, cost));
            }
            prop_assert_eq!(book.spent("org", "2026-11"), before + rest);
            prop_assert!(before + rest <= budget);
        }
    }
}
