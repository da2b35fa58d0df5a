//! All SQL of the ledger, and of the warnings that come by the same queue.

use serde::Deserialize;
use shared::budget::{Period, Warning};
use shared::db::Statement;
use shared::ledger::{CallRecord, Settlement, Status};
use shared::{reach_sql, sql, time};

use crate::model::GroupBy;

/// Every statement of this function, for the test that prepares them.
pub const ALL: &[&[&str]] = &[&[ADD, WARN, NOTE_UNPRICED], &BY_MODEL, &BY_DAY, &BY_USER, &BY_PROVIDER, &BY_KEY];

/// One row a call, which comes back where it was written. Delivered again it changes nothing; the end of a call that had been given up for
/// killed replaces the estimate.
const ADD: &str = "INSERT INTO ledger (call_id, org_id, user_id, key_id, request_id, trace_id, model, provider, stream, \
status, settlement, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, raw_usage, priced_as, price_version, \
cost_nano_usd, started_at, first_token_at, finished_at, endpoint, cache_write_tokens, cache_write_long_tokens, units, detail) \
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27) \
ON CONFLICT (call_id) DO UPDATE SET status = excluded.status, settlement = excluded.settlement, \
prompt_tokens = excluded.prompt_tokens, cached_tokens = excluded.cached_tokens, completion_tokens = excluded.completion_tokens, \
reasoning_tokens = excluded.reasoning_tokens, raw_usage = excluded.raw_usage, priced_as = excluded.priced_as, \
price_version = excluded.price_version, cost_nano_usd = excluded.cost_nano_usd, first_token_at = excluded.first_token_at, \
finished_at = excluded.finished_at, endpoint = excluded.endpoint, cache_write_tokens = excluded.cache_write_tokens, \
cache_write_long_tokens = excluded.cache_write_long_tokens, units = excluded.units, detail = excluded.detail WHERE ledger.status = 'killed' AND excluded.status <> 'killed' \
RETURNING call_id AS name";

/// A trigger writes the letter. Delivered again it is no new row, and no second letter.
const WARN: &str = "INSERT INTO budget_warnings (org_id, scope, period, begins_day, version, percent, spent_nano_usd, \
budget_nano_usd, about, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";

/// Adds a warning, with what its letter says: scope, percent, both sums, and since when.
pub fn warn(warning: &Warning) -> Statement {
    let Warning { spent_nano_usd, budget_nano_usd, percent, .. } = *warning;
    let since = match warning.period {
        Period::Total => String::new(),
        period => format!(", {} {}", period.as_str(), time::day(warning.begins_day.saturating_mul(time::DAY_MS))),
    };
    let (spent, budget) = (dollars(spent_nano_usd), dollars(budget_nano_usd));
    let about = format!("{}: {percent} % ({spent} / {budget} USD{since})", warning.scope);
    sql!(
        WARN,
        warning.org_id.as_str(),
        warning.scope.as_str(),
        warning.period.as_str(),
        warning.begins_day,
        warning.version,
        percent,
        spent_nano_usd,
        budget_nano_usd,
        about,
        warning.at_ms
    )
}

/// To the cent, rounded down; smaller sums to the last digit.
fn dollars(nano_usd: u64) -> String {
    const DOLLAR: u64 = 1_000_000_000;
    let (whole, rest) = (nano_usd / DOLLAR, nano_usd % DOLLAR);
    if nano_usd >= DOLLAR { format!("{whole}.{:02}", rest / 10_000_000) } else { format!("0.{rest:09}") }
}

/// Adds a finished call.
pub fn add(record: &CallRecord) -> Statement {
    let usage = record.usage.clamped();
    let status = match record.status {
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::ClientLeft => "client_left",
        Status::Truncated => "truncated",
        Status::Killed => "killed",
    };
    let settlement = match record.settlement {
        Settlement::Reported => "reported",
        Settlement::Estimated => "estimated",
    };
    sql!(
        ADD,
        record.call_id.as_str(),
        record.org_id.as_str(),
        record.user_id.as_str(),
        record.key_id.clone(),
        record.request_id.as_str(),
        record.trace_id.as_str(),
        record.model.as_str(),
        record.provider.as_str(),
        record.stream,
        status,
        settlement,
        usage.prompt_tokens,
        usage.cached_tokens,
        usage.completion_tokens,
        usage.reasoning_tokens,
        record.raw_usage.clone(),
        record.priced_as.clone(),
        record.price_version.clone(),
        record.cost_nano_usd,
        record.started_at_ms,
        record.first_token_ms,
        record.finished_at_ms,
        record.endpoint.clone(),
        usage.cache_write_tokens,
        usage.cache_write_long_tokens,
        record.units.as_ref().and_then(|units| serde_json::to_string(units).ok()),
        (!record.detail.is_empty()).then(|| serde_json::to_string(&record.detail).ok()).flatten(),
    )
}

// Once a model and day: of many such calls the first one is noted, and a row comes back.
const NOTE_UNPRICED: &str = "INSERT INTO unpriced_models (id, day, provider, model, call_id, noted_at) \
SELECT ?1 || '/' || ?2 || '/' || ?3, ?1, ?2, ?3, ?4, ?5 WHERE true ON CONFLICT (id) DO NOTHING RETURNING id AS name";

/// What was written just now: a call, or a model that was noted.
#[derive(Debug, Deserialize)]
pub struct Noted {
    /// The call's id; `2026-11-20/acme/big`.
    pub name: String,
}

/// Notes that a model was called without a price, unless that was noted on this day.
pub fn note_unpriced(record: &CallRecord, now_ms: u64) -> Statement {
    let day = time::day(record.started_at_ms);
    let CallRecord { provider, model, call_id, .. } = record;
    sql!(NOTE_UNPRICED, day, provider.as_str(), model.as_str(), call_id.as_str(), now_ms)
}

/// The sums over one group; the key and whose calls differ.
macro_rules! sums_by {
    ($key:literal, $whose:expr) => {
        concat!(
            "SELECT ", $key, " AS key, count(*) AS calls, sum(l.status NOT IN ('succeeded', 'client_left')) AS failed_calls, \
            sum(l.prompt_tokens) AS prompt_tokens, sum(l.cached_tokens) AS cached_tokens, \
            sum(l.completion_tokens) AS completion_tokens, sum(l.reasoning_tokens) AS reasoning_tokens, \
            coalesce(sum(l.cost_nano_usd), 0) AS cost_nano_usd, sum(l.cost_nano_usd IS NULL) AS unpriced_calls FROM ledger l \
            WHERE l.started_at >= ?1 AND l.started_at < ?2 AND ", $whose, " GROUP BY 1 ORDER BY 1 LIMIT 1001"
        )
    };
    ($key:literal) => {
        [
            sums_by!($key, "(?3 IS NULL OR l.user_id = ?3) AND ?4 IS NULL"),
            sums_by!(
                $key,
                concat!("l.org_id = ?4 AND (?3 IS NULL OR ", reach_sql!("?3", "?4", "l.user_id", "usage", "read"), ")")
            ),
        ]
    };
}

// Of a person or of everybody; of an organisation.
const BY_MODEL: [&str; 2] = sums_by!("l.model");
const BY_DAY: [&str; 2] = sums_by!("date(l.started_at / 1000, 'unixepoch')");
const BY_USER: [&str; 2] = sums_by!("l.user_id");
const BY_PROVIDER: [&str; 2] = sums_by!("l.provider");
const BY_KEY: [&str; 2] = sums_by!("coalesce(l.key_id, '')");

/// Groups a report has at most; one more is read, to see that there are more.
pub const MOST_GROUPS: usize = 1000;

/// The sums of calls that began in `[from, to)`: of one user or of all; with `organisation` of those it paid for, as far as
/// the user reaches them.
pub fn sums(group_by: GroupBy, from: u64, to: u64, user: Option<&str>, organisation: Option<&str>) -> Statement {
    let [everywhere, paid] = match group_by {
        GroupBy::Model => BY_MODEL,
        GroupBy::Day => BY_DAY,
        GroupBy::User => BY_USER,
        GroupBy::Provider => BY_PROVIDER,
        GroupBy::Key => BY_KEY,
    };
    sql!(if organisation.is_some() { paid } else { everywhere }, from, to, user, organisation)
}
