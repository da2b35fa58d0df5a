//! The function under test, and people who call it.

use serde_json::Value;
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;
use users::TABLE;

/// The function and its database, with the user `usr_1`, who has a living session.
pub(crate) struct Service {
    pub(crate) bench: Bench,
}

impl Service {
    pub(crate) fn new() -> Self {
        let service = Self { bench: Bench::new(&TABLE, &[]) };
        service.add_user("usr_1");
        service
    }

    /// A user; the tokens of the bench name the session `ses_1`, which belongs to whoever was added last.
    pub(crate) fn add_user(&self, id: &str) {
        self.bench.execute(&format!(
            "INSERT INTO users (id, email, name, created_at) VALUES ('{id}', '{id}@example.com', 'One', 0);"
        ));
        self.session_of(id);
    }

    /// Gives the session `ses_1` to this user.
    pub(crate) fn session_of(&self, id: &str) {
        self.bench.execute(&format!(
            "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('ses_1', '{id}', 0, 9000000000000) \
             ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id"
        ));
    }

    /// A call by this user.
    pub(crate) fn send(&self, user: &str, method: &str, path: &str, body: &Value) -> Outgoing {
        self.session_of(user);
        let bearer = format!("Bearer {}", self.bench.token(user, &[]));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.bench.request(method, path, &[(HeaderName::Authorization, &bearer)], &body)
    }

    /// `send`; status and JSON.
    pub(crate) fn call(&self, user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let out = self.send(user, method, path, body);
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// The rows of a query that selects one column called `value`.
    pub(crate) fn values(&self, sql: &'static str) -> Vec<Value> {
        #[derive(serde::Deserialize)]
        struct Row {
            value: Value,
        }
        let rows: Vec<Row> = at_once(self.bench.platform().db().all(shared::sql!(sql))).unwrap();
        rows.into_iter().map(|row| row.value).collect()
    }
}

/// Runs what never waits on the host.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
