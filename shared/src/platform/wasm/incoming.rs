//! A request as it comes in, and the way into the pipeline.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Request;

use super::{Intake, Platform, glue, task, words};
use crate::config::Config;
use crate::head::Head;
use crate::pipeline;
use crate::platform::ReadError;
use crate::table::Table;

/// The body of a request, not yet read.
pub struct Incoming {
    request: Request,
    read_before: RefCell<Option<Vec<u8>>>,
}

impl Incoming {
    /// The most any row reads: 20 MiB, pictures in base64 included.
    pub const LARGEST: usize = 20 * 1024 * 1024;

    /// Reads the body, up to `limit` bytes.
    ///
    /// # Errors
    /// When it is longer, or the client broke off.
    pub async fn read(&self, limit: usize) -> Result<Vec<u8>, ReadError> {
        if let Some(bytes) = self.read_before.take() {
            return if bytes.len() > limit { Err(ReadError::TooLarge) } else { Ok(bytes) };
        }
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        match task::of(&glue::read(&self.request, limit)).await {
            Ok(bytes) => Ok(bytes.unchecked_into::<Uint8Array>().to_vec()),
            Err(error) if error.as_string().as_deref() == Some("too_large") => Err(ReadError::TooLarge),
            Err(error) => Err(ReadError::Broken(words(&error))),
        }
    }

    /// The body, to be put into a bucket without being read here.
    pub fn intake(&self) -> Intake {
        let before = self.read_before.take().map(|bytes| Uint8Array::from(bytes.as_slice()).into());
        Intake::new(glue::intake(&self.request, &before.unwrap_or(JsValue::UNDEFINED)))
    }

    /// Puts a body back that was read before its handler.
    pub fn put_back(&self, bytes: Vec<u8>) {
        *self.read_before.borrow_mut() = Some(bytes);
    }
}

thread_local! {
    static CONFIG: OnceCell<Rc<Config>> = const { OnceCell::new() };
}

/// Answers a `fetch` event: a `Response`, or a promise of one.
///
/// The work is polled once at once: a request that needs no I/O is answered without a promise or a
/// microtask, which is a fifth of what such a request costs.
pub fn enter(table: &'static Table, request: Request, env: worker::Env, context: JsValue) -> JsValue {
    let head = Head::unpack(glue::head(&request));
    let context = Rc::new(context);
    let platform = Platform::new(env, Rc::clone(&context), Clone::clone(&request));
    let config = CONFIG.with(|slot| {
        Rc::clone(slot.get_or_init(|| {
            // A panic is logged once, with its stack: this hook replaces the one `worker` sets.
            console_error_panic_hook::set_once();
            Rc::new(Config::read(|name| platform.var(name)))
        }))
    });
    let body = Incoming { request, read_before: RefCell::new(None) };
    let serving = async move {
        let outgoing = pipeline::serve(table, head, body, platform, config).await;
        Ok(JsValue::from(outgoing.into_response()))
    };
    // What was begun is finished when the client leaves: a write, or the settling of a call.
    task::begin(serving, &context)
}
