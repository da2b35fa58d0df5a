//! Files on the host.

#![cfg(test)]

mod reading;
mod rules;
mod sweeping;
mod uploading;

use serde_json::Value;
use shared::head::HeaderName;
use shared::platform::testing::Bench;

/// The function with `usr_1` and `usr_2`.
pub(crate) fn bench() -> Bench {
    let bench = Bench::new(&files::TABLE, &[]);
    for id in ["usr_1", "usr_2"] {
        bench.execute(&format!(
            "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{id}', '{id}@example.com', 1, 0)"
        ));
    }
    bench
}

/// A part of a form.
pub(crate) fn part(head: &str, value: &str) -> String {
    format!("--xyz\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n")
}

/// Sends a form; status and reply.
pub(crate) fn send(bench: &Bench, parts: &[String]) -> (u16, Value) {
    let body = parts.concat() + "--xyz--\r\n";
    let bearer = format!("Bearer {}", bench.token("usr_1", &[]));
    let headers =
        [(HeaderName::Authorization, bearer.as_str()), (HeaderName::ContentType, "multipart/form-data; boundary=xyz")];
    let out = bench.request("POST", "/v1/files", &headers, &body);
    (out.status, serde_json::from_slice(&out.body).unwrap())
}

/// Keeps a file of `usr_1`; its id.
pub(crate) fn upload(bench: &Bench, text: &str) -> String {
    let (status, file) = send(bench, &[file(text), part("name=\"purpose\"", "batch")]);
    assert_eq!(status, 200, "{file}");
    file["id"].as_str().unwrap().to_owned()
}

/// The part that is the file.
pub(crate) fn file(text: &str) -> String {
    part("name=\"file\"; filename=\"in.jsonl\"", text)
}

/// A call by this user; status and reply.
pub(crate) fn call(bench: &Bench, user: &str, method: &str, path: &str) -> (u16, Value) {
    bench.json(method, path, Some(&bench.token(user, &[])), "")
}
