//! Through both functions: an administrator registers, and a call goes there, with its key and at its price.

use std::cell::RefCell;
use std::rc::Rc;

use ai::TABLE;
use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::testing::Bench;

/// What was asked of the internet.
type Asked = Rc<RefCell<Vec<String>>>;

struct Stack {
    bench: Bench,
    asked: Asked,
    settled: Asked,
}

impl Stack {
    fn new() -> Self {
        let bench = Bench::new(&TABLE, &[("SIMULATOR_URL", "http://simulator.test")]).beside(&registry::TABLE);
        let now = bench.now_ms();
        bench.execute(&format!(
            "INSERT INTO users (id, email, created_at, roles) VALUES ('usr_1', 'one@example.com', 0, '[\"admin\"]');
             INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at)
             VALUES ('ses_1', 'usr_1', {now}, {}, {now});",
            now + 86_400_000
        ));
        let (asked, settled) = (Asked::default(), Asked::default());
        let (log, books) = (Rc::clone(&asked), Rc::clone(&settled));
        bench.script(move |target, url, body| match (target, url.rsplit('/').next()) {
            ("internet", _) => {
                log.borrow_mut().push(url.to_owned());
                let reply = r#"{"choices":[{"message":{"content":"Hello"}}],"usage":{"in":10,"out":20}}"#;
                Ok((200, Vec::new(), reply.into()))
            }
            (_, Some("reserve")) => Ok((200, Vec::new(), r#""admitted""#.into())),
            _ => {
                books.borrow_mut().push(String::from_utf8_lossy(body).into_owned());
                Ok((204, Vec::new(), Vec::new()))
            }
        });
        Self { bench, asked, settled }
    }

    fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let token = self.bench.token("usr_1", &["admin"]);
        let (status, reply) = self.bench.json(method, &format!("/v1/admin/ai{path}"), Some(&token), &body.to_string());
        assert!(status < 300, "{path}: {reply}");
        reply
    }

    fn chat(&self, model: &str) -> u16 {
        let bearer = format!("Bearer {}", self.bench.token("usr_2", &[]));
        let body = json!({"model": model, "messages": [{"role": "user", "content": "Hi"}]}).to_string();
        let out = self.bench.request("POST", "/v1/chat/completions", &[(HeaderName::Authorization, &bearer)], &body);
        self.bench.settle();
        out.status
    }

    fn last_record(&self) -> Value {
        serde_json::from_str::<Value>(self.settled.borrow().last().unwrap()).unwrap()["record"].clone()
    }
}

/// The one file it takes to add a provider of OpenAI's dialect.
fn acme() -> Value {
    json!({
        "providers": [{
            "id": "acme", "base_url": "https://api.acme.example/v1", "key_required": true,
            "auth": {"header": "x-acme-key", "prefix": ""}, "paths": {"chat": "/chat"},
            "usage": {"reply": "/usage", "prompt": ["/in"], "cached": [], "completion": ["/out"], "reasoning": []},
            "models": [{"id": "big", "context": 1000, "max_output": 100}]
        }],
        "prices": [{"version": "v1", "provider": "acme", "model": "big", "valid_from": "2026-01-01", "currency": "USD",
            "rates": {"input_pico_usd": 1000, "cached_pico_usd": 1000, "output_pico_usd": 2000}, "source": "s"}]
    })
}

#[test]
fn a_new_provider_is_one_file_and_no_line_of_code() {
    let stack = Stack::new();
    assert_eq!(stack.chat("acme/big"), 404);
    stack.admin("PUT", "/registry", &acme());
    // It wants a key.
    assert_eq!(stack.chat("acme/big"), 404);
    stack.admin("POST", "/providers/acme/keys", &json!({"key": "sk-acme-key"}));
    assert_eq!(stack.chat("acme/big"), 200);
    assert_eq!(*stack.asked.borrow(), ["https://api.acme.example/v1/chat"]);
    let record = stack.last_record();
    assert_eq!((&record["cost_nano_usd"], &record["price_version"]), (&json!(50), &json!("v1")));
    stack.admin("POST", "/revisions/0/restore", &json!({}));
    assert_eq!(stack.chat("acme/big"), 404);
}

#[test]
fn a_provider_that_moved_does_not_get_the_key_it_had() {
    let stack = Stack::new();
    let mut file = acme();
    stack.admin("PUT", "/registry", &file);
    stack.admin("POST", "/providers/acme/keys", &json!({"key": "sk-acme-key"}));
    file["providers"][0]["base_url"] = json!("https://thief.example/v1");
    stack.admin("PUT", "/registry", &file);
    assert_eq!(stack.chat("acme/big"), 404);
    // Nor when the database is bent: the origin is sealed with the key.
    stack.bench.execute("UPDATE provider_keys SET origin = 'https://thief.example'");
    assert_eq!(stack.chat("acme/big"), 404);
    assert!(stack.asked.borrow().is_empty());
}

#[test]
fn a_key_that_is_out_of_use_is_not_used() {
    let stack = Stack::new();
    stack.admin("PUT", "/registry", &acme());
    let made = stack.admin("POST", "/providers/acme/keys", &json!({"key": "sk-acme-key"}));
    let path = format!("/providers/acme/keys/{}", made["id"].as_str().unwrap());
    stack.admin("PATCH", &path, &json!({"enabled": false}));
    assert_eq!(stack.chat("acme/big"), 404);
    stack.admin("PATCH", &path, &json!({"enabled": true}));
    assert_eq!(stack.chat("acme/big"), 200);
}

#[test]
fn without_a_price_a_call_is_unpriced_and_never_free() {
    let stack = Stack::new();
    let mut file = acme();
    file["prices"] = json!([]);
    file["providers"][0]["key_required"] = json!(false);
    stack.admin("PUT", "/registry", &file);
    assert_eq!(stack.chat("acme/big"), 200);
    let record = stack.last_record();
    assert_eq!((&record["cost_nano_usd"], &record["price_version"]), (&Value::Null, &Value::Null));
}
