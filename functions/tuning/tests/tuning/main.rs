//! Tuning jobs, step by step, at a provider that answers as told.

#![cfg(test)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use catalogue::registry::revision::{Head, head};
use futures::executor::block_on;
use serde_json::{Value, json};
use shared::platform::Scripted;
use shared::platform::testing::{Bench, check_sql};
use tuning::{TABLE, dispatch, provider, store};

/// What the provider is and was asked.
#[derive(Default)]
struct Provider {
    /// Its job's state.
    status: RefCell<String>,
    /// What it answers to looks at the job, when that is no success.
    fault: Cell<u16>,
    /// It makes a job and says nothing of it, so many times.
    mute: Cell<u32>,
    uploads: RefCell<Vec<String>>,
    created: RefCell<Vec<Value>>,
    cancelled: Cell<u32>,
}

impl Provider {
    fn job(&self) -> Value {
        let status = self.status.borrow().clone();
        let done = status == "succeeded";
        json!({"id": "ftjob-1", "status": status, "training_file": "file-1", "trained_tokens": done.then_some(5000),
            "fine_tuned_model": done.then_some("ft:gpt-4o-mini-2024-07-18:x::1"),
            "error": (status == "failed").then(|| json!({"code": "bad", "message": "too bad", "param": null}))})
    }

    fn answer(&self, url: &str, body: &[u8]) -> Scripted {
        let path = url.strip_prefix("https://api.openai.com/v1").unwrap();
        let said = |json: Value| Ok((200, vec![], json.to_string().into_bytes()));
        match (path, body.is_empty()) {
            ("/files", _) => {
                self.uploads.borrow_mut().push(String::from_utf8(body.to_vec()).unwrap());
                said(json!({"id": format!("file-{}", self.uploads.borrow().len())}))
            }
            ("/fine_tuning/jobs", false) => {
                self.created.borrow_mut().push(serde_json::from_slice(body).unwrap());
                *self.status.borrow_mut() = "validating_files".to_owned();
                if self.mute.get() > 0 {
                    self.mute.set(self.mute.get() - 1);
                    return Ok((502, vec![], vec![]));
                }
                said(self.job())
            }
            ("/fine_tuning/jobs?limit=100", _) => {
                let all: Vec<Value> = self.created.borrow().iter().map(|_| self.job()).collect();
                said(json!({ "data": all }))
            }
            ("/fine_tuning/jobs/ftjob-1", _) if self.fault.get() > 0 => Ok((self.fault.get(), vec![], vec![])),
            ("/fine_tuning/jobs/ftjob-1", _) => said(self.job()),
            ("/fine_tuning/jobs/ftjob-1/cancel", _) => {
                self.cancelled.set(self.cancelled.get() + 1);
                *self.status.borrow_mut() = "cancelled".to_owned();
                said(self.job())
            }
            ("/fine_tuning/jobs/ftjob-1/events?limit=100", _) => said(json!({"data": [{"id": "e1", "level": "info",
                "message": "Training", "created_at": 1_700_000_000, "object": "x"}]})),
            _ => Ok((404, vec![], vec![])),
        }
    }
}

struct Service {
    bench: Bench,
    provider: Rc<Provider>,
    admin: String,
}

const LINE: &str = r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}]}"#;

impl Service {
    fn new() -> Self {
        let bench = Bench::new(&TABLE, &[("OPENAI_API_KEY", "sk-test")]);
        bench.execute(
            "INSERT INTO users (id, email, email_verified_at, created_at, roles) VALUES
             ('usr_1', 'one@example.com', 1, 0, '[\"admin\"]'), ('usr_2', 'two@example.com', 1, 0, '[\"user\"]')",
        );
        let provider: Rc<Provider> = Rc::default();
        let asked = Rc::clone(&provider);
        bench.script(move |name, url, body| {
            assert_eq!(name, "internet");
            asked.answer(url, body)
        });
        let admin = bench.token("usr_1", &["admin"]);
        Self { bench, provider, admin }
    }

    fn file(&self, id: &str, text: &str) {
        self.bench.stored(|stored| stored.insert(format!("files/{id}"), text.as_bytes().to_vec()));
        self.bench.execute(&format!(
            "INSERT INTO files (id, user_id, filename, purpose, bytes, sha256, object, created_at)
             VALUES ('{id}', 'usr_1', 'f', 'fine-tune', {}, '{}', 'files/{id}', 0)",
            text.len(),
            "0".repeat(64)
        ));
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.bench.json(method, &format!("/v1/fine_tuning/jobs{path}"), Some(&self.admin), &body.to_string())
    }

    fn job(&self) -> String {
        self.file("file_1", &format!("{LINE}\n").repeat(10));
        let body = json!({"model": "gpt-4o-mini", "training_file": "file_1", "suffix": "mine"});
        let (status, job) = self.call("POST", "", &body);
        assert_eq!((status, &job["status"]), (200, &json!("validating_files")), "{job}");
        job["id"].as_str().unwrap().to_owned()
    }

    fn read(&self, id: &str) -> Value {
        self.call("GET", &format!("/{id}"), &json!({})).1
    }

    /// Takes so many steps; gives what was sent beside steps.
    fn work(&self, steps: usize) -> Vec<String> {
        let mut others = Vec::new();
        for _ in 0..steps {
            for (queue, text) in self.bench.queued() {
                if queue == "STEPS" {
                    self.bench.pass(61_000);
                    block_on(dispatch::take(&self.bench.platform(), Some(&text)));
                } else {
                    others.push(text);
                }
            }
        }
        others
    }

    fn registry(&self) -> Value {
        let head: Option<Head> = block_on(self.bench.platform().db().first(head())).unwrap();
        serde_json::from_str(&head.unwrap_or_default().body).unwrap_or_default()
    }
}

#[test]
fn every_statement_prepares() {
    check_sql(&[store::ALL, provider::ALL].concat());
}

#[test]
fn a_job_goes_its_way_and_its_model_is_a_version_of_its_owners_alone() {
    let service = Service::new();
    let id = service.job();
    service.work(2);
    assert_eq!(service.provider.uploads.borrow().len(), 1);
    assert!(service.provider.uploads.borrow()[0].contains(LINE));
    let created = service.provider.created.borrow()[0].clone();
    assert_eq!((&created["model"], &created["suffix"]), (&json!("gpt-4o-mini"), &json!("mine")));
    assert_eq!(created["training_file"], "file-1");
    *service.provider.status.borrow_mut() = "running".to_owned();
    service.work(1);
    assert_eq!(service.read(&id)["status"], "running");
    *service.provider.status.borrow_mut() = "succeeded".to_owned();
    let records = service.work(3);
    let read = service.read(&id);
    assert_eq!((&read["status"], &read["trained_tokens"]), (&json!("succeeded"), &json!(5000)), "{read}");
    assert_eq!(read["fine_tuned_model"], "ft:gpt-4o-mini-2024-07-18:x::1");
    let model = &service.registry()["models"][0];
    assert_eq!((&model["owner"], &model["current"]), (&json!("usr_1"), &json!(id)));
    assert_eq!(model["id"], "tuned:gpt-4o-mini:usr_1:mine");
    let record: Value = serde_json::from_str(&records[0]).unwrap();
    assert_eq!((records.len(), &record["call_id"]), (1, &json!(id)));
    assert_eq!((&record["usage"]["prompt_tokens"], &record["model"]), (&json!(5000), &json!("training:gpt-4o-mini")));
    let (_, events) = service.call("GET", &format!("/{id}/events"), &json!({}));
    let messages: Vec<&str> = events["data"].as_array().unwrap().iter().filter_map(|e| e["message"].as_str()).collect();
    assert_eq!(messages, ["The job has ended: succeeded", "The job was made.", "Training"]);
}

#[test]
fn a_second_job_with_the_suffix_is_another_version() {
    let service = Service::new();
    let id = service.job();
    service.work(2);
    *service.provider.status.borrow_mut() = "succeeded".to_owned();
    service.work(2);
    service
        .bench
        .execute("UPDATE registry_revisions SET body = replace(body, 'ft:gpt-4o-mini-2024-07-18:x::1', 'ft:old')");
    service.bench.execute("DELETE FROM files");
    let second = service.job();
    service.work(2);
    *service.provider.status.borrow_mut() = "succeeded".to_owned();
    service.work(2);
    assert_eq!(service.read(&second)["status"], "succeeded");
    let model = &service.registry()["models"][0];
    assert_eq!(model["versions"].as_array().unwrap().len(), 2, "{model}");
    assert_eq!(model["current"], json!(second));
    assert_ne!(id, second);
}

#[test]
fn a_file_that_does_not_fit_is_not_sent() {
    for (text, why) in [
        (format!("{LINE}\n").repeat(9), "9 examples"),
        (format!("{}{{}}\n", format!("{LINE}\n").repeat(10)), "Line 11"),
        (LINE.replace("assistant", "robot"), "Line 1"),
    ] {
        let service = Service::new();
        service.file("file_1", &text);
        let (_, job) = service.call("POST", "", &json!({"model": "gpt-4o-mini", "training_file": "file_1"}));
        service.work(3);
        let read = service.read(job["id"].as_str().unwrap());
        assert_eq!((&read["status"], &read["error"]["param"]), (&json!("failed"), &json!("training_file")));
        assert!(read["error"]["message"].as_str().unwrap().contains(why), "{read}");
        assert!(service.provider.uploads.borrow().is_empty());
    }
}

#[test]
fn a_job_whose_making_was_not_heard_of_is_found_and_not_made_again() {
    let service = Service::new();
    service.provider.mute.set(1);
    let id = service.job();
    service.work(3);
    assert_eq!(service.provider.created.borrow().len(), 1);
    *service.provider.status.borrow_mut() = "succeeded".to_owned();
    service.work(3);
    assert_eq!((service.provider.created.borrow().len(), &service.read(&id)["status"]), (1, &json!("succeeded")));
}

#[test]
fn faults_of_the_provider_are_waited_out_and_a_vanished_job_fails() {
    let service = Service::new();
    let id = service.job();
    service.work(2);
    for fault in [500, 429, 503] {
        service.provider.fault.set(fault);
        service.work(1);
        assert_eq!(service.read(&id)["status"], "validating_files");
    }
    service.provider.fault.set(0);
    service.work(1);
    service.provider.fault.set(404);
    service.work(3);
    let read = service.read(&id);
    assert_eq!((&read["status"], &read["error"]["code"]), (&json!("failed"), &json!("vanished")));
}

#[test]
fn a_failure_is_told_as_the_provider_tells_it() {
    let service = Service::new();
    let id = service.job();
    service.work(2);
    *service.provider.status.borrow_mut() = "failed".to_owned();
    service.work(1);
    assert_eq!(service.read(&id)["error"], json!({"code": "bad", "message": "too bad", "param": null}));
    assert_eq!(service.registry(), Value::Null);
}

#[test]
fn cancelling_is_passed_on_and_before_the_job_is_there_it_ends_at_once() {
    let service = Service::new();
    let id = service.job();
    let (_, cancelled) = service.call("POST", &format!("/{id}/cancel"), &json!({}));
    assert_eq!(cancelled["status"], "cancelled");
    service.work(2);
    assert!(service.provider.uploads.borrow().is_empty());
    service.bench.execute("DELETE FROM files");
    let id = service.job();
    service.work(2);
    service.call("POST", &format!("/{id}/cancel"), &json!({}));
    service.work(1);
    assert_eq!((service.provider.cancelled.get(), &service.read(&id)["status"]), (1, &json!("cancelled")));
}

#[test]
fn steps_that_come_twice_change_nothing() {
    let service = Service::new();
    let id = service.job();
    let first = service.bench.queued();
    for _ in 0..2 {
        block_on(dispatch::take(&service.bench.platform(), Some(&first[0].1)));
    }
    service.work(1);
    block_on(dispatch::take(&service.bench.platform(), Some(&first[0].1)));
    assert_eq!((service.provider.uploads.borrow().len(), service.provider.created.borrow().len()), (1, 1));
    assert_eq!(service.read(&id)["status"], "validating_files");
}

#[test]
fn who_may_not_spend_on_tuning_is_refused_and_others_jobs_are_404() {
    let service = Service::new();
    let id = service.job();
    let other = service.bench.token("usr_2", &["user"]);
    let body = json!({"model": "gpt-4o-mini", "training_file": "file_1"}).to_string();
    assert_eq!(service.bench.json("POST", "/v1/fine_tuning/jobs", Some(&other), &body).0, 403);
    for (method, rest) in [("GET", ""), ("POST", "/cancel"), ("GET", "/events"), ("GET", "/checkpoints")] {
        let path = format!("/v1/fine_tuning/jobs/{id}{rest}");
        assert_eq!(service.bench.json(method, &path, Some(&other), "{}").0, 404, "{method} {rest}");
    }
}

#[test]
fn what_nobody_trains_is_not_offered() {
    let service = Service::new();
    service.file("file_1", LINE);
    for (model, status) in [("claude-sonnet-4-5", 501), ("moonshot/kimi-k2.5", 501), ("no-such-model", 404)] {
        let (found, problem) = service.call("POST", "", &json!({"model": model, "training_file": "file_1"}));
        assert!(found == status || found == 404, "{model}: {problem}");
    }
    let (status, problem) = service.call("POST", "", &json!({"model": "gpt-4o", "training_file": "file_2"}));
    assert_eq!(status, 404, "{problem}");
    let (status, _) = service.call("POST", "", &json!({"model": "gpt-4o", "training_file": "file_1", "suffix": "A b"}));
    assert_eq!(status, 422);
}
