//! The function under test, people who call it, and an organisation of theirs.

use organisations::TABLE;
use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::testing::Bench;

/// 32 bytes in base64url.
const LINK_KEY: &str = "bGlua3MgYXJlIGRlcml2ZWQgdW5kZXIgdGhpcyBrZXk";

/// The function and its database.
pub(crate) struct Service {
    pub(crate) bench: Bench,
}

impl Service {
    /// With `usr_owner`, `usr_admin`, `usr_member` and `usr_other`, who have proven addresses.
    pub(crate) fn new() -> Self {
        let service = Self { bench: Bench::new(&TABLE, &[("LINK_KEY", LINK_KEY)]) };
        for id in ["usr_owner", "usr_admin", "usr_member", "usr_other"] {
            service.add_user(id);
        }
        service
    }

    pub(crate) fn add_user(&self, id: &str) {
        self.bench.execute(&format!(
            "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{id}', '{id}@example.com', 1, 0)"
        ));
    }

    /// An organisation of `usr_owner` with an administrator and a member.
    pub(crate) fn organisation(&self) -> String {
        let (status, made) = self.call("usr_owner", "POST", "", &json!({"name": "Acme", "slug": "acme"}));
        assert_eq!(status, 201, "{made}");
        let id = made["id"].as_str().unwrap().to_owned();
        self.join(&id, "usr_admin", "admin");
        self.join(&id, "usr_member", "member");
        id
    }

    /// Makes somebody a member, as accepting an invitation would.
    pub(crate) fn join(&self, organisation: &str, user: &str, role: &str) {
        self.bench.execute(&format!("INSERT INTO members VALUES ('{organisation}', '{user}', '{role}', 0)"));
    }

    /// A call by this user of `/v1/organisations<path>`.
    pub(crate) fn call(&self, user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.call_of(user, method, &format!("/v1/organisations{path}"), body)
    }

    /// A call by this user, in a session that proved itself just now.
    pub(crate) fn call_of(&self, user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let now = self.bench.now_ms();
        self.bench.execute(&format!(
            "INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at) \
             VALUES ('ses_1', '{user}', 0, 9000000000000, {now}) ON CONFLICT (id) DO UPDATE SET \
             user_id = excluded.user_id, authenticated_at = excluded.authenticated_at"
        ));
        let bearer = format!("Bearer {}", self.bench.token(user, &[]));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let out = self.bench.request(method, path, &[(HeaderName::Authorization, &bearer)], &body);
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// As `call`; the status, and the code of a problem.
    pub(crate) fn outcome(&self, user: &str, method: &str, path: &str, body: &Value) -> (u16, String) {
        let (status, reply) = self.call(user, method, path, body);
        (status, reply["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The value of a query that selects one number.
    pub(crate) fn count(&self, sql: &'static str) -> i64 {
        #[derive(serde::Deserialize)]
        struct Row {
            one: i64,
        }
        let row: Option<Row> = at_once(self.bench.platform().db().first(shared::sql!(sql))).unwrap();
        row.unwrap().one
    }
}

/// What a list has of this member in each item.
pub(crate) fn each<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    list["data"].as_array().unwrap().iter().map(|item| item[member].as_str().unwrap()).collect()
}

/// Runs what never waits on the host.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
