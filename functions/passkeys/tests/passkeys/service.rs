//! The function under test, and somebody signed in.

use std::task::{Context, Poll, Waker};

use passkeys::TABLE;
use serde_json::Value;
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

/// 32 bytes in base64url.
const REFRESH_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

/// The function, its database, and `usr_1` with the session `ses_1` that began now.
pub(crate) struct Service {
    pub(crate) bench: Bench,
}

impl Service {
    /// With further variables.
    pub(crate) fn with(vars: &[(&str, &str)]) -> Self {
        let mut all = vec![("REFRESH_KEY", REFRESH_KEY), ("EMAIL_VERIFICATION", "off")];
        all.extend_from_slice(vars);
        let bench = Bench::new(&TABLE, &all);
        let now = bench.now_ms();
        for n in [1, 2] {
            bench.execute(&format!(
                "INSERT INTO users (id, email, created_at) VALUES ('usr_{n}', 'n{n}@example.com', 0);
                 INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at)
                 VALUES ('ses_{n}', 'usr_{n}', {now}, {}, {now});",
                now + 86_400_000
            ));
        }
        Self { bench }
    }

    /// A request of `usr_1`.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Outgoing {
        let bearer = format!("Bearer {}", self.bench.token("usr_1", &[]));
        let headers = [(HeaderName::CfConnectingIp, "192.0.2.1"), (HeaderName::Authorization, bearer.as_str())];
        self.bench.request(method, path, &headers, &body.to_string())
    }

    /// `send`; status and JSON.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let out = self.send(method, path, body);
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// A request without a token, each from a network of its own, so that no limit of networks is met.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Outgoing {
        let network = format!("192.0.2.{}", self.bench.platform().random::<8>()[7]);
        self.bench.request("POST", path, &[(HeaderName::CfConnectingIp, &network)], &body.to_string())
    }

    /// The only value of a query, as text.
    pub(crate) fn value(&self, sql: &'static str) -> String {
        #[derive(serde::Deserialize)]
        struct Row {
            value: Value,
        }
        let row: Option<Row> = at_once(self.bench.platform().db().first(shared::sql!(sql))).unwrap();
        row.map_or(String::new(), |row| row.value.as_str().map_or_else(|| row.value.to_string(), str::to_owned))
    }
}

/// Runs what never waits on the host.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
