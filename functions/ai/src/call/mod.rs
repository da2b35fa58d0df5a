//! One call, from its admission to its settlement: what is known about it, and what it
//! costs in every case.

mod answering;
mod aside;
mod attempt;
pub(crate) mod calls;
pub(crate) mod deadlines;
mod degraded;
mod hedge;
mod kept;
mod outgoing;
pub(crate) mod prediction;
mod quote;
mod reply;
mod screen;
pub(crate) mod serve;
mod serving;
mod shadow;

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::ledger::{Attempt, CallRecord, Detail, Settlement, Status};
use shared::log;
use shared::platform::Platform;

use crate::admission;
use crate::admission::bounds::Seen;
use crate::call::quote::Quote;
use crate::call::screen::Watch;
use crate::money::price::Cost;
use crate::money::usage::{Reported, Units, Usage};
use crate::request::asked::Asked;
use crate::route::plan::Plan;

/// A call that was admitted.
pub(crate) struct Call {
    platform: Platform,
    record: CallRecord,
    quotes: Vec<Quote>,
    /// The quote of the target that is asked now.
    aim: usize,
    request_bytes: u64,
    /// What the provider told at the beginning of an answer that it never told the end of.
    early: Option<Reported>,
    /// The guard, whose findings are recorded.
    watch: Option<Watch>,
    /// How it ended, once it has: what others go by who saw the same answer pass.
    fate: Rc<Cell<Option<Status>>>,
}

impl Call {
    /// The call a request makes, by a plan that names at least one target. Nothing is reserved yet.
    pub(crate) fn new(cx: &Cx, caller: &Caller, asked: &Asked<'_>, plan: &Plan) -> Self {
        let quotes: Vec<Quote> = plan.targets.iter().map(|target| Quote::of(asked, target, cx.now_ms())).collect();
        let record = CallRecord {
            call_id: cx.new_id("call"),
            org_id: caller.org_id().to_owned(),
            user_id: caller.user_id().to_owned(),
            key_id: caller.key_id().map(str::to_owned),
            request_id: cx.trace.request_id.clone(),
            trace_id: cx.trace.trace_id.clone(),
            model: String::new(),
            provider: String::new(),
            endpoint: Some(asked.endpoint().name().to_owned()),
            stream: asked.stream(),
            status: Status::Killed,
            settlement: Settlement::Estimated,
            usage: Usage::default(),
            units: None,
            raw_usage: None,
            priced_as: None,
            price_version: None,
            cost_nano_usd: None,
            started_at_ms: cx.now_ms(),
            first_token_ms: None,
            finished_at_ms: cx.now_ms(),
            detail: Detail { route: plan.route.clone(), ..Detail::default() },
        };
        let request_bytes = asked.body().len() as u64;
        let (platform, fate) = (cx.platform.background(), Rc::default());
        Self { platform, record, quotes, aim: 0, request_bytes, early: None, watch: None, fate }.aimed(0)
    }

    /// The same call with its guard.
    pub(crate) fn watched(self, watch: Option<Watch>) -> Self {
        Self { watch, ..self }
    }

    /// The same call, which is not the one the client asked for.
    pub(crate) fn in_role(mut self, role: &str) -> Self {
        self.record.detail.role = Some(role.to_owned());
        self
    }

    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.record.call_id
    }

    /// Where it says how it ended.
    pub(crate) fn fate(&self) -> Rc<Cell<Option<Status>>> {
        Rc::clone(&self.fate)
    }

    /// The record of a call that was answered, or refused, without anybody being asked: it was not admitted, costs
    /// nothing and goes to the ledger by itself. `cache` says where the answer was found.
    pub(crate) fn unmade(mut self, status: Status, cache: Option<&str>) {
        self.record.detail.cache = cache.map(str::to_owned);
        let Settling { platform, record } = self.refused(status);
        let background = platform.clone();
        let work = async move {
            let Ok(text) = serde_json::to_string(&record) else { return };
            if let Err(cause) = background.enqueue("USAGE", &[text]).await {
                log::event("ai", "error", "call::unmade", "a record was lost", Some(&cause));
            }
        };
        platform.wait_until(Box::pin(work) as Pin<Box<dyn Future<Output = ()>>>);
    }

    /// The same call once more: a try that may have cost something has been booked, and this is another.
    pub(crate) fn again(&self, cx: &Cx) -> Self {
        let now_ms = self.platform.now_ms();
        let record = CallRecord {
            call_id: cx.new_id("call"),
            started_at_ms: now_ms,
            finished_at_ms: now_ms,
            ..self.record.clone()
        };
        Self {
            platform: self.platform.clone(),
            record,
            quotes: self.quotes.clone(),
            early: None,
            watch: self.watch.clone(),
            fate: self.fate(),
            ..*self
        }
    }

    /// The call goes to this target of its plan.
    pub(crate) fn aimed(mut self, target: usize) -> Self {
        self.aim = target;
        if let Some(quote) = self.quotes.get(target) {
            self.record.model.clone_from(&quote.model);
            self.record.provider.clone_from(&quote.provider);
            self.record.priced_as.clone_from(&quote.priced_as);
            self.record.usage = quote.bounds.as_usage();
        }
        self
    }

    /// What is billed beside tokens, where the request alone decides it.
    pub(crate) fn units(&self) -> Option<Units> {
        let units = self.quote()?.bounds.units;
        (units.milliseconds == 0).then_some(units)
    }

    /// Notes a try.
    pub(crate) fn tried(&mut self, attempt: Attempt) {
        self.record.detail.attempts.push(attempt);
    }

    /// Milliseconds since it was admitted.
    pub(crate) fn age_ms(&self) -> u64 {
        self.platform.now_ms().saturating_sub(self.record.started_at_ms)
    }

    /// The record the call is charged by if nobody settles it by then: the worst case at the dearest of its targets.
    pub(crate) fn worst_case(&self, finished_at_ms: u64) -> CallRecord {
        let dearest = self.quotes.iter().enumerate().max_by_key(|(i, quote)| (quote.worst_case(), usize::MAX - i));
        let mut record = self.record.clone();
        if let Some((_, quote)) = dearest {
            let worst = quote.worst_case();
            record.model.clone_from(&quote.model);
            record.provider.clone_from(&quote.provider);
            record.priced_as.clone_from(&quote.priced_as);
            record.usage = quote.bounds.as_usage();
            record.units = units_kept(quote.bounds.units);
            record.price_version = quote.price.as_ref().filter(|_| worst.is_some()).map(|price| price.version.clone());
            record.cost_nano_usd = worst;
        }
        CallRecord { finished_at_ms, ..record }
    }

    fn quote(&self) -> Option<&Quote> {
        self.quotes.get(self.aim)
    }

    /// The same call, of which this was told at the beginning: an estimate keeps to it.
    pub(crate) fn begun(self, early: Option<Reported>) -> Self {
        Self { early, ..self }
    }

    /// The first chunk of a stream was seen.
    pub(crate) fn saw_first_token(&mut self, now_ms: u64) {
        self.record.first_token_ms.get_or_insert(now_ms);
    }

    /// The record of a call the provider never accepted: it costs nothing.
    pub(crate) fn refused(mut self, status: Status) -> Settling {
        self.record.settlement = Settlement::Reported;
        self.priced(status, Usage::default(), Units::default())
    }

    /// The record of a call whose provider said what it used.
    pub(crate) fn reported(mut self, status: Status, reported: Reported, units: Units) -> Settling {
        self.record.settlement = Settlement::Reported;
        self.record.raw_usage = reported.raw;
        self.priced(status, reported.usage, units)
    }

    /// The record of a call the provider accepted and of which only this much was seen.
    pub(crate) fn estimated(mut self, status: Status, seen: Seen) -> Settling {
        let bounds = self.quote().map(|quote| quote.bounds);
        let mut usage = bounds.map(|bounds| bounds.estimate(self.request_bytes, seen)).unwrap_or_default();
        if let Some(Reported { usage: told, raw }) = self.early.take() {
            usage = Usage { completion_tokens: usage.completion_tokens.max(told.completion_tokens), ..told };
            self.record.raw_usage = raw;
        }
        let units = bounds.map(|bounds| bounds.units).unwrap_or_default();
        self.priced(status, usage, units)
    }

    /// Reported where the provider said something, or nothing is billed that it could say; estimated otherwise.
    pub(crate) fn ended(
        mut self,
        status: Status,
        reported: Option<Reported>,
        units: Option<Units>,
        seen: Seen,
    ) -> Settling {
        let asked = self.quote().map(|quote| quote.bounds.units).unwrap_or_default();
        let by_token =
            self.quote().and_then(|quote| quote.price.as_ref()).is_none_or(|price| price.rates.bill_tokens());
        match reported {
            Some(reported) => self.reported(status, reported, units.unwrap_or(asked)),
            None if by_token => self.estimated(status, seen),
            None => {
                self.record.settlement = if units.is_some() { Settlement::Reported } else { Settlement::Estimated };
                self.priced(status, Usage::default(), units.unwrap_or(asked))
            }
        }
    }

    fn priced(mut self, status: Status, usage: Usage, units: Units) -> Settling {
        let price = self.quote().and_then(|quote| quote.price.clone());
        let cost = price.map_or(Cost::Unknown, |price| price.cost(&usage, &units));
        self.fate.set(Some(status));
        self.record.detail.guard = self.watch.as_ref().and_then(Watch::told);
        self.record.status = status;
        self.record.usage = usage;
        self.record.units = units_kept(units);
        self.record.cost_nano_usd = cost.nano_usd();
        self.record.price_version = cost.version().map(str::to_owned);
        self.record.finished_at_ms = self.platform.now_ms().max(self.record.started_at_ms);
        Settling { platform: self.platform, record: self.record }
    }
}

/// Units worth keeping: that it was one call goes without saying.
fn units_kept(units: Units) -> Option<Units> {
    (units != Units { calls: units.calls.min(1), ..Units::default() }).then_some(units)
}

/// A call whose cost is known and has to be booked.
pub(crate) struct Settling {
    platform: Platform,
    record: CallRecord,
}

impl Settling {
    /// The cost; `None` when no price is known.
    pub(crate) const fn cost_nano_usd(&self) -> Option<u64> {
        self.record.cost_nano_usd
    }

    /// Books it. Runs on after the reply.
    pub(crate) async fn book(self) {
        admission::settle(&self.platform, &self.record).await;
    }

    /// Books it without anybody waiting.
    pub(crate) fn book_later(self) {
        let platform = self.platform.clone();
        // Boxed: one kind of background work is compiled, not one for each caller.
        platform.wait_until(Box::pin(self.book()) as Pin<Box<dyn Future<Output = ()>>>);
    }
}
