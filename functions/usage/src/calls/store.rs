//! The SQL of single calls. Who sees which is one predicate, for lists and for one alike.

use shared::db::Statement;
use shared::{reach_sql, sql};

use super::model::CallRow;
use super::query::CallsQuery;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[OWN, PAID, EVERYBODY, READ, PRICES];

/// The columns of a call.
macro_rules! columns {
    () => {
        "l.call_id, l.org_id, l.user_id, l.key_id, l.request_id, l.trace_id, l.endpoint, l.model, l.provider, l.stream, \
l.status, l.settlement, l.prompt_tokens, l.cached_tokens, l.cache_write_tokens, l.cache_write_long_tokens, l.completion_tokens, \
l.reasoning_tokens, l.units, l.raw_usage, l.priced_as, l.price_version, l.cost_nano_usd, l.started_at, l.first_token_at, \
l.finished_at, l.detail, EXISTS (SELECT 1 FROM captures c WHERE c.user_id = l.user_id AND c.request_id = l.request_id) AS captured"
    };
}

/// A page of the calls in one scope.
macro_rules! page_of {
    ($scope:expr) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM ledger l WHERE ",
            $scope,
            " AND l.started_at >= ?3 AND l.started_at < ?4 AND (?5 IS NULL OR (l.started_at, l.call_id) < (?5, ?6)) \
AND (?7 IS NULL OR l.model = ?7) AND (?8 IS NULL OR l.key_id = ?8) AND (?9 IS NULL OR l.status = ?9) \
AND (?10 IS NULL OR l.request_id = ?10) AND (?11 IS NULL OR l.provider = ?11) \
ORDER BY l.started_at DESC, l.call_id DESC LIMIT ?12"
        )
    };
}

/// True of calls that `?1` may see; `?2` says that all are open.
macro_rules! visible {
    () => {
        concat!("(l.user_id = ?1 OR ?2 OR ", reach_sql!("?1", "l.org_id", "l.user_id", "usage", "read"), ")")
    };
}

/// The call that `?3` names: of those of one request the last that the client got.
macro_rules! named {
    () => {
        concat!(
            "(SELECT l.call_id FROM ledger l WHERE (l.call_id = ?3 OR l.request_id = ?3) AND ",
            visible!(),
            " ORDER BY l.call_id = ?3 DESC, json_extract(coalesce(l.detail, '{}'), '$.role') IS NULL DESC, \
l.user_id = ?1 DESC, l.started_at DESC, l.call_id DESC LIMIT 1)"
        )
    };
}

// `?1` and `?2` stand in all three, so that they take the same parameters.
const OWN: &str = page_of!("l.user_id = ?1 AND ?2 IS NULL");
const PAID: &str = page_of!(concat!("l.org_id = ?2 AND ", reach_sql!("?1", "?2", "l.user_id", "usage", "read")));
const EVERYBODY: &str = page_of!("(?2 IS NULL OR l.org_id = ?2) AND ?1 IS NOT NULL");
const READ: &str = concat!("SELECT ", columns!(), " FROM ledger l WHERE l.call_id = ", named!());
const PRICES: &str = concat!(
    "SELECT p.price_version, p.cost_nano_usd, p.replaced_at FROM ledger_prices p WHERE p.call_id = ",
    named!(),
    " ORDER BY p.replaced_at, p.repricing_id"
);

/// The place in a list: behind this call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// When it began, in milliseconds.
    pub started_at: u64,
    /// Its id.
    pub call_id: String,
}

impl Before {
    /// The place behind a row.
    #[must_use]
    pub fn of(row: &CallRow) -> Self {
        Self { started_at: row.started_at, call_id: row.call_id.clone() }
    }

    /// As a cursor holds it.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{} {}", self.started_at, self.call_id)
    }

    /// Reads what `to_text` wrote.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (started_at, call_id) = text.split_once(' ')?;
        Some(Self { started_at: started_at.parse().ok()?, call_id: call_id.to_owned() })
    }
}

/// Which calls are asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Who asks.
    pub caller: &'a str,
    /// An administrator of the deployment.
    pub admin: bool,
    /// Milliseconds, inclusive.
    pub from: u64,
    /// Milliseconds, exclusive.
    pub to: u64,
    /// Where the page begins.
    pub before: Option<Before>,
    /// The filters.
    pub query: &'a CallsQuery,
}

/// A page of calls, newest first.
#[must_use]
pub fn list(asked: &Asked<'_>) -> Statement {
    let CallsQuery { model, key, status, request_id, provider, organisation_id, limit, .. } = asked.query;
    let everybody = asked.query.everybody || (asked.admin && organisation_id.is_some());
    let text = match (everybody, organisation_id) {
        (true, _) => EVERYBODY,
        (false, Some(_)) => PAID,
        (false, None) => OWN,
    };
    sql!(
        text,
        asked.caller,
        organisation_id.as_deref(),
        asked.from,
        asked.to,
        asked.before.as_ref().map(|before| before.started_at),
        asked.before.as_ref().map(|before| before.call_id.as_str()),
        model.as_deref(),
        key.as_deref(),
        status.map(|status| status.as_str()),
        request_id.as_deref(),
        provider.as_deref(),
        limit.to_read(),
    )
}

/// The call with this id or request id, if the caller may see it.
#[must_use]
pub fn read(caller: &str, admin: bool, id: &str) -> Statement {
    sql!(READ, caller, admin, id)
}

/// What that call had cost before it was priced again, oldest first.
#[must_use]
pub fn prices(caller: &str, admin: bool, id: &str) -> Statement {
    sql!(PRICES, caller, admin, id)
}
