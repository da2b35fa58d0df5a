//! The Worker's events and the shell of the limiter object.

use shared::limit::{Ask, Window};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    DurableObject, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, State, durable_object, event,
};

/// The `fetch` event.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: worker::worker_sys::Context) -> JsValue {
    shared::platform::enter(&crate::TABLE, request, env, context)
}

/// The hourly sweep. Its failure is logged; the next hour tries again.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    let statements = crate::sweep::statements(shared::platform::now_ms());
    if let Err(error) = shared::platform::Db::of(&env).batch(statements).await {
        shared::log::event("auth", "error", "sweep", "expired rows were not deleted", Some(&format!("{error:?}")));
    }
}

/// Counts the calls of one client to one strict row, exactly, wherever they arrive.
#[durable_object(alarm)]
pub struct Limiter {
    state: State,
}

const WINDOW: &str = "window";

impl DurableObject for Limiter {
    fn new(state: State, _: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let ask: Ask = serde_json::from_slice(&request.bytes().await?)?;
        let storage = self.state.storage();
        let mut window: Window = storage.get(WINDOW).await?.unwrap_or_default();
        let verdict = window.take(&ask);
        storage.put(WINDOW, window).await?;
        if storage.get_alarm().await?.is_none() {
            let later = std::time::Duration::from_secs(ask.window_s.saturating_mul(3));
            storage.set_alarm(later).await?;
        }
        Response::from_json(&verdict)
    }

    /// Forgets a client that has been quiet for two windows.
    async fn alarm(&self) -> Result<Response> {
        let storage = self.state.storage();
        let window: Window = storage.get(WINDOW).await?.unwrap_or_default();
        let now = shared::platform::now_ms();
        if window.is_over(now, shared::limit::STRICT_WINDOW_S) {
            storage.delete_all().await?;
        } else {
            let later = std::time::Duration::from_secs(shared::limit::STRICT_WINDOW_S.saturating_mul(3));
            storage.set_alarm(later).await?;
        }
        Response::empty()
    }
}
