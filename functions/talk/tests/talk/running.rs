//! Running prompts and presets: what the AI function gets, and that its answer goes back as it came.

use serde_json::{Value, json};
use shared::head::HeaderName;
use shared::platform::SendError;

use crate::service::{Service, each, refusal, stream, text};

fn prompt(service: &Service) -> String {
    let version = json!({
        "model": "m-of-version",
        "messages": [{"role": "system", "content": "Be {{how}}."}, {"role": "user", "content": "{{q}}"}],
        "variables": [{"name": "how", "default": "kind"}, {"name": "q"}],
        "parameters": {"temperature": 0.2},
    });
    text(&service.done("POST", "/v1/prompts", &json!({"name": "Ask", "version": version})), "id")
}

#[test]
fn a_run_asks_the_model_with_the_callers_own_credentials_and_passes_the_answer_on() {
    let service = Service::new();
    let id = prompt(&service);
    let reply = service.done("POST", &format!("/v1/prompts/{id}/run"), &json!({"variables": {"q": "why?"}}));
    assert_eq!(reply["choices"][0]["message"]["content"], "answer 1");
    let messages = json!([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "why?"}]);
    assert_eq!(service.asked(), [json!({"model": "m-of-version", "messages": messages, "temperature": 0.2})]);
    service.done("POST", &format!("/v1/prompts/{id}/run"), &json!({"variables": {"q": "why?"}, "model": "other"}));
    assert_eq!(service.asked()[1]["model"], "other");
}

#[test]
fn a_stream_goes_back_byte_for_byte() {
    let service = Service::new();
    let id = prompt(&service);
    let body = json!({"variables": {"q": "why?"}, "stream": true});
    let (status, text) = service.raw("usr_1", "POST", &format!("/v1/prompts/{id}/run"), &body);
    assert_eq!((status, text), (200, stream("answer 1")));
}

#[test]
fn a_refusal_goes_back_as_it_came_and_a_missing_function_is_503() {
    let service = Service::new();
    let id = prompt(&service);
    let path = format!("/v1/prompts/{id}/run");
    let body = json!({"variables": {"q": "why?"}});
    service.answering(|_, _| refusal(402, "budget_exhausted"));
    let (status, reply) = service.call("usr_1", "POST", &path, &body);
    assert_eq!((status, &reply["error"]["message"]), (402, &json!("said the model")));
    for (failure, wanted) in [
        (SendError::Unreachable("gone".into()), (503, "unavailable")),
        (SendError::Deadline, (504, "upstream_timeout")),
    ] {
        service.answering(move |_, _| Err(failure.clone()));
        let (status, reply) = service.call("usr_1", "POST", &path, &body);
        assert_eq!((status, reply["error"]["code"].as_str().unwrap()), wanted);
    }
    service.answering(|_, _| Ok((200, vec![], vec![])));
    let streamed = json!({"variables": {"q": "why?"}, "stream": true});
    assert_eq!(service.call("usr_1", "POST", &path, &streamed).0, 502);
}

#[test]
fn missing_variables_stop_a_run_before_the_model_is_asked() {
    let service = Service::new();
    let id = prompt(&service);
    let (status, reply) = service.call("usr_1", "POST", &format!("/v1/prompts/{id}/run"), &json!({}));
    assert_eq!((status, reply["error"]["param"].as_str()), (422, Some("variables/q")));
    assert_eq!(service.asked(), Vec::<Value>::new());
}

#[test]
fn presets_are_listed_in_the_callers_language_and_run_as_prompts() {
    let service = Service::new();
    let list = service.done("GET", "/v1/presets", &Value::Null);
    assert!(each(&list, "id").contains(&"translate".to_owned()));
    let chinese = service.done("GET", "/v1/presets?locale=zh-CN", &Value::Null);
    assert!(each(&chinese, "title").contains(&"翻译".to_owned()));
    let one = service.done("GET", "/v1/presets/summarise", &Value::Null);
    assert_eq!((&one["title"], &one["variables"][1]["default"]), (&json!("Summarise"), &json!(5)));
    assert_eq!(service.refused("GET", "/v1/presets/nothing", &Value::Null).0, 404);
    let body = json!({"variables": {"text": "Hello", "language": "中文"}, "locale": "zh"});
    service.done("POST", "/v1/presets/translate/run", &body);
    assert!(service.told()[1].1.contains("翻译成中文"));
    assert_eq!(service.asked()[0]["model"], "chat-default");
    let (status, problem) =
        service.call("usr_1", "POST", "/v1/presets/translate/render", &json!({"variables": {"text": "x"}}));
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/variables/language")));
    let versioned = json!({"variables": {"text": "x", "language": "de"}, "version": 2});
    assert_eq!(service.refused("POST", "/v1/presets/translate/render", &versioned).0, 422);
}

#[test]
fn a_key_in_x_api_key_is_passed_on_and_a_run_without_credentials_is_401() {
    let service = Service::new();
    service.sign_in("usr_1");
    let token = service.bench.token("usr_1", &[]);
    let body = r#"{"variables":{"text":"x"}}"#;
    let path = "/v1/presets/summarise/run";
    assert_eq!(service.bench.request("POST", path, &[(HeaderName::XApiKey, &token)], body).status, 200);
    assert_eq!(service.bench.request("POST", path, &[], body).status, 401);
    assert_eq!(service.asked().len(), 1);
}
