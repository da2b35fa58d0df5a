//! Answers that are given again: to whom, for how long, at what cost, and which are not kept.

use serde_json::{Value, json};

use crate::service::{PLAIN, STREAM, Service, answer, completion, text};

const STREAMED: &str = include_str!("../../fixtures/openai-stream.sse");
const HOUR: &[(&str, &str)] = &[("selvage-cache", "max-age=3600")];

fn twice(service: &Service, body: &str) -> (String, String) {
    let [first, second] = [0, 1].map(|_| service.chat_saying(HOUR, body));
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(text(&first), text(&second));
    let mark = |out: &shared::platform::Outgoing| out.header("X-Cache").unwrap_or("none").to_owned();
    (mark(&first), mark(&second))
}

#[test]
fn the_same_request_is_answered_by_the_same_bytes_without_a_call() {
    let service = Service::new(|| answer(200, &completion()));
    assert_eq!(twice(&service, PLAIN), ("miss".to_owned(), "hit".to_owned()));
    assert_eq!(service.upstream().len(), 1);
    assert_eq!(service.admission("reserve").len(), 1);
}

#[test]
fn a_stream_is_given_again_as_a_stream_and_never_as_a_plain_reply() {
    let service = Service::new(|| answer(200, STREAMED));
    assert_eq!(twice(&service, STREAM), ("miss".to_owned(), "hit".to_owned()));
    assert_eq!(service.upstream().len(), 1);
    let asking = r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}}"#;
    assert_eq!(service.chat_saying(HOUR, asking).header("X-Cache"), Some("miss"));
}

#[test]
fn a_hit_costs_nothing_and_is_recorded_as_one() {
    let service = Service::new(|| answer(200, &completion()));
    twice(&service, PLAIN);
    let queued = service.bench.queued();
    assert_eq!(queued.len(), 1);
    let record: Value = serde_json::from_str(&queued[0].1).unwrap();
    assert_eq!(queued[0].0, "USAGE");
    assert_eq!((&record["status"], &record["cost_nano_usd"]), (&json!("succeeded"), &json!(0)));
    assert_eq!((&record["detail"]["cache"], &record["model"]), (&json!("hit"), &json!("gpt-4o-mini")));
    let out = service.chat_saying(HOUR, PLAIN);
    assert_eq!((out.header("X-Cost-Nano-Usd"), out.header("Age")), (Some("0"), Some("0")));
    assert_eq!((out.header("X-Model"), out.header("X-Provider")), (Some("gpt-4o-mini"), Some("openai")));
}

#[test]
fn nothing_is_kept_unless_somebody_asks() {
    let service = Service::new(|| answer(200, &completion()));
    for _ in 0..2 {
        assert_eq!(service.chat(PLAIN).header("X-Cache"), None);
    }
    assert_eq!(service.upstream().len(), 2);
    assert!(!service.steps().contains(&"claim".to_owned()));
}

#[test]
fn the_deployment_may_ask_for_all_and_a_request_may_refuse() {
    let service = Service::new(|| answer(200, &completion()));
    service.bench.set_var("AI_CACHE", r#"{"ttl_s":60}"#);
    let mark = |further: &[(&str, &str)]| service.chat_saying(further, PLAIN).header("X-Cache").map(str::to_owned);
    assert_eq!(mark(&[]).as_deref(), Some("miss"));
    assert_eq!(mark(&[]).as_deref(), Some("hit"));
    assert_eq!(mark(&[("selvage-cache", "off")]).as_deref(), Some("bypass"));
    assert_eq!(mark(&[("cache-control", "no-store")]).as_deref(), Some("bypass"));
    assert_eq!(mark(&[("cache-control", "no-cache")]).as_deref(), Some("miss"));
    assert_eq!(mark(&[]).as_deref(), Some("hit"));
    service.bench.pass(60_000);
    assert_eq!(mark(&[]).as_deref(), Some("miss"));
}

#[test]
fn another_tenant_never_gets_it() {
    let service = Service::new(|| answer(200, &completion()));
    service.chat_saying(HOUR, PLAIN);
    let other = service.chat_of("usr_2", HOUR, PLAIN);
    assert_eq!(other.header("X-Cache"), Some("miss"));
    assert_eq!(service.upstream().len(), 2);
}

#[test]
fn what_failed_broke_off_or_calls_a_tool_is_not_kept() {
    let tool = r#"{"choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}}]}"#;
    let broken = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    for (status, reply, body) in [(400, "{}", PLAIN), (200, tool, PLAIN), (200, broken, STREAM), (200, "<html>", PLAIN)]
    {
        let service = Service::new(move || answer(status, reply));
        for _ in 0..2 {
            assert_eq!(service.chat_saying(HOUR, body).header("X-Cache"), Some("miss"), "{reply}");
        }
        let steps = service.steps();
        assert!(steps.contains(&"give_up".to_owned()) && !steps.contains(&"put".to_owned()), "{steps:?}");
    }
    let service = Service::new(move || answer(200, tool));
    service.chat_saying(&[("selvage-cache", "max-age=60, tools")], PLAIN);
    assert_eq!(service.chat_saying(HOUR, PLAIN).header("X-Cache"), Some("hit"));
}

#[test]
fn a_call_that_is_not_admitted_lets_others_make_it() {
    let service = Service::admitting(|| answer(200, r#"{"budget":"org"}"#), || answer(200, &completion()));
    assert!(service.chat_saying(HOUR, PLAIN).status >= 400);
    assert_eq!(service.steps().iter().filter(|step| *step == "give_up").count(), 1);
}

#[test]
fn questions_that_mean_the_same_are_found_where_the_route_wants_that() {
    let embedding = |numbers: &str| format!(r#"{{"data":[{{"embedding":{numbers}}}],"usage":{{"prompt_tokens":1}}}}"#);
    let service = Service::telling(move |url, body| match (url.ends_with("/embeddings"), body) {
        (true, body) if body.contains("capital") => answer(200, &embedding("[1,0.1]")),
        (true, body) if body.contains("Hauptstadt") => answer(200, &embedding("[1,0.12]")),
        (true, _) => answer(200, &embedding("[0,1]")),
        _ => answer(200, &completion()),
    });
    service.bench.set_var("AI_CACHE", r#"{"ttl_s":60,"semantic":{"model":"text-embedding-3-small"}}"#);
    let ask = |question: &str, system: &str| {
        let body = json!({"model":"gpt-4o-mini","messages":[{"role":"system","content":system},{"role":"user","content":question}]});
        service.chat(&body.to_string()).header("X-Cache").map(str::to_owned)
    };
    assert_eq!(ask("What is the capital of France?", "s").as_deref(), Some("miss"));
    assert_eq!(ask("Was ist die Hauptstadt von Frankreich?", "s").as_deref(), Some("semantic"));
    assert_eq!(ask("Who wrote Faust?", "s").as_deref(), Some("miss"));
    assert_eq!(ask("Was ist die Hauptstadt von Frankreich?", "other").as_deref(), Some("miss"));
    let queued = service.bench.queued();
    assert!(queued.iter().any(|(_, text)| text.contains(r#""cache":"semantic""#)), "{queued:?}");
}
