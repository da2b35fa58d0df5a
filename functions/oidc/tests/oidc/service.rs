//! The function under test, somebody signed in, and an app.

use std::task::{Context, Poll, Waker};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use oidc::TABLE;
use oidc::form::{Fields, encode};
use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

/// 32 bytes in base64url.
const REFRESH_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where the app of these tests has the browser sent back to.
pub(crate) const BACK: &str = "https://app.example/cb";

/// An app with its secret.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

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
        let bench = Bench::new(&TABLE, &all).beside(&auth::TABLE).beside(&usage::TABLE);
        let now = bench.now_ms();
        bench.execute(&format!(
            "INSERT INTO users (id, email, name, locale, created_at) VALUES ('usr_1', 'n1@example.com', 'Ada', 'en', 0),
             ('usr_2', 'n2@example.com', 'Bob', 'en', 0);
             INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at, methods)
             VALUES ('ses_1', 'usr_1', {now}, {}, {now}, '[\"password\",\"totp\"]');",
            now + 86_400_000
        ));
        Self { bench }
    }

    /// A request of `usr_1` with these roles.
    pub(crate) fn call_as(&self, roles: &[&str], method: &str, path: &str, body: &Value) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.bench.token("usr_1", roles));
        let network = self.network();
        let headers = [(HeaderName::CfConnectingIp, network.as_str()), (HeaderName::Authorization, bearer.as_str())];
        let out = self.bench.request(method, path, &headers, &body.to_string());
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// A request of `usr_1`.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.call_as(&[], method, path, body)
    }

    fn network(&self) -> String {
        format!("192.0.2.{}", self.bench.platform().random::<8>()[7])
    }

    /// Registers an app, with these members in the place of the usual ones.
    pub(crate) fn app(&self, but: Value) -> App {
        let mut wish = json!({ "client_name": "App", "redirect_uris": [BACK] });
        for (name, value) in but.as_object().unwrap() {
            wish[name] = value.clone();
        }
        let (status, made) = self.call_as(&["admin"], "POST", "/v1/oauth/clients", &wish);
        assert_eq!(status, 201, "{made}");
        let secret = made["client_secret"].as_str().map(str::to_owned);
        App { id: made["client"]["id"].as_str().unwrap().to_owned(), secret }
    }

    /// A form to an endpoint for apps, by this app; status and JSON.
    pub(crate) fn form(&self, app: &App, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let mut all = fields.to_vec();
        let mut basic = String::new();
        match &app.secret {
            None => all.push(("client_id", &app.id)),
            Some(secret) => {
                basic = format!("Basic {}", Base64::encode_string(format!("{}:{secret}", app.id).as_bytes()))
            }
        }
        let out = self.send_form(path, &all, &basic);
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// A form with this `Authorization`, or none.
    pub(crate) fn send_form(&self, path: &str, fields: &[(&str, &str)], authorization: &str) -> Outgoing {
        let network = self.network();
        let headers = [
            (HeaderName::ContentType, "application/x-www-form-urlencoded"),
            (HeaderName::CfConnectingIp, network.as_str()),
            (HeaderName::Authorization, authorization),
        ];
        self.bench.request("POST", path, &headers, &encode(fields))
    }

    /// The query of an app's request, with these parameters in the place of the usual ones; an empty one is left out.
    pub(crate) fn query(&self, app: &App, but: &[(&str, &str)]) -> String {
        let usual = [
            ("response_type", "code"),
            ("client_id", &app.id),
            ("redirect_uri", BACK),
            ("scope", "openid profile email offline_access"),
            ("state", "st/1"),
            ("nonce", "n-1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut all: Vec<(&str, &str)> =
            usual.into_iter().filter(|(name, _)| but.iter().all(|(b, _)| b != name)).collect();
        all.extend(but.iter().filter(|(_, value)| !value.is_empty()));
        encode(&all)
    }

    /// The page of a request.
    pub(crate) fn page(&self, query: &str) -> Outgoing {
        self.bench.request("GET", &format!("/oauth/authorize?{query}"), &[], "")
    }

    /// The mark of the page of a request.
    pub(crate) fn ticket(&self, query: &str) -> String {
        let out = self.page(query);
        let page = String::from_utf8(out.body).unwrap();
        assert_eq!(out.status, 200, "{page}");
        page.split("data-ticket=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// What `usr_1` decides on the page of a request.
    pub(crate) fn decide(&self, query: &str, choice: &str) -> (u16, Value) {
        let body = json!({ "query": query, "ticket": self.ticket(query), "choice": choice });
        self.call("POST", "/v1/oauth/authorize", &body)
    }

    /// The code that `usr_1` lets an app have.
    pub(crate) fn code(&self, app: &App, but: &[(&str, &str)]) -> String {
        let (status, decided) = self.decide(&self.query(app, but), "allow");
        assert_eq!((status, decided["status"].as_str()), (200, Some("done")), "{decided}");
        parameter(decided["redirect_to"].as_str().unwrap(), "code")
    }

    /// Exchanges a code, with these fields in the place of the usual ones.
    pub(crate) fn exchange(&self, app: &App, code: &str, but: &[(&str, &str)]) -> (u16, Value) {
        let usual =
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK), ("code_verifier", VERIFIER)];
        let mut all: Vec<(&str, &str)> =
            usual.into_iter().filter(|(name, _)| but.iter().all(|(b, _)| b != name)).collect();
        all.extend_from_slice(but);
        self.form(app, "/oauth/token", &all)
    }

    /// The tokens that `usr_1` lets an app have.
    pub(crate) fn tokens(&self, app: &App, but: &[(&str, &str)]) -> Value {
        let (status, tokens) = self.exchange(app, &self.code(app, but), &[]);
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// Refreshes.
    pub(crate) fn refresh(&self, app: &App, token: &Value) -> (u16, Value) {
        self.form(app, "/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", token.as_str().unwrap())])
    }

    /// A `GET` with a bearer token.
    pub(crate) fn get(&self, path: &str, token: &Value) -> (u16, Value) {
        self.bench.json("GET", path, Some(token.as_str().unwrap()), "")
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

/// A parameter of an address's query.
pub(crate) fn parameter(url: &str, name: &str) -> String {
    Fields::read(url.split_once('?').unwrap().1).get(name).unwrap_or_default().to_owned()
}

/// What a token says.
pub(crate) fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap()
}

/// Runs what never waits on the host.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
