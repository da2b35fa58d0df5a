//! The Worker's events.

use shared::platform::consume;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, MessageBatch, Result, event};

use crate::consumer;
use crate::schedule;

/// The `fetch` event.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: JsValue) -> JsValue {
    shared::platform::enter(&crate::TABLE, request, env, context)
}

/// Sends the letters of a batch, one after the other. Each message is acknowledged or retried on its own:
/// an `Err` from here would panic and lose the whole isolate.
#[event(queue)]
async fn queue(batch: MessageBatch<JsValue>, env: Env, _: Context) -> Result<()> {
    consume("mail", &batch, env, consumer::deliver).await;
    Ok(())
}

/// Every five minutes.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn scheduled(_: JsValue, env: Env, _: JsValue) -> JsValue {
    shared::platform::scheduled("mail", env, async |platform| schedule::run(platform).await)
}
