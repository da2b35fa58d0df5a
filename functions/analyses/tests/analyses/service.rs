//! The function under test, people with pictures, a queue that the test empties, an AI function and a receiver that answer as
//! told and keep what they were sent.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use analyses::TABLE;
use analyses::work::dispatch;
use futures::executor::block_on;
use serde_json::{Value, json};
use shared::platform::testing::Bench;
use shared::platform::{Scripted, SendError};
use shared::queue::Verdict;
use uploads::bytes::{NewFile, keep};
use uploads::{Owner, Purpose, Visibility};

/// The first bytes of a PNG, and some more.
pub(crate) const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on";

/// The function, its database, its queue.
pub(crate) struct Service {
    pub(crate) bench: Bench,
    asked: Rc<RefCell<Vec<Value>>>,
    told: Rc<RefCell<Vec<String>>>,
    answer: Rc<RefCell<Answering>>,
    receive: Rc<RefCell<Receiving>>,
    pub(crate) waiting: RefCell<VecDeque<String>>,
}

/// What the AI function says to the question with this number, counted from 1.
type Answering = Box<dyn Fn(usize) -> Scripted>;
/// What the receiver says to the message with this number.
type Receiving = Box<dyn Fn(usize) -> Result<u16, SendError>>;

/// An answer of the AI function.
pub(crate) fn said(status: u16, body: &Value) -> Scripted {
    let headers = vec![("X-Provider".into(), "sim".into()), ("X-Cost-Nano-Usd".into(), "1200".into())];
    Ok((status, headers, body.to_string().into_bytes()))
}

/// A completion with this text.
pub(crate) fn completion(text: &str) -> Scripted {
    let message = json!({"choices": [{"message": {"content": text}}], "model": "seer-1.5",
        "usage": {"prompt_tokens": 90, "completion_tokens": 7}});
    said(200, &message)
}

impl Service {
    /// With `usr_1` and `usr_2`; the model reads `STOP` in every picture, receivers take everything.
    pub(crate) fn new() -> Self {
        let service = Self {
            bench: Bench::new(&TABLE, &[]),
            asked: Rc::default(),
            told: Rc::default(),
            answer: Rc::new(RefCell::new(Box::new(|_| completion(r#"{"text":"STOP","language":"en"}"#)))),
            receive: Rc::new(RefCell::new(Box::new(|_| Ok(204)))),
            waiting: RefCell::default(),
        };
        for id in ["usr_1", "usr_2"] {
            service.bench.execute(&format!(
                "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{id}', '{id}@example.com', 1, 0)"
            ));
        }
        service.script();
        service
    }

    fn script(&self) {
        let (asked, told) = (Rc::clone(&self.asked), Rc::clone(&self.told));
        let (answer, receive) = (Rc::clone(&self.answer), Rc::clone(&self.receive));
        self.bench.script(move |name, url, body| match (name, url) {
            ("AI", "http://ai/v1/chat/completions") => {
                asked.borrow_mut().push(serde_json::from_slice(body).unwrap());
                answer.borrow()(asked.borrow().len())
            }
            ("internet", url) => {
                told.borrow_mut().push(format!("{url} {}", String::from_utf8_lossy(body)));
                receive.borrow()(told.borrow().len()).map(|status| (status, vec![], vec![]))
            }
            other => panic!("{other:?}"),
        });
    }

    /// The AI function answers so from now on.
    pub(crate) fn answering(&self, answer: impl Fn(usize) -> Scripted + 'static) {
        *self.answer.borrow_mut() = Box::new(answer);
    }

    /// Receivers answer so from now on.
    pub(crate) fn receiving(&self, receive: impl Fn(usize) -> Result<u16, SendError> + 'static) {
        *self.receive.borrow_mut() = Box::new(receive);
    }

    /// What the model was asked, in order.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.borrow().clone()
    }

    /// What receivers were told: URL and body.
    pub(crate) fn told(&self) -> Vec<String> {
        self.told.borrow().clone()
    }

    /// Keeps a file of this user; its id.
    pub(crate) fn file(&self, user: &str, bytes: &[u8]) -> String {
        let (platform, now) = (self.bench.platform(), self.bench.now_ms());
        let new = NewFile {
            id: shared::id::new("file", now, platform.random()),
            filename: "picture.txt",
            purpose: Purpose::UserData,
            visibility: Visibility::Private,
            room: None,
            expires_at: None,
            now,
        };
        block_on(keep(&platform, Owner { user_id: user, organisation_id: None }, new, bytes)).unwrap().id
    }

    /// A call by this user; status and JSON.
    pub(crate) fn call(&self, user: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.bench.execute(&format!(
            "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('ses_1', '{user}', 0, 9000000000000) \
             ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id"
        ));
        let token = self.bench.token(user, &[]);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.bench.json(method, path, Some(&token), &body)
    }

    /// Makes an analysis of a picture by `usr_1`; its id.
    pub(crate) fn analysis(&self) -> String {
        self.analysis_of(&json!({"file_id": self.file("usr_1", PICTURE), "task": "text"}))
    }

    /// Makes this analysis by `usr_1`; its id.
    pub(crate) fn analysis_of(&self, wish: &Value) -> String {
        let (status, made) = self.call("usr_1", "POST", "/v1/analyses", wish);
        assert_eq!(status, 202, "{made}");
        assert_eq!(made["status"], "queued");
        made["id"].as_str().unwrap().to_owned()
    }

    /// The analysis as it is.
    pub(crate) fn state(&self, id: &str) -> Value {
        let (status, now) = self.call("usr_1", "GET", &format!("/v1/analyses/{id}"), &Value::Null);
        assert_eq!(status, 200, "{now}");
        now
    }

    /// What was sent to the queue joins what waits there.
    pub(crate) fn collect(&self) {
        self.waiting.borrow_mut().extend(self.bench.queued().into_iter().map(|(_, text)| text));
    }

    /// Takes this message.
    pub(crate) fn take(&self, text: &str) -> Verdict {
        block_on(dispatch::take(&self.bench.platform(), Some(text)))
    }

    /// Takes the next message; what became of it, and its text.
    pub(crate) fn step(&self) -> Option<(Verdict, String)> {
        self.collect();
        let text = self.waiting.borrow_mut().pop_front()?;
        // Whatever it was sent for is due by then.
        self.bench.pass(1_000);
        Some((self.take(&text), text))
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
}
