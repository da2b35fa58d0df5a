//! The Worker's events.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

/// The `fetch` event.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: JsValue) -> JsValue {
    shared::platform::enter(&crate::TABLE, request, env, context)
}

/// The `scheduled` event: each minute.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn scheduled(_: JsValue, env: Env, _: JsValue) -> JsValue {
    shared::platform::scheduled("shares", env, async |platform| crate::scan::run(platform).await)
}
