//! What a call costs by the prices of now. Pure.

use std::collections::BTreeMap;

use catalogue::price::{Cost, PriceBook};
use shared::ledger::{Units, Usage};

use super::model::{LedgerRow, PriceChange, Repricing};

/// A call whose price is another one now.
#[derive(Debug)]
pub struct Repriced<'a> {
    /// The call as it was read.
    pub row: &'a LedgerRow,
    /// The version of the price.
    pub version: String,
    /// Nano-dollars.
    pub cost_nano_usd: u64,
}

/// Sums over the calls of one slice.
#[derive(Debug, Default)]
pub struct Summary {
    calls: u64,
    without_price: u64,
    groups: BTreeMap<(String, String, Option<String>, String), PriceChange>,
}

impl Summary {
    /// Counts a call, and says what becomes of it; `None` where it stays as it is.
    pub fn look_at<'a>(&mut self, row: &'a LedgerRow, registered: &PriceBook) -> Option<Repriced<'a>> {
        self.calls += 1;
        let own = (row.provider.as_str(), row.model.as_str());
        let (list, model) = row.priced_as.as_deref().and_then(|name| name.split_once('/')).unwrap_or(own);
        let price = registered.price(list, model, row.started_at);
        let price = price.or_else(|| PriceBook::builtin().price(list, model, row.started_at));
        let cost = price.map_or(Cost::Unknown, |price| price.cost(&row.usage(), &row.units()));
        let Cost::Priced { version, nano_usd } = cost else {
            self.without_price += 1;
            return None;
        };
        if row.price_version.as_deref() == Some(version.as_str()) && row.cost_nano_usd == Some(nano_usd) {
            return None;
        }
        let key = (row.provider.clone(), row.model.clone(), row.price_version.clone(), version.clone());
        let group = self.groups.entry(key).or_insert_with(|| PriceChange {
            provider: row.provider.clone(),
            model: row.model.clone(),
            former_version: row.price_version.clone(),
            price_version: version.clone(),
            calls: 0,
            former_nano_usd: 0,
            cost_nano_usd: 0,
        });
        group.calls += 1;
        group.former_nano_usd = group.former_nano_usd.saturating_add(row.cost_nano_usd.unwrap_or(0));
        group.cost_nano_usd = group.cost_nano_usd.saturating_add(nano_usd);
        Some(Repriced { row, version, cost_nano_usd: nano_usd })
    }

    /// What is told of the slice.
    #[must_use]
    pub fn told(self, applied: Option<u64>, next_cursor: Option<String>) -> Repricing {
        let data: Vec<PriceChange> = self.groups.into_values().collect();
        Repricing {
            calls: self.calls,
            changed: data.iter().map(|group| group.calls).sum(),
            without_price: self.without_price,
            applied,
            data,
            next_cursor,
        }
    }
}

impl LedgerRow {
    /// The tokens.
    fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.prompt_tokens,
            cached_tokens: self.cached_tokens,
            completion_tokens: self.completion_tokens,
            reasoning_tokens: self.reasoning_tokens,
            cache_write_tokens: self.cache_write_tokens,
            cache_write_long_tokens: self.cache_write_long_tokens,
        }
    }

    /// What is billed otherwise. That it was one call goes without saying in the ledger, but of a call that no provider
    /// answered it was none.
    fn units(&self) -> Units {
        let kept: Option<Units> = self.units.as_deref().and_then(|json| shared::json::read(json).ok());
        kept.unwrap_or_else(|| Units { calls: u64::from(!self.is_free()), ..Units::default() })
    }

    /// Nobody answered it, or it is nothing that is billed: a refusal, an answer that was kept, a count of tokens.
    fn is_free(&self) -> bool {
        let nothing = self.prompt_tokens == 0 && self.completion_tokens == 0 && self.raw_usage == 0;
        let unbilled = self.status != "succeeded" || self.kept == 1 || self.endpoint.as_deref() == Some("count_tokens");
        self.settlement == "reported" && nothing && unbilled
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use catalogue::price::Price;

    use super::*;

    fn book() -> PriceBook {
        let price = |version: &str, from: &str, input: u64| {
            let json = format!(
                r#"{{"version":"{version}","provider":"acme","model":"big","valid_from":"{from}","currency":"USD",
                "rates":{{"input_pico_usd":{input},"output_pico_usd":{input},"call_pico_usd":1000}},"source":"s"}}"#
            );
            Arc::new(Price::read(&json).unwrap())
        };
        PriceBook::new(vec![price("v1", "2026-01-01", 1_000), price("v2", "2026-06-01", 2_000)])
    }

    fn row() -> LedgerRow {
        LedgerRow {
            call_id: "call_1".into(),
            provider: "acme".into(),
            model: "big".into(),
            prompt_tokens: 10,
            completion_tokens: 5,
            status: "succeeded".into(),
            settlement: "reported".into(),
            started_at: catalogue::price::date_ms("2026-07-01").unwrap(),
            ..LedgerRow::default()
        }
    }

    #[test]
    fn a_call_is_priced_by_the_version_of_the_day_it_began() {
        let (book, mut summary) = (book(), Summary::default());
        let late = row();
        let early = LedgerRow { started_at: catalogue::price::date_ms("2026-03-01").unwrap(), ..row() };
        let before = LedgerRow { started_at: 0, ..row() };
        let cost = |made: Option<Repriced<'_>>| made.map(|made| (made.version, made.cost_nano_usd));
        assert_eq!(cost(summary.look_at(&late, &book)), Some(("v2".into(), 31)));
        assert_eq!(cost(summary.look_at(&early, &book)), Some(("v1".into(), 16)));
        assert_eq!(cost(summary.look_at(&before, &book)), None);
        let told = summary.told(None, None);
        assert_eq!((told.calls, told.changed, told.without_price, told.data.len()), (3, 2, 1, 2));
    }

    #[test]
    fn a_call_that_has_its_price_stays_as_it_is() {
        let has = LedgerRow { price_version: Some("v2".into()), cost_nano_usd: Some(31), ..row() };
        assert!(Summary::default().look_at(&has, &book()).is_none());
    }

    #[test]
    fn a_call_nobody_answered_costs_nothing_even_where_calls_have_a_price() {
        let free = LedgerRow { prompt_tokens: 0, completion_tokens: 0, status: "failed".into(), ..row() };
        assert_eq!(Summary::default().look_at(&free, &book()).unwrap().cost_nano_usd, 0);
        let kept = LedgerRow { status: "succeeded".into(), kept: 1, ..free };
        assert_eq!(Summary::default().look_at(&kept, &book()).unwrap().cost_nano_usd, 0);
        let ranked = LedgerRow { kept: 0, ..kept };
        assert_eq!(Summary::default().look_at(&ranked, &book()).unwrap().cost_nano_usd, 1);
    }

    #[test]
    fn a_price_may_stand_under_another_name() {
        let elsewhere = LedgerRow { model: "big-2026".into(), priced_as: Some("acme/big".into()), ..row() };
        assert_eq!(Summary::default().look_at(&elsewhere, &book()).unwrap().cost_nano_usd, 31);
    }
}
