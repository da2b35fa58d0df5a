//! All SQL of limits. A limit that was taken away is a row without any, whose version stays.

use shared::accounts::events::{Detail, Kind, event_when};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::{Param, Statement};
use shared::{event_sql, reach_sql, sql};

use crate::limit_model::{Amount, LimitWish, Place};
use shared::budget::Period;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[MAY, PUT, TAKE, READ, LIST, TOLD, UNTOLD, WHEN_CHANGED, WHEN_TAKEN];

/// Rows that one run of the schedule tells.
const MOST_UNTOLD: u64 = 200;

/// The columns of a row that limits something.
macro_rules! limit_columns {
    () => {
        "SELECT l.org_id, l.scope, l.budget_nano_usd, l.budget_period, l.rpm, l.tpm, l.concurrency, l.version, l.told, l.changed_by, \
l.changed_at FROM limits l "
    };
}

/// True of rows that limit something.
macro_rules! limits_something {
    () => {
        "coalesce(l.budget_nano_usd, l.rpm, l.tpm, l.concurrency) IS NOT NULL"
    };
}

// Whether there is such a thing at all, and what the caller may there: as an administrator of the deployment (`?4`),
// or by a role of the organisation. A person alone has no roles.
const MAY: &str = concat!(
    "SELECT (?4 OR ",
    reach_sql!("?1", "?2", "NULL", "limit", "update"),
    ") AS may_update, (?4 OR ",
    reach_sql!("?1", "?2", "NULL", "organisation", "read"),
    ") AS may_read, (EXISTS (SELECT 1 FROM organisations o WHERE o.id = ?2) OR EXISTS (SELECT 1 FROM users u WHERE u.id = ?2)) \
AND (?3 IS NULL OR EXISTS (SELECT 1 FROM members m WHERE m.organisation_id = ?2 AND m.user_id = ?3)) AS there"
);
const PUT: &str = concat!(
    "INSERT INTO limits (org_id, scope, budget_nano_usd, budget_period, rpm, tpm, concurrency, version, changed_by, changed_at) \
SELECT ?2, ?5, ?6, ?7, ?8, ?9, ?10, 1, ?1, ?11 WHERE (?4 OR ",
    reach_sql!("?1", "?2", "NULL", "limit", "update"),
    ") AND (EXISTS (SELECT 1 FROM organisations o WHERE o.id = ?2) OR EXISTS (SELECT 1 FROM users u WHERE u.id = ?2)) \
AND (?3 IS NULL OR EXISTS (SELECT 1 FROM members m WHERE m.organisation_id = ?2 AND m.user_id = ?3)) \
ON CONFLICT (org_id, scope) DO UPDATE SET budget_nano_usd = excluded.budget_nano_usd, budget_period = excluded.budget_period, \
rpm = excluded.rpm, tpm = excluded.tpm, concurrency = excluded.concurrency, version = limits.version + 1, \
changed_by = excluded.changed_by, changed_at = excluded.changed_at"
);
// A row comes back where something was taken away.
const TAKE: &str = concat!(
    "UPDATE limits AS l SET budget_nano_usd = NULL, budget_period = NULL, rpm = NULL, tpm = NULL, concurrency = NULL, \
version = version + 1, changed_by = ?1, changed_at = ?5 WHERE org_id = ?2 AND scope = ?4 AND ",
    limits_something!(),
    " AND (?3 OR ",
    reach_sql!("?1", "?2", "NULL", "limit", "update"),
    ") RETURNING org_id, scope, budget_nano_usd, budget_period, rpm, tpm, concurrency, version, told, changed_by, changed_at"
);
const READ: &str = concat!(limit_columns!(), "WHERE l.org_id = ?1 AND l.scope = ?2 AND ", limits_something!());
const LIST: &str = concat!(
    limit_columns!(),
    "WHERE l.org_id = ?1 AND (?2 IS NULL OR l.scope > ?2) AND ",
    limits_something!(),
    " ORDER BY l.scope LIMIT ?3"
);
const TOLD: &str = "UPDATE limits SET told = ?3 WHERE org_id = ?1 AND scope = ?2 AND told < ?3";
const UNTOLD: &str = concat!(limit_columns!(), "WHERE l.told < l.version ORDER BY l.changed_at LIMIT ?1");

/// The event of a change that was made just now by this caller.
const WHEN_CHANGED: &str = event_sql!(
    "?4",
    "WHERE EXISTS (SELECT 1 FROM limits WHERE org_id = ?9 AND scope = ?10 AND changed_by = ?4 AND changed_at = ?2)"
);

/// The event of limits that this caller is about to take away.
const WHEN_TAKEN: &str = event_sql!(
    "?4",
    concat!(
        "WHERE EXISTS (SELECT 1 FROM limits l WHERE l.org_id = ?9 AND l.scope = ?10 AND ",
        limits_something!(),
        ") AND (?11 OR ",
        reach_sql!("?4", "?9", "NULL", "limit", "update"),
        ")"
    )
);

/// Who asks, and whether as an administrator of the deployment.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The user.
    pub caller: &'a Caller,
    /// All organisations are open.
    pub admin: bool,
}

/// What the caller may there.
pub fn may(by: Asking<'_>, place: &Place) -> Statement {
    sql!(MAY, by.caller.user_id(), place.org_id.as_str(), place.member(), by.admin)
}

/// Sets the limits of a place, and notes it.
pub fn put(cx: &Cx, by: Asking<'_>, place: &Place, wish: &LimitWish) -> [Statement; 2] {
    let amount = |wish: Option<Amount>| wish.map(Amount::get);
    let put = sql!(
        PUT,
        by.caller.user_id(),
        place.org_id.as_str(),
        place.member(),
        by.admin,
        place.scope.as_str(),
        amount(wish.budget_nano_usd),
        wish.budget_period.map(Period::as_str),
        amount(wish.rpm),
        amount(wish.tpm),
        wish.concurrency.map(u64::from),
        cx.now_ms()
    );
    let [org, scope] = [place.org_id.as_str(), place.scope.as_str()];
    [put, changed(cx, WHEN_CHANGED, by, place, [org.into(), scope.into()])]
}

/// Notes that the limits of a place are taken away, and does it.
pub fn take(cx: &Cx, by: Asking<'_>, place: &Place) -> [Statement; 2] {
    let [org, scope] = [place.org_id.as_str(), place.scope.as_str()];
    let noted = changed(cx, WHEN_TAKEN, by, place, [org.into(), scope.into(), by.admin.into()]);
    [noted, sql!(TAKE, by.caller.user_id(), org, by.admin, scope, cx.now_ms())]
}

fn changed<const N: usize>(
    cx: &Cx,
    sql: &'static str,
    by: Asking<'_>,
    place: &Place,
    condition: [Param; N],
) -> Statement {
    let detail = Detail(&[("org_id", &place.org_id), ("scope", &place.scope)]);
    event_when(cx, sql, Kind::LimitsChanged, Some(by.caller.user_id()), &detail, condition)
}

/// The limits of a place.
pub fn read(place: &Place) -> Statement {
    sql!(READ, place.org_id.as_str(), place.scope.as_str())
}

/// The limits of an organisation and of what is in it, by their scopes.
pub fn list(org_id: &str, after: Option<&str>, limit: u64) -> Statement {
    sql!(LIST, org_id, after, limit)
}

/// Notes that the object holds this version.
pub fn told(org_id: &str, scope: &str, version: u64) -> Statement {
    sql!(TOLD, org_id, scope, version)
}

/// Limits that objects have not said they hold.
pub fn untold() -> Statement {
    sql!(UNTOLD, MOST_UNTOLD)
}
