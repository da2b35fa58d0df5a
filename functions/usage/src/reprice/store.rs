//! The SQL of pricing again.

use serde::Serialize;
use shared::accounts::events::{Detail, Kind, event};
use shared::cx::Cx;
use shared::db::Statement;
use shared::sql;

use super::again::Repriced;
use super::model::RepricingWish;
use crate::calls::store::Before;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[PRICES, AFTER, NOTE, KEEP, CHANGE];

/// Calls of one slice.
pub const SLICE: usize = 500;
/// The statement of `apply` that gives the calls it changed.
pub const CHANGED: usize = 2;

const PRICES: &str = "SELECT document FROM registry_entries WHERE kind = 'price' ORDER BY id";
const AFTER: &str = "SELECT l.call_id, l.provider, l.model, l.priced_as, l.endpoint, l.status, l.settlement, l.prompt_tokens, \
l.cached_tokens, l.completion_tokens, l.reasoning_tokens, l.cache_write_tokens, l.cache_write_long_tokens, l.units, \
l.raw_usage IS NOT NULL AS raw_usage, json_extract(coalesce(l.detail, '{}'), '$.cache') IS NOT NULL AS kept, l.price_version, \
l.cost_nano_usd, l.started_at, l.finished_at FROM ledger l WHERE l.started_at >= ?1 AND l.started_at < ?2 \
AND (?3 IS NULL OR (l.started_at, l.call_id) > (?3, ?4)) AND (?5 IS NULL OR l.model = ?5) \
AND (?6 IS NULL OR l.provider = ?6) ORDER BY l.started_at, l.call_id LIMIT ?7";

/// The registered prices.
#[must_use]
pub fn prices() -> Statement {
    sql!(PRICES)
}

/// The next calls of a slice, oldest first.
#[must_use]
pub fn slice(wish: &RepricingWish, from: u64, to: u64, after: Option<&Before>) -> Statement {
    sql!(
        AFTER,
        from,
        to,
        after.map(|after| after.started_at),
        after.map(|after| after.call_id.as_str()),
        wish.model.as_deref(),
        wish.provider.as_deref(),
        SLICE as u64,
    )
}

const NOTE: &str = "INSERT INTO repricings (id, at, actor_id, filter, calls) VALUES (?1, ?2, ?3, ?4, ?5)";

/// True of calls that are still as they were read: a late settlement, or another such command, may have come between.
macro_rules! still {
    () => {
        "l.call_id = j.value ->> 'id' AND l.price_version IS j.value ->> 'former_version' \
AND l.cost_nano_usd IS j.value ->> 'former_cost' AND l.finished_at = j.value ->> 'finished_at'"
    };
}

const KEEP: &str = concat!(
    "INSERT INTO ledger_prices (call_id, repricing_id, price_version, cost_nano_usd, replaced_at) \
SELECT l.call_id, ?2, l.price_version, l.cost_nano_usd, ?3 FROM json_each(?1) j JOIN ledger l ON ",
    still!()
);
const CHANGE: &str = concat!(
    "UPDATE ledger AS l SET price_version = j.value ->> 'version', cost_nano_usd = j.value ->> 'cost' \
FROM json_each(?1) j WHERE ",
    still!(),
    " RETURNING call_id"
);

/// What a call is changed to, and from what.
#[derive(Serialize)]
struct Change<'a> {
    id: &'a str,
    version: &'a str,
    cost: u64,
    former_version: Option<&'a str>,
    former_cost: Option<u64>,
    finished_at: u64,
}

/// Changes the calls that are still as they were read, keeps what they had cost, and notes who did it.
#[must_use]
pub fn apply(cx: &Cx, caller: &str, wish: &RepricingWish, changed: &[Repriced<'_>]) -> Vec<Statement> {
    let change = |one: &'_ Repriced<'_>| -> String {
        let Repriced { row, version, cost_nano_usd } = one;
        let change = Change {
            id: &row.call_id,
            version,
            cost: *cost_nano_usd,
            former_version: row.price_version.as_deref(),
            former_cost: row.cost_nano_usd,
            finished_at: row.finished_at,
        };
        serde_json::to_string(&change).unwrap_or_default()
    };
    let changes = format!("[{}]", changed.iter().map(change).collect::<Vec<_>>().join(","));
    let id = cx.new_id("rpr");
    let (model, provider) = (wish.model.as_deref().unwrap_or(""), wish.provider.as_deref().unwrap_or(""));
    let filter = Detail(&[("from", &wish.from), ("to", &wish.to), ("model", model), ("provider", provider)]);
    let filter = serde_json::to_string(&filter).unwrap_or_default();
    vec![
        sql!(NOTE, id.as_str(), cx.now_ms(), caller, filter, changed.len() as u64),
        sql!(KEEP, changes.as_str(), id.as_str(), cx.now_ms()),
        sql!(CHANGE, changes),
        event(
            cx,
            Kind::LedgerRepriced,
            caller,
            &Detail(&[("repricing_id", &id), ("from", &wish.from), ("to", &wish.to)]),
        ),
    ]
}
