//! The Worker's events.

use shared::platform::consume;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, MessageBatch, Result, event};

use crate::dispatch;

/// The `fetch` event.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: JsValue) -> JsValue {
    shared::platform::enter(&crate::TABLE, request, env, context)
}

/// Takes steps, and those that were tried too often. Each message is acknowledged or retried on its own: an `Err`
/// from here would panic and lose the whole isolate.
#[event(queue)]
async fn queue(batch: MessageBatch<JsValue>, env: Env, _: Context) -> Result<()> {
    let dead = batch.queue().contains("-dead");
    consume("batches", &batch, env, async |platform, text| match dead {
        true => dispatch::bury(platform, text).await,
        false => dispatch::take(platform, text).await,
    })
    .await;
    Ok(())
}

/// Each minute.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn scheduled(_: JsValue, env: Env, _: JsValue) -> JsValue {
    shared::platform::scheduled("batches", env, async |platform| dispatch::wake(platform).await)
}
