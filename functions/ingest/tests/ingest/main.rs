//! Uploads on the host.

#![cfg(test)]

mod making;
mod parts;
mod statements;
mod tus;

use serde_json::Value;
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

/// The function with `usr_1` and `usr_2`, and room for three files of a thousand bytes.
pub(crate) fn bench() -> Bench {
    let bench = Bench::new(&ingest::TABLE, &[("FILES_MAX_COUNT", "3"), ("FILES_MAX_BYTES", "1000")]);
    for id in ["usr_1", "usr_2"] {
        bench.execute(&format!(
            "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{id}', '{id}@example.com', 1, 0)"
        ));
    }
    bench
}

/// A call by this user with JSON; status and reply.
pub(crate) fn call(bench: &Bench, user: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    bench.json(method, path, Some(&bench.token(user, &[])), body)
}

/// A call by `usr_1` with a body and headers.
pub(crate) fn send(
    bench: &Bench,
    method: &str,
    path: &str,
    media: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Outgoing {
    let bearer = format!("Bearer {}", bench.token("usr_1", &[]));
    let known = [(HeaderName::Authorization, bearer.as_str()), (HeaderName::ContentType, media)];
    bench.request_with(method, path, &known, headers, body)
}

/// Begins an upload of `usr_1`; its id.
pub(crate) fn begun(bench: &Bench, bytes: usize, more: &str) -> String {
    let body = format!(r#"{{"filename":"a.txt","purpose":"user_data","bytes":{bytes}{more}}}"#);
    let (status, upload) = call(bench, "usr_1", "POST", "/v1/uploads", &body);
    assert_eq!(status, 200, "{upload}");
    upload["id"].as_str().unwrap().to_owned()
}

/// How many rows there are.
pub(crate) fn count(bench: &Bench, table: &'static str) -> u64 {
    #[derive(serde::Deserialize)]
    struct Count {
        n: u64,
    }
    let sql: &'static str = match table {
        "files" => "SELECT count(*) AS n FROM files",
        "uploads" => "SELECT count(*) AS n FROM uploads",
        "upload_pieces" => "SELECT count(*) AS n FROM upload_pieces",
        "file_tags" => "SELECT count(*) AS n FROM file_tags",
        _ => "SELECT count(*) AS n FROM file_remains",
    };
    let first = bench.platform().db();
    let found: Option<Count> = futures::executor::block_on(first.first(shared::sql!(sql))).unwrap();
    found.unwrap().n
}
