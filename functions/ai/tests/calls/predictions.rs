//! Providers that are no servers of chats: Replicate's predictions, and models that are bound to the Worker.

use serde_json::{Value, json};

use crate::service::{Service, answer, error, text};

const MODEL: &str = "meta/meta-llama-3-8b-instruct";
const PREDICTION: &str = include_str!("../../fixtures/replicate/prediction.json");
const STARTING: &str = include_str!("../../fixtures/replicate/prediction-starting.json");
const FAILED: &str = include_str!("../../fixtures/replicate/prediction-failed.json");
const IMAGE: &str = include_str!("../../fixtures/replicate/prediction-image.json");
const OUTPUT: &str = include_str!("../../fixtures/replicate/output.sse");
const RUN: &str = include_str!("../../fixtures/workers-ai/run.json");
const RUN_STREAM: &str = include_str!("../../fixtures/workers-ai/run.sse");
const VECTORS: &str = include_str!("../../fixtures/workers-ai/run-embeddings.json");

/// 13 tokens read and 4 written.
const COST: u64 = 13 * 50 + 4 * 250;

fn replicate(provider: impl Fn(&str, &str) -> &'static str + 'static) -> Service {
    let service = Service::telling(move |url, body| answer(200, provider(url, body)));
    service.bench.set_var("REPLICATE_API_TOKEN", "r8_key");
    service
}

fn asking(stream: bool) -> String {
    let messages = json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "How are you?"},
    ]);
    json!({"model": MODEL, "messages": messages, "max_tokens": 9, "stream": stream}).to_string()
}

#[test]
fn a_prediction_is_made_and_looked_at_until_it_has_ended() {
    let service = replicate(|url, _| if url.ends_with("/predictions") { STARTING } else { PREDICTION });
    let out = service.chat(&asking(false));
    let told: Value = serde_json::from_slice(&out.body).unwrap();
    assert_eq!((out.status, told["choices"][0]["message"]["content"].as_str()), (200, Some("Hi there!")), "{told}");
    assert_eq!(told["usage"]["total_tokens"], 17);
    let asked = service.upstream();
    let urls: Vec<&str> = asked.iter().map(|asked| asked.url.as_str()).collect();
    let base = "https://api.replicate.com/v1";
    let look = format!("{base}/predictions/gm3qorzdhgbfurvjtvhg6dckhu");
    assert_eq!(urls, [format!("{base}/models/{MODEL}/predictions"), look]);
    let sent: Value = serde_json::from_str(&asked[0].body).unwrap();
    let prompt = "User: Hi\n\nAssistant: Yes?\n\nUser: How are you?\n\nAssistant:";
    assert_eq!(sent, json!({"input": {"prompt": prompt, "system_prompt": "Be brief.", "max_tokens": 9}}));
    assert_eq!(service.settled_as(), ("succeeded".into(), "reported".into(), Some(COST)));
}

#[test]
fn the_stream_of_a_prediction_is_a_chat_and_costs_what_the_plain_answer_does() {
    let service = replicate(|url, _| match url {
        url if url.ends_with("/models/meta/meta-llama-3-8b-instruct/predictions") => STARTING,
        url if url.contains("//stream.") => OUTPUT,
        _ => PREDICTION,
    });
    let out = service.chat(&asking(true));
    let events: Vec<&str> = text(&out).split("\n\n").filter(|event| !event.is_empty()).collect();
    assert_eq!(events.last(), Some(&"data: [DONE]"));
    let said: String = events[..events.len() - 1]
        .iter()
        .map(|event| serde_json::from_str::<Value>(event.strip_prefix("data: ").unwrap()).unwrap())
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(said, "Hi there!");
    assert_eq!(service.settled_as(), ("succeeded".into(), "reported".into(), Some(COST)));
}

#[test]
fn a_stream_that_breaks_off_is_cancelled_and_charged_what_it_used() {
    let service = replicate(|url, _| match url {
        url if url.ends_with("/models/meta/meta-llama-3-8b-instruct/predictions") => STARTING,
        url if url.contains("//stream.") => "event: output\nid: 1\ndata: Hi\n\nevent: out",
        _ => PREDICTION,
    });
    let out = service.chat(&asking(true));
    assert!(text(&out).contains("upstream_truncated"), "{}", text(&out));
    assert!(service.upstream().iter().any(|asked| asked.url.ends_with("/cancel")));
    assert_eq!(service.settled_as(), ("truncated".into(), "reported".into(), Some(COST)));
}

#[test]
fn a_prediction_that_fails_is_an_error_of_the_provider() {
    let service = replicate(|_, _| FAILED);
    assert_eq!(error(&service.chat(&asking(false))), (502, "upstream_error".into()));
    assert_eq!(service.settled_as().1, "estimated");
}

#[test]
fn what_a_prediction_cannot_say_is_refused_before_anything_is_reserved() {
    let service = replicate(|_, _| PREDICTION);
    let tool = json!({"type": "function", "function": {"name": "f"}});
    for (name, value) in [("tools", json!([tool])), ("stop", json!("x"))] {
        let mut body: Value = serde_json::from_str(&asking(false)).unwrap();
        body[name] = value;
        assert_eq!(error(&service.chat(&body.to_string())), (422, "untranslatable_parameter".into()), "{name}");
    }
    assert!(service.steps().is_empty());
}

#[test]
fn pictures_of_a_prediction_are_told_by_their_addresses_and_paid_by_the_piece() {
    let service = replicate(|_, _| IMAGE);
    let body =
        r#"{"model":"black-forest-labs/flux-schnell","prompt":"A cat","n":2,"size":"1024x1024","aspect_ratio":"1:1"}"#;
    let out = service.post("/v1/images/generations", body);
    let told: Value = serde_json::from_slice(&out.body).unwrap();
    assert_eq!(told["data"], json!([{"url": "https://replicate.delivery/xezq/abc/out-0.webp"}]), "{told}");
    let sent: Value = serde_json::from_str(&service.upstream()[0].body).unwrap();
    assert_eq!(sent, json!({"input": {"prompt": "A cat", "aspect_ratio": "1:1", "num_outputs": 2}}));
    assert_eq!(service.settled_as(), ("succeeded".into(), "reported".into(), Some(3_000_000)));
}

fn bound(provider: impl Fn(&str) -> &'static str + 'static) -> Service {
    let service = Service::scripted(move |target, url| match (target, url) {
        ("AI", _) => answer(200, provider(url)),
        ("ADMISSION", url) if url.ends_with("reserve") => answer(200, r#""admitted""#),
        _ => answer(204, ""),
    });
    service.bench.set_var("AI", "bound");
    service
}

const BOUND: &str = "@cf/openai/gpt-oss-20b";

#[test]
fn a_bound_model_answers_a_chat_plain_and_streamed_alike() {
    for (reply, stream) in [(RUN, false), (RUN_STREAM, true)] {
        let service = bound(move |_| reply);
        let body =
            json!({"model": BOUND, "stream": stream, "seed": 7, "messages": [{"role": "user", "content": "Hi"}]});
        let out = service.chat(&body.to_string());
        let told = text(&out);
        assert_eq!(out.status, 200, "{told}");
        assert!(told.contains("Hello") && told.contains("from the edge."), "{told}");
        assert_eq!(told.ends_with("data: [DONE]\n\n"), stream);
        let record = service.settled()["record"].take();
        assert_eq!(
            (&record["usage"]["prompt_tokens"], &record["usage"]["completion_tokens"]),
            (&json!(31), &json!(12))
        );
        let sent: Value = serde_json::from_str(&service.asked_of("AI")[0].body).unwrap();
        assert_eq!((&sent["model"], &sent["seed"]), (&json!(BOUND), &json!(7)));
    }
}

#[test]
fn a_bound_model_gives_vectors_as_numbers_or_packed() {
    let service = bound(|_| VECTORS);
    let ask = |format: &str| {
        let body = json!({"model": "@cf/baai/bge-base-en-v1.5", "input": ["a", "b"], "encoding_format": format});
        serde_json::from_slice::<Value>(&service.post("/v1/embeddings", &body.to_string()).body).unwrap()
    };
    let numbers = ask("float");
    assert_eq!(numbers["data"][1], json!({"object": "embedding", "index": 1, "embedding": [0.5, 0.25, -1, 0.0625]}));
    assert_eq!(ask("base64")["data"][0]["embedding"], "AACAPgAAAL8AAAA+AACAPw==");
    let sent: Value = serde_json::from_str(&service.asked_of("AI")[0].body).unwrap();
    assert_eq!(sent, json!({"model": "@cf/baai/bge-base-en-v1.5", "text": ["a", "b"]}));
}

#[test]
fn without_the_binding_and_a_base_url_its_models_are_unknown() {
    let service = Service::new(|| answer(200, RUN));
    let body = json!({"model": BOUND, "messages": []}).to_string();
    assert_eq!(service.chat(&body).status, 404);
}
