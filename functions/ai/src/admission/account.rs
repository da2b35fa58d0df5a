//! The account of one scope in the book: its limits, what it has spent in each running period, what is reserved, what
//! is under way, and its last minute. Pure.

use std::fmt::Write;

use coordination::refusal::{Rate, Refusal};
use shared::budget::period::{KINDS, ends_ms, place};
use shared::budget::{Limits, Period};

use crate::admission::window::{Rates, Window};

/// Percent of a budget at which its owner is told.
pub const THRESHOLDS: [u64; 2] = [80, 100];

/// What a call takes of a scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Take {
    /// Nano-dollars.
    pub nano_usd: u64,
    /// Calls under way.
    pub calls: u32,
    /// What counts in the minute.
    pub rates: Rates,
}

/// One running period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Running {
    first_day: u64,
    spent: u64,
    reserved: u64,
    /// The highest threshold that was told.
    warned: u64,
}

/// The account of one scope.
#[derive(Clone, Debug)]
pub struct Account {
    /// `org`, `user:usr_…`, `key:key_…`, `model:…`.
    pub scope: String,
    /// Its own limits; version 0 where it has none.
    pub limits: Limits,
    running: [Running; KINDS],
    under_way: u32,
    window: Window,
}

impl Account {
    /// An account in which nothing has happened.
    #[must_use]
    pub fn new(scope: String) -> Self {
        Self { scope, limits: Limits::default(), running: Default::default(), under_way: 0, window: Window::default() }
    }

    /// Its own limits, and the defaults where they leave something open. A budget and its period stay together.
    #[must_use]
    pub fn limits_or(&self, defaults: Option<&Limits>) -> Limits {
        let own = &self.limits;
        let Some(or) = defaults.filter(|limits| limits.version == 0) else { return own.clone() };
        let budget = if own.budget_nano_usd.is_some() { own } else { or };
        Limits {
            version: own.version,
            budget_nano_usd: budget.budget_nano_usd,
            budget_period: budget.budget_period,
            rpm: own.rpm.or(or.rpm),
            tpm: own.tpm.or(or.tpm),
            concurrency: own.concurrency.or(or.concurrency),
        }
    }

    /// Takes newer limits over. Whether they are. What was told of another budget is told of this one anew.
    pub fn learn(&mut self, limits: &Limits) -> bool {
        if limits.version <= self.limits.version {
            return false;
        }
        let same =
            (limits.budget_nano_usd, limits.budget_period) == (self.limits.budget_nano_usd, self.limits.budget_period);
        if !same {
            self.running.iter_mut().for_each(|running| running.warned = 0);
        }
        self.limits = limits.clone();
        true
    }

    /// Begins the periods anew that are over, and forgets the minute before this one.
    pub fn come_to(&mut self, now_ms: u64, days: [u64; KINDS]) {
        for (running, day) in self.running.iter_mut().zip(days) {
            if day > running.first_day {
                *running = Running { first_day: day, ..Running::default() };
            }
        }
        self.window.tidy(now_ms);
    }

    /// Whether a call fits that takes this much, where `own` of what is taken is its own already.
    ///
    /// # Errors
    /// The reason that lasts longest.
    pub fn fits(&self, limits: &Limits, take: &Take, own: &Take, now_ms: u64) -> Result<(), Refusal> {
        let period = limits.budget_period.unwrap_or_default();
        if let (Some(budget), Some(running)) = (limits.budget_nano_usd, self.running.get(place(period))) {
            let others = running.spent.saturating_add(running.reserved.saturating_sub(own.nano_usd));
            if others.saturating_add(take.nano_usd) > budget {
                let resets_ms = ends_ms(period, running.first_day);
                return Err(Refusal::Budget { scope: self.scope.clone(), period, resets_ms });
            }
        }
        self.rates_fit(limits, take, own, now_ms)?;
        let others = self.under_way.saturating_sub(own.calls);
        if limits.concurrency.is_some_and(|most| others.saturating_add(take.calls) > most) {
            return Err(Refusal::Concurrency(self.scope.clone()));
        }
        Ok(())
    }

    fn rates_fit(&self, limits: &Limits, take: &Take, own: &Take, now_ms: u64) -> Result<(), Refusal> {
        if limits.rpm.is_none() && limits.tpm.is_none() {
            return Ok(());
        }
        let used = self.window.used();
        let over = |limit: Option<u64>, used: u64, own: u64, take: u64| {
            let limit = limit?;
            let above = used.saturating_sub(own).saturating_add(take).saturating_sub(limit);
            (above > 0).then_some((limit, above))
        };
        let refused = |rate: Rate, limit: u64, least: u64, less: Rates| {
            // What alone is above the limit never fits.
            let wait_ms = (least <= limit).then(|| self.window.wait_ms(now_ms, less));
            Err(Refusal::Rate { scope: self.scope.clone(), rate, limit, wait_ms })
        };
        if let Some((limit, above)) = over(limits.tpm, used.tokens, own.rates.tokens, take.rates.tokens) {
            return refused(Rate::Tokens, limit, take.rates.tokens, Rates { requests: 0, tokens: above });
        }
        if let Some((limit, above)) = over(limits.rpm, used.requests, own.rates.requests, take.rates.requests) {
            return refused(Rate::Requests, limit, take.rates.requests, Rates { requests: above, tokens: 0 });
        }
        Ok(())
    }

    /// Reserves this much for a call that began in the periods `days`, and counts it in the minute of `at_ms`.
    pub fn reserve(&mut self, take: &Take, days: [u64; KINDS], at_ms: u64) {
        self.under_way = self.under_way.saturating_add(take.calls);
        self.in_period(days, |running| running.reserved = running.reserved.saturating_add(take.nano_usd));
        self.window.add(at_ms, take.rates);
    }

    /// The call no longer reserves this much; the minute keeps it.
    pub fn release(&mut self, take: &Take, days: [u64; KINDS]) {
        self.under_way = self.under_way.saturating_sub(take.calls);
        self.in_period(days, |running| running.reserved = running.reserved.saturating_sub(take.nano_usd));
    }

    /// A call cost this much, of which so much was charged before.
    pub fn spend(&mut self, cost: u64, charged: u64, days: [u64; KINDS]) {
        self.in_period(days, |running| {
            running.spent = running.spent.saturating_sub(charged).saturating_add(cost);
        });
    }

    /// The last minute.
    pub const fn window(&mut self) -> &mut Window {
        &mut self.window
    }

    /// What of this counts in the budget's running period: nothing of a call that began in an earlier one.
    #[must_use]
    pub fn counted(&self, take: Take, days: [u64; KINDS], limits: &Limits) -> Take {
        let kind = place(limits.budget_period.unwrap_or_default());
        let runs = self.running.get(kind).is_some_and(|running| Some(&running.first_day) == days.get(kind));
        Take { nano_usd: if runs { take.nano_usd } else { 0 }, ..take }
    }

    /// A threshold of the budget that was passed and not told yet: percent, spent, budget, period, its first day.
    pub fn passed(&mut self, limits: &Limits) -> Option<(u64, u64, u64, Period, u64)> {
        let budget = limits.budget_nano_usd.filter(|budget| *budget > 0)?;
        let period = limits.budget_period.unwrap_or_default();
        let running = self.running.get_mut(place(period))?;
        let reached = |percent: &u64| u128::from(running.spent) * 100 >= u128::from(budget) * u128::from(*percent);
        let percent = THRESHOLDS.into_iter().rev().find(reached)?;
        if percent <= running.warned {
            return None;
        }
        running.warned = percent;
        Some((percent, running.spent, budget, period, running.first_day))
    }

    /// Nano-dollars spent and reserved in the running period of this kind, and its first day.
    #[must_use]
    pub fn spent(&self, period: Period) -> (u64, u64, u64) {
        let running = self.running.get(place(period)).copied().unwrap_or_default();
        (running.spent, running.reserved, running.first_day)
    }

    /// Calls under way.
    #[must_use]
    pub const fn under_way(&self) -> u32 {
        self.under_way
    }

    /// The running periods as text: `first day:spent:told`, in the order of `Period::ALL`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for Running { first_day, spent, warned, .. } in &self.running {
            let _ = write!(text, "{first_day}:{spent}:{warned} ");
        }
        text
    }

    /// What `text` and `Window::text` wrote.
    #[must_use]
    pub fn read(scope: String, periods: &str, window: &str) -> Self {
        let mut account = Self { window: Window::read(window), ..Self::new(scope) };
        for (running, word) in account.running.iter_mut().zip(periods.split_ascii_whitespace()) {
            let mut numbers = word.split(':').map(|number| number.parse().unwrap_or(0));
            let mut next = || numbers.next().unwrap_or(0);
            *running = Running { first_day: next(), spent: next(), reserved: 0, warned: next() };
        }
        account
    }

    /// The latest day any of its periods began.
    #[must_use]
    pub fn latest_day(&self) -> u64 {
        self.running.iter().map(|running| running.first_day).max().unwrap_or(0)
    }

    /// Changes those periods that the call began in and that still run.
    fn in_period(&mut self, days: [u64; KINDS], change: impl Fn(&mut Running)) {
        for (running, day) in self.running.iter_mut().zip(days) {
            if running.first_day == day {
                change(running);
            }
        }
    }
}
