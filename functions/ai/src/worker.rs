//! The Worker's event.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

/// The `fetch` event.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn fetch(request: web_sys::Request, env: Env, context: JsValue) -> JsValue {
    shared::platform::enter(&crate::TABLE, request, env, context)
}
