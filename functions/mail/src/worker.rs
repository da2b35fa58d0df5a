//! The Worker's events.

use shared::log;
use shared::platform::Platform;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    Context, Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage, Result, ScheduleContext,
    ScheduledEvent, event,
};

use crate::consumer::{self, Verdict};
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
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let Some(platform) = door(env) else {
        // What is neither acknowledged nor retried would count as done.
        messages.iter().for_each(MessageExt::retry);
        return Ok(());
    };
    for message in &messages {
        match consumer::deliver(&platform, message.body().as_string().as_deref()).await {
            Verdict::Done => message.ack(),
            Verdict::Again(seconds) => {
                message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(seconds).build());
            }
        }
    }
    Ok(())
}

/// Every five minutes.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    if let Some(platform) = door(env) {
        schedule::run(&platform).await;
    }
}

fn door(env: Env) -> Option<Platform> {
    let platform = Platform::of_event(env, JsValue::UNDEFINED);
    if platform.is_none() {
        log::event("mail", "error", "mail::event", "the platform gave no door", None);
    }
    platform
}
