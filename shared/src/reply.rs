//! What a handler gives back. The pipeline adds the headers every reply has.

use serde::Serialize;

use crate::platform::{Live, Passed, Relay};
use crate::problem::Problem;

/// How long anyone may keep a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// `no-store`: the default; replies are somebody's own.
    Never,
    /// `public, max-age`: seconds.
    Public(u32),
    /// `private, no-cache`: the client alone keeps it, and asks each time whether it still holds.
    Asked,
}

/// The body of a reply.
pub enum Body {
    /// None.
    Empty,
    /// Text, JSON in most cases.
    Text(String),
    /// Bytes that were read here.
    Bytes(Vec<u8>),
    /// Bytes that stay on the platform's side and are passed on by handle.
    Handle(crate::platform::Bytes),
    /// An object of a bucket, streamed by handle.
    Streamed(crate::platform::Streamed),
    /// A stream that is forwarded while it is read.
    Stream(Relay),
    /// A stream that is written here while the client reads it.
    Live(Live),
    /// Another function's whole response, headers and all; nothing is added to it.
    Passed(Passed),
}

/// A success, or an upstream's failure passed on.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    pub media: &'static str,
    /// Who may keep it.
    pub cache: Cache,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
    /// `Content-Security-Policy`; pages set their own.
    pub policy: &'static str,
}

/// Nothing may load, nothing may frame: what an API's reply needs.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

impl Reply {
    /// A reply with this body.
    pub fn new(status: u16, media: &'static str, body: Body) -> Self {
        Self { status, media, cache: Cache::Never, headers: Vec::new(), body, policy: API_POLICY }
    }

    /// JSON.
    ///
    /// # Errors
    /// `Internal` when the value cannot be written as JSON, which no reply type here can cause.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self, Problem> {
        let text = serde_json::to_string(value).map_err(Problem::internal)?;
        Ok(Self::new(status, "application/json", Body::Text(text)))
    }

    /// A status without a body.
    pub fn empty(status: u16) -> Self {
        Self::new(status, "", Body::Empty)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What a handler may return.
pub trait IntoReply {
    /// The reply with the row's status.
    ///
    /// # Errors
    /// As `Reply::json`.
    fn into_reply(self, status: u16) -> Result<Reply, Problem>;
}

impl<T: Serialize> IntoReply for T {
    fn into_reply(self, status: u16) -> Result<Reply, Problem> {
        if status == 204 { Ok(Reply::empty(204)) } else { Reply::json(status, &self) }
    }
}

impl IntoReply for Reply {
    fn into_reply(self, _: u16) -> Result<Reply, Problem> {
        Ok(self)
    }
}
