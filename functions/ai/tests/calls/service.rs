//! The function under test with a scripted provider and a scripted admission object.

use std::cell::RefCell;
use std::rc::Rc;

use ai::TABLE;
use coordination::report::Report;
use coordinators::breakers::Shared;
use serde_json::Value;
use shared::head::HeaderName;
use shared::platform::testing::Bench;
use shared::platform::{Outgoing, Scripted};

use crate::answers::Answers;

/// Costs 19 · 150 + 10 · 600 nano-dollars at `gpt-4o-mini`.
pub(crate) const USAGE: &str = r#"{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29}"#;
pub(crate) const COST: u64 = 8_850;

/// A plain request, to the letter what goes upstream.
pub(crate) const PLAIN: &str = r#"{ "model": "gpt-4o-mini", "messages": [{"role":"user","content":"Hi"}] }"#;
pub(crate) const STREAM: &str = r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}],"stream":true}"#;

/// One question the function put to somebody else.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) target: String,
    pub(crate) url: String,
    pub(crate) body: String,
}

pub(crate) struct Service {
    pub(crate) bench: Bench,
    token: String,
    asked: Rc<RefCell<Vec<Asked>>>,
}

/// An answer of this status and body.
pub(crate) fn answer(status: u16, body: &str) -> Scripted {
    Ok((status, Vec::new(), body.as_bytes().to_vec()))
}

/// A plain answer that reports `USAGE`.
pub(crate) fn completion() -> String {
    format!(r#"{{"id":"c","choices":[{{"index":0,"message":{{"content":"Hello"}}}}],"usage":{USAGE}}}"#)
}

impl Service {
    /// Everything is admitted, and the provider answers so.
    pub(crate) fn new(provider: impl Fn() -> Scripted + 'static) -> Self {
        Self::admitting(|| answer(200, r#""admitted""#), provider)
    }

    /// The admission object answers reservations so.
    pub(crate) fn admitting(
        verdict: impl Fn() -> Scripted + 'static,
        provider: impl Fn() -> Scripted + 'static,
    ) -> Self {
        let path = |url: &str| url.rsplit('/').next().map(str::to_owned);
        Self::scripted(move |target, url| match (target, path(url).as_deref()) {
            ("internet", _) => provider(),
            ("ADMISSION", Some("reserve")) => verdict(),
            ("ADMISSION", Some("settle" | "withdraw")) => answer(204, ""),
            _ => panic!("nobody is at {target} {url}"),
        })
    }

    /// Everything is admitted, and the provider answers by URL and body.
    pub(crate) fn telling(provider: impl Fn(&str, &str) -> Scripted + 'static) -> Self {
        Self::answering(move |target, url, body| match (target, url.rsplit('/').next()) {
            ("internet", _) => provider(url, body),
            ("ADMISSION", Some("reserve")) => answer(200, r#""admitted""#),
            _ => answer(204, ""),
        })
    }

    /// Everybody answers by this script: target and URL.
    pub(crate) fn scripted(script: impl Fn(&str, &str) -> Scripted + 'static) -> Self {
        Self::answering(move |target, url, _| script(target, url))
    }

    fn answering(script: impl Fn(&str, &str, &str) -> Scripted + 'static) -> Self {
        let vars = [("OPENAI_API_KEY", "sk-test-key"), ("SIMULATOR_URL", "http://simulator.test")];
        ai::route::watch::forget();
        let bench = Bench::new(&TABLE, &vars);
        let asked = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&asked);
        let answers = RefCell::new(Answers::default());
        let (breakers, clock) = (RefCell::new(Shared::default()), bench.platform());
        bench.script(move |target, url, body| {
            if target == "BREAKERS" {
                let report = Report::read(str::from_utf8(body).unwrap()).unwrap();
                return answer(200, &breakers.borrow_mut().hear(&report, clock.now_ms()));
            }
            let body = String::from_utf8(body.to_vec()).unwrap();
            let heard = Asked { target: target.to_owned(), url: url.to_owned(), body: body.clone() };
            log.borrow_mut().push(heard);
            match target {
                "ANSWERS" => answers.borrow_mut().hear(url, &body, clock.now_ms()),
                _ => script(target, url, &body),
            }
        });
        let token = format!("Bearer {}", bench.token("usr_1", &[]));
        Self { bench, token, asked }
    }

    /// `POST /v1/chat/completions`.
    pub(crate) fn chat(&self, body: &str) -> Outgoing {
        self.chat_with(&[], body)
    }

    /// The same with an idempotency key.
    pub(crate) fn chat_once(&self, key: &str, body: &str) -> Outgoing {
        self.chat_with(&[(HeaderName::IdempotencyKey, key)], body)
    }

    /// The same with headers that are not of the head, their names in lower case.
    pub(crate) fn chat_saying(&self, further: &[(&str, &str)], body: &str) -> Outgoing {
        self.chat_of("usr_1", further, body)
    }

    /// The same by somebody else.
    pub(crate) fn chat_of(&self, user: &str, further: &[(&str, &str)], body: &str) -> Outgoing {
        let token = format!("Bearer {}", self.bench.token(user, &[]));
        let headers = [(HeaderName::Authorization, token.as_str())];
        let out = self.bench.request_with("POST", "/v1/chat/completions", &headers, further, body);
        self.bench.settle();
        out
    }

    fn chat_with(&self, headers: &[(HeaderName, &str)], body: &str) -> Outgoing {
        let mut all = vec![(HeaderName::Authorization, self.token.as_str())];
        all.extend_from_slice(headers);
        let out = self.bench.request("POST", "/v1/chat/completions", &all, body);
        self.bench.settle();
        out
    }

    /// `POST /v1/messages`.
    pub(crate) fn message(&self, body: &str) -> Outgoing {
        self.post("/v1/messages", body)
    }

    /// `POST` to a path.
    pub(crate) fn post(&self, path: &str, body: &str) -> Outgoing {
        let headers = [(HeaderName::Authorization, self.token.as_str())];
        let out = self.bench.request("POST", path, &headers, body);
        self.bench.settle();
        out
    }

    /// `GET` of a path.
    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        let out = self.bench.request("GET", path, &[(HeaderName::Authorization, &self.token)], "");
        (out.status, json(&out))
    }

    /// `POST /v1/chat/completions` with an API key.
    pub(crate) fn chat_as(&self, key: &str, body: &str) -> Outgoing {
        let bearer = format!("Bearer {key}");
        let headers = [(HeaderName::Authorization, bearer.as_str())];
        let out = self.bench.request("POST", "/v1/chat/completions", &headers, body);
        self.bench.settle();
        out
    }

    /// `GET` of a path with an API key.
    pub(crate) fn get_as(&self, key: &str, path: &str) -> Value {
        let bearer = format!("Bearer {key}");
        json(&self.bench.request("GET", path, &[(HeaderName::Authorization, &bearer)], ""))
    }

    /// What was asked of the providers, in order.
    pub(crate) fn upstream(&self) -> Vec<Asked> {
        self.asked_of("internet")
    }

    /// What was asked of this target, in order.
    pub(crate) fn asked_of(&self, target: &str) -> Vec<Asked> {
        self.asked.borrow().iter().filter(|asked| asked.target == target).cloned().collect()
    }

    /// What was asked of the admission object under this path, in order.
    pub(crate) fn admission(&self, path: &str) -> Vec<String> {
        let url = format!("http://admission/{path}");
        self.asked.borrow().iter().filter(|asked| asked.url == url).map(|asked| asked.body.clone()).collect()
    }

    /// The only settlement.
    pub(crate) fn settled(&self) -> Value {
        let settled = self.admission("settle");
        assert_eq!(settled.len(), 1, "{settled:?}");
        serde_json::from_str(&settled[0]).unwrap()
    }

    /// How the only call was settled: status, where the numbers come from, cost of the record.
    pub(crate) fn settled_as(&self) -> (String, String, Option<u64>) {
        let settled = self.settled();
        let record = &settled["record"];
        let cost = record["cost_nano_usd"].as_u64();
        assert_eq!(settled["nano_usd"].as_u64(), Some(cost.unwrap_or(0)));
        assert_eq!(settled["call_id"], record["call_id"]);
        (record["status"].as_str().unwrap().to_owned(), record["settlement"].as_str().unwrap().to_owned(), cost)
    }

    /// The paths asked for, in order: `reserve`, `completions`, `settle`.
    pub(crate) fn steps(&self) -> Vec<String> {
        self.asked.borrow().iter().filter_map(|asked| asked.url.rsplit('/').next().map(str::to_owned)).collect()
    }
}

/// The reply's body as JSON.
pub(crate) fn json(out: &Outgoing) -> Value {
    serde_json::from_slice(&out.body).unwrap_or_default()
}

/// The reply's body as text.
pub(crate) fn text(out: &Outgoing) -> &str {
    std::str::from_utf8(&out.body).unwrap()
}

/// Status and code of an error reply in the OpenAI dialect.
pub(crate) fn error(out: &Outgoing) -> (u16, String) {
    (out.status, json(out)["error"]["code"].as_str().unwrap_or("none").to_owned())
}
