//! The book of one organisation: what is spent and what is reserved, by scope, and whether
//! one more call fits. Pure; the Durable Object in `worker` keeps it durable.
//!
//! Architecture invariant: spent + reserved of a scope never exceeds its budget by admission.
//! What settles above its reservation is still booked: money spent is spent.

pub use coordination::refusal::{Rate, Refusal};
use coordination::reservation::org_of;
pub use coordination::reservation::{Reserve, Scope, Settle, State};
pub use coordination::verdict::{Left, Room, Verdict};
use serde_json::value::RawValue;
use shared::budget::{Limits, Warning};
use shared::time::DAY_MS;

use crate::admission::account::{Account, Take};
use crate::admission::accounts::Accounts;
pub use crate::admission::accounts::Totals;
use crate::admission::calls::{Call, Calls};
use crate::admission::window::Rates;

/// The state: what the object holds in memory and in its tables.
///
/// All are sorted and searched by halves: ids of calls begin with their time, so most are added at the
/// end, and a hash table takes several times the code.
#[derive(Debug, Default)]
pub struct Book {
    accounts: Accounts,
    open: Calls,
    given_up: Calls,
    latest_ms: u64,
}

/// What a reservation changes, for the tables.
#[derive(Debug)]
pub struct Reserved {
    /// What is answered.
    pub verdict: Verdict,
    /// When the call began and when it was last counted, for its row; `None` when it was not admitted.
    pub times: Option<String>,
    /// Scopes whose minute has a limit: it is kept, so that it holds across a restart.
    pub totals: Vec<Totals>,
    /// Limits that were newer than those known: scope and limits.
    pub learnt: Vec<(String, Limits)>,
    /// Budgets that are nearly spent, by newer limits.
    pub warnings: Vec<Warning>,
}

/// What a settlement changes, for the tables.
#[derive(Debug)]
pub struct Settled {
    /// The call's id.
    pub call_id: String,
    /// The record for the ledger.
    pub record: Box<RawValue>,
    /// The scopes it counts in.
    pub totals: Vec<Totals>,
    /// Budgets that are nearly spent.
    pub warnings: Vec<Warning>,
}

/// What newer limits change, for the tables.
#[derive(Debug, Default)]
pub struct Told {
    /// The scopes that were asked about.
    pub states: Vec<State>,
    /// Limits that were newer than those known.
    pub learnt: Vec<(String, Limits)>,
    /// Scopes of which something was told.
    pub totals: Vec<Totals>,
    /// Budgets that are nearly spent.
    pub warnings: Vec<Warning>,
}

impl Book {
    /// The book as its tables say.
    #[must_use]
    pub fn load(accounts: Vec<Account>, limits: Vec<(String, Limits)>, open: Vec<Call>, given_up: Vec<Call>) -> Self {
        let mut book = Self { given_up: Calls::of(given_up), ..Self::default() };
        for account in accounts {
            // The clock of another machine may be behind: no period begins twice.
            book.latest_ms = book.latest_ms.max(account.latest_day() * DAY_MS);
            book.accounts.add(account);
        }
        for (scope, limits) in limits {
            book.accounts.of(&scope).limits = limits;
        }
        for call in &open {
            book.latest_ms = book.latest_ms.max(call.counted_ms);
            let take = Take { rates: Rates::default(), ..call.take() };
            for scope in &call.ask.scopes {
                let account = book.accounts.of(&scope.id);
                account.come_to(call.began_ms, call.days);
                account.reserve(&take, call.days, call.counted_ms);
            }
        }
        book.open = Calls::of(open);
        book
    }

    /// Decides whether a call may be made, and books its reservation. A call that has one gets this one in its place,
    /// or keeps what it has when this one does not fit: so it is made dearer for another target.
    pub fn reserve(&mut self, ask: Reserve, now_ms: u64) -> Reserved {
        let now = self.now(now_ms);
        self.accounts.come_to(&ask.scopes, now);
        let learnt = self.accounts.learn(&ask.scopes);
        let warnings =
            if learnt.is_empty() { Vec::new() } else { self.accounts.warn(&ask.scopes, &|| org_of(&ask.record), now) };
        let old = self.open.get(&ask.call_id).cloned();
        let call = Call::new(ask, now, old.as_ref());
        if let Err(refusal) = self.fits(&call, old.as_ref(), now) {
            return Reserved { verdict: Verdict::Refused(refusal), times: None, totals: Vec::new(), learnt, warnings };
        }
        if let Some(old) = &old {
            self.let_go(old);
        }
        self.take_up(&call, old.as_ref());
        let (room, totals) = self.accounts.room(&call.ask.scopes, now);
        let times = Some(call.times());
        self.open.add(call);
        Reserved { verdict: Verdict::Admitted(room), times, totals, learnt, warnings }
    }

    /// Books what a call really cost. `None` for a call that is not open: it was settled before.
    /// A call that had been given up is corrected.
    pub fn settle(&mut self, ended: Settle, now_ms: u64) -> Option<Settled> {
        let now = self.now(now_ms);
        let (open, given_up) = (self.open.remove(&ended.call_id), self.given_up.remove(&ended.call_id));
        if let Some(call) = &open {
            self.release(call, now, ended.tokens);
        }
        if let Some(call) = &given_up {
            self.spend(call, 0, call.ask.nano_usd);
        }
        let mut call = open.or(given_up)?;
        call.answered_by(&ended.model);
        self.accounts.come_to(&call.ask.scopes, now);
        self.spend(&call, ended.nano_usd, 0);
        let warnings = self.accounts.warn(&call.ask.scopes, &|| org_of(&ended.record), now);
        let totals = self.accounts.totals(&call.ask.scopes);
        Some(Settled { call_id: ended.call_id, record: ended.record, totals, warnings })
    }

    /// Takes back the reservation of a call that was never made; the scopes whose minute has a limit. `None` when there
    /// was no such call.
    pub fn withdraw(&mut self, call: &str) -> Option<Vec<Totals>> {
        let call = self.open.remove(call)?;
        self.let_go(&call);
        for scope in &call.ask.scopes {
            let one = Rates { requests: 1, tokens: 0 };
            self.accounts.of(&scope.id).window().correct(call.began_ms, one, Rates::default());
        }
        Some(self.accounts.room(&call.ask.scopes, self.latest_ms).1)
    }

    /// Charges every reservation that has ended by `now_ms` as estimated.
    pub fn expire(&mut self, now_ms: u64) -> Vec<Settled> {
        let now = self.now(now_ms);
        let mut settled = Vec::new();
        for call in self.open.take_ended(now_ms) {
            self.release(&call, now, call.ask.tokens);
            if let Some(before) = self.given_up.remove(&call.ask.call_id) {
                self.spend(&before, 0, before.ask.nano_usd);
            }
            self.spend(&call, call.ask.nano_usd, 0);
            let record = call.ask.record.clone();
            let warnings = self.accounts.warn(&call.ask.scopes, &|| org_of(&record), now);
            let totals = self.accounts.totals(&call.ask.scopes);
            settled.push(Settled { call_id: call.ask.call_id.clone(), record, totals, warnings });
            self.given_up.add(call);
        }
        settled
    }

    /// Forgets calls given up so long ago that nobody will settle them.
    pub fn forget(&mut self, before_ms: u64) {
        self.given_up.forget(before_ms);
    }

    /// When the next reservation ends.
    #[must_use]
    pub fn next_end_ms(&self) -> Option<u64> {
        self.open.next_end_ms()
    }

    /// Takes newer limits over, and says what is spent and reserved.
    pub fn tell(&mut self, scopes: &[Scope], org: &str, now_ms: u64) -> Told {
        let now = self.now(now_ms);
        let learnt = self.accounts.learn(scopes);
        self.accounts.come_to(scopes, now);
        let warnings = if learnt.is_empty() { Vec::new() } else { self.accounts.warn(scopes, &|| org.to_owned(), now) };
        let totals = if warnings.is_empty() { Vec::new() } else { self.accounts.totals(scopes) };
        let states = scopes.iter().map(|scope| self.accounts.state(scope)).collect();
        Told { states, learnt, totals, warnings }
    }

    /// No time is before one that was: a period that has begun anew has ended.
    fn now(&mut self, now_ms: u64) -> u64 {
        self.latest_ms = self.latest_ms.max(now_ms);
        self.latest_ms
    }

    /// Whether a call fits everywhere. Nothing is changed: where one scope refuses, none has reserved.
    fn fits(&mut self, call: &Call, old: Option<&Call>, now_ms: u64) -> Result<(), Refusal> {
        let mut worst: Option<Refusal> = None;
        for scope in &call.ask.scopes {
            let own = old.filter(|old| old.counts_in(&scope.id));
            let account = self.accounts.of(&scope.id);
            let limits = account.limits_or(scope.limits.as_ref());
            let take = account.counted(call.take_beside(own), call.days, &limits);
            let own = own.map_or_else(Take::default, |old| {
                let tokens = Rates { requests: 0, tokens: old.ask.tokens };
                let rates = account.window().still(old.counted_ms, tokens);
                account.counted(Take { rates, ..old.take() }, old.days, &limits)
            });
            if let Err(refusal) = account.fits(&limits, &take, &own, now_ms)
                && worst.as_ref().is_none_or(|worst| worst.lasts() < refusal.lasts())
            {
                worst = Some(refusal);
            }
        }
        worst.map_or(Ok(()), Err)
    }

    fn take_up(&mut self, call: &Call, old: Option<&Call>) {
        for scope in &call.ask.scopes {
            let own = old.filter(|old| old.counts_in(&scope.id));
            self.accounts.of(&scope.id).reserve(&call.take_beside(own), call.days, call.counted_ms);
        }
    }

    /// Takes a reservation and its tokens out; the request still counts.
    fn let_go(&mut self, call: &Call) {
        for scope in &call.ask.scopes {
            let tokens = Rates { requests: 0, tokens: call.ask.tokens };
            let account = self.accounts.of(&scope.id);
            account.release(&call.take(), call.days);
            account.window().correct(call.counted_ms, tokens, Rates::default());
        }
    }

    /// Ends a call that used so many tokens.
    fn release(&mut self, call: &Call, now_ms: u64, tokens: u64) {
        self.accounts.come_to(&call.ask.scopes, now_ms);
        for scope in &call.ask.scopes {
            let (was, is) = (call.ask.tokens, tokens);
            let account = self.accounts.of(&scope.id);
            account.release(&call.take(), call.days);
            let tokens = |tokens| Rates { requests: 0, tokens };
            account.window().correct(call.counted_ms, tokens(was), tokens(is));
        }
    }

    fn spend(&mut self, call: &Call, cost: u64, charged: u64) {
        for scope in &call.ask.scopes {
            self.accounts.of(&scope.id).spend(cost, charged, call.days);
        }
    }
}
