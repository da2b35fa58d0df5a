//! A request as it comes in, and the way into the pipeline.

use std::cell::{OnceCell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::Request;

use super::{Platform, glue, words};
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
        match JsFuture::from(glue::read(&self.request, limit)).await {
            Ok(bytes) => Ok(bytes.unchecked_into::<Uint8Array>().to_vec()),
            Err(error) if error.as_string().as_deref() == Some("too_large") => Err(ReadError::TooLarge),
            Err(error) => Err(ReadError::Broken(words(&error))),
        }
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
/// The future is polled once at once. A request that needs no I/O is answered without a promise,
/// a microtask or a waker, which is a fifth of what such a request costs.
///
/// This first poll has a waker that wakes nobody; the promise polls again at once with a real one. A future
/// that keeps the first waker it is given, as `worker::Delay` does, never wakes: it has no place in a handler.
pub fn enter(
    table: &'static Table,
    request: Request,
    env: worker::Env,
    context: worker::worker_sys::Context,
) -> JsValue {
    let head = Head::unpack(glue::head(&request));
    let platform = Platform::new(env, worker::Context::new(context), Clone::clone(&request));
    let config = CONFIG.with(|slot| {
        Rc::clone(slot.get_or_init(|| {
            // A panic is logged once, with its stack: this hook replaces the one `worker` sets.
            console_error_panic_hook::set_once();
            Rc::new(Config::read(|name| platform.var(name)))
        }))
    });
    let keep = platform.clone();
    let body = Incoming { request, read_before: RefCell::new(None) };
    let mut serving = Box::pin(async move {
        let outgoing = pipeline::serve(table, head, body, platform, config).await;
        JsValue::from(outgoing.into_response())
    });
    match Pin::new(&mut serving).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(response) => response,
        Poll::Pending => {
            let promise = future_to_promise(async move { Ok(serving.await) });
            // What was begun is finished when the client leaves: a write, or the settling of a call.
            keep.keep_alive(&promise);
            promise.into()
        }
    }
}
