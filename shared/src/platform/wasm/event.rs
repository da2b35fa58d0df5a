//! The way of events that are no requests: schedules and queues.

use wasm_bindgen::JsValue;
use worker::worker_sys;
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage};

use super::{Db, Platform, task};
use crate::db::Statement;
use crate::log;
use crate::queue::Verdict;

/// The `fetch` event of a function: requests go to its `TABLE`.
#[macro_export]
#[allow(clippy::crate_in_macro_def, reason = "the table of whoever writes it")]
macro_rules! fetch_event {
    () => {
        /// The `fetch` event.
        #[::wasm_bindgen::prelude::wasm_bindgen]
        #[allow(unreachable_pub, reason = "exported to JavaScript")]
        pub fn fetch(
            request: ::web_sys::Request,
            env: ::worker::Env,
            context: ::wasm_bindgen::JsValue,
        ) -> ::wasm_bindgen::JsValue {
            $crate::platform::enter(&crate::TABLE, request, env, context)
        }
    };
}

/// The `queue` event of a function: what takes a message, and, where there is a queue of dead letters, what takes those.
#[macro_export]
macro_rules! queue_event {
    ($function:literal, $take:path) => {
        $crate::queue_event!($function, $take, $take);
    };
    ($function:literal, $take:path, $bury:path) => {
        /// The `queue` event.
        #[::wasm_bindgen::prelude::wasm_bindgen]
        #[allow(unreachable_pub, reason = "exported to JavaScript")]
        pub fn queue(
            batch: ::worker::worker_sys::MessageBatch,
            env: ::worker::Env,
            _: ::wasm_bindgen::JsValue,
        ) -> ::wasm_bindgen::JsValue {
            $crate::platform::consume($function, batch, env, async |platform, text, dead| match dead {
                true => $bury(platform, text).await,
                false => $take(platform, text).await,
            })
        }
    };
}

/// The `scheduled` event of a function.
#[macro_export]
macro_rules! schedule_event {
    ($function:literal, $work:path) => {
        /// The `scheduled` event.
        #[::wasm_bindgen::prelude::wasm_bindgen]
        #[allow(unreachable_pub, reason = "exported to JavaScript")]
        pub fn scheduled(
            _: ::wasm_bindgen::JsValue,
            env: ::worker::Env,
            _: ::wasm_bindgen::JsValue,
        ) -> ::wasm_bindgen::JsValue {
            $crate::platform::scheduled($function, env, async |platform| $work(platform).await)
        }
    };
}

/// Does the work of an event that nobody waits for. The runtime goes on until it is done.
pub fn run(work: impl Future<Output = ()> + 'static) -> JsValue {
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

/// Takes the messages of a batch, one after the other; `take` is told whether they come from a queue of dead letters. Each is
/// acknowledged or retried on its own: an error told to the runtime would panic there, and lose the whole isolate.
pub fn consume(
    function: &'static str,
    batch: worker_sys::MessageBatch,
    env: Env,
    take: impl AsyncFn(&Platform, Option<&str>, bool) -> Verdict + 'static,
) -> JsValue {
    let batch: MessageBatch<JsValue> = batch.into();
    run(async move {
        let (dead, messages) = (batch.queue().contains("-dead"), batch.raw_iter().collect::<Vec<RawMessage>>());
        let Some(platform) = door(function, env) else {
            // What is neither acknowledged nor retried would count as done.
            messages.iter().for_each(MessageExt::retry);
            return;
        };
        for message in &messages {
            match take(&platform, message.body().as_string().as_deref(), dead).await {
                Verdict::Done => message.ack(),
                Verdict::Again(seconds) => {
                    message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(seconds).build());
                }
            }
        }
    })
}

fn door(function: &'static str, env: Env) -> Option<Platform> {
    let platform = Platform::of_event(env, JsValue::UNDEFINED);
    if platform.is_none() {
        log::event(function, "error", "event", "the platform gave no door", None);
    }
    platform
}
