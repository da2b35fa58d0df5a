//! The Worker's events.

use shared::db::Statement;
use shared::log;
use shared::platform::Db;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, MessageBatch, MessageExt, RawMessage, Result, event};

use crate::consumer;
use crate::store::Noted;

/// The `fetch` event.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: JsValue) -> JsValue {
    shared::platform::enter(&crate::TABLE, request, env, context)
}

/// Takes finished calls into the ledger. Each message is acknowledged or retried on its own: an `Err`
/// from here would panic and lose the whole isolate.
#[event(queue)]
async fn queue(batch: MessageBatch<JsValue>, env: Env, _: Context) -> Result<()> {
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let bodies: Vec<Option<String>> = messages.iter().map(|message| message.body().as_string()).collect();
    let consumer::Batch { statements, read, unreadable, unpriced } =
        consumer::read(&bodies, shared::platform::now_ms());
    for (i, reason) in unreadable {
        log::event("usage", "error", "ledger::unreadable", "a message is no call record and no warning", Some(&reason));
        retry(messages.get(i));
    }
    if statements.is_empty() {
        return Ok(());
    }
    let db = Db::of(&env);
    let whole = db.batch(statements.clone()).await;
    let Err(error) = whole else {
        read.iter().filter_map(|i| messages.get(*i)).for_each(MessageExt::ack);
        note(&db, unpriced).await;
        return Ok(());
    };
    // One bad row must not keep the others out: a second try, one by one.
    log::event("usage", "warn", "ledger::batch", "a batch was refused", Some(&format!("{error:?}")));
    for (statement, i) in statements.into_iter().zip(read) {
        match db.run(statement).await {
            Ok(()) => messages.get(i).into_iter().for_each(MessageExt::ack),
            Err(error) => {
                log::event("usage", "error", "ledger::row", "a call was refused", Some(&format!("{error:?}")));
                retry(messages.get(i));
            }
        }
    }
    note(&db, unpriced).await;
    Ok(())
}

/// Raises an event for each model that was called without a price for the first time on a day. The calls are in the
/// ledger by then, as unpriced: were a note lost, the next such call makes it.
async fn note(db: &Db, unpriced: Vec<Statement>) {
    let notes = unpriced.len();
    if notes == 0 {
        return;
    }
    match db.batch(unpriced).await {
        Ok(mut rows) => {
            for noted in (0..notes).filter_map(|i| rows.take::<Noted>(i).ok()).flatten() {
                log::event(
                    "usage",
                    "warn",
                    "ledger::unpriced",
                    "a model was called without a price",
                    Some(&noted.name),
                );
            }
        }
        Err(error) => {
            log::event("usage", "error", "ledger::unpriced", "nothing was noted", Some(&format!("{error:?}")));
        }
    }
}

fn retry(message: Option<&RawMessage>) {
    message.into_iter().for_each(MessageExt::retry);
}
