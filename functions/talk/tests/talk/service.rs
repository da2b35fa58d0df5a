//! The function under test, people who call it, and an AI function that answers as told and keeps what it was asked.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::Scripted;
use shared::platform::testing::Bench;
use talk::TABLE;

/// The function and its database.
pub(crate) struct Service {
    pub(crate) bench: Bench,
    asked: Rc<RefCell<Vec<Value>>>,
}

/// A plain answer of the AI function.
pub(crate) fn completion(text: &str) -> Scripted {
    let body =
        json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]});
    Ok((200, vec![("X-Model".into(), "m-1".into()), ("X-Provider".into(), "p".into())], body.to_string().into_bytes()))
}

/// A streamed one.
pub(crate) fn stream(text: &str) -> String {
    let mut events = String::new();
    for word in text.split_inclusive(' ') {
        events += &format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": {"content": word}}]}));
    }
    events + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
}

/// An error of the AI function.
pub(crate) fn refusal(status: u16, code: &str) -> Scripted {
    let body = json!({"error": {"message": "said the model", "type": "t", "param": null, "code": code}});
    Ok((status, vec![], body.to_string().into_bytes()))
}

impl Service {
    /// With `usr_1` and `usr_2`, and a model that answers `answer <n>`, plain or streamed, and titles with `A title`.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With these variables.
    pub(crate) fn with(vars: &[(&str, &str)]) -> Self {
        let service = Self { bench: Bench::new(&TABLE, vars), asked: Rc::default() };
        for id in ["usr_1", "usr_2"] {
            service.bench.execute(&format!(
                "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{id}', '{id}@example.com', 1, 0)"
            ));
        }
        service.answering(|question, n| {
            if question["stream"] == json!(true) {
                return Ok((200, vec![], stream(&format!("answer {n}")).into_bytes()));
            }
            completion(&format!("answer {n}"))
        });
        service
    }

    /// Answers questions so; `n` counts them from 1. Titles are answered by themselves and not counted.
    pub(crate) fn answering(&self, answer: impl Fn(&Value, usize) -> Scripted + 'static) {
        let asked = Rc::clone(&self.asked);
        self.bench.script(move |name, url, body| {
            assert_eq!((name, url), ("AI", "http://ai/v1/chat/completions"));
            let question: Value = serde_json::from_slice(body).unwrap();
            let system = question["messages"][0]["content"].as_str().unwrap_or_default();
            if system.starts_with("Write a title") {
                return completion("\"A title\"");
            }
            asked.borrow_mut().push(question.clone());
            answer(&question, asked.borrow().len())
        });
    }

    /// What the model was asked, in order.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.borrow().clone()
    }

    /// What the model was told in its last question: roles and texts.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let last = self.asked().pop().unwrap();
        let text = |said: &Value, member: &str| said[member].as_str().unwrap().to_owned();
        let said = last["messages"].as_array().unwrap().clone();
        said.iter().map(|said| (text(said, "role"), text(said, "content"))).collect()
    }

    /// A call by this user; status and body.
    pub(crate) fn raw(&self, user: &str, method: &str, path: &str, body: &Value) -> (u16, String) {
        self.sign_in(user);
        let bearer = format!("Bearer {}", self.bench.token(user, &[]));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let out = self.bench.request(method, path, &[(HeaderName::Authorization, &bearer)], &body);
        (out.status, String::from_utf8(out.body).unwrap())
    }

    /// Makes the session of tokens this user's.
    pub(crate) fn sign_in(&self, user: &str) {
        self.bench.execute(&format!(
            "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('ses_1', '{user}', 0, 9000000000000) \
             ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id"
        ));
    }

    /// A call by this user; status and JSON.
    pub(crate) fn call(&self, user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (status, text) = self.raw(user, method, path, body);
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// A call by `usr_1` that succeeds.
    pub(crate) fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, reply) = self.call("usr_1", method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {reply}");
        reply
    }

    /// The status and the problem's code of a call by `usr_1`.
    pub(crate) fn refused(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let (status, reply) = self.call("usr_1", method, path, body);
        (status, reply["code"].as_str().unwrap_or_default().to_owned())
    }

    /// A conversation of `usr_1`.
    pub(crate) fn conversation(&self) -> String {
        text(&self.done("POST", "/v1/conversations", &json!({"model": "m"})), "id")
    }

    /// Says something in it; the exchange.
    pub(crate) fn say(&self, conversation: &str, content: &str) -> Value {
        self.bench.pass(1_000);
        self.done("POST", &format!("/v1/conversations/{conversation}/messages"), &json!({"content": content}))
    }

    /// The texts of a branch, oldest first.
    pub(crate) fn branch(&self, conversation: &str, query: &str) -> Vec<String> {
        let list = self.done("GET", &format!("/v1/conversations/{conversation}/messages{query}"), &Value::Null);
        list["data"].as_array().unwrap().iter().rev().map(|message| text(message, "content")).collect()
    }

    /// The conversation as it is.
    pub(crate) fn state(&self, conversation: &str) -> Value {
        self.done("GET", &format!("/v1/conversations/{conversation}"), &Value::Null)
    }

    /// The value of a query that selects one number as `one`.
    pub(crate) fn count(&self, sql: &'static str) -> i64 {
        let row: Option<shared::db::One> = at_once(self.bench.platform().db().first(shared::sql!(sql))).unwrap();
        row.unwrap().one
    }
}

/// A member of a reply, as text.
pub(crate) fn text(reply: &Value, member: &str) -> String {
    reply[member].as_str().unwrap_or_else(|| panic!("{member} in {reply}")).to_owned()
}

/// What a list has of this member in each item.
pub(crate) fn each(list: &Value, member: &str) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|item| text(item, member)).collect()
}

/// Runs what never waits on the host.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
