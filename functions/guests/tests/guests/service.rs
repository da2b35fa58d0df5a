//! The function under test beside those that accounts go on in, with a hash function that answers at once.

use guests::TABLE;
use serde_json::{Value, json};
use shared::accounts::links::{LinkKey, Purpose};
use shared::head::HeaderName;
use shared::platform::testing::Bench;

/// 32 bytes in base64url.
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
pub(crate) const EMAIL: &str = "alice@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The functions and their database.
pub(crate) struct Service {
    pub(crate) bench: Bench,
}

impl Service {
    /// With guests let in, and `EMAIL_VERIFICATION` as given.
    pub(crate) fn new(verification: &str) -> Self {
        Self::with(&[("GUESTS", "on"), ("EMAIL_VERIFICATION", verification)])
    }

    /// With these variables.
    pub(crate) fn with(vars: &[(&str, &str)]) -> Self {
        let mut all = vec![("REFRESH_KEY", KEY), ("LINK_KEY", KEY)];
        all.extend_from_slice(vars);
        let bench = Bench::new(&TABLE, &all).beside(&auth::TABLE).beside(&links::TABLE).beside(&users::TABLE);
        bench.script(|_, url, body| {
            let asked: Value = serde_json::from_slice(body).unwrap_or_default();
            let phc = format!("hash of {}", asked["password"].as_str().unwrap_or_default());
            let answer = match url {
                "http://hash/make" => json!({ "phc": phc }),
                _ => json!({ "matches": asked["phc"] == json!(phc), "rehashed": null }),
            };
            Ok((200, vec![], answer.to_string().into_bytes()))
        });
        Self { bench }
    }

    /// A request; status and JSON.
    pub(crate) fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![(HeaderName::CfConnectingIp, "192.0.2.1")];
        if !token.is_empty() {
            headers.push((HeaderName::Authorization, bearer.as_str()));
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let out = self.bench.request(method, path, &headers, &body);
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// Registers somebody.
    pub(crate) fn register(&self, email: &str) -> Value {
        let (status, reply) =
            self.send("POST", "/v1/auth/register", "", &json!({"email": email, "password": PASSWORD}));
        assert_eq!(status, 201, "{reply}");
        reply
    }

    /// Signs in.
    pub(crate) fn login(&self, email: &str) -> (u16, Value) {
        self.send("POST", "/v1/auth/login", "", &json!({"email": email, "password": PASSWORD}))
    }

    /// A new guest's tokens.
    pub(crate) fn guest(&self) -> Value {
        let (status, reply) = self.send("POST", "/v1/auth/anonymous", "", &Value::Null);
        assert_eq!(status, 201, "{reply}");
        reply
    }

    /// An administrator, signed in.
    pub(crate) fn admin(&self, email: &str) -> Value {
        let made = self.register(email);
        let id = made["user"]["id"].as_str().unwrap();
        self.bench.execute(&format!("UPDATE users SET roles = '[\"admin\"]' WHERE id = '{id}'"));
        self.login(email).1
    }

    /// The token of the newest link that takes over this address, as the letter has it.
    pub(crate) fn mailed(&self, email: &str) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Row {
            id: String,
        }
        const NEWEST: &str = "SELECT id FROM links WHERE purpose = 'change' AND email = ?1 ORDER BY rowid DESC LIMIT 1";
        let row: Option<Row> = at_once(self.bench.platform().db().first(shared::sql!(NEWEST, email))).unwrap();
        row.map(|row| LinkKey::read(KEY).unwrap().token(Purpose::Change, &row.id))
    }

    /// The values of a query that selects one column of texts called `value`.
    pub(crate) fn values(&self, sql: &'static str) -> Vec<String> {
        #[derive(serde::Deserialize)]
        struct Row {
            value: String,
        }
        let rows: Vec<Row> = at_once(self.bench.platform().db().all(shared::sql!(sql))).unwrap();
        rows.into_iter().map(|row| row.value).collect()
    }
}

/// A member of a reply, as text.
pub(crate) fn text<'a>(reply: &'a Value, member: &str) -> &'a str {
    reply[member].as_str().unwrap()
}

/// Runs what never waits on the host.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
