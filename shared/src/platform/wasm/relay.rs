//! A stream that is forwarded while a filter looks at it. `edge.js` pumps; each
//! chunk crosses once, as a copy to look at, and goes out by handle.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::{Platform, glue, task};
use crate::idempotency::Claim;
use crate::stream::{End, Filter, Forward, Keeping};

/// A stream ready to be forwarded.
pub struct Relay {
    exchange: JsValue,
    platform: Platform,
    filter: RefCell<Option<Box<dyn Filter>>>,
    idle_ms: u32,
    total_ms: u32,
}

type Push = Closure<dyn FnMut(Vec<u8>) -> JsValue>;

impl Relay {
    pub(super) fn new(
        exchange: JsValue,
        platform: Platform,
        filter: Box<dyn Filter>,
        idle_ms: u32,
        total_ms: u32,
    ) -> Self {
        Self { exchange, platform, filter: RefCell::new(Some(filter)), idle_ms, total_ms }
    }

    /// Keeps what is forwarded, for a retry with the same idempotency key.
    pub(crate) fn keep_under(&self, claim: Claim) {
        self.behind(|inner| Box::new(Keeping::new(inner, claim, self.platform.clone())));
    }

    /// Puts a filter behind the one there is: it sees what the client gets.
    pub fn behind(&self, further: impl FnOnce(Box<dyn Filter>) -> Box<dyn Filter>) {
        let filter = self.filter.take();
        *self.filter.borrow_mut() = filter.map(further);
    }

    /// Begins to pump; the value is the client's side of the stream.
    pub(super) fn start(self) -> JsValue {
        let Some(filter) = self.filter.take() else { return JsValue::NULL };
        let filter = Rc::new(RefCell::new(filter));
        let pushing = Rc::clone(&filter);
        let push: Push = Closure::new(move |chunk: Vec<u8>| match pushing.borrow_mut().push(&chunk) {
            Forward::Whole => JsValue::TRUE,
            Forward::Nothing => JsValue::UNDEFINED,
            Forward::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
            Forward::Stop(bytes) => js_sys::Array::of1(&Uint8Array::from(bytes.as_slice())).into(),
        });
        let push = Rc::new(RefCell::new(Some(push)));
        let held = Rc::clone(&push);
        let platform = self.platform.clone();
        let end = Closure::once_into_js(move |how: String| {
            held.take();
            let ending = filter.borrow_mut().end(end_of(&how));
            platform.wait_until(ending.then);
            JsValue::from(Uint8Array::from(ending.tail.as_slice()))
        });
        let platform = self.platform.clone();
        let settled = Closure::once_into_js(move |pumping: Promise| {
            platform.wait_until(async move {
                let _ = task::of(&pumping).await;
            });
        });
        let push = push.borrow();
        let Some(push) = push.as_ref() else { return JsValue::NULL };
        let (push, end, settled) = (push.as_ref().unchecked_ref(), end.unchecked_ref(), settled.unchecked_ref());
        glue::relay(&self.exchange, self.idle_ms, self.total_ms, push, end, settled).into()
    }
}

fn end_of(how: &str) -> End {
    match how {
        "finished" => End::Finished,
        "stalled" => End::Stalled,
        "expired" => End::Expired,
        "left" => End::Left,
        _ => End::Broken,
    }
}
