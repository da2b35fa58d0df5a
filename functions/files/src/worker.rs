//! The Worker's events.

use shared::log;
use shared::platform::Platform;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

/// The `fetch` event.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: JsValue) -> JsValue {
    shared::platform::enter(&crate::TABLE, request, env, context)
}

/// The `scheduled` event: some minutes past each hour.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn scheduled(_: JsValue, env: Env, _: JsValue) -> JsValue {
    shared::platform::run(async move {
        match Platform::of_event(env, JsValue::UNDEFINED) {
            Some(platform) => crate::sweep::run(&platform).await,
            None => log::event("files", "error", "files::event", "the platform gave no door", None),
        }
    })
}
