//! The function under test with a scripted WeChat. A code says what it leads to: `oAZuB` is the openid `oA` with
//! the unionid `uB`, `oA` alone has none, `E40029` fails with that `errcode`.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::testing::Bench;
use shared::platform::{Outgoing, Scripted};
use wechat::TABLE;

/// Base64url of 32 bytes.
const REFRESH_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const APPS: &str = r#"[{"app_id":"wx1","secret":"s1"},{"app_id":"wx2","secret":"s2"}]"#;

pub(crate) struct Service {
    pub(crate) bench: Bench,
    asked: Rc<RefCell<Vec<String>>>,
}

/// JSON with status 200.
pub(crate) fn told(value: &Value) -> Scripted {
    Ok((200, vec![], value.to_string().into_bytes()))
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with(&[], jscode2session)
    }

    /// With these variables, and a WeChat that answers so: the URL without its origin, the body.
    pub(crate) fn with(vars: &[(&str, &str)], wechat: impl Fn(&str, &Value) -> Scripted + 'static) -> Self {
        let mut all = vec![("REFRESH_KEY", REFRESH_KEY), ("WECHAT_APPS", APPS), ("WECHAT_BASE_URL", "http://wechat/")];
        all.extend_from_slice(vars);
        let bench = Bench::new(&TABLE, &all);
        let asked = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&asked);
        bench.script(move |target, url, body| {
            assert_eq!(target, "internet");
            let path = url.strip_prefix("http://wechat").unwrap();
            log.borrow_mut().push(path.to_owned());
            wechat(path, &serde_json::from_slice(body).unwrap_or_default())
        });
        Self { bench, asked }
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.take()
    }

    pub(crate) fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Outgoing {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![(HeaderName::CfConnectingIp, "192.0.2.1")];
        if !token.is_empty() {
            headers.push((HeaderName::Authorization, bearer.as_str()));
        }
        self.bench.request(method, path, &headers, &body.to_string())
    }

    /// Signs in with a code of an app; status and JSON.
    pub(crate) fn wechat(&self, app: &str, code: &str) -> (u16, Value) {
        // Each sign-in is in a minute of its own: limits are not what is tested.
        self.bench.pass(60_000);
        let out = self.send("POST", "/v1/auth/wechat", "", &json!({"app_id": app, "code": code}));
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// Signs in and tells the user's id.
    pub(crate) fn enter(&self, app: &str, code: &str) -> String {
        let (status, reply) = self.wechat(app, code);
        assert_eq!(status, 200, "{reply}");
        reply["user"]["id"].as_str().unwrap().to_owned()
    }

    /// The only value of a query, as text.
    pub(crate) fn value(&self, sql: &'static str) -> String {
        #[derive(serde::Deserialize)]
        struct Row {
            value: Value,
        }
        let db = self.bench.platform().db();
        let row: Option<Row> = at_once(db.first(shared::sql!(sql))).unwrap();
        row.map_or_else(String::new, |row| row.value.as_str().map_or_else(|| row.value.to_string(), str::to_owned))
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

pub(crate) fn jscode2session(path: &str, _: &Value) -> Scripted {
    let code = path.split("js_code=").nth(1).unwrap_or_default().split('&').next().unwrap_or_default();
    if let Some(errcode) = code.strip_prefix('E') {
        let errcode: i64 = errcode.replace("minus", "-").parse().unwrap();
        return told(&json!({"errcode": errcode, "errmsg": "scripted"}));
    }
    let (openid, union_id) = code.split_once('Z').unwrap_or((code, ""));
    let mut session = json!({"session_key": "top secret", "openid": openid});
    if !union_id.is_empty() {
        session["unionid"] = union_id.into();
    }
    told(&session)
}
