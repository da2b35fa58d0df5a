//! The Worker's events, and the shell of the limiter object.

use std::rc::Rc;

use shared::platform::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use crate::limiter::Limiting;

shared::fetch_event!();

/// The `scheduled` event: the hourly sweep. Its failure is logged; the next hour tries again.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub fn scheduled(_: JsValue, env: Env, _: JsValue) -> JsValue {
    shared::platform::sweep(
        "auth",
        &env,
        crate::sweep::statements(shared::platform::now_ms()),
        "expired rows were not deleted",
    )
}

/// Counts the calls of one client to one strict row.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub struct Limiter(Rc<Limiting>);

#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
impl Limiter {
    /// The object with this state and these bindings.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands it over")]
    pub fn new(state: JsValue, env: JsValue) -> Self {
        Self(Rc::new(Limiting::new(Object::new(&state, env))))
    }

    /// The `fetch` event.
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands it over")]
    pub fn fetch(&self, request: web_sys::Request) -> JsValue {
        let limiting = Rc::clone(&self.0);
        Object::answer(&request, move |question| async move { limiting.answer(question).await })
    }

    /// The `alarm` event.
    pub fn alarm(&self) -> JsValue {
        let limiting = Rc::clone(&self.0);
        Object::ring(async move { limiting.ring().await })
    }
}
