//! Cross-origin requests (fetch.spec.whatwg.org §3.2), by configuration. Credentials
//! are never allowed: tokens travel in headers, so cookies need not.

use crate::head::{Head, HeaderName};
use crate::reply::Reply;

const ALLOWED_HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, X-Api-Key, X-Request-Id, Traceparent, \
If-Match, Selvage-Proof, Selvage-Device, Selvage-Cache, Cache-Control, Content-Digest, Repr-Digest, Signature, Signature-Input, Tus-Resumable, Upload-Length, Upload-Offset, \
Upload-Metadata, Upload-Checksum, Upload-Defer-Length, Upload-Concat, X-Http-Method-Override, X-Requested-With, OpenAI-Organization, OpenAI-Project, OpenAI-Beta, Anthropic-Version, Anthropic-Beta, X-Stainless-Arch, X-Stainless-Lang, \
X-Stainless-Os, X-Stainless-Package-Version, X-Stainless-Retry-Count, X-Stainless-Runtime, X-Stainless-Runtime-Version, \
X-Stainless-Timeout, X-Stainless-Helper-Method";

/// What scripts may read beside the safelisted headers.
pub const EXPOSED_HEADERS: &str = "X-Request-Id, X-Cost-Nano-Usd, X-Model, X-Provider, X-Cache, X-Degraded, X-Dropped-Parameters, Age, RateLimit, \
RateLimit-Policy, Retry-After, Server-Timing, ETag, Idempotent-Replayed, X-Message-Id, X-Answer-Id, X-Prompt-Version, \
Selvage-Challenge, Selvage-Device, Accept-Signature, Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, \
Upload-Offset, Upload-Length, Upload-Expires";

/// The origin to allow, if the request has one and it is configured.
pub fn allowed_origin<'h>(head: &'h Head, origins: &[String]) -> Option<&'h str> {
    let origin = head.header(HeaderName::Origin)?;
    origins.iter().any(|o| o == "*" || o == origin).then_some(origin)
}

/// The answer to `OPTIONS`: for a preflight of an allowed origin what it may do; else `Allow` alone.
pub fn preflight(head: &Head, origins: &[String], allow: &str) -> Reply {
    let reply = Reply::empty(204).header("Allow", allow);
    let asks = head.header(HeaderName::AccessControlRequestMethod).is_some();
    if !asks || allowed_origin(head, origins).is_none() {
        return reply;
    }
    reply
        .header("Access-Control-Allow-Methods", allow)
        .header("Access-Control-Allow-Headers", ALLOWED_HEADERS)
        .header("Access-Control-Max-Age", "7200")
}
