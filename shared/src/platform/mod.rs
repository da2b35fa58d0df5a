//! The one door to the platform. On wasm it is Cloudflare's runtime through `worker`;
//! on the host it is SQLite, a map and scripted upstreams, with the same names, so
//! that everything behind it is tested without a runtime.

#[cfg(not(target_arch = "wasm32"))]
mod host;
mod intake;
mod outflow;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use outflow::{Listed, Listing, Piece};

#[cfg(all(not(target_arch = "wasm32"), feature = "testing"))]
pub use host::testing;
#[cfg(not(target_arch = "wasm32"))]
pub use host::{
    Answer, Bucket, Bytes, Db, Incoming, Intake, Kv, Live, Outgoing, Passed, Pen, Platform, Relay, Rows, Scripted,
    Socket, Streamed, Telling, log, now_ms,
};
#[cfg(target_arch = "wasm32")]
pub use wasm::{
    Answer, Bucket, Bytes, Db, Incoming, Intake, Kv, Live, Object, Outgoing, Passed, Pen, Platform, Question, Relay,
    Rows, Socket, Streamed, Telling, consume, enter, log, now_ms, run, scheduled, sweep,
};

pub use intake::{End, Filled, Sums, TakeError};

use std::cell::Cell;

/// Why a body could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Longer than the limit.
    TooLarge,
    /// The other side broke off.
    Broken(String),
}

/// Why a call got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The deadline passed; the call was cancelled.
    Deadline,
    /// No connection, or it broke.
    Unreachable(String),
    /// The client left, and the call was cancelled with it.
    Left,
}

/// Whom a call goes to.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Another function, by the name of its service binding.
    Service(&'a str),
    /// A Durable Object: binding and name.
    Object(&'a str, &'a str),
    /// A URL on the internet.
    Internet,
}

/// A call to make.
#[derive(Debug)]
pub struct Call<'a> {
    /// Whom.
    pub target: Target<'a>,
    /// The method; `RUN` has a bound model answer a body that names it.
    pub method: &'a str,
    /// An absolute URL; of services and objects only the path matters.
    pub url: &'a str,
    /// Headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; `None` for methods without one.
    pub body: Option<&'a [u8]>,
    /// Milliseconds until the answer's head must be here.
    pub deadline_ms: u32,
    /// Cancels the call when the client leaves.
    pub ends_with_client: bool,
}

/// How another issuer's token is signed; the key decides it, never the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    Rs256,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// Ed25519 (RFC 8037 §3.1).
    EdDsa,
}

impl Signing {
    /// The name in a token's header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// How a body is digested (RFC 9530 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digesting {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Digesting {
    /// The name in the runtime's cryptography.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// How a TCP connection is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte on.
    Tls,
    /// Plain at first; `start_tls` goes on under TLS.
    StartTls,
    /// Never.
    Plain,
}

/// A letter as the `send_email` binding takes it.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The sender's address.
    pub from: &'a str,
    /// The sender's name; may be empty.
    pub name: &'a str,
    /// The recipient's address.
    pub to: &'a str,
    /// One line.
    pub subject: &'a str,
    /// For those who read plain text.
    pub text: &'a str,
    /// For the others.
    pub html: &'a str,
}

/// A picture that another is made of.
#[derive(Clone, Copy, Debug)]
pub enum Picture<'a> {
    /// An object: the bucket's binding and its name there.
    Object(&'static str, &'a str),
    /// These bytes.
    Bytes(&'a [u8]),
}

/// A picture that was made.
pub struct Rendered {
    /// On the platform's side.
    pub bytes: Bytes,
    /// How many.
    pub length: u64,
    /// Their SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Why no picture was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderError {
    /// No service is bound.
    Unbound,
    /// There is no such object.
    Gone,
    /// The service refused or failed: its number, or 0, and its words.
    Failed(String),
}

/// Why a stream has no first chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstError {
    /// The deadline passed; the call was cancelled.
    Deadline,
    /// The stream ended before anything came.
    Ended,
    /// It broke.
    Broken(String),
    /// The client left, and the call was cancelled with it.
    Left,
}

/// Blocking round trips of one request, by kind.
#[derive(Debug, Default)]
pub(crate) struct RoundTrips {
    d1: Cell<u32>,
    kv: Cell<u32>,
    r2: Cell<u32>,
    object: Cell<u32>,
    service: Cell<u32>,
    internet: Cell<u32>,
}

impl RoundTrips {
    fn add(cell: &Cell<u32>) {
        cell.set(cell.get().saturating_add(1));
    }

    pub(crate) fn count_d1(&self) {
        Self::add(&self.d1);
    }

    pub(crate) fn count_kv(&self) {
        Self::add(&self.kv);
    }

    pub(crate) fn count_r2(&self) {
        Self::add(&self.r2);
    }

    pub(crate) fn count(&self, target: Target<'_>) {
        Self::add(match target {
            Target::Service(_) => &self.service,
            Target::Object(..) => &self.object,
            Target::Internet => &self.internet,
        });
    }

    /// `d1=1 object=1`, in this order; kinds without a trip are left out.
    pub(crate) fn describe(&self) -> String {
        let kinds = [
            ("d1", &self.d1),
            ("kv", &self.kv),
            ("r2", &self.r2),
            ("object", &self.object),
            ("service", &self.service),
            ("upstream", &self.internet),
        ];
        let parts: Vec<String> =
            kinds.iter().filter(|(_, n)| n.get() > 0).map(|(kind, n)| format!("{kind}={}", n.get())).collect();
        parts.join(" ")
    }
}
