//! The Worker's event, and the shell of its object.

use std::rc::Rc;

use shared::platform::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::admission::object::Admitting;

shared::fetch_event!();

/// One organisation's admission: reservations, what is spent, and records on their way to the ledger.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub struct Admission(Rc<Admitting>);

#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
impl Admission {
    /// The object with this state and these bindings.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands it over")]
    pub fn new(state: JsValue, env: JsValue) -> Self {
        Self(Rc::new(Admitting::new(Object::new(&state, env))))
    }

    /// The `fetch` event.
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands it over")]
    pub fn fetch(&self, request: web_sys::Request) -> JsValue {
        let admitting = Rc::clone(&self.0);
        Object::answer(&request, move |question| async move { admitting.answer(question).await })
    }

    /// The `alarm` event.
    pub fn alarm(&self) -> JsValue {
        let admitting = Rc::clone(&self.0);
        Object::ring(async move { admitting.ring().await })
    }
}
