//! One call, from its admission to its settlement: what is known about it, and what it
//! costs in every case.

mod answering;
mod aside;
mod attempt;
pub(crate) mod calls;
mod candidates;
mod capture;
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
mod settling;
mod shadow;

use std::cell::Cell;
use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::ledger::{Attempt, CallRecord, Detail, Settlement, Status};
use shared::platform::Platform;
use shared::problem::Problem;

use crate::admission;
use crate::call::deadlines::Deadlines;
use crate::call::quote::Quote;
use crate::call::screen::Watch;
use crate::call::settling::units_kept;
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
            detail: Detail { route: plan.route.clone(), variant: plan.variant.clone(), ..Detail::default() },
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

    /// Reserves what the call can cost at most, for as long as it may take.
    ///
    /// # Errors
    /// As [`admission::reserve`].
    pub(crate) async fn reserve(&self, cx: &Cx, deadlines: Deadlines) -> Result<(), Problem> {
        let lease_ends_ms = cx.platform.now_ms() + deadlines::lease_ms(cx, deadlines);
        admission::reserve(cx, self.worst_case(lease_ends_ms), lease_ends_ms).await
    }

    /// The record the call is charged by if nobody settles it by then: the worst case at the dearest of its targets.
    fn worst_case(&self, finished_at_ms: u64) -> CallRecord {
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
}
