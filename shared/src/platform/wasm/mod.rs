//! Cloudflare's runtime, through `worker` and the glue of `edge.js`.

mod answer;
mod bucket;
mod db;
mod event;
mod glue;
mod incoming;
mod intake;
mod kv;
mod live;
mod mail;
mod object;
mod objects;
mod outflow;
mod outgoing;
mod part;
mod pictures;
mod relay;
mod statements;
mod task;

pub use answer::{Answer, Bytes};
pub use bucket::Bucket;
pub use db::{Db, Rows};
pub use event::{consume, run, scheduled, sweep};
pub use incoming::{Incoming, enter};
pub use intake::Intake;
pub use kv::Kv;
pub use live::{Live, Pen, Telling};
pub use mail::Socket;
pub use object::{Object, Question};
pub use objects::Streamed;
pub use outgoing::Outgoing;
pub use relay::Relay;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::Request;
use worker::Env;

use super::{Call, Digesting, RoundTrips, SendError, Signing, Target};
use crate::limit::{Ask, STRICT_QUOTA, STRICT_WINDOW_S, Verdict};
use crate::problem::{Code, Problem};
use crate::trace::Trace;

/// The door to the platform for one request.
#[derive(Clone)]
pub struct Platform {
    env: Env,
    context: Rc<JsValue>,
    request: Request,
    trips: Rc<RoundTrips>,
    trace: Rc<RefCell<String>>,
}

/// Milliseconds since 1970. The runtime's clock moves with I/O only.
pub fn now_ms() -> u64 {
    millis(glue::now())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "Date.now() is a whole number below 2^53")]
fn millis(now: f64) -> u64 {
    now as u64
}

/// Writes a line to the log.
pub fn log(line: &str) {
    glue::log(line);
}

/// Another function's response, passed on as it is.
pub struct Passed(pub(super) web_sys::Response);

/// Random bytes are drawn for many ids at once: one crossing for some forty requests.
const POOL: usize = 1024;

thread_local! {
    static RANDOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Platform {
    pub(super) fn new(env: Env, context: Rc<JsValue>, request: Request) -> Self {
        Self { env, context, request, trips: Rc::default(), trace: Rc::default() }
    }

    /// The door for an event that is no request: a queue, a schedule.
    pub fn of_event(env: Env, context: JsValue) -> Option<Self> {
        let request = Request::new_with_str("http://event/").ok()?;
        Some(Self::new(env, Rc::new(context), request))
    }

    /// See `now_ms`.
    pub fn now_ms(&self) -> u64 {
        now_ms()
    }

    /// Fresh random bytes, for ids and secrets alike; each byte is given out once.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        RANDOM.with_borrow_mut(|pool| {
            if pool.len() < N {
                let mut fresh = vec![0; POOL.max(N)];
                // The runtime's generator does not fail; were it to, the ids would collide and be refused.
                let _ = getrandom::fill(&mut fresh);
                *pool = fresh;
            }
            let rest = pool.len() - N;
            let mut bytes = [0; N];
            for (to, from) in bytes.iter_mut().zip(pool.drain(rest..)) {
                *to = from;
            }
            bytes
        })
    }

    /// A variable or secret of this function.
    pub fn var(&self, name: &str) -> Option<String> {
        js_sys::Reflect::get(self.env.as_ref(), &name.into()).ok()?.as_string().filter(|value| !value.is_empty())
    }

    /// A variable or secret; of a binding that is an object, its name.
    pub fn var_or_binding(&self, name: &str) -> Option<String> {
        let bound = || js_sys::Reflect::get(self.env.as_ref(), &name.into()).ok().filter(JsValue::is_object);
        self.var(name).or_else(|| bound().map(|_| name.to_owned()))
    }

    /// A header that the head does not carry, because few requests are asked for it. Fields of one name are joined
    /// with a comma (RFC 9110 §5.3).
    pub fn request_header(&self, name: &str) -> Option<String> {
        glue::request_header(&self.request, name).filter(|value| !value.is_empty())
    }

    /// Where the client is, as the platform guesses: an ISO 3166 country, `T1` for Tor.
    pub fn country(&self) -> Option<String> {
        glue::country(&self.request).filter(|country| country.len() == 2 && country.is_ascii())
    }

    /// The database.
    pub fn db(&self) -> Db {
        Db::new(self.env.clone(), Rc::clone(&self.trips))
    }

    /// The cache of hints.
    pub fn kv(&self) -> Kv {
        Kv::new(self.env.clone(), Rc::clone(&self.trips))
    }

    /// The bucket of objects bound by this name.
    pub fn bucket(&self, binding: &'static str) -> Bucket {
        Bucket::new(self.env.clone(), Rc::clone(&self.trips), binding)
    }

    /// The same platform for work nobody waits for: its round trips are not counted.
    #[must_use]
    pub fn background(&self) -> Self {
        Self { trips: Rc::default(), ..self.clone() }
    }

    /// Names the trace that calls to other functions continue: `traceparent` and request id, one a line.
    pub(crate) fn set_trace(&self, trace: &Trace) {
        *self.trace.borrow_mut() = format!("{}\n{}", trace.traceparent(), trace.request_id);
    }

    /// Work that goes on after the reply.
    pub fn wait_until(&self, work: impl Future<Output = ()> + 'static) {
        task::begin(
            async move {
                work.await;
                Ok(JsValue::UNDEFINED)
            },
            &self.context,
        );
    }

    /// Sends texts to the queue bound by this name, as one batch.
    ///
    /// # Errors
    /// When none is bound, or it takes nothing.
    pub async fn enqueue(&self, queue: &str, texts: &[String]) -> Result<(), String> {
        self.enqueue_later(queue, texts, 0).await
    }

    /// The same for texts that are not to arrive before so many seconds have passed, a day at most.
    ///
    /// # Errors
    /// As `enqueue`.
    pub async fn enqueue_later(&self, queue: &str, texts: &[String], seconds: u32) -> Result<(), String> {
        let queue = js_sys::Reflect::get(self.env.as_ref(), &queue.into()).ok().filter(JsValue::is_object);
        let queue = queue.ok_or_else(|| "the queue is not bound".to_owned())?;
        let batch: js_sys::Array = texts.iter().map(|text| JsValue::from_str(text)).collect();
        task::of(&glue::send_batch(&queue, &batch, seconds)).await.map(|_| ()).map_err(|error| words(&error))
    }

    /// Blocking round trips so far.
    pub(crate) fn round_trips(&self) -> String {
        self.trips.describe()
    }

    /// Calls out and waits for the head of the answer.
    ///
    /// # Errors
    /// When there is no answer within the deadline.
    pub async fn send(&self, call: &Call<'_>) -> Result<Answer, SendError> {
        self.send_for(call, 0).await
    }

    /// The same for an answer whose body is wanted whole: where it is a success, `Answer::read` with this very `limit`
    /// (bytes) has it at once. The deadline is for both.
    ///
    /// # Errors
    /// As `send`.
    pub async fn send_for_body(&self, call: &Call<'_>, limit: usize) -> Result<Answer, SendError> {
        self.send_for(call, u32::try_from(limit).unwrap_or(u32::MAX)).await
    }

    async fn send_for(&self, call: &Call<'_>, whole: u32) -> Result<Answer, SendError> {
        self.trips.count(call.target);
        let target = self.target(call.target)?;
        let mut headers = String::new();
        for (name, value) in call.headers {
            if !headers.is_empty() {
                headers.push('\n');
            }
            headers.push_str(name);
            headers.push('\n');
            headers.push_str(value);
        }
        let body = call.body.map_or(JsValue::UNDEFINED, |bytes| js_sys::Uint8Array::from(bytes).into());
        let client =
            if call.ends_with_client { JsValue::from(Clone::clone(&self.request)) } else { JsValue::UNDEFINED };
        let promise = glue::send(&target, call.url, call.method, &headers, &body, call.deadline_ms, &client, whole);
        task::of(&promise).await.map(Answer::new).map_err(|error| send_error(&error))
    }

    /// Waits, where nothing else is to be waited for.
    pub async fn pause(&self, milliseconds: u32) {
        // A timer does not fail.
        let _ = task::of(&glue::pause(milliseconds)).await;
    }

    /// A small question to another function or an object: status and text of the answer.
    ///
    /// # Errors
    /// When there is no answer within the deadline.
    pub async fn ask(
        &self,
        target: Target<'_>,
        url: &str,
        body: &str,
        deadline_ms: u32,
    ) -> Result<(u16, String), SendError> {
        self.trips.count(target);
        let to = self.target(target)?;
        // Functions write log lines that belong to this trace; objects write none.
        let promise = {
            let trace = self.trace.borrow();
            let trace = matches!(target, Target::Service(_)).then_some(trace.as_str());
            glue::ask(&to, url, body, deadline_ms, trace)
        };
        let answer = task::of(&promise).await.map_err(|error| send_error(&error))?;
        let text = answer.as_string().unwrap_or_default();
        let (status, body) = text.split_once('\n').unwrap_or(("500", ""));
        Ok((status.parse().unwrap_or(500), body.to_owned()))
    }

    /// Seals a text with AES-256-GCM under a fresh nonce; base64.
    ///
    /// # Errors
    /// When the runtime's cryptography fails, in its own words.
    pub async fn seal(&self, key: &[u8; 32], text: &str) -> Result<String, String> {
        string_of(glue::seal(key, text)).await
    }

    /// Opens what `seal` made.
    ///
    /// # Errors
    /// When it was changed, or sealed under another key.
    pub async fn unseal(&self, key: &[u8; 32], sealed: &str) -> Result<String, String> {
        string_of(glue::unseal(key, sealed)).await
    }

    /// Whether the public key, a JSON Web Key, has made this signature.
    ///
    /// # Errors
    /// When the runtime cannot use the key, in its own words.
    pub async fn verify(&self, how: Signing, jwk: &str, data: &[u8], signature: &[u8]) -> Result<bool, String> {
        let promise = glue::verify(how.as_str(), jwk, data, signature);
        let value = task::of(&promise).await.map_err(|error| words(&error))?;
        Ok(value.as_bool().unwrap_or(false))
    }

    /// The digest of bytes that may be many.
    ///
    /// # Errors
    /// When the runtime's cryptography fails, in its own words.
    pub async fn digest(&self, how: Digesting, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let value = task::of(&glue::digest(how.as_str(), bytes)).await.map_err(|error| words(&error))?;
        Ok(js_sys::Uint8Array::from(value).to_vec())
    }

    /// Signs under a private key in PKCS #8, base64.
    ///
    /// # Errors
    /// When the runtime cannot use the key, in its own words.
    pub async fn sign(&self, how: Signing, pkcs8: &str, data: &[u8]) -> Result<Vec<u8>, String> {
        let value = task::of(&glue::sign(how.as_str(), pkcs8, data)).await.map_err(|error| words(&error))?;
        Ok(js_sys::Uint8Array::from(value).to_vec())
    }

    /// Passes the request itself on to another function, by handle, and gives its response by handle.
    ///
    /// # Errors
    /// When the function is not bound, throws, or sends no head within the deadline.
    pub async fn forward(&self, service: &str, deadline_ms: u32) -> Result<Passed, SendError> {
        let target = self.target(Target::Service(service))?;
        let response = task::of(&glue::forward(&target, &self.request, deadline_ms)).await;
        response.map(|response| Passed(response.unchecked_into())).map_err(|error| send_error(&error))
    }

    fn target(&self, target: Target<'_>) -> Result<JsValue, SendError> {
        let missing = |name: &str| SendError::Unreachable(format!("nothing is bound as {name}"));
        match target {
            Target::Internet => Ok(JsValue::NULL),
            Target::Service(name) => {
                let service = js_sys::Reflect::get(self.env.as_ref(), &name.into()).ok().filter(JsValue::is_object);
                service.ok_or_else(|| missing(name))
            }
            Target::Object(binding, name) => {
                let object = glue::object(self.env.as_ref(), binding, name);
                if object.is_undefined() { Err(missing(binding)) } else { Ok(object) }
            }
        }
    }

    /// Counts one call in the runtime's local limiter. Where none is bound, or it fails, calls go on:
    /// it protects capacity, not secrets.
    pub(crate) async fn within_local_limit(&self, key: &str) -> bool {
        let limiter = match js_sys::Reflect::get(self.env.as_ref(), &"LIMIT".into()) {
            Ok(limiter) if limiter.is_object() => limiter,
            _ => return true,
        };
        let verdict = task::of(&glue::within_limit(&limiter, key)).await;
        verdict.ok().and_then(|v| v.as_bool()).unwrap_or(true)
    }

    /// Counts one call in the limiter object: one round trip.
    pub(crate) async fn strict_limit(&self, key: &str, now_ms: u64) -> Result<Verdict, Problem> {
        let quota = self.var("STRICT_QUOTA").and_then(|q| q.parse().ok()).unwrap_or(STRICT_QUOTA);
        let ask = Ask { quota, window_s: STRICT_WINDOW_S, now_ms };
        let body = serde_json::to_string(&ask).map_err(Problem::internal)?;
        // Closed when the limiter is down: strict rows guard passwords.
        let closed = |cause: String| Problem::from(Code::Unavailable).because(cause).header("Retry-After", "1");
        let answer = self.ask(Target::Object("LIMITER", key), "http://limiter/", &body, 5_000).await;
        let (_, text) = answer.map_err(|error| closed(format!("{error:?}")))?;
        crate::json::read(&text).map_err(|error| closed(error.to_string()))
    }
}

async fn string_of(promise: js_sys::Promise) -> Result<String, String> {
    let value = task::of(&promise).await.map_err(|error| words(&error))?;
    value.as_string().ok_or_else(|| "no text".to_owned())
}

fn send_error(error: &JsValue) -> SendError {
    match words(error) {
        text if text == "deadline" => SendError::Deadline,
        text if text == "left" => SendError::Left,
        text => SendError::Unreachable(text),
    }
}

/// The words of something JavaScript threw.
fn words(error: &JsValue) -> String {
    error
        .as_string()
        .or_else(|| error.dyn_ref::<js_sys::Error>().map(|e| String::from(e.message())))
        .unwrap_or_else(|| "unknown".to_owned())
}
