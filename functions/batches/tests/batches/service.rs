//! The function under test, people who make batches, a queue that the test empties, and an AI function that answers as told
//! and keeps what it was asked.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use batches::{TABLE, dispatch};
use futures::executor::block_on;
use jobs::step::Verdict;
use serde_json::{Value, json};
use shared::platform::Scripted;
use shared::platform::testing::Bench;
use uploads::bytes::{NewFile, keep};
use uploads::{Owner, Purpose, Visibility};

/// The function, its database, its queue.
pub(crate) struct Service {
    pub(crate) bench: Bench,
    asked: Rc<RefCell<Vec<Value>>>,
    pub(crate) waiting: RefCell<VecDeque<String>>,
}

/// An answer of the AI function.
pub(crate) fn said(status: u16, body: &Value) -> Scripted {
    Ok((status, vec![("X-Request-Id".into(), "req_1".into())], body.to_string().into_bytes()))
}

/// A line of an input.
pub(crate) fn line(custom_id: &str, input: &str) -> String {
    json!({"custom_id": custom_id, "method": "POST", "url": "/v1/embeddings", "body": {"model": "m", "input": input}})
        .to_string()
        + "\n"
}

/// An input of so many lines, each of which says its number.
pub(crate) fn lines(count: usize) -> String {
    (1..=count).map(|n| line(&format!("c{n}"), &n.to_string())).collect()
}

impl Service {
    /// With `usr_1` and `usr_2`; the AI function echoes.
    pub(crate) fn new() -> Self {
        let service = Self { bench: Bench::new(&TABLE, &[]), asked: Rc::default(), waiting: RefCell::default() };
        for id in ["usr_1", "usr_2"] {
            service.bench.execute(&format!(
                "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{id}', '{id}@example.com', 1, 0)"
            ));
        }
        service.answering(|body, _| said(200, body));
        service
    }

    /// Answers questions so; `n` counts them from 1.
    pub(crate) fn answering(&self, answer: impl Fn(&Value, usize) -> Scripted + 'static) {
        let asked = Rc::clone(&self.asked);
        self.bench.script(move |name, url, body| {
            assert_eq!((name, url), ("AI", "http://ai/v1/embeddings"));
            let body: Value = serde_json::from_slice(body).unwrap();
            asked.borrow_mut().push(body.clone());
            let n = asked.borrow().len();
            answer(&body, n)
        });
    }

    /// What the model was asked, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.borrow().iter().map(|body| body["input"].as_str().unwrap().to_owned()).collect()
    }

    /// Keeps a file of `usr_1`; its id.
    pub(crate) fn file(&self, text: &str) -> String {
        let platform = self.bench.platform();
        let now = self.bench.now_ms();
        let id = shared::id::new("file", now, platform.random());
        let new = NewFile {
            id,
            filename: "in.jsonl",
            purpose: Purpose::Batch,
            visibility: Visibility::Private,
            room: None,
            expires_at: None,
            now,
        };
        let owner = Owner { user_id: "usr_1", organisation_id: None };
        block_on(keep(&platform, owner, new, text.as_bytes())).unwrap().id
    }

    /// A call by this user; status and JSON.
    pub(crate) fn call(&self, user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let token = self.bench.token(user, &[]);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.bench.json(method, path, Some(&token), &body)
    }

    /// Makes a batch of this input; its id.
    pub(crate) fn batch(&self, text: &str) -> String {
        let body = json!({"input_file_id": self.file(text), "endpoint": "/v1/embeddings", "completion_window": "24h"});
        let (status, batch) = self.call("usr_1", "POST", "/v1/batches", &body);
        assert_eq!(status, 200, "{batch}");
        assert_eq!(batch["status"], "validating");
        batch["id"].as_str().unwrap().to_owned()
    }

    /// The batch as it is.
    pub(crate) fn state(&self, id: &str) -> Value {
        let (status, batch) = self.call("usr_1", "GET", &format!("/v1/batches/{id}"), &Value::Null);
        assert_eq!(status, 200, "{batch}");
        batch
    }

    /// What was sent to the queue joins what waits there.
    pub(crate) fn collect(&self) {
        self.waiting.borrow_mut().extend(self.bench.queued().into_iter().map(|(_, text)| text));
    }

    /// Takes the next message; what became of it, and its text.
    pub(crate) fn step(&self) -> Option<(Verdict, String)> {
        self.collect();
        let text = self.waiting.borrow_mut().pop_front()?;
        // Whatever it was sent for is due by then.
        self.bench.pass(1_000);
        Some((block_on(dispatch::take(&self.bench.platform(), Some(&text))), text))
    }

    /// Takes all messages, until none is left.
    pub(crate) fn run(&self) {
        for _ in 0..1_000 {
            let Some((verdict, text)) = self.step() else { return };
            if verdict != Verdict::Done {
                self.waiting.borrow_mut().push_back(text);
            }
        }
        panic!("the queue never empties");
    }

    /// The schedule's minute.
    pub(crate) fn wake(&self) {
        block_on(dispatch::wake(&self.bench.platform()));
    }

    /// The lines of a batch's file.
    pub(crate) fn lines_of(&self, batch: &Value, file: &str) -> Vec<Value> {
        let Some(id) = batch[file].as_str() else { return Vec::new() };
        let owner = Owner { user_id: "usr_1", organisation_id: None };
        let statement = uploads::store::read(owner, id, self.bench.now_ms());
        let file: Option<uploads::File> = block_on(self.bench.platform().db().first(statement)).unwrap();
        let file = file.unwrap();
        let bytes = self.bench.stored(|objects| objects[&file.object].clone());
        assert_eq!(bytes.len() as u64, file.bytes);
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The `custom_id`s in a batch's file.
    pub(crate) fn ids_of(&self, batch: &Value, file: &str) -> Vec<String> {
        self.lines_of(batch, file).iter().map(|line| line["custom_id"].as_str().unwrap().to_owned()).collect()
    }
}
