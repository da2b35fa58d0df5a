//! Shares, scans and the manifest on the host; files come and go by their own function beside it.

#![cfg(test)]

mod looking;
mod sharing;

use serde_json::Value;
use shared::head::HeaderName;
use shared::platform::testing::Bench;

/// The function with `usr_1` and `usr_2`.
pub(crate) fn bench() -> Bench {
    let bench = Bench::new(&shares::TABLE, &[]).beside(&files::TABLE);
    for id in ["usr_1", "usr_2"] {
        bench.execute(&format!(
            "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{id}', '{id}@example.com', 1, 0)"
        ));
    }
    bench
}

/// A file of `usr_1` with these bytes and this visibility; its id.
pub(crate) fn kept(bench: &Bench, text: &str, visibility: &str) -> String {
    let part = |head: &str, value: &str| format!("--xyz\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n");
    let body = [
        part("name=\"file\"; filename=\"a.html\"", text),
        part("name=\"purpose\"", "user_data"),
        part("name=\"visibility\"", visibility),
    ]
    .concat()
        + "--xyz--\r\n";
    let bearer = format!("Bearer {}", bench.token("usr_1", &[]));
    let headers =
        [(HeaderName::Authorization, bearer.as_str()), (HeaderName::ContentType, "multipart/form-data; boundary=xyz")];
    let out = bench.request("POST", "/v1/files", &headers, &body);
    assert_eq!(out.status, 200);
    let file: Value = serde_json::from_slice(&out.body).unwrap();
    file["id"].as_str().unwrap().to_owned()
}

/// A call by this user; status and reply.
pub(crate) fn call(bench: &Bench, user: &str, method: &str, path: &str) -> (u16, Value) {
    bench.json(method, path, Some(&bench.token(user, &[])), "")
}

/// The same with a body.
pub(crate) fn put(bench: &Bench, user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    bench.json(method, path, Some(&bench.token(user, &[])), &body.to_string())
}
