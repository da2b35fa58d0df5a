//! A reply on its way out: one crossing makes the response and writes the log line.

use std::cell::RefCell;

use wasm_bindgen::JsValue;
use web_sys::Response;

use super::glue;
use crate::reply::{Body, Cache, Reply};

/// A finished response.
pub struct Outgoing(Response);

type Kind = (&'static str, Cache, &'static str);

thread_local! {
    static BASES: RefCell<Vec<Kind>> = const { RefCell::new(Vec::new()) };
}

impl Outgoing {
    /// Makes the response. `base` gives the headers that depend on the reply's kind alone; they
    /// are made once an isolate and copied from then on.
    pub(crate) fn new(
        reply: Reply,
        base: fn(&str, Cache, &str) -> Vec<(&'static str, String)>,
        is_head: bool,
        line: String,
    ) -> Self {
        let reply = match reply.body {
            Body::Passed(passed) => return Self(passed.0),
            _ => reply,
        };
        let base = base_of((reply.media, reply.cache, reply.policy), base);
        let extra = pack(&reply.headers);
        let body = if is_head { Body::Empty } else { reply.body };
        let value = match body {
            Body::Text(text) => return Self(glue::respond_text(reply.status, base, &extra, &text, &line)),
            Body::Empty => JsValue::NULL,
            Body::Bytes(bytes) => js_sys::Uint8Array::from(bytes.as_slice()).into(),
            Body::Handle(bytes) => bytes.into_js(),
            Body::Streamed(object) => object.into_js(),
            Body::Stream(relay) => relay.start(),
            Body::Live(live) => live.start(),
            Body::Passed(_) => JsValue::NULL,
        };
        Self(glue::respond_value(reply.status, base, &extra, &value, &line))
    }

    /// The runtime's response.
    pub(super) fn into_response(self) -> Response {
        self.0
    }
}

fn base_of(kind: Kind, headers: fn(&str, Cache, &str) -> Vec<(&'static str, String)>) -> u32 {
    BASES.with_borrow_mut(|bases| {
        let known = bases.iter().position(|known| *known == kind);
        let at = known.unwrap_or_else(|| {
            bases.push(kind);
            bases.len() - 1
        });
        let id = u32::try_from(at).unwrap_or(0);
        if known.is_none() {
            glue::define_base(id, &pack(&headers(kind.0, kind.1, kind.2)));
        }
        id
    })
}

/// Names and values, one a line. A line break cannot stand in a header, so none is let through.
fn pack(headers: &[(&'static str, String)]) -> String {
    let mut packed = String::with_capacity(headers.len() * 48);
    for (name, value) in headers {
        if !packed.is_empty() {
            packed.push('\n');
        }
        packed.push_str(name);
        packed.push('\n');
        packed.extend(value.chars().filter(|c| !matches!(c, '\n' | '\r' | '\0')));
    }
    packed
}
