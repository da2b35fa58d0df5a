//! Plain answers: passed on unchanged, priced, settled.

use serde_json::{Value, json};

use crate::service::{COST, PLAIN, Service, answer, completion, json, text};

#[test]
fn an_answer_is_passed_on_byte_for_byte_with_its_cost_model_and_provider() {
    let service = Service::new(|| answer(200, &completion()));
    let out = service.chat(PLAIN);
    assert_eq!((out.status, text(&out)), (200, completion().as_str()));
    assert_eq!(out.header("X-Cost-Nano-Usd"), Some("8850"));
    assert_eq!(out.header("X-Model"), Some("gpt-4o-mini"));
    assert_eq!(out.header("X-Provider"), Some("openai"));
    assert_eq!(out.header("Content-Type"), Some("application/json"));
}

#[test]
fn the_request_goes_upstream_as_it_came() {
    let service = Service::new(|| answer(200, &completion()));
    service.chat(PLAIN);
    let upstream = service.upstream();
    assert_eq!(upstream.len(), 1);
    assert_eq!(upstream[0].url, "https://api.openai.com/v1/chat/completions");
    assert_eq!(upstream[0].body, PLAIN);
}

#[test]
fn the_worst_case_is_reserved_first_and_the_real_cost_settled_last() {
    let service = Service::new(|| answer(200, &completion()));
    service.chat(PLAIN);
    assert_eq!(service.steps(), ["reserve", "completions", "settle"]);
    let reserved: Value = serde_json::from_str(&service.admission("reserve")[0]).unwrap();
    let worst = &reserved["record"];
    assert_eq!((&worst["status"], &worst["settlement"]), (&json!("killed"), &json!("estimated")));
    assert_eq!(worst["cost_nano_usd"], reserved["nano_usd"]);
    assert!(reserved["nano_usd"].as_u64().unwrap() > COST);
    assert_eq!(reserved["expires_ms"].as_u64(), Some(service.bench.now_ms() + 660_000));
    let org = json!({"id":"org","limits":{"version":0,"budget_nano_usd":5_000_000_000_u64}});
    assert_eq!(reserved["scopes"], json!([org, {"id":"model:gpt-4o-mini"}]));
    assert_eq!(service.settled()["call_id"], reserved["call_id"]);
}

#[test]
fn the_record_says_who_called_what_and_what_it_used() {
    let service = Service::new(|| answer(200, &completion()));
    service.chat(PLAIN);
    assert_eq!(service.settled_as(), ("succeeded".into(), "reported".into(), Some(COST)));
    let record = service.settled()["record"].take();
    assert_eq!((&record["user_id"], &record["org_id"]), (&json!("usr_1"), &json!("usr_1")));
    assert_eq!((&record["provider"], &record["model"]), (&json!("openai"), &json!("gpt-4o-mini")));
    assert_eq!(record["stream"], false);
    assert_eq!(record["usage"]["prompt_tokens"], 19);
    assert_eq!(record["usage"]["completion_tokens"], 10);
    assert_eq!(record["raw_usage"], crate::service::USAGE);
    assert_eq!(record["first_token_ms"], Value::Null);
}

#[test]
fn an_answer_without_usage_is_estimated_from_what_was_written() {
    let body = r#"{"choices":[{"message":{"content":"Hello, world"}}]}"#;
    let service = Service::new(move || answer(200, body));
    let out = service.chat(PLAIN);
    let (status, settlement, cost) = service.settled_as();
    assert_eq!((status.as_str(), settlement.as_str()), ("succeeded", "estimated"));
    assert_eq!(service.settled()["record"]["usage"]["completion_tokens"], 3);
    assert_eq!(out.header("X-Cost-Nano-Usd").map(str::to_owned), cost.map(|cost| cost.to_string()));
}

#[test]
fn a_model_without_a_price_has_no_cost_rather_than_a_cost_of_zero() {
    let service = Service::new(|| answer(200, &completion()));
    let out = service.chat(r#"{"model":"simulated-unpriced","messages":[]}"#);
    assert_eq!((out.status, out.header("X-Cost-Nano-Usd")), (200, None));
    assert_eq!(service.settled_as(), ("succeeded".into(), "reported".into(), None));
    assert_eq!(service.upstream()[0].url, "http://simulator.test/v1/chat/completions");
}

#[test]
fn the_default_alias_goes_upstream_as_the_model_it_means() {
    let service = Service::new(|| answer(200, &completion()));
    let out = service.chat(r#"{"model":"chat-default","messages":[]}"#);
    assert_eq!(out.header("X-Model"), Some("gpt-4o-mini"));
    assert_eq!(service.upstream()[0].body, r#"{"model":"gpt-4o-mini","messages":[]}"#);
    assert_eq!(json(&out)["id"], "c");
}
