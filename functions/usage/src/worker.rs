//! The Worker's events.

use shared::db::{DbError, Statement};
use shared::log;
use shared::platform::Db;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Env, MessageBatch, MessageExt, RawMessage, worker_sys};

use crate::consumer;
use crate::store::Noted;

shared::fetch_event!();

/// Takes finished calls into the ledger. Each message is acknowledged or retried on its own: an `Err`
/// from here would panic and lose the whole isolate.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn queue(batch: worker_sys::MessageBatch, env: Env, _: JsValue) -> JsValue {
    let batch: MessageBatch<JsValue> = batch.into();
    shared::platform::run(async move { take(&batch.raw_iter().collect::<Vec<_>>(), &env).await })
}

async fn take(messages: &[RawMessage], env: &Env) {
    let bodies: Vec<Option<String>> = messages.iter().map(|message| message.body().as_string()).collect();
    let read = consumer::read(&bodies, shared::platform::now_ms());
    for (i, reason) in &read.unreadable {
        log::event("usage", "error", "ledger::unreadable", "a message is nothing that is known here", Some(reason));
        retry(messages.get(*i));
    }
    if !read.statements.is_empty() {
        write(&Db::of(env), messages, read).await;
    }
}

/// Writes what was read as one transaction; where that is refused, one by one: a bad row must not keep the others out.
async fn write(db: &Db, messages: &[RawMessage], batch: consumer::Batch) {
    let consumer::Batch { statements, lines, read, unpriced, .. } = batch;
    match db.batch(statements.clone()).await {
        Ok(mut rows) => {
            for (at, line) in lines.iter().enumerate() {
                tell(line.as_deref(), rows.take(at));
            }
            read.iter().filter_map(|i| messages.get(*i)).for_each(MessageExt::ack);
        }
        Err(error) => {
            log::event("usage", "warn", "ledger::batch", "a batch was refused", Some(&format!("{error:?}")));
            for ((statement, line), i) in statements.into_iter().zip(lines).zip(read) {
                match db.all::<Noted>(statement).await {
                    Ok(rows) => {
                        tell(line.as_deref(), Ok(rows));
                        messages.get(i).into_iter().for_each(MessageExt::ack);
                    }
                    Err(error) => {
                        log::event("usage", "error", "ledger::row", "a call was refused", Some(&format!("{error:?}")));
                        retry(messages.get(i));
                    }
                }
            }
        }
    }
    note(db, unpriced).await;
}

/// Writes the line of a call that is in the ledger since just now.
fn tell(line: Option<&str>, rows: Result<Vec<Noted>, DbError>) {
    if let (Some(line), Ok([_, ..])) = (line, rows.as_deref()) {
        shared::platform::log(line);
    }
}

/// The `scheduled` event: deletes what was said where it is kept no longer. Its failure is logged; the next hour tries again.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn scheduled(_: JsValue, env: Env, _: JsValue) -> JsValue {
    let sweep = vec![crate::capture::store::sweep(shared::platform::now_ms())];
    shared::platform::sweep("usage", &env, sweep, "what was said was not deleted")
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
