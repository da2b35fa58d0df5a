//! The host's stand-in for the runtime: SQLite for D1, a map for KV, scripted answers
//! for everything else. It exists so that handlers are tested in milliseconds; what
//! only the runtime can show is tested there.

mod answer;
mod bucket;
mod db;
mod intake;
mod live;
mod mail;
mod objects;
mod outflow;
mod outgoing;
mod pictures;
#[cfg(feature = "testing")]
pub mod testing;

pub use answer::{Answer, Bytes, Incoming, Relay};
pub use bucket::Bucket;
pub use db::{Db, Rows};
pub use intake::Intake;
pub use live::{Live, Pen, Telling};
pub use mail::Socket;
pub use objects::Streamed;
pub use outgoing::Outgoing;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ed25519_dalek::Signer as _;

use super::{Call, Digesting, RoundTrips, SendError, Signing, Target};
use crate::limit::{Ask, STRICT_QUOTA, STRICT_WINDOW_S, Verdict, Window};
use crate::problem::Problem;
use crate::trace::Trace;

/// A scripted answer: status, headers, body.
pub type Scripted = Result<(u16, Vec<(String, String)>, Vec<u8>), SendError>;

/// What a test gives: an answer for every call, by target and URL, with the call's body.
pub(crate) type Script = Rc<dyn Fn(&str, &str, &[u8]) -> Scripted>;

/// The state behind the door, shared by all requests of one test.
pub(crate) struct World {
    pub(crate) vars: RefCell<HashMap<String, String>>,
    pub(crate) kv: RefCell<HashMap<String, String>>,
    pub(crate) bucket: RefCell<HashMap<String, String>>,
    pub(crate) objects: RefCell<HashMap<String, Vec<u8>>>,
    pub(crate) windows: RefCell<HashMap<String, Window>>,
    pub(crate) script: RefCell<Script>,
    pub(crate) random: Cell<u64>,
    pub(crate) clock_ms: Cell<u64>,
    pub(crate) queued: RefCell<Vec<(String, String)>>,
    pub(crate) background: RefCell<Vec<futures::future::LocalBoxFuture<'static, ()>>>,
    pub(crate) db: db::Store,
}

/// The door to the platform for one request.
#[derive(Clone)]
pub struct Platform {
    world: Rc<World>,
    trips: Rc<RoundTrips>,
    headers: Rc<HashMap<String, String>>,
}

/// Milliseconds since 1970; on the host the clock of tests is injected and this is its beginning.
pub fn now_ms() -> u64 {
    0
}

/// Log lines are dropped on the host.
pub fn log(_: &str) {}

impl Platform {
    #[cfg(feature = "testing")]
    pub(crate) fn of(world: Rc<World>) -> Self {
        Self { world, trips: Rc::default(), headers: Rc::default() }
    }

    /// The same for a request with these headers, their names in lower case.
    #[cfg(feature = "testing")]
    pub(crate) fn with_headers(mut self, headers: &[(&str, &str)]) -> Self {
        self.headers = Rc::new(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        self
    }

    /// A header of the test's request, named in lower case.
    pub fn request_header(&self, name: &str) -> Option<String> {
        self.headers.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// The injected time.
    pub fn now_ms(&self) -> u64 {
        self.world.clock_ms.get()
    }

    /// Bytes of a counter spread by a multiplier: distinct, the same in every run.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            let n = self.world.random.get().wrapping_add(1);
            self.world.random.set(n);
            let word = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            for (to, from) in chunk.iter_mut().zip(word) {
                *to = from;
            }
        }
        bytes
    }

    /// A variable of the test; an empty one is absent.
    pub fn var(&self, name: &str) -> Option<String> {
        self.world.vars.borrow().get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// The same: on the host a binding is a variable.
    pub fn var_or_binding(&self, name: &str) -> Option<String> {
        self.var(name)
    }

    /// Nobody knows on the host.
    pub const fn country(&self) -> Option<String> {
        None
    }

    /// The database.
    pub fn db(&self) -> Db {
        Db::new(Rc::clone(&self.world), Rc::clone(&self.trips))
    }

    /// The cache of hints.
    pub fn kv(&self) -> Kv {
        Kv { world: Rc::clone(&self.world), trips: Rc::clone(&self.trips) }
    }

    /// The bucket of objects; all bindings lead to one.
    pub fn bucket(&self, _: &'static str) -> Bucket {
        Bucket::new(Rc::clone(&self.world), Rc::clone(&self.trips))
    }

    /// The same platform; its round trips are not counted.
    #[must_use]
    pub fn background(&self) -> Self {
        Self { trips: Rc::default(), ..self.clone() }
    }

    /// Nobody continues a trace on the host.
    pub(crate) const fn set_trace(&self, _: &Trace) {}

    /// Work that goes on after the reply; a test runs it when it likes.
    pub fn wait_until(&self, work: impl Future<Output = ()> + 'static) {
        self.world.background.borrow_mut().push(Box::pin(work));
    }

    /// Keeps the texts for the test to look at.
    ///
    /// # Errors
    /// When the test has closed the queue.
    pub async fn enqueue(&self, queue: &str, texts: &[String]) -> Result<(), String> {
        if self.world.vars.borrow().get("CLOSED_QUEUE").is_some_and(|closed| closed == queue) {
            return Err("the queue is closed".to_owned());
        }
        self.world.queued.borrow_mut().extend(texts.iter().map(|text| (queue.to_owned(), text.clone())));
        Ok(())
    }

    /// The same; the test says when it is later.
    ///
    /// # Errors
    /// As `enqueue`.
    pub async fn enqueue_later(&self, queue: &str, texts: &[String], _: u32) -> Result<(), String> {
        self.enqueue(queue, texts).await
    }

    /// Blocking round trips so far.
    pub(crate) fn round_trips(&self) -> String {
        self.trips.describe()
    }

    /// Asks the script.
    ///
    /// # Errors
    /// As scripted.
    pub async fn send(&self, call: &Call<'_>) -> Result<Answer, SendError> {
        self.trips.count(call.target);
        self.scripted(call.target, call.url, call.body.unwrap_or_default()).map(Answer::of)
    }

    /// The same.
    ///
    /// # Errors
    /// As scripted.
    pub async fn send_for_body(&self, call: &Call<'_>, _: usize) -> Result<Answer, SendError> {
        self.send(call).await
    }

    /// Moves the clock.
    pub async fn pause(&self, milliseconds: u32) {
        self.world.clock_ms.set(self.world.clock_ms.get() + u64::from(milliseconds));
    }

    /// Asks the script.
    ///
    /// # Errors
    /// As scripted.
    pub async fn ask(&self, target: Target<'_>, url: &str, body: &str, _: u32) -> Result<(u16, String), SendError> {
        self.trips.count(target);
        let (status, _, bytes) = self.scripted(target, url, body.as_bytes())?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A stand-in for the runtime's AES: the key and the text, in base64.
    ///
    /// # Errors
    /// None on the host.
    pub async fn seal(&self, key: &[u8; 32], text: &str) -> Result<String, String> {
        Ok(Base64UrlUnpadded::encode_string(&[key.as_slice(), text.as_bytes()].concat()))
    }

    /// Opens what `seal` made.
    ///
    /// # Errors
    /// When it was changed, or sealed under another key.
    pub async fn unseal(&self, key: &[u8; 32], sealed: &str) -> Result<String, String> {
        let bytes = Base64UrlUnpadded::decode_vec(sealed).map_err(|error| error.to_string())?;
        let text = bytes.strip_prefix(key.as_slice()).ok_or("sealed under another key")?;
        String::from_utf8(text.to_vec()).map_err(|error| error.to_string())
    }

    /// Ed25519 and ES256 as the runtime has them; RS256 is the runtime's alone and refuses here.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub async fn verify(&self, how: Signing, jwk: &str, data: &[u8], signature: &[u8]) -> Result<bool, String> {
        if how == Signing::Es256 {
            return es256(jwk, data, signature);
        }
        if how != Signing::EdDsa {
            return Err(format!("{} is verified by the runtime alone", how.as_str()));
        }
        let x: serde_json::Value = crate::json::read(jwk).map_err(|error| error.to_string())?;
        let x = Base64UrlUnpadded::decode_vec(x.get("x").and_then(serde_json::Value::as_str).unwrap_or_default())
            .unwrap_or_default();
        let x: [u8; 32] = x.try_into().map_err(|_| "no Ed25519 key")?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&x).map_err(|error| error.to_string())?;
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|error| error.to_string())?;
        Ok(key.verify_strict(data, &signature).is_ok())
    }

    /// Asks the script: the bucket, the object, and `from+length`. What is not found there does not exist.
    ///
    /// # Errors
    /// As scripted, but for what is not reachable: nothing is bound then.
    pub async fn part(&self, bucket: &str, name: &str, from: u64, length: u32) -> Result<Option<Vec<u8>>, String> {
        match self.scripted(Target::Service(bucket), name, format!("{from}+{length}").as_bytes()) {
            Ok((200, _, bytes)) => Ok(Some(bytes)),
            Ok(_) | Err(SendError::Unreachable(_)) => Ok(None),
            Err(error) => Err(format!("{error:?}")),
        }
    }

    /// The digest.
    ///
    /// # Errors
    /// None on the host.
    pub async fn digest(&self, how: Digesting, bytes: &[u8]) -> Result<Vec<u8>, String> {
        use sha2::Digest;
        Ok(match how {
            Digesting::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Digesting::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        })
    }

    /// Ed25519; and a stand-in for ES256: 64 bytes of the length of what is signed.
    ///
    /// # Errors
    /// Without a key.
    pub async fn sign(&self, how: Signing, pkcs8: &str, data: &[u8]) -> Result<Vec<u8>, String> {
        if how == Signing::EdDsa {
            let key = Base64::decode_vec(pkcs8).map_err(|error| error.to_string())?;
            let seed = key.last_chunk::<32>().ok_or("no Ed25519 key")?;
            return Ok(ed25519_dalek::SigningKey::from_bytes(seed).sign(data).to_bytes().to_vec());
        }
        let byte = u8::try_from(data.len() % 256).unwrap_or_default();
        if pkcs8.is_empty() { Err("no key".to_owned()) } else { Ok(vec![byte; 64]) }
    }

    /// Asks the script with the path alone.
    ///
    /// # Errors
    /// As scripted.
    pub async fn forward(&self, service: &str, _: u32) -> Result<Passed, SendError> {
        self.scripted(Target::Service(service), "", b"").map(|(_, _, body)| Passed(body))
    }

    fn scripted(&self, target: Target<'_>, url: &str, body: &[u8]) -> Scripted {
        let name = match target {
            Target::Service(name) | Target::Object(name, _) => name,
            Target::Internet => "internet",
        };
        let script = Rc::clone(&self.world.script.borrow());
        script(name, url, body)
    }

    /// The local limiter never refuses on the host.
    pub(crate) async fn within_local_limit(&self, _: &str) -> bool {
        true
    }

    /// The limiter object, with the same window.
    pub(crate) async fn strict_limit(&self, key: &str, now_ms: u64) -> Result<Verdict, Problem> {
        self.trips.count(Target::Object("LIMITER", key));
        let ask = Ask { quota: STRICT_QUOTA, window_s: STRICT_WINDOW_S, now_ms };
        Ok(self.world.windows.borrow_mut().entry(key.to_owned()).or_default().take(&ask))
    }
}

/// ES256 by a crate that no Worker carries.
fn es256(jwk: &str, data: &[u8], signature: &[u8]) -> Result<bool, String> {
    use p256::ecdsa::signature::Verifier;
    #[derive(serde::Deserialize)]
    struct Point {
        x: String,
        y: String,
    }
    let point: Point = crate::json::read(jwk).map_err(|error| error.to_string())?;
    let [x, y] = [point.x, point.y].map(|text| Base64UrlUnpadded::decode_vec(&text).unwrap_or_default());
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&[&[4], x.as_slice(), &y].concat());
    let key = key.map_err(|error| error.to_string())?;
    let signature = p256::ecdsa::Signature::from_slice(signature).map_err(|error| error.to_string())?;
    Ok(key.verify(data, &signature).is_ok())
}

/// Another function's response: its body.
pub struct Passed(pub(crate) Vec<u8>);

/// A map that stands for KV.
pub struct Kv {
    world: Rc<World>,
    trips: Rc<RoundTrips>,
}

impl Kv {
    /// A value.
    ///
    /// # Errors
    /// None on the host.
    pub async fn get(&self, key: &str) -> Result<Option<String>, String> {
        self.trips.count_kv();
        Ok(self.world.kv.borrow().get(key).cloned())
    }

    /// Keeps a value.
    ///
    /// # Errors
    /// None on the host.
    pub async fn put(&self, key: &str, value: &str, _: u64) -> Result<(), String> {
        self.trips.count_kv();
        self.world.kv.borrow_mut().insert(key.to_owned(), value.to_owned());
        Ok(())
    }
}
