//! The accounts of one book by scope, and what is done with several of them at once. Pure; one account is in `account`.

use coordination::verdict::Room;
use shared::budget::period::{ends_ms, first_days};
use shared::budget::{Limits, Scope, State, Warning};

use crate::admission::account::Account;

/// A scope's running periods and its minute, as its table has them.
pub type Totals = [String; 3];

/// The accounts, sorted by scope.
#[derive(Debug, Default)]
pub(super) struct Accounts(Vec<Account>);

impl Accounts {
    /// Adds one that its table told.
    pub(super) fn add(&mut self, account: Account) {
        if let Err(place) = self.place(&account.scope) {
            self.0.insert(place, account);
        }
    }

    fn place(&self, scope: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|account| account.scope.as_str().cmp(scope))
    }

    /// The account of a scope, new where there was none.
    pub(super) fn of(&mut self, scope: &str) -> &mut Account {
        let place = match self.place(scope) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, Account::new(scope.to_owned()));
                place
            }
        };
        #[allow(clippy::indexing_slicing, reason = "the place was found or filled just now")]
        &mut self.0[place]
    }

    /// Takes newer limits over; which were.
    pub(super) fn learn(&mut self, scopes: &[Scope]) -> Vec<(String, Limits)> {
        let mut learnt = Vec::new();
        for scope in scopes {
            if let Some(limits) = &scope.limits
                && limits.version > 0
                && self.of(&scope.id).learn(limits)
            {
                learnt.push((scope.id.clone(), limits.clone()));
            }
        }
        learnt
    }

    /// Begins anew what is over.
    pub(super) fn come_to(&mut self, scopes: &[Scope], now_ms: u64) {
        let days = first_days(now_ms);
        for scope in scopes {
            self.of(&scope.id).come_to(now_ms, days);
        }
    }

    /// What the table keeps of these scopes.
    pub(super) fn totals(&mut self, scopes: &[Scope]) -> Vec<Totals> {
        scopes.iter().map(|scope| totals_of(self.of(&scope.id))).collect()
    }

    /// What is left of the tightest rates, and the scopes that have such limits.
    pub(super) fn room(&mut self, scopes: &[Scope], now_ms: u64) -> (Option<Room>, Vec<Totals>) {
        let (mut room, mut totals) = (None::<Room>, Vec::new());
        for scope in scopes {
            let account = self.of(&scope.id);
            let limits = account.limits_or(scope.limits.as_ref());
            if limits.rpm.is_none() && limits.tpm.is_none() {
                continue;
            }
            let (used, reset_ms) = (account.window().used(), account.window().empty_in_ms(now_ms));
            totals.push(totals_of(account));
            let room = room.get_or_insert_default();
            Room::narrow(&mut room.requests, limits.rpm, used.requests, reset_ms);
            Room::narrow(&mut room.tokens, limits.tpm, used.tokens, reset_ms);
        }
        (room, totals)
    }

    /// Budgets that have passed a threshold nobody was told of; `org` says whose they are.
    pub(super) fn warn(&mut self, scopes: &[Scope], org: &dyn Fn() -> String, now_ms: u64) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for scope in scopes {
            let account = self.of(&scope.id);
            let limits = account.limits_or(scope.limits.as_ref());
            let Some((percent, spent_nano_usd, budget_nano_usd, period, begins_day)) = account.passed(&limits) else {
                continue;
            };
            let (org_id, scope, version) = (org(), scope.id.clone(), limits.version);
            warnings.push(Warning {
                org_id,
                scope,
                version,
                percent,
                period,
                begins_day,
                spent_nano_usd,
                budget_nano_usd,
                at_ms: now_ms,
            });
        }
        warnings
    }

    /// What is spent and reserved of a scope.
    pub(super) fn state(&mut self, scope: &Scope) -> State {
        let account = self.of(&scope.id);
        let limits = account.limits_or(scope.limits.as_ref());
        let period = limits.budget_period.unwrap_or_default();
        let (spent_nano_usd, reserved_nano_usd, first_day) = account.spent(period);
        State {
            id: scope.id.clone(),
            version: account.limits.version,
            spent_nano_usd,
            reserved_nano_usd,
            under_way: account.under_way(),
            resets_at_ms: ends_ms(period, first_day),
        }
    }
}

fn totals_of(account: &mut Account) -> Totals {
    // What nobody limits need not outlive a restart.
    let limited = account.limits.rpm.is_some() || account.limits.tpm.is_some();
    let window = if limited { account.window().text() } else { String::new() };
    [account.scope.clone(), account.text(), window]
}
