//! Runs of evaluations, step by step, with a model that answers as told.

#![cfg(test)]

use std::cell::RefCell;
use std::rc::Rc;

use evaluations::{TABLE, dispatch, item_store, run_store, store};
use futures::executor::block_on;
use serde_json::{Value, json};
use shared::platform::Scripted;
use shared::platform::testing::{Bench, check_sql};

struct Service {
    bench: Bench,
    token: String,
    asked: Rc<RefCell<Vec<Value>>>,
}

type Answering = dyn Fn(&Value, usize) -> Scripted;

impl Service {
    fn new(answer: Box<Answering>) -> Self {
        let bench = Bench::new(&TABLE, &[]);
        for id in ["usr_1", "usr_2"] {
            bench.execute(&format!(
                "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{id}', '{id}@example.com', 1, 0)"
            ));
        }
        let asked: Rc<RefCell<Vec<Value>>> = Rc::default();
        let seen = Rc::clone(&asked);
        bench.script(move |name, url, body| {
            assert_eq!((name, url), ("AI", "http://ai/v1/chat/completions"));
            let question: Value = serde_json::from_slice(body).unwrap();
            seen.borrow_mut().push(question.clone());
            answer(&question, seen.borrow().len())
        });
        let token = bench.token("usr_1", &["user"]);
        Self { bench, token, asked }
    }

    fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.bench.json(method, path, Some(&self.token), &body.to_string())
    }

    fn evaluation(&self, criteria: Value) -> String {
        let body = json!({"data_source_config": {"type": "custom", "item_schema": {"type": "object", "required": ["a"]}},
            "testing_criteria": criteria});
        let (status, eval) = self.call("POST", "/v1/evals", body);
        assert_eq!(status, 201, "{eval}");
        eval["id"].as_str().unwrap().to_owned()
    }

    fn run(&self, eval: &str, answers: &[&str]) -> String {
        let content: Vec<Value> = answers.iter().map(|a| json!({"item": {"a": a, "q": format!("say {a}")}})).collect();
        let body = json!({"data_source": {"type": "completions", "model": "m", "source": {"type": "file_content",
            "content": content}, "input_messages": {"type": "template",
            "template": [{"role": "user", "content": "{{item.q}}"}]}, "sampling_params": {"temperature": 0}}});
        let (status, run) = self.call("POST", &format!("/v1/evals/{eval}/runs"), body);
        assert_eq!(status, 201, "{run}");
        run["id"].as_str().unwrap().to_owned()
    }

    fn read(&self, eval: &str, run: &str) -> Value {
        self.call("GET", &format!("/v1/evals/{eval}/runs/{run}"), json!({})).1
    }

    /// Takes all steps that wait, and those they send; gives them back.
    fn work(&self) -> Vec<String> {
        let mut taken = Vec::new();
        for _ in 0..50 {
            let steps = self.bench.queued();
            if steps.is_empty() {
                return taken;
            }
            for (_, text) in steps {
                self.bench.pass(1);
                block_on(dispatch::take(&self.bench.platform(), Some(&text)));
                taken.push(text);
            }
        }
        panic!("the steps do not end");
    }
}

fn said(text: &str) -> Scripted {
    let body = json!({"model": "m-1", "choices": [{"message": {"role": "assistant", "content": text},
        "finish_reason": "stop"}], "usage": {"prompt_tokens": 5, "completion_tokens": 2}});
    Ok((200, vec![], body.to_string().into_bytes()))
}

fn refused(status: u16, code: &str) -> Scripted {
    Ok((status, vec![], json!({"error": {"message": "no", "code": code}}).to_string().into_bytes()))
}

fn echo() -> Box<Answering> {
    Box::new(|question, _| said(question["messages"][0]["content"].as_str().unwrap().trim_start_matches("say ")))
}

fn exact() -> Value {
    json!([{"type": "string_check", "name": "exact", "input": "{{sample.output_text}}", "reference": "{{item.a}}",
        "operation": "eq"}])
}

#[test]
fn every_statement_prepares() {
    check_sql(&[store::ALL, run_store::ALL, item_store::ALL].concat());
}

#[test]
fn a_run_asks_each_row_once_and_counts_what_came_of_it() {
    let service = Service::new(echo());
    let eval = service.evaluation(exact());
    let run = service.run(&eval, &["one", "two", "three", "four", "five", "say"]);
    let steps = service.work();
    let read = service.read(&eval, &run);
    assert_eq!(read["status"], "completed", "{read}");
    assert_eq!(read["result_counts"], json!({"total": 6, "passed": 6, "failed": 0, "errored": 0}));
    assert_eq!(read["per_testing_criteria_results"][0]["passed"], 6);
    assert_eq!(read["per_model_usage"][0]["total_tokens"], 42);
    assert_eq!(service.asked.borrow().len(), 6);
    // Every message again: nothing is asked, nothing changes.
    for step in &steps {
        block_on(dispatch::take(&service.bench.platform(), Some(step)));
    }
    assert_eq!(service.asked.borrow().len(), 6);
    assert_eq!(service.read(&eval, &run), read);
}

#[test]
fn output_items_say_what_was_asked_and_said() {
    let service = Service::new(Box::new(|_, n| said(if n == 1 { "one" } else { "other" })));
    let eval = service.evaluation(exact());
    let run = service.run(&eval, &["one", "two"]);
    service.work();
    let path = format!("/v1/evals/{eval}/runs/{run}/output_items");
    let (_, all) = service.call("GET", &path, json!({}));
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    assert_eq!(all["data"][1]["results"][0]["passed"], false);
    assert_eq!(all["data"][0]["sample"]["input"][0]["content"], "say one");
    let (_, failed) = service.call("GET", &format!("{path}?status=fail"), json!({}));
    assert_eq!((failed["data"].as_array().unwrap().len(), &failed["data"][0]["datasource_item_id"]), (1, &json!(1)));
    let id = failed["data"][0]["id"].as_str().unwrap();
    let (status, item) = service.call("GET", &format!("{path}/{id}"), json!({}));
    assert_eq!((status, &item["sample"]["output"][0]["content"]), (200, &json!("other")));
    let (_, page) = service.call("GET", &format!("{path}?limit=1"), json!({}));
    assert_eq!(page["has_more"], true);
    let (_, rest) = service.call("GET", &format!("{path}?after={}", page["last_id"].as_str().unwrap()), json!({}));
    assert_eq!(rest["data"][0]["datasource_item_id"], 1);
}

#[test]
fn a_judge_is_asked_beside_the_model() {
    let service = Service::new(Box::new(|question, _| {
        let judging = question["model"] == "judge";
        said(if judging { "{\"reason\": \"fine\", \"score\": 4}" } else { "an answer" })
    }));
    let eval = service.evaluation(json!([{"type": "score_model", "name": "worth", "model": "judge", "range": [1, 5],
        "pass_threshold": 4, "input": [{"role": "user", "content": "Rate {{sample.output_text}} for {{item.a}}"}]}]));
    let run = service.run(&eval, &["x"]);
    service.work();
    assert_eq!(service.read(&eval, &run)["result_counts"]["passed"], 1);
    let asked = service.asked.borrow();
    assert_eq!(asked[1]["messages"][0]["content"], "Rate an answer for x");
}

#[test]
fn a_refusal_is_tried_again_and_given_up_after_five() {
    let service = Service::new(Box::new(|_, _| refused(503, "unavailable")));
    let eval = service.evaluation(exact());
    let run = service.run(&eval, &["x"]);
    for _ in 0..6 {
        for (_, text) in service.bench.queued() {
            service.bench.pass(11_000);
            block_on(dispatch::take(&service.bench.platform(), Some(&text)));
        }
    }
    let read = service.read(&eval, &run);
    assert_eq!((&read["status"], &read["result_counts"]["errored"]), (&json!("completed"), &json!(1)));
    assert_eq!(service.asked.borrow().len(), 5);
}

#[test]
fn an_exhausted_budget_ends_the_run_with_what_it_has() {
    let service = Service::new(Box::new(|_, n| if n > 4 { refused(402, "insufficient_quota") } else { said("x") }));
    let eval = service.evaluation(exact());
    let run = service.run(&eval, &["x"; 9]);
    service.work();
    let read = service.read(&eval, &run);
    assert_eq!((&read["status"], &read["error"]["code"]), (&json!("failed"), &json!("insufficient_quota")));
    assert_eq!(read["result_counts"]["passed"], 4);
}

#[test]
fn a_cancelled_run_asks_nothing_more() {
    let service = Service::new(echo());
    let eval = service.evaluation(exact());
    let run = service.run(&eval, &["x"; 9]);
    let first = service.bench.queued();
    block_on(dispatch::take(&service.bench.platform(), Some(&first[0].1)));
    let (status, cancelled) = service.call("POST", &format!("/v1/evals/{eval}/runs/{run}/cancel"), json!({}));
    assert_eq!((status, &cancelled["status"]), (200, &json!("canceled")));
    service.work();
    assert_eq!((service.asked.borrow().len(), &service.read(&eval, &run)["result_counts"]["passed"]), (4, &json!(4)));
}

#[test]
fn a_suspended_account_ends_its_runs_unasked() {
    let service = Service::new(echo());
    let eval = service.evaluation(exact());
    let run = service.run(&eval, &["x"]);
    service.bench.execute("UPDATE users SET status = 'suspended' WHERE id = 'usr_1'");
    service.work();
    assert_eq!(service.asked.borrow().len(), 0);
    assert_eq!(service.read(&eval, &run)["error"]["code"], "maker_gone");
}

#[test]
fn a_step_that_was_lost_is_sent_anew_by_the_schedule() {
    let service = Service::new(echo());
    let eval = service.evaluation(exact());
    let run = service.run(&eval, &["x"]);
    drop(service.bench.queued());
    service.bench.pass(61_000);
    block_on(dispatch::wake(&service.bench.platform()));
    service.work();
    assert_eq!(service.read(&eval, &run)["status"], "completed");
}

#[test]
fn two_runs_are_compared_row_by_row() {
    let service = Service::new(Box::new(|question, n| {
        let wanted = question["messages"][0]["content"].as_str().unwrap().trim_start_matches("say ").to_owned();
        // The first run fails at `two`, the second at `one`.
        let fails = if n <= 3 { wanted == "two" } else { wanted == "one" };
        said(if fails { "?" } else { &wanted })
    }));
    let eval = service.evaluation(exact());
    let first = service.run(&eval, &["one", "two", "three"]);
    service.work();
    let second = service.run(&eval, &["two", "three", "one", "four"]);
    service.work();
    let (status, compared) =
        service.call("GET", &format!("/v1/evals/{eval}/runs/{first}/compare?with={second}"), json!({}));
    assert_eq!(status, 200, "{compared}");
    let counts = json!({"better": 1, "worse": 1, "both_passed": 1, "neither_passed": 0, "not_comparable": 0});
    assert_eq!(compared["counts"], counts);
    assert_eq!(compared["better"][0]["datasource_item"]["a"], "two");
    assert_eq!(compared["worse"][0]["datasource_item"]["a"], "one");
}

#[test]
fn the_cost_is_the_ledgers() {
    let service = Service::new(echo());
    let eval = service.evaluation(exact());
    let run = service.run(&eval, &["x", "y"]);
    service.work();
    for (n, cost, price) in [(0, "700", "'1'"), (0, "40", "'1'"), (1, "NULL", "NULL")] {
        service.bench.execute(&format!(
            "INSERT INTO ledger (call_id, org_id, user_id, request_id, trace_id, model, provider, stream, status, settlement, \
prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, cost_nano_usd, price_version, started_at, finished_at) \
VALUES ('c{n}{cost}', 'usr_1', 'usr_1', '{run}-{n}', 't', 'm', 'p', 0, 'succeeded', 'reported', 1, 0, 1, 0, {cost}, {price}, 1, 2)"
        ));
    }
    let read = service.read(&eval, &run);
    assert_eq!((&read["cost_nano_usd"], &read["unpriced_calls"]), (&json!(740), &json!(1)));
    let (_, items) = service.call("GET", &format!("/v1/evals/{eval}/runs/{run}/output_items"), json!({}));
    assert_eq!(items["data"][0]["cost_nano_usd"], 740);
    assert_eq!(items["data"][1]["unpriced_calls"], 1);
}

#[test]
fn another_persons_evaluation_is_404() {
    let service = Service::new(echo());
    let eval = service.evaluation(exact());
    let run = service.run(&eval, &["x"]);
    service.work();
    let other = service.bench.token("usr_2", &["user"]);
    let base = format!("/v1/evals/{eval}");
    for (method, path) in [
        ("GET", base.clone()),
        ("DELETE", base.clone()),
        ("GET", format!("{base}/runs")),
        ("GET", format!("{base}/runs/{run}")),
        ("DELETE", format!("{base}/runs/{run}")),
        ("POST", format!("{base}/runs/{run}/cancel")),
        ("GET", format!("{base}/runs/{run}/output_items")),
        ("GET", format!("{base}/runs/{run}/compare?with={run}")),
    ] {
        assert_eq!(service.bench.json(method, &path, Some(&other), "{}").0, 404, "{method} {path}");
    }
    assert_eq!(service.read(&eval, &run)["status"], "completed");
}

#[test]
fn what_is_not_offered_is_refused_with_a_pointer() {
    let service = Service::new(echo());
    let config = json!({"type": "custom", "item_schema": {}});
    for (body, pointer) in [
        (json!({"data_source_config": {"type": "logs"}, "testing_criteria": exact()}), "data_source_config/type"),
        (json!({"data_source_config": config, "testing_criteria": []}), "testing_criteria"),
        (
            json!({"data_source_config": {"type": "custom", "item_schema": {"pattern": "x"}}, "testing_criteria": exact()}),
            "data_source_config/item_schema",
        ),
    ] {
        let (status, problem) = service.call("POST", "/v1/evals", body);
        assert_eq!((status, problem["error"]["param"].as_str()), (422, Some(pointer)), "{problem}");
    }
    let python = json!([{"type": "python", "name": "p", "source": "x"}]);
    assert_eq!(
        service.call("POST", "/v1/evals", json!({"data_source_config": config, "testing_criteria": python})).0,
        422
    );
}
