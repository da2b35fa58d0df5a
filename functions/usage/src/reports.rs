//! Reports over the ledger.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Query;
use shared::problem::Problem;
use shared::time;

use crate::calls::administers;
use crate::calls::query::moments;
use crate::model::{Group, Report, ReportQuery, Sums};
use crate::store;

/// `GET /v1/usage`: users see their own calls, administrators everybody's; with `organisation_id` those it paid for, where
/// a role there may `read` its `usage`.
///
/// # Errors
/// 422 for times that cannot be read, or more groups than a report holds.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Query(query): Query<ReportQuery>) -> Result<Report, Problem> {
    let now = cx.now_ms();
    // A call begun in this very millisecond is in the default period.
    let (from, to) = moments(query.from.as_deref(), query.to.as_deref(), time::month_start(now), now + 1)?;
    let user = (!administers(&caller)).then(|| caller.user_id());
    let data: Vec<Group> =
        cx.platform.db().all(store::sums(query.group_by, from, to, user, query.organisation_id.as_deref())).await?;
    if data.len() > store::MOST_GROUPS {
        return Err(Problem::invalid("from", "too_wide", "has more than 1,000 groups; ask for a shorter period"));
    }
    let total = data.iter().fold(Sums::default(), |total, group| total.plus(&group.sums));
    Ok(Report { from: time::rfc3339(from), to: time::rfc3339(to), group_by: query.group_by, data, total })
}

impl Sums {
    fn plus(&self, other: &Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            failed_calls: self.failed_calls.saturating_add(other.failed_calls),
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            completion_tokens: self.completion_tokens.saturating_add(other.completion_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
            cost_nano_usd: self.cost_nano_usd.saturating_add(other.cost_nano_usd),
            unpriced_calls: self.unpriced_calls.saturating_add(other.unpriced_calls),
        }
    }
}
