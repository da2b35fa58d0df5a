//! What a function says of tus 1.0 (tus.io/protocols/resumable-upload) on every row that is marked with it, refusals and
//! `OPTIONS` included. Not here: what the rows do.

use crate::platform::Platform;
use crate::reply::Reply;

/// The version that is spoken.
pub const VERSION: &str = "1.0.0";

/// Bytes of a file at most, unless `UPLOAD_MAX_BYTES` says another number: an object in R2 that is written at once has 5 GiB.
pub const LONGEST: u64 = 5_000_000_000;

/// Bytes of a file at most.
pub fn longest(platform: &Platform) -> u64 {
    platform.var("UPLOAD_MAX_BYTES").and_then(|text| text.parse().ok()).unwrap_or(LONGEST)
}

/// The headers of the answer to `OPTIONS`.
pub fn capabilities(reply: Reply, platform: &Platform) -> Reply {
    reply
        .header("Tus-Version", VERSION)
        .header("Tus-Extension", "creation,creation-with-upload,expiration,checksum,termination")
        .header("Tus-Checksum-Algorithm", "sha1,sha256,sha512,md5")
        .header("Tus-Max-Size", longest(platform).to_string())
}
