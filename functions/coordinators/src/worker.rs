//! The Worker's event, and the shells of its objects.

use std::cell::RefCell;
use std::rc::Rc;

use coordination::report::Report;
use shared::platform::{Object, now_ms};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::answers::object::Answering;
use crate::breakers::Shared;

shared::fetch_event!();

/// The breakers that all isolates share. In memory only: a new one learns again within seconds.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub struct Breakers(Rc<RefCell<Shared>>);

#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
impl Breakers {
    /// An object that knows nothing.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands it over")]
    pub fn new(_state: JsValue, _env: JsValue) -> Self {
        Self(Rc::default())
    }

    /// The `fetch` event.
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands it over")]
    pub fn fetch(&self, request: web_sys::Request) -> JsValue {
        let shared = Rc::clone(&self.0);
        Object::answer(&request, move |question| async move {
            let report = Report::read(&question.body).map_err(|error| error.to_string())?;
            Ok((200, shared.borrow_mut().hear(&report, now_ms())))
        })
    }
}

/// Some answers of one organisation, for those who ask the same again.
#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
pub struct Answers(Rc<Answering>);

#[wasm_bindgen]
#[allow(unreachable_pub, reason = "exported to JavaScript")]
impl Answers {
    /// The object with this state and these bindings.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands it over")]
    pub fn new(state: JsValue, env: JsValue) -> Self {
        Self(Rc::new(Answering::new(Object::new(&state, env))))
    }

    /// The `fetch` event.
    #[allow(clippy::needless_pass_by_value, reason = "JavaScript hands it over")]
    pub fn fetch(&self, request: web_sys::Request) -> JsValue {
        let answering = Rc::clone(&self.0);
        Object::answer(&request, move |question| async move { answering.answer(question).await })
    }

    /// The `alarm` event.
    pub fn alarm(&self) -> JsValue {
        let answering = Rc::clone(&self.0);
        Object::ring(async move { answering.ring().await })
    }
}
