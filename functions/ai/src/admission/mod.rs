//! Asking the organisation's object: may this call be made, and what did it cost. One round
//! trip before the upstream, one after it that nobody waits for. How a refusal is told is in `told`.
//!
//! The object itself: `book` decides what may still be spent, `object` keeps it durable, `outbox` hands records over to
//! the queue. It lives in this Worker and not in `coordinators`, because each call asks it twice, and an object of
//! another script costs an eighth of a call's CPU.

pub mod account;
mod accounts;
pub mod book;
pub mod bounds;
pub mod calls;
#[cfg(target_arch = "wasm32")]
pub(crate) mod object;
#[cfg(target_arch = "wasm32")]
mod outbox;
mod told;
pub mod window;

use std::pin::Pin;

use coordination::reservation::{Reserve, Settle, limits};
use coordination::verdict::{Room, Verdict};
use shared::auth::Caller;
use shared::budget::{ADMISSION, Limits, Scope};
use shared::cx::Cx;
use shared::ledger::CallRecord;
use shared::log;
use shared::platform::{Platform, Target};
use shared::problem::{Code, Problem};

/// The object answers in a few milliseconds or it is not there.
const DEADLINE_MS: u32 = 5_000;
/// A settlement that fails is tried again so often; then the lease settles it.
const TRIES: u32 = 3;

/// What an organisation may spend in a month unless it is set: 5 dollars.
const DEFAULT_BUDGET: u64 = 5_000_000_000;

/// Whether the caller's key opens a model by this name: the name that was asked for, or what it stands for. A key that
/// lists no models opens all; a name in the list that ends with `*` stands for all that begin so.
#[must_use]
pub fn may_use(caller: &Caller, model: &str) -> bool {
    let Some(models) = caller.key.as_ref().and_then(|key| key.models.as_deref()) else { return true };
    models.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning),
        None => known == model,
    })
}

/// Lets a call pass whose key opens this model (`may_use`).
///
/// # Errors
/// 404 in the words of a model that does not exist: a key does not tell what it does not open.
pub fn allowed(caller: &Caller, model: &str) -> Result<(), Problem> {
    if may_use(caller, model) {
        return Ok(());
    }
    Err(Problem::from(Code::ModelNotFound)
        .detail(format!("The model `{model}` does not exist, or you may not use it.")))
}

/// Reserves the worst case of a call, durably.
///
/// What is left of limits by the minute goes into the reply's `x-ratelimit-…` headers.
///
/// # Errors
/// 402 when a budget does not cover it, 429 for too many calls, requests or tokens, 503 when the object cannot
/// be asked; in none of these is the upstream called.
pub async fn reserve(cx: &Cx, record: CallRecord, expires_ms: u64) -> Result<(), Problem> {
    let ask = asking(cx, &record, expires_ms)?;
    let CallRecord { org_id, call_id, .. } = record;
    let verdict = verdict(cx, &org_id, &ask).await?;
    if verdict.is_err() {
        // The reservation may stand although the answer was lost.
        withdraw(cx, org_id, call_id);
    }
    answered(verdict)?.into_iter().for_each(|room| told::room(cx, room));
    Ok(())
}

fn asking(cx: &Cx, record: &CallRecord, expires_ms: u64) -> Result<Reserve, Problem> {
    Ok(Reserve {
        call_id: record.call_id.clone(),
        nano_usd: record.cost_nano_usd.unwrap_or(0),
        tokens: record.usage.prompt_tokens.saturating_add(record.usage.completion_tokens),
        record: serde_json::value::to_raw_value(record).map_err(Problem::internal)?,
        scopes: scopes(cx, record),
        expires_ms,
    })
}

/// What the object says, or why it said nothing that can be read.
async fn verdict(cx: &Cx, org_id: &str, ask: &Reserve) -> Result<Result<Verdict, String>, Problem> {
    let body = serde_json::to_string(ask).map_err(Problem::internal)?;
    let object = Target::Object(ADMISSION, org_id);
    Ok(match cx.platform.ask(object, "http://admission/reserve", &body, DEADLINE_MS).await {
        Ok((200, text)) => Verdict::read(&text).map_err(|error| error.to_string()),
        other => Err(format!("{other:?}")),
    })
}

fn answered(verdict: Result<Verdict, String>) -> Result<Option<Room>, Problem> {
    match verdict {
        Ok(Verdict::Admitted(room)) => Ok(room),
        Ok(Verdict::Refused(refusal)) => Err(told::refusal(refusal)),
        Err(cause) => Err(Problem::from(Code::Unavailable).because(cause).header("Retry-After", "1")),
    }
}

/// What a call counts in: the organisation, its member where that is somebody else, the key, the model.
fn scopes(cx: &Cx, record: &CallRecord) -> Vec<Scope> {
    let budget =
        cx.platform.var("DEFAULT_BUDGET_NANO_USD").and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_BUDGET);
    let concurrency = cx.platform.var("DEFAULT_CONCURRENCY").and_then(|text| text.parse().ok());
    let defaults = Limits { budget_nano_usd: Some(budget), concurrency, ..Limits::default() };
    let mut scopes = vec![Scope { id: "org".to_owned(), limits: Some(defaults) }];
    let mut add = |kind: &str, name: &str, limits| scopes.push(Scope { id: format!("{kind}:{name}"), limits });
    if record.user_id != record.org_id {
        add("user", &record.user_id, None);
    }
    if let Some(key) = &record.key_id {
        // What its row said of its limits when the isolate last looked: the object knows better, or learns them so.
        let caller = cx.caller();
        let said = caller.as_ref().and_then(|caller| caller.key.as_ref()).and_then(|key| key.limits.as_deref());
        add("key", key, said.and_then(|said| limits(said).ok()));
    }
    add("model", &record.model, None);
    scopes
}

fn withdraw(cx: &Cx, org_id: String, call_id: String) {
    let platform = cx.platform.background();
    let work = async move {
        let object = Target::Object(ADMISSION, &org_id);
        let _ = platform.ask(object, "http://admission/withdraw", &call_id, DEADLINE_MS).await;
    };
    cx.platform.wait_until(Box::pin(work) as Pin<Box<dyn Future<Output = ()>>>);
}

/// Books what a call cost and hands its record over to the ledger. When this fails for good the lease
/// settles the call as estimated.
pub async fn settle(platform: &Platform, record: &CallRecord) {
    let Ok(record_json) = serde_json::value::to_raw_value(record) else { return };
    let nano_usd = record.cost_nano_usd.unwrap_or(0);
    let tokens = record.usage.prompt_tokens.saturating_add(record.usage.completion_tokens);
    let (call_id, model) = (record.call_id.clone(), record.model.clone());
    let ended = Settle { call_id, nano_usd, tokens, record: record_json, model };
    let Ok(body) = serde_json::to_string(&ended) else { return };
    let object = Target::Object(ADMISSION, &record.org_id);
    for _ in 0..TRIES {
        match platform.ask(object, "http://admission/settle", &body, DEADLINE_MS).await {
            Ok((204, _)) => return,
            other => log::event("ai", "warn", "admission::settle", "a settlement failed", Some(&format!("{other:?}"))),
        }
    }
    log::event("ai", "error", "admission::settle", "left to the lease", Some(&record.call_id));
}
