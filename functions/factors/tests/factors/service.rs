//! The function under test, somebody signed in, and their authenticator app.

use std::task::{Context, Poll, Waker};

use factors::{TABLE, totp};
use serde_json::{Value, json};
use shared::accounts::tokens;
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

pub(crate) const PASSWORD: &str = "correct horse battery";
/// 32 bytes in base64url.
const REFRESH_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

/// The function, its database, and `usr_1` with the session `ses_1` that began now.
pub(crate) struct Service {
    pub(crate) bench: Bench,
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With further variables.
    pub(crate) fn with(vars: &[(&str, &str)]) -> Self {
        let mut all = vec![("REFRESH_KEY", REFRESH_KEY), ("EMAIL_VERIFICATION", "off")];
        all.extend_from_slice(vars);
        let bench = Bench::new(&TABLE, &all);
        bench.script(|name, url, body| {
            assert_eq!((name, url), ("HASH", "http://hash/check"));
            let question: Value = serde_json::from_slice(body).unwrap();
            let matches = question["phc"].as_str() == Some("phc") && question["password"].as_str() == Some(PASSWORD);
            Ok((200, vec![], json!({ "matches": matches, "rehashed": null }).to_string().into_bytes()))
        });
        let now = bench.now_ms();
        for n in [1, 2] {
            bench.execute(&format!(
                "INSERT INTO users (id, email, password, created_at) VALUES ('usr_{n}', 'n{n}@example.com', 'phc', 0);
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

    /// Turns an authenticator app on; the app, and the recovery codes. Afterwards its next code is a new one.
    pub(crate) fn enrol(&self) -> (App, Vec<String>) {
        let (status, begun) = self.call("POST", "/v1/auth/mfa/totp", &json!({}));
        assert_eq!(status, 200, "{begun}");
        let app = App::of(begun["secret"].as_str().unwrap());
        let body = json!({ "code": app.code(self.bench.now_ms()) });
        let (status, codes) = self.call("POST", "/v1/auth/mfa/totp/confirm", &body);
        assert_eq!(status, 200, "{codes}");
        self.bench.pass(30_000);
        let codes = codes["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
        (app, codes.collect())
    }

    /// A sign-in of `usr_1` that waits for its second factor, as every first proof leaves it.
    pub(crate) fn pending(&self) -> String {
        let token = format!("pt_{}", self.value("SELECT count(*) AS value FROM pending_sign_ins"));
        let (hash, now) = (tokens::hash(&token), self.bench.now_ms());
        self.bench.execute(&format!(
            "INSERT INTO pending_sign_ins (hash, user_id, method, epoch, created_at, expires_at)
             SELECT '{hash}', 'usr_1', 'password', epoch, {now}, {} FROM users WHERE id = 'usr_1'",
            now + shared::accounts::sign_in::PENDING_MS
        ));
        token
    }

    /// The second half of a sign-in: status and JSON.
    pub(crate) fn verify(&self, token: &str, code: &str) -> (u16, Value) {
        let out = self.post("/v1/auth/mfa/verify", &json!({ "pending_token": token, "code": code }));
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
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

/// An authenticator app.
pub(crate) struct App(Vec<u8>);

impl App {
    /// Reads the secret as people type it.
    fn of(base32: &str) -> Self {
        let digit = |letter: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap() as u64;
        let chunks: Vec<char> = base32.chars().collect();
        let bytes = chunks.chunks(8).flat_map(|chunk| {
            let value = chunk.iter().fold(0_u64, |value, letter| (value << 5) | digit(*letter));
            value.to_be_bytes()[3..].to_vec()
        });
        Self(bytes.collect())
    }

    /// What it shows at this time.
    pub(crate) fn code(&self, now_ms: u64) -> String {
        totp::code(&self.0, totp::step_at(now_ms))
    }

    /// Six digits that it does not show now, nor a step before or after.
    pub(crate) fn wrong(&self, now_ms: u64) -> String {
        let good = [now_ms - 30_000, now_ms, now_ms + 30_000].map(|at| self.code(at));
        let mut codes = (0..).map(|n| format!("{n:06}"));
        codes.find(|code| !good.contains(code)).unwrap()
    }
}

/// Runs what never waits on the host.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
