//! The headers that requests may carry and replies have, described once.
//! Not here: which reply has which (`replies`, `failures`, `openapi`).

use serde_json::{Value, json};
use shared::limit;
use shared::route::{Limit, Row};

/// Every header of a reply that a client may rely on: its name, whether it is an integer, what it says.
pub(crate) const REPLY: &[(&str, bool, &str)] = &[
    ("X-Request-Id", false, "The id of this request: yours, if you sent a usable one. Name it when you ask for help."),
    ("Server-Timing", false, "Milliseconds spent in the function and its round trips."),
    ("RateLimit", false, "Calls left (`r`) and seconds until the window is fresh (`t`)."),
    ("RateLimit-Policy", false, "The quota (`q`) and its window in seconds (`w`)."),
    ("Retry-After", true, "Seconds to wait before the next attempt."),
    ("WWW-Authenticate", false, "The challenge of RFC 6750 §3."),
    ("Accept-Signature", false, "With `signature_refused`: what must be signed (RFC 9421 §5.1)."),
    ("Selvage-Challenge", false, "The zero bits of the proof of work that is demanded: `sha-256;bits=18`."),
    ("Selvage-Device", false, "A token of this device; send it back when you sign in again."),
    ("Allow", false, "The methods this path answers."),
    ("Location", false, "Where to go on."),
    ("ETag", false, "The version of this reply; send it back as `If-None-Match`."),
    ("Cache-Control", false, "How long anyone may keep this reply."),
    ("Content-Disposition", false, "Whether it is shown or for download, and its name."),
    ("Content-Range", false, "Which bytes these are, and of how many."),
    ("Accept-Ranges", false, "`bytes`: parts of it can be had."),
    ("Last-Modified", false, "Since when it is as it is."),
    ("Selvage-Next-Cursor", false, "Where the next page begins; absent on the last one."),
    ("Tus-Resumable", false, "The version of tus that is spoken here."),
    ("Tus-Version", false, "The versions of tus that are spoken here."),
    ("Tus-Extension", false, "What of tus is spoken here beside its core."),
    ("Tus-Max-Size", true, "Bytes of a file at most."),
    ("Tus-Checksum-Algorithm", false, "Algorithms that `Upload-Checksum` may name."),
    ("Upload-Offset", true, "How many bytes of the upload are there."),
    ("Upload-Length", true, "How many bytes it will have."),
    ("Upload-Expires", false, "When it is given up, unless more bytes come."),
    ("Idempotent-Replayed", false, "`true` when this is the stored reply of the first request with the key."),
    ("X-Cost-Nano-Usd", true, "What the call cost, in nano-dollars; on plain replies, when the price is known."),
    ("X-Model", false, "The model that answered."),
    ("X-Provider", false, "The provider that answered."),
    ("X-Message-Id", false, "The message that was said, `msg_…`."),
    ("X-Answer-Id", false, "The message that will hold the answer, `msg_…`."),
    ("X-Prompt-Version", false, "The version of the prompt that was rendered."),
    ("X-Cache", false, "Whether the answer came from a cache."),
    ("Age", true, "Seconds since an answer from a cache was made."),
    ("X-Degraded", false, "`true` when nobody answered, and this is what the route says in that case."),
    ("X-Dropped-Parameters", false, "Members of the request that the provider's dialect cannot say."),
];

/// The headers of a row's successes beside those its replies name themselves.
pub(crate) fn of(row: &Row) -> Vec<&'static str> {
    let mut names = vec!["X-Request-Id", "Server-Timing"];
    match row.limit {
        Limit::None => {}
        Limit::Normal => names.push("RateLimit-Policy"),
        Limit::Strict => names.extend(["RateLimit", "RateLimit-Policy"]),
    }
    if row.marks.cached {
        names.extend(["Cache-Control", "ETag"]);
    }
    if row.marks.once {
        names.push("Idempotent-Replayed");
    }
    names
}

/// References to headers, by name.
pub(crate) fn references<'n>(names: impl IntoIterator<Item = &'n str>) -> Value {
    names.into_iter().map(|name| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))).collect()
}

/// `components.headers`.
pub(crate) fn components() -> Value {
    let header = |(name, integer, about): &(&str, bool, &str)| {
        let kind = if *integer { "integer" } else { "string" };
        ((*name).to_owned(), json!({ "description": about, "schema": { "type": kind } }))
    };
    REPLY.iter().map(header).collect()
}

/// `components.parameters`.
pub(crate) fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Makes a retry safe: the same key and body get the stored reply, the same key with another \
    body is refused. A key is kept for a day. An empty one is none.",
            "schema": { "type": "string", "maxLength": 255, "pattern": "^[!-~]*$" },
        },
        "SelvageProof": {
            "name": "Selvage-Proof", "in": "header", "required": false,
            "description": "A solved challenge of `POST /v1/auth/challenge`, as `<challenge>.<number>`: where the reply would \
    be 428, and good for one use.",
            "schema": { "type": "string", "maxLength": 160 },
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "An `ETag` from before: 304 without a body when the reply has not changed.",
            "schema": { "type": "string" },
        },
    })
}

/// What a limit class means, for people.
pub(crate) fn limit_about(limit: Limit) -> String {
    match limit {
        Limit::None => "not limited".to_owned(),
        Limit::Normal => policy(limit::NORMAL_POLICY),
        Limit::Strict => format!("{} calls in {} s from one network", limit::STRICT_QUOTA, limit::STRICT_WINDOW_S),
    }
}

/// `"normal";q=600;w=60` → `600 calls in 60 s by one caller`.
fn policy(text: &str) -> String {
    let value = |name: &str| text.split(';').find_map(|part| part.strip_prefix(name)).unwrap_or("?");
    format!("{} calls in {} s by one caller", value("q="), value("w="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_in_calls_and_seconds() {
        assert_eq!(limit_about(Limit::Normal), "600 calls in 60 s by one caller");
    }

    #[test]
    fn every_header_a_row_has_is_described() {
        let named = auth::TABLE.rows.iter().flat_map(of).chain([401, 405, 429, 503].into_iter().flat_map(failed));
        for name in named {
            assert!(REPLY.iter().any(|(described, ..)| *described == name), "{name}");
        }
    }

    fn failed(status: u16) -> Vec<&'static str> {
        crate::failures::headers(status).to_vec()
    }

    #[test]
    fn headers_that_scripts_may_read_are_described() {
        for name in shared::cors::EXPOSED_HEADERS.split(", ") {
            assert!(REPLY.iter().any(|(described, ..)| *described == name), "{name}");
        }
    }
}
