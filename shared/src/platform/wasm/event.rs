//! The way of events that are no requests: schedules and queues.

use wasm_bindgen::JsValue;
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage};

use super::{Db, Platform, task};
use crate::db::Statement;
use crate::log;
use crate::queue::Verdict;

/// Does the work of an event that nobody waits for. The runtime goes on until it is done.
fn run(work: impl Future<Output = ()> + 'static) -> JsValue {
    let work = async move {
        work.await;
        Ok(JsValue::UNDEFINED)
    };
    task::begin(work, &JsValue::NULL)
}

/// The work of a schedule.
pub fn scheduled(function: &'static str, env: Env, work: impl AsyncFnOnce(&Platform) + 'static) -> JsValue {
    run(async move {
        if let Some(platform) = door(function, env) {
            work(&platform).await;
        }
    })
}

/// Deletes what is over, as a schedule does: the statements are one batch. When it fails, `failed` says so in the log; the
/// next time tries again.
pub fn sweep(function: &'static str, env: &Env, statements: Vec<Statement>, failed: &'static str) -> JsValue {
    let db = Db::of(env);
    run(async move {
        if let Err(error) = db.batch(statements).await {
            log::event(function, "error", "sweep", failed, Some(&format!("{error:?}")));
        }
    })
}

/// Takes the messages of a batch, one after the other. Each is acknowledged or retried on its own: an error told to the
/// runtime would panic there, and lose the whole isolate.
pub async fn consume(
    function: &'static str,
    batch: &MessageBatch<JsValue>,
    env: Env,
    take: impl AsyncFn(&Platform, Option<&str>) -> Verdict,
) {
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let Some(platform) = door(function, env) else {
        // What is neither acknowledged nor retried would count as done.
        messages.iter().for_each(MessageExt::retry);
        return;
    };
    for message in &messages {
        match take(&platform, message.body().as_string().as_deref()).await {
            Verdict::Done => message.ack(),
            Verdict::Again(seconds) => {
                message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(seconds).build());
            }
        }
    }
}

fn door(function: &'static str, env: Env) -> Option<Platform> {
    let platform = Platform::of_event(env, JsValue::UNDEFINED);
    if platform.is_none() {
        log::event(function, "error", "event", "the platform gave no door", None);
    }
    platform
}
