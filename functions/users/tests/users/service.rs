//! The function under test, and people who call it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::testing::Bench;
use shared::platform::{Outgoing, Scripted, SendError};
use users::TABLE;

/// The function and its database, with the user `usr_1`, who has a living session, and the admission objects.
pub(crate) struct Service {
    pub(crate) bench: Bench,
    pub(crate) objects: Rc<RefCell<Objects>>,
}

/// Stand-ins for admission objects: they learn the newest limits and have spent nothing.
#[derive(Default)]
pub(crate) struct Objects {
    /// Nobody answers.
    pub(crate) down: bool,
    /// By organisation and scope, the newest limits.
    pub(crate) limits: BTreeMap<(String, String), Value>,
    /// How often one was asked.
    pub(crate) asked: usize,
}

impl Objects {
    fn answer(&mut self, body: &[u8]) -> Scripted {
        self.asked += 1;
        if self.down {
            return Err(SendError::Unreachable("down".into()));
        }
        let asked: Value = serde_json::from_slice(body).unwrap();
        let org = asked["org_id"].as_str().unwrap().to_owned();
        let states: Vec<Value> =
            asked["scopes"].as_array().unwrap().iter().map(|scope| self.state(&org, scope)).collect();
        Ok((200, Vec::new(), serde_json::to_vec(&states).unwrap()))
    }

    fn state(&mut self, org: &str, scope: &Value) -> Value {
        let id = scope["id"].as_str().unwrap();
        let known = self.limits.entry((org.to_owned(), id.to_owned())).or_insert_with(|| json!({"version": 0}));
        if scope["limits"]["version"].as_u64() > known["version"].as_u64() {
            *known = scope["limits"].clone();
        }
        json!({"id": id, "version": known["version"], "spent_nano_usd": 5, "reserved_nano_usd": 2, "under_way": 1,
            "resets_at_ms": 0})
    }
}

impl Service {
    pub(crate) fn new() -> Self {
        let objects: Rc<RefCell<Objects>> = Rc::default();
        let service = Self { bench: Bench::new(&TABLE, &[]), objects: Rc::clone(&objects) };
        service.bench.script(move |target, url, body| match target {
            "ADMISSION" => objects.borrow_mut().answer(body),
            _ => panic!("nobody is at {target} {url}"),
        });
        service.add_user("usr_1");
        service
    }

    /// A user; the tokens of the bench name the session `ses_1`, which belongs to whoever was added last.
    pub(crate) fn add_user(&self, id: &str) {
        self.bench.execute(&format!(
            "INSERT INTO users (id, email, name, created_at) VALUES ('{id}', lower('{id}@example.com'), 'One', 0);"
        ));
        self.session_of(id);
    }

    /// Gives the session `ses_1` to this user.
    pub(crate) fn session_of(&self, id: &str) {
        self.bench.execute(&format!(
            "INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at) \
             VALUES ('ses_1', '{id}', 0, 9000000000000, {}) ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id",
            self.bench.now_ms()
        ));
    }

    /// A call by this user; `admin` has the role of that name.
    pub(crate) fn send(&self, user: &str, method: &str, path: &str, body: &Value) -> Outgoing {
        self.session_of(user);
        self.send_again(user, method, path, body)
    }

    /// As `send`, with the session as it is.
    pub(crate) fn send_again(&self, user: &str, method: &str, path: &str, body: &Value) -> Outgoing {
        let roles: &[&str] = if user == "admin" { &["admin"] } else { &[] };
        let bearer = format!("Bearer {}", self.bench.token(user, roles));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.bench.request(method, path, &[(HeaderName::Authorization, &bearer)], &body)
    }

    /// `send`; status and JSON.
    pub(crate) fn call(&self, user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let out = self.send(user, method, path, body);
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// The newest limits an object has learnt.
    pub(crate) fn learnt(&self, org: &str, scope: &str) -> Option<Value> {
        self.objects.borrow().limits.get(&(org.to_owned(), scope.to_owned())).cloned()
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
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
