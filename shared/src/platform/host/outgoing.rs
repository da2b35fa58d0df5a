//! A response on the host: what a test looks at.

use crate::reply::{Body, Cache, Reply};
use crate::stream::{End, Forward};

/// A finished response.
#[derive(Debug)]
pub struct Outgoing {
    /// The status.
    pub status: u16,
    /// All headers.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// The log line.
    pub line: String,
}

impl Outgoing {
    /// Makes the response; a stream is run to its end.
    pub(crate) fn new(
        reply: Reply,
        base: fn(&str, Cache, &str) -> Vec<(&'static str, String)>,
        is_head: bool,
        line: String,
    ) -> Self {
        let mut headers = base(reply.media, reply.cache, reply.policy);
        headers.extend(reply.headers);
        let body = match reply.body {
            Body::Empty => Vec::new(),
            Body::Text(text) => text.into_bytes(),
            Body::Bytes(bytes) => bytes,
            Body::Handle(bytes) => bytes.0,
            Body::Streamed(object) => object.0,
            Body::Stream(relay) => run(&relay),
            Body::Live(live) => live.told(),
            Body::Passed(passed) => passed.0,
        };
        Self { status: reply.status, headers, body: if is_head { Vec::new() } else { body }, line }
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

fn run(relay: &super::Relay) -> Vec<u8> {
    let Some(mut filter) = relay.filter.take() else { return Vec::new() };
    let mut out = match filter.push(&relay.body) {
        Forward::Whole => relay.body.clone(),
        Forward::Bytes(bytes) | Forward::Stop(bytes) => bytes,
        Forward::Nothing => Vec::new(),
    };
    let ending = filter.end(End::Finished);
    out.extend(ending.tail);
    relay.platform.wait_until(ending.then);
    out
}
