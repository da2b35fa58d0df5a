//! One call, from its admission to its settlement: what is known about it, and what it
//! costs in every case.

pub(crate) mod chat;
pub(crate) mod deadlines;

use std::pin::Pin;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::ledger::{CallRecord, Settlement, Status};
use shared::platform::Platform;

use crate::admission;
use crate::admission::bounds::{Bounds, Seen};
use crate::money::price::{Cost, Price, PriceBook};
use crate::money::usage::{Reported, Usage};
use crate::provider::target::Target;
use crate::request::ChatRequest;

/// A call that was admitted.
pub(crate) struct Call {
    platform: Platform,
    record: CallRecord,
    bounds: Bounds,
    request_bytes: u64,
    price: Option<&'static Price>,
}

impl Call {
    /// The call a request makes. Nothing is reserved yet.
    pub(crate) fn new(cx: &Cx, caller: &Caller, request: &ChatRequest<'_>, target: &Target) -> Self {
        let bounds = Bounds::of(request, target.limits);
        let price = PriceBook::builtin().price(&target.upstream.price_list, &target.priced_as, cx.now_ms());
        let own_name = target.upstream.price_list == target.provider().id && target.priced_as == target.model;
        let record = CallRecord {
            call_id: cx.new_id("call"),
            org_id: caller.org_id().to_owned(),
            user_id: caller.user_id().to_owned(),
            key_id: caller.key_id().map(str::to_owned),
            request_id: cx.trace.request_id.clone(),
            trace_id: cx.trace.trace_id.clone(),
            model: target.model.to_string(),
            provider: target.provider().id.clone(),
            stream: request.stream,
            status: Status::Killed,
            settlement: Settlement::Estimated,
            usage: bounds.as_usage(),
            raw_usage: None,
            priced_as: (!own_name).then(|| format!("{}/{}", target.upstream.price_list, target.priced_as)),
            price_version: None,
            cost_nano_usd: None,
            started_at_ms: cx.now_ms(),
            first_token_ms: None,
            finished_at_ms: cx.now_ms(),
        };
        let request_bytes = request.text().len() as u64;
        Self { platform: cx.platform.background(), record, bounds, request_bytes, price }
    }

    /// The record the call is charged by if nobody settles it by then: the worst case.
    pub(crate) fn worst_case(&self, finished_at_ms: u64) -> CallRecord {
        let worst = self.bounds.worst_case(self.price);
        let version = self.price.filter(|_| worst.is_some()).map(|price| price.version.clone());
        CallRecord { price_version: version, cost_nano_usd: worst, finished_at_ms, ..self.record.clone() }
    }

    /// The first chunk of a stream was seen.
    pub(crate) fn saw_first_token(&mut self, now_ms: u64) {
        self.record.first_token_ms.get_or_insert(now_ms);
    }

    /// The record of a call the provider never accepted: it costs nothing.
    pub(crate) fn refused(mut self, status: Status) -> Settling {
        self.record.settlement = Settlement::Reported;
        self.priced(status, Usage::default())
    }

    /// The record of a call whose provider said what it used.
    pub(crate) fn reported(mut self, status: Status, reported: Reported) -> Settling {
        self.record.settlement = Settlement::Reported;
        self.record.raw_usage = reported.raw;
        self.priced(status, reported.usage)
    }

    /// The record of a call the provider accepted and of which only this much was seen.
    pub(crate) fn estimated(self, status: Status, seen: Seen) -> Settling {
        let usage = self.bounds.estimate(self.request_bytes, seen);
        self.priced(status, usage)
    }

    /// Reported where the provider said something, estimated where it did not.
    pub(crate) fn ended(self, status: Status, reported: Option<Reported>, seen: Seen) -> Settling {
        match reported {
            Some(reported) => self.reported(status, reported),
            None => self.estimated(status, seen),
        }
    }

    fn priced(mut self, status: Status, usage: Usage) -> Settling {
        let cost = self.price.map_or(Cost::Unknown, |price| price.cost(&usage));
        self.record.status = status;
        self.record.usage = usage;
        self.record.cost_nano_usd = cost.nano_usd();
        self.record.price_version = cost.version().map(str::to_owned);
        self.record.finished_at_ms = self.platform.now_ms().max(self.record.started_at_ms);
        Settling { platform: self.platform, record: self.record }
    }
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
