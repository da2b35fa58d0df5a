//! The Worker's events.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

shared::fetch_event!();

/// The `scheduled` event: deletes conversations that are kept no longer. Its failure is logged; the next hour tries again.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn scheduled(_: JsValue, env: Env, _: JsValue) -> JsValue {
    let days = env.var("CONVERSATION_RETENTION_DAYS").ok().map(|days| days.to_string());
    shared::platform::sweep(
        "talk",
        &env,
        crate::sweep::statements(days, shared::platform::now_ms()),
        "conversations were not deleted",
    )
}
