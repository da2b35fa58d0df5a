//! The function under test, with events to seal.

use audit::TABLE;
use audit::head::AuditHead;
use serde_json::Value;
use shared::head::HeaderName;
use shared::platform::Platform;
use shared::platform::testing::Bench;

/// The function and its database.
pub(crate) struct Service {
    pub(crate) bench: Bench,
}

/// Private keys of the tests, made of these bytes; the first one signs.
pub(crate) fn keys(bytes: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let key = |byte: &u8| {
        let seed = [*byte; 32];
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let [x, d] = [public.as_bytes(), &seed].map(|half| Base64UrlUnpadded::encode_string(half));
        format!(r#"{{"kid":"a{byte}","x":"{x}","d":"{d}"}}"#)
    };
    format!("[{}]", bytes.iter().map(key).collect::<Vec<_>>().join(","))
}

impl Service {
    pub(crate) fn new() -> Self {
        let service = Self { bench: Bench::new(&TABLE, &[("AUDIT_KEYS", &keys(&[1]))]) };
        service.bench.execute(
            "INSERT INTO users (id, email, name, locale, created_at) VALUES ('usr_1', 'one@example.com', 'One', 'en', 0), \
             ('admin', 'admin@example.com', 'Admin', 'en', 0);",
        );
        service
    }

    pub(crate) fn platform(&self) -> Platform {
        self.bench.platform()
    }

    /// Notes so many events of `usr_1`.
    pub(crate) fn events(&self, count: usize) {
        for _ in 0..count {
            self.event("signed_in", "usr_1", "192.0.2.1", "curl/8", "{}");
        }
    }

    /// Notes an event that happens now.
    pub(crate) fn event(&self, kind: &str, user: &str, network: &str, agent: &str, detail: &str) {
        let (now, random) = (self.bench.now_ms(), self.platform().random());
        let id = shared::id::new("evt", now, random);
        self.bench.execute(&format!(
            "INSERT INTO security_events (id, at, kind, user_id, network, user_agent, detail) \
             VALUES ('{id}', {now}, '{kind}', '{user}', '{network}', '{agent}', '{detail}')"
        ));
    }

    /// Seals.
    pub(crate) fn seal(&self) -> Result<Option<AuditHead>, String> {
        at_once(audit::seal::run(&self.platform()))
    }

    /// A call by this user; `admin` has the role of that name.
    pub(crate) fn call(&self, user: &str, method: &str, path: &str) -> (u16, Value) {
        let (status, text) = self.text(user, method, path);
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// `call`, as text.
    pub(crate) fn text(&self, user: &str, method: &str, path: &str) -> (u16, String) {
        self.bench.execute(&format!(
            "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('ses_1', '{user}', 0, 9000000000000) \
             ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id"
        ));
        let roles: &[&str] = if user == "admin" { &["admin"] } else { &[] };
        let bearer = format!("Bearer {}", self.bench.token(user, roles));
        let out = self.bench.request(method, path, &[(HeaderName::Authorization, &bearer)], "");
        (out.status, String::from_utf8_lossy(&out.body).into_owned())
    }

    /// The rows of a query that selects one column called `value`.
    pub(crate) fn values(&self, sql: &'static str) -> Vec<Value> {
        #[derive(serde::Deserialize)]
        struct Row {
            value: Value,
        }
        let rows: Vec<Row> = at_once(self.platform().db().all(shared::sql!(sql))).unwrap();
        rows.into_iter().map(|row| row.value).collect()
    }
}

/// Runs what never waits on the host.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
