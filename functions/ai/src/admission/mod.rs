//! Asking the organisation's object: may this call be made, and what did it cost. One round
//! trip before the upstream, one after it that nobody waits for.

pub mod book;
pub mod bounds;
pub mod message;
#[cfg(target_arch = "wasm32")]
pub(crate) mod object;

use std::pin::Pin;

use shared::cx::Cx;
use shared::ledger::CallRecord;
use shared::log;
use shared::platform::{Platform, Target};
use shared::problem::{Code, Problem};
use shared::time;

use crate::admission::book::{Reserve, Scope, Settle, Verdict};

/// The object answers in a few milliseconds or it is not there.
const DEADLINE_MS: u32 = 5_000;
/// A settlement that fails is tried again so often; then the lease settles it.
const TRIES: u32 = 3;

/// What an organisation may spend in a month unless it is set: 5 dollars.
const DEFAULT_BUDGET: u64 = 5_000_000_000;

/// Reserves the worst case of a call, durably.
///
/// # Errors
/// 402 when the budget does not cover it, 429 for too many calls at once, 503 when the object cannot
/// be asked; in none of these is the upstream called.
pub async fn reserve(cx: &Cx, record: CallRecord, expires_ms: u64) -> Result<(), Problem> {
    let budget = cx.platform.var("DEFAULT_BUDGET_NANO_USD").and_then(|text| text.parse().ok());
    let concurrency = cx.platform.var("DEFAULT_CONCURRENCY").and_then(|text| text.parse().ok());
    let org = Scope { id: "org".to_owned(), budget_nano_usd: Some(budget.unwrap_or(DEFAULT_BUDGET)), concurrency };
    let period = time::rfc3339(cx.now_ms()).get(..7).unwrap_or_default().to_owned();
    let ask = Reserve {
        call_id: record.call_id.clone(),
        nano_usd: record.cost_nano_usd.unwrap_or(0),
        record: serde_json::value::to_raw_value(&record).map_err(Problem::internal)?,
        scopes: vec![org],
        period,
        expires_ms,
    };
    let CallRecord { org_id, call_id, .. } = record;
    let body = serde_json::to_string(&ask).map_err(Problem::internal)?;
    let object = Target::Object("ADMISSION", &org_id);
    let answer = cx.platform.ask(object, "http://admission/reserve", &body, DEADLINE_MS).await;
    let verdict = match answer {
        Ok((200, text)) => Verdict::read(&text).map_err(|error| error.to_string()),
        other => Err(format!("{other:?}")),
    };
    match verdict {
        Ok(Verdict::Admitted) => Ok(()),
        Ok(Verdict::Budget(scope)) => Err(Problem::from(Code::BudgetExhausted)
            .detail(format!("The budget of `{scope}` for this month does not cover the most this call can cost."))),
        Ok(Verdict::Concurrency(scope)) => Err(Problem::from(Code::ConcurrencyExceeded)
            .detail(format!("`{scope}` has too many calls under way."))
            .header("Retry-After", "1")),
        Err(cause) => {
            // The reservation may stand although the answer was lost.
            withdraw(cx, org_id, call_id);
            Err(Problem::from(Code::Unavailable).because(cause).header("Retry-After", "1"))
        }
    }
}

fn withdraw(cx: &Cx, org_id: String, call_id: String) {
    let platform = cx.platform.background();
    let work = async move {
        let object = Target::Object("ADMISSION", &org_id);
        let _ = platform.ask(object, "http://admission/withdraw", &call_id, DEADLINE_MS).await;
    };
    cx.platform.wait_until(Box::pin(work) as Pin<Box<dyn Future<Output = ()>>>);
}

/// Books what a call cost and hands its record over to the ledger. When this fails for good the lease
/// settles the call as estimated.
pub async fn settle(platform: &Platform, record: &CallRecord) {
    let Ok(record_json) = serde_json::value::to_raw_value(record) else { return };
    let nano_usd = record.cost_nano_usd.unwrap_or(0);
    let ended = Settle { call_id: record.call_id.clone(), nano_usd, record: record_json };
    let Ok(body) = serde_json::to_string(&ended) else { return };
    let object = Target::Object("ADMISSION", &record.org_id);
    for _ in 0..TRIES {
        match platform.ask(object, "http://admission/settle", &body, DEADLINE_MS).await {
            Ok((204, _)) => return,
            other => log::event("ai", "warn", "admission::settle", "a settlement failed", Some(&format!("{other:?}"))),
        }
    }
    log::event("ai", "error", "admission::settle", "left to the lease", Some(&record.call_id));
}
