//! Calls with a guard: what goes to the provider, what comes back, and what is recorded of it.

use serde_json::{Value, json};

use crate::service::{PLAIN, Service, answer, completion, error, text};

const MASKING: &str = r#"{"rules":[{"id":"pii","find":["email","phone"]}]}"#;
const BLOCKING: &str = r#"{"rules":[{"id":"secret","words":["falcon"],"action":"block"}]}"#;
const ASKING: &str = r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Mail a@b.cd"}]}"#;

fn guarded(guard: &str, reply: &'static str) -> Service {
    let service = Service::new(move || answer(200, reply));
    service.bench.set_var("AI_GUARD", guard);
    service
}

fn streamed(pieces: &[&str]) -> String {
    let chunk = |delta: Value, finish: Value| {
        format!("data: {}\n\n", json!({"id":"c","choices":[{"index":0,"delta":delta,"finish_reason":finish}]}))
    };
    let mut stream: String = pieces.iter().map(|piece| chunk(json!({"content":piece}), Value::Null)).collect();
    stream += &chunk(json!({}), json!("stop"));
    stream + "data: [DONE]\n\n"
}

#[test]
fn the_provider_gets_the_masked_request_and_the_client_the_masked_reply() {
    let service = guarded(
        MASKING,
        r#"{"choices":[{"message":{"content":"Call 13800138000"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
    );
    let out = service.chat(ASKING);
    assert_eq!(service.upstream()[0].body, ASKING.replace("a@b.cd", "[email]"));
    assert!(text(&out).contains("Call [phone]") && !text(&out).contains("138"), "{}", text(&out));
    let told: Value = serde_json::from_str(service.settled()["record"]["detail"]["guard"].as_str().unwrap()).unwrap();
    let one = |on: &str| json!({"rule":"pii","on":on,"action":"mask","count":1});
    assert_eq!(told, json!([one("request"), one("reply")]));
}

#[test]
fn a_stream_is_masked_across_its_pieces_and_recorded() {
    let stream: &'static str = streamed(&["Call 138", "0013", "8000 now"]).leak();
    let service = guarded(MASKING, stream);
    let out = service.chat(r#"{"model":"gpt-4o-mini","messages":[],"stream":true}"#);
    assert!(!text(&out).contains("138") && text(&out).contains("[phone]"), "{}", text(&out));
    assert!(text(&out).ends_with("data: [DONE]\n\n"));
    assert_eq!(service.settled_as().0, "succeeded");
    assert!(service.settled()["record"]["detail"]["guard"].as_str().unwrap().contains(r#""on":"reply""#));
}

#[test]
fn a_denied_request_is_400_and_nobody_is_asked() {
    let service = guarded(BLOCKING, "{}");
    let out = service.chat(r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Falcon?"}]}"#);
    assert_eq!(error(&out), (400, "content_blocked".to_owned()));
    assert_eq!(service.steps(), [] as [&str; 0]);
    let record: Value = serde_json::from_str(&service.bench.queued()[0].1).unwrap();
    assert_eq!((&record["status"], &record["cost_nano_usd"]), (&json!("failed"), &json!(0)));
    assert!(record["detail"]["guard"].as_str().unwrap().contains(r#""action":"block""#));
}

#[test]
fn a_denied_reply_is_422_and_paid_for() {
    let service = guarded(
        BLOCKING,
        r#"{"choices":[{"message":{"content":"Falcon."}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
    );
    assert_eq!(error(&service.chat(PLAIN)), (422, "content_blocked".to_owned()));
    let (status, settlement, cost) = service.settled_as();
    assert_eq!((status.as_str(), settlement.as_str()), ("failed", "reported"));
    assert!(cost > Some(0));
}

#[test]
fn a_denied_stream_ends_with_an_error_and_without_its_mark() {
    let stream: &'static str = streamed(&["It is ", "fal", "con", "."]).leak();
    let service = guarded(BLOCKING, stream);
    let out = service.chat(r#"{"model":"gpt-4o-mini","messages":[],"stream":true}"#);
    assert!(text(&out).contains("content_blocked") && !text(&out).contains("fal"), "{}", text(&out));
    assert!(!text(&out).contains("[DONE]"));
    assert_eq!(text(&out).matches(r#""error""#).count(), 1);
}

#[test]
fn a_guard_that_cannot_be_read_lets_nothing_pass() {
    let service = guarded(r#"{"rules":[{"id":"a"}]}"#, "{}");
    assert_eq!(service.chat(PLAIN).status, 503);
    assert_eq!(service.upstream().len(), 0);
}

#[test]
fn a_judge_is_asked_by_a_call_of_its_own_and_decides() {
    for (said, status) in [("ALLOW", 200), ("BLOCK", 400), ("Hm.", 400)] {
        let service = Service::telling(move |_, body| {
            let verdict = format!(r#"{{"choices":[{{"message":{{"content":"{said}"}}}}]}}"#);
            answer(200, &if body.contains("You check a message") { verdict } else { completion() })
        });
        let guard = r#"{"rules":[{"id":"judge","judge":{"model":"gpt-4o-mini","policy":"Nothing rude."}}]}"#;
        service.bench.set_var("AI_GUARD", guard);
        assert_eq!(service.chat(PLAIN).status, status, "{said}");
        assert_eq!(service.upstream().len(), if status == 200 { 2 } else { 1 });
        assert_eq!(service.admission("settle").len(), service.upstream().len());
        assert!(service.admission("settle").iter().any(|text| text.contains(r#""role":"judge""#)));
    }
}

#[test]
fn what_is_kept_is_what_the_client_got() {
    let service = guarded(MASKING, r#"{"choices":[{"message":{"content":"a@b.cd"}}]}"#);
    let hour = [("selvage-cache", "max-age=60")];
    let [first, second] = [0, 1].map(|_| service.chat_saying(&hour, PLAIN));
    assert_eq!(text(&first), r#"{"choices":[{"message":{"content":"[email]"}}]}"#);
    assert_eq!((text(&second), second.header("X-Cache")), (text(&first), Some("hit")));
    service.bench.set_var("AI_GUARD", BLOCKING);
    assert_eq!(service.chat_saying(&hour, PLAIN).header("X-Cache"), Some("miss"));
}
