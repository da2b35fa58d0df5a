//! The function under test and an administrator who has just proved who they are.

use registry::TABLE;
use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::Outgoing;
use shared::platform::testing::Bench;

/// Where everything of this function is.
pub(crate) const ROOT: &str = "/v1/admin/ai";

/// The function and its database.
pub(crate) struct Service {
    pub(crate) bench: Bench,
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with(&[("ENVIRONMENT", "production")])
    }

    /// With these variables.
    pub(crate) fn with(vars: &[(&str, &str)]) -> Self {
        let bench = Bench::new(&TABLE, vars);
        let now = bench.now_ms();
        bench.execute(&format!(
            "INSERT INTO users (id, email, created_at, roles) VALUES ('usr_1', 'one@example.com', 0, '[\"admin\"]');
             INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at)
             VALUES ('ses_1', 'usr_1', {now}, {}, {now});",
            now + 86_400_000
        ));
        Self { bench }
    }

    /// A request of the administrator with further headers.
    pub(crate) fn send(&self, method: &str, path: &str, further: &[(&str, &str)], body: &str) -> Outgoing {
        let bearer = format!("Bearer {}", self.bench.token("usr_1", &["admin"]));
        let headers = [(HeaderName::CfConnectingIp, "192.0.2.1"), (HeaderName::Authorization, bearer.as_str())];
        self.bench.request_with(method, &format!("{ROOT}{path}"), &headers, further, body)
    }

    /// The same with JSON in and out.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let out = self.send(method, path, &[], &body);
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// What is read there, which is.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, reply) = self.call("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {reply}");
        reply
    }

    /// Puts a document that is taken.
    pub(crate) fn put(&self, path: &str, document: &Value) -> Value {
        let (status, reply) = self.call("PUT", path, document);
        assert_eq!(status, 200, "{path}: {reply}");
        reply
    }

    /// `pointer code` of each fault of a document that is not.
    pub(crate) fn refused(&self, method: &str, path: &str, document: &Value) -> Vec<String> {
        let (status, reply) = self.call(method, path, document);
        assert_eq!(status, 422, "{path}: {reply}");
        let errors = reply["errors"].as_array().unwrap().iter();
        errors.map(|e| format!("{} {}", e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
    }
}

/// A header of a reply.
pub(crate) fn header<'o>(out: &'o Outgoing, name: &str) -> Option<&'o str> {
    out.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

pub(crate) fn provider() -> Value {
    json!({
        "id": "acme", "base_url": "https://api.acme.example/v1",
        "auth": {"header": "authorization", "prefix": "Bearer "},
        "paths": {"chat": "/chat/completions"},
        "usage": {"reply": "/usage", "prompt": ["/prompt_tokens"], "cached": [], "completion": ["/completion_tokens"], "reasoning": []},
        "models": [{"id": "big", "context": 1000, "max_output": 100}]
    })
}

pub(crate) fn price(version: &str, from: &str) -> Value {
    json!({"version": version, "provider": "acme", "model": "big", "valid_from": from, "currency": "USD",
        "rates": {"input_pico_usd": 1, "cached_pico_usd": 1, "output_pico_usd": 1}, "source": "s"})
}

pub(crate) fn alias(id: &str, model: &str) -> Value {
    json!({"id": id, "model": model})
}
