//! Whatever happens to a book in whatever order, a model of it that keeps every call and adds everything up anew
//! agrees, and no budget and no rate is exceeded by admission.

use ai::admission::account::Account;
use ai::admission::book::{Book, Reserve, Scope, Settle, Verdict};
use ai::admission::calls::Call;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;
use shared::budget::{Limits, Period};

use crate::asking::{NOON, record};

const SCOPES: [&str; 5] = ["org", "user:u", "key:k", "model:a", "model:b"];
const DAY: u64 = 86_400_000;

#[derive(Clone, Debug)]
enum Step {
    Reserve {
        call: u8,
        nano: u64,
        tokens: u64,
        model: bool,
    },
    /// In hundredths of what is reserved: 100 at most, so that only admission could exceed a budget.
    Settle {
        call: u8,
        part: u64,
    },
    Withdraw {
        call: u8,
    },
    Expire,
    Pass {
        ms: u64,
    },
    Limit {
        scope: usize,
        budget: Option<u64>,
        period: u8,
        rpm: Option<u64>,
        tpm: Option<u64>,
        concurrency: Option<u32>,
    },
    Restart,
}

/// A call, as the model keeps it.
#[derive(Clone, Debug)]
struct Kept {
    ask: Reserve,
    began: u64,
    open: bool,
    cost: u64,
}

fn step() -> impl Strategy<Value = Step> {
    let call = 0_u8..24;
    let some = |most: u64| proptest::option::of(0..most);
    prop_oneof![
        6 => (call.clone(), 0_u64..50, 0_u64..50, any::<bool>())
            .prop_map(|(call, nano, tokens, model)| Step::Reserve { call, nano, tokens, model }),
        4 => (call.clone(), 0_u64..=100).prop_map(|(call, part)| Step::Settle { call, part }),
        1 => call.prop_map(|call| Step::Withdraw { call }),
        1 => proptest::strategy::Just(Step::Expire),
        2 => prop_oneof![0_u64..90_000, 0..2 * DAY].prop_map(|ms| Step::Pass { ms }),
        2 => (0..SCOPES.len(), some(300), 0_u8..4, some(10), some(200), proptest::option::of(0_u32..9))
            .prop_map(|(scope, budget, period, rpm, tpm, concurrency)| {
                Step::Limit { scope, budget, period, rpm, tpm, concurrency }
            }),
        1 => proptest::strategy::Just(Step::Restart),
    ]
}

/// The book with its tables and the model beside it.
struct World {
    book: Book,
    now: u64,
    calls: Vec<Kept>,
    limits: Vec<(String, Limits)>,
    totals: Vec<[String; 3]>,
    rows: Vec<(String, String, Reserve)>,
    admitted: Vec<(u64, Reserve)>,
    ids: [u64; 24],
}

impl World {
    fn new() -> Self {
        let limits = SCOPES.map(|scope| (scope.to_owned(), Limits::default())).to_vec();
        let (book, calls, rows, totals) = (Book::default(), Vec::new(), Vec::new(), Vec::new());
        Self { book, now: NOON, calls, limits, totals, rows, admitted: Vec::new(), ids: [0; 24] }
    }

    fn id(&self, call: u8) -> String {
        format!("c{call}-{}", self.ids[usize::from(call)])
    }

    fn limits_of(&self, scope: &str) -> &Limits {
        &self.limits.iter().find(|(known, _)| known == scope).unwrap().1
    }

    fn sums(&self, scope: &str, period: Period) -> (u64, u64) {
        use shared::budget::period::first_day;
        let mine = self.calls.iter().filter(|kept| kept.ask.scopes.iter().any(|one| one.id == scope));
        let now = mine.filter(|kept| first_day(period, kept.began) == first_day(period, self.now));
        now.fold(
            (0, 0),
            |(spent, reserved), kept| {
                if kept.open { (spent, reserved + kept.ask.nano_usd) } else { (spent + kept.cost, reserved) }
            },
        )
    }

    fn keep(&mut self, totals: Vec<[String; 3]>) {
        for one in totals {
            self.totals.retain(|known| known[0] != one[0]);
            self.totals.push(one);
        }
    }

    fn reserve(&mut self, call: u8, nano: u64, tokens: u64, model: bool) -> Result<(), TestCaseError> {
        let id = self.id(call);
        let scopes = ["org", "user:u", "key:k", if model { "model:a" } else { "model:b" }];
        let scopes = scopes.map(|id| Scope { id: id.into(), limits: None }).to_vec();
        let expires_ms = self.now + 60_000;
        let ask = Reserve { call_id: id.clone(), nano_usd: nano, tokens, record: record("killed"), scopes, expires_ms };
        let reserved = self.book.reserve(ask.clone(), self.now);
        self.keep(reserved.totals);
        let Some(times) = reserved.times else { return Ok(()) };
        prop_assert!(matches!(reserved.verdict, Verdict::Admitted(_)));
        self.rows.retain(|(known, ..)| *known != id);
        self.rows.push((id.clone(), times, ask.clone()));
        match self.calls.iter_mut().find(|kept| kept.ask.call_id == id) {
            Some(kept) => kept.ask = ask,
            None => {
                self.admitted.push((self.now, ask.clone()));
                self.calls.push(Kept { ask, began: self.now, open: true, cost: 0 });
            }
        }
        self.within_limits()
    }

    /// What was just admitted exceeds nothing.
    fn within_limits(&self) -> Result<(), TestCaseError> {
        let last = &self.rows.last().unwrap().2;
        for scope in &last.scopes {
            let limits = self.limits_of(&scope.id);
            let began_now = self.calls.iter().find(|kept| kept.ask.call_id == last.call_id).unwrap();
            let period = limits.budget_period.unwrap_or_default();
            use shared::budget::period::first_day;
            let runs = first_day(period, began_now.began) == first_day(period, self.now);
            let (spent, reserved) = self.sums(&scope.id, period);
            prop_assert!(!runs || limits.budget_nano_usd.is_none_or(|budget| spent + reserved <= budget));
            let open = |kept: &&Kept| kept.open && kept.ask.scopes.iter().any(|one| one.id == scope.id);
            let under_way = self.calls.iter().filter(open).count();
            prop_assert!(limits.concurrency.is_none_or(|most| under_way <= most as usize));
        }
        Ok(())
    }

    fn settle(&mut self, call: u8, part: u64) {
        let id = self.id(call);
        let Some(kept) = self.calls.iter_mut().find(|kept| kept.ask.call_id == id) else { return };
        let nano_usd = kept.ask.nano_usd * part / 100;
        (kept.open, kept.cost) = (false, nano_usd);
        let tokens = kept.ask.tokens * part / 100;
        let ended = Settle { call_id: id.clone(), nano_usd, tokens, record: record("succeeded"), model: String::new() };
        if let Some(settled) = self.book.settle(ended, self.now) {
            self.keep(settled.totals);
        }
        self.rows.retain(|(known, ..)| *known != id);
        self.ids[usize::from(call)] += 1;
    }

    fn restart(&mut self) {
        let read = |[scope, periods, minute]: &[String; 3]| Account::read(scope.clone(), periods, minute);
        let accounts = self.totals.iter().map(read).collect();
        let calls = |open: bool| {
            let state = |id: &str| self.calls.iter().any(|kept| kept.ask.call_id == *id && kept.open == open);
            let rows = self.rows.iter().filter(|(id, ..)| state(id));
            rows.map(|(_, times, ask)| Call::read(times, ask.clone())).collect()
        };
        let limits = self.limits.iter().filter(|(_, limits)| limits.version > 0).cloned().collect();
        self.book = Book::load(accounts, limits, calls(true), calls(false));
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Reserve { call, nano, tokens, model } => {
                let id = self.id(call);
                if self.calls.iter().any(|kept| kept.ask.call_id == id && !kept.open) {
                    self.ids[usize::from(call)] += 1;
                }
                self.reserve(call, nano, tokens, model)?;
            }
            Step::Settle { call, part } => self.settle(call, part),
            Step::Withdraw { call } => {
                let id = self.id(call);
                let there = self.calls.iter().any(|kept| kept.ask.call_id == id && kept.open);
                let withdrawn = self.book.withdraw(&id);
                prop_assert_eq!(withdrawn.is_some(), there);
                self.keep(withdrawn.unwrap_or_default());
                if there {
                    self.calls.retain(|kept| kept.ask.call_id != id);
                    self.rows.retain(|(known, ..)| *known != id);
                    self.admitted.retain(|(_, ask)| ask.call_id != id);
                }
            }
            Step::Expire => {
                for settled in self.book.expire(self.now) {
                    let kept = self.calls.iter_mut().find(|kept| kept.ask.call_id == settled.call_id).unwrap();
                    (kept.open, kept.cost) = (false, kept.ask.nano_usd);
                    self.keep(settled.totals);
                }
                let late = |kept: &Kept| kept.open && kept.ask.expires_ms <= self.now;
                prop_assert!(!self.calls.iter().any(late), "no reservation stays beyond its lease");
            }
            Step::Pass { ms } => self.now += ms,
            Step::Limit { scope, budget, period, rpm, tpm, concurrency } => {
                let (id, limits) = &mut self.limits[scope];
                let version = limits.version + 1;
                let budget_period = Some(Period::ALL[usize::from(period)]);
                *limits = Limits { version, budget_nano_usd: budget, budget_period, rpm, tpm, concurrency };
                let told = [Scope { id: id.clone(), limits: Some(limits.clone()) }];
                let told = self.book.tell(&told, "org_1", self.now);
                prop_assert_eq!(told.states[0].version, version);
                self.keep(told.totals);
            }
            Step::Restart => self.restart(),
        }
        Ok(())
    }

    fn agrees(&mut self) -> Result<(), TestCaseError> {
        for scope in SCOPES {
            let period = self.limits_of(scope).budget_period.unwrap_or_default();
            let asked = [Scope { id: scope.into(), limits: None }];
            let told = &self.book.tell(&asked, "org_1", self.now).states[0];
            let (spent, reserved) = self.sums(scope, period);
            prop_assert_eq!((told.spent_nano_usd, told.reserved_nano_usd), (spent, reserved), "{}", scope);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn the_book_agrees_with_adding_everything_up(steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            world.take(step)?;
            world.agrees()?;
        }
    }

    #[test]
    fn no_minute_has_more_requests_than_the_key_may_make(
        steps in proptest::collection::vec((0_u64..4_000, 0_u64..=100), 1..200),
        rpm in 1_u64..30,
        tpm in 50_u64..2_000,
    ) {
        let mut book = Book::default();
        let (mut now, mut made) = (NOON, Vec::<(u64, u64)>::new());
        let limits = Limits { version: 1, rpm: Some(rpm), tpm: Some(tpm), ..Limits::default() };
        for (i, (ms, part)) in steps.into_iter().enumerate() {
            now += ms;
            let call_id = format!("c{i}");
            let scopes = vec![Scope { id: "key:k".into(), limits: Some(limits.clone()) }];
            let ask = Reserve { call_id: call_id.clone(), nano_usd: 0, tokens: 40, record: record("x"), scopes, expires_ms: u64::MAX };
            if matches!(book.reserve(ask, now).verdict, Verdict::Admitted(_)) {
                let tokens = 40 * part / 100;
                book.settle(Settle { call_id, nano_usd: 0, tokens, record: record("x"), model: String::new() }, now);
                made.push((now, tokens));
            }
        }
        for (begin, _) in &made {
            let within: Vec<_> = made.iter().filter(|(at, _)| (*begin..begin + 60_000).contains(at)).collect();
            prop_assert!(within.len() as u64 <= rpm);
            prop_assert!(within.iter().map(|(_, tokens)| tokens).sum::<u64>() <= tpm);
        }
    }
}
