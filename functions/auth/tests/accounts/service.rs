//! The function under test, with a hash function that answers at once.

use std::cell::RefCell;
use std::rc::Rc;

use auth::TABLE;
use serde_json::{Value, json};
use shared::accounts::links::{LinkKey, Purpose};
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

/// 32 bytes in base64url.
pub(crate) const REFRESH_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
pub(crate) const LINK_KEY: &str = "bGlua3MgYXJlIGRlcml2ZWQgdW5kZXIgdGhpcyBrZXk";
pub(crate) const EMAIL: &str = "alice@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The auth function, its database and the questions it put to the hash function.
pub(crate) struct Service {
    pub(crate) bench: Bench,
    asked: Rc<RefCell<Vec<String>>>,
}

/// What signs somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) user_id: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    /// Reads a token reply.
    pub(crate) fn of(reply: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            user_id: text(&reply["user"]["id"]),
            access: text(&reply["access_token"]),
            refresh: text(&reply["refresh_token"]),
        }
    }
}

impl Service {
    /// Without verification of addresses, as on a developer's machine.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With further variables.
    pub(crate) fn with(vars: &[(&str, &str)]) -> Self {
        let mut all = vec![("REFRESH_KEY", REFRESH_KEY), ("LINK_KEY", LINK_KEY), ("EMAIL_VERIFICATION", "off")];
        all.extend_from_slice(vars);
        let bench = Bench::new(&TABLE, &all).beside(&links::TABLE);
        let asked = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&asked);
        bench.script(move |name, url, body| {
            assert_eq!(name, "HASH");
            log.borrow_mut().push(url.to_owned());
            let question = serde_json::from_slice(body).unwrap_or_default();
            Ok((200, vec![], hash_function(url, &question).to_string().into_bytes()))
        });
        Self { bench, asked }
    }

    /// Lets this SQL happen while the hash function is asked.
    pub(crate) fn meanwhile(&self, sql: &'static str) {
        let platform = self.bench.platform();
        self.bench.script(move |_, url, body| {
            at_once(platform.background().db().run(shared::sql!(sql))).unwrap();
            let question = serde_json::from_slice(body).unwrap_or_default();
            Ok((200, vec![], hash_function(url, &question).to_string().into_bytes()))
        });
    }

    /// What the hash function was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.take()
    }

    /// A request from an address of the test's own, so that limits of other tests' calls are not met.
    pub(crate) fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Outgoing {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![(HeaderName::CfConnectingIp, "192.0.2.1")];
        if !token.is_empty() {
            headers.push((HeaderName::Authorization, bearer.as_str()));
        }
        self.bench.request(method, path, &headers, &body.to_string())
    }

    /// `send` without a token; status and JSON.
    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let out = self.send("POST", path, "", body);
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// The status of a row with this access token.
    pub(crate) fn get(&self, path: &str, token: &str) -> u16 {
        self.send("GET", path, token, &Value::Null).status
    }

    /// Registers the address.
    pub(crate) fn register(&self, email: &str) -> Tokens {
        let (status, reply) = self.post("/v1/auth/register", &json!({"email": email, "password": PASSWORD}));
        assert_eq!(status, 201, "{reply}");
        Tokens::of(&reply)
    }

    /// Signs in.
    pub(crate) fn login(&self, email: &str) -> Tokens {
        let (status, reply) = self.post("/v1/auth/login", &json!({"email": email, "password": PASSWORD}));
        assert_eq!(status, 200, "{reply}");
        Tokens::of(&reply)
    }

    /// Uses a refresh token.
    pub(crate) fn refresh(&self, token: &str) -> (u16, Value) {
        self.post("/v1/auth/refresh", &json!({ "refresh_token": token }))
    }

    /// The token of the newest link of this purpose to this address, as the letter has it.
    pub(crate) fn mailed(&self, purpose: Purpose, email: &str) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Row {
            id: String,
        }
        const NEWEST: &str = "SELECT id FROM links WHERE purpose = ?1 AND email = ?2 ORDER BY rowid DESC LIMIT 1";
        let db = self.bench.platform().db();
        let row: Option<Row> = at_once(db.first(shared::sql!(NEWEST, purpose.as_str(), email))).unwrap();
        row.map(|row| LinkKey::read(LINK_KEY).unwrap().token(purpose, &row.id))
    }

    /// The only value of a query, as text.
    pub(crate) fn value(&self, sql: &'static str) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Row {
            value: Value,
        }
        let db = self.bench.platform().db();
        let row: Option<Row> = at_once(db.first(shared::sql!(sql))).unwrap();
        row.map(|row| row.value.as_str().map_or_else(|| row.value.to_string(), str::to_owned))
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

/// Hashes by putting `today:` before the password; `older:` stands for yesterday's standard.
fn hash_function(url: &str, question: &Value) -> Value {
    let password = question["password"].as_str().unwrap_or_default();
    let today = format!("today:{password}");
    match url {
        "http://hash/readyz" => json!({ "status": "ok" }),
        "http://hash/make" => json!({ "phc": today }),
        "http://hash/check" => {
            let stored = question["phc"].as_str();
            let older = stored == Some(&format!("older:{password}"));
            json!({ "matches": older || stored == Some(&today), "rehashed": older.then_some(today) })
        }
        _ => panic!("{url}"),
    }
}
