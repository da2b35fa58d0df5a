//! How a call ended: its record in every case, with what it cost, and the booking of it.

use std::pin::Pin;

use shared::ledger::{CallRecord, Settlement, Status};
use shared::log;
use shared::platform::Platform;

use crate::admission;
use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::call::screen::Watch;
use crate::money::price::Cost;
use crate::money::usage::{Reported, Units, Usage};

impl Call {
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
pub(super) fn units_kept(units: Units) -> Option<Units> {
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
