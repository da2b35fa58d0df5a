//! The Worker's events.

use shared::log;
use shared::platform::Platform;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    Context, Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage, Result, ScheduleContext,
    ScheduledEvent, event,
};

use crate::dispatch;
use crate::step::Verdict;

/// The `fetch` event.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: JsValue) -> JsValue {
    shared::platform::enter(&crate::TABLE, request, env, context)
}

/// Takes steps of jobs, and those that were tried too often. Each message is acknowledged or retried on its own: an `Err`
/// from here would panic and lose the whole isolate.
#[event(queue)]
async fn queue(batch: MessageBatch<JsValue>, env: Env, _: Context) -> Result<()> {
    let dead = batch.queue().contains("-dead");
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let Some(platform) = door(env) else {
        // What is neither acknowledged nor retried would count as done.
        messages.iter().for_each(MessageExt::retry);
        return Ok(());
    };
    for message in &messages {
        let text = message.body().as_string();
        let verdict = match dead {
            true => dispatch::bury(&platform, text.as_deref()).await,
            false => dispatch::take(&platform, text.as_deref()).await,
        };
        match verdict {
            Verdict::Done => message.ack(),
            Verdict::Again(seconds) => {
                message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(seconds).build());
            }
        }
    }
    Ok(())
}

/// Each minute.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    if let Some(platform) = door(env) {
        dispatch::wake(&platform).await;
    }
}

fn door(env: Env) -> Option<Platform> {
    let platform = Platform::of_event(env, JsValue::UNDEFINED);
    if platform.is_none() {
        log::event("jobs", "error", "jobs::event", "the platform gave no door", None);
    }
    platform
}
