//! Requests in another dialect: what depends on the model, and bodies that nobody in their right mind sends.

#![cfg(test)]

use ai::dialect::{Dialect, Translated, request, status};
use ai::request::BodyError;
use proptest::prelude::*;
use serde_json::{Value, json};

const PAIRS: [(Dialect, Dialect); 4] = [
    (Dialect::Chat, Dialect::Messages),
    (Dialect::Messages, Dialect::Chat),
    (Dialect::Responses, Dialect::Chat),
    (Dialect::Responses, Dialect::Messages),
];

fn chat_for(model: &str, more: Value) -> (Value, Vec<String>) {
    let mut body = json!({"model": "mine", "messages": [{"role": "user", "content": "Hi"}]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let done = request(Dialect::Chat, Dialect::Messages, &body.to_string(), model, 4096).unwrap();
    (serde_json::from_slice(&done.body).unwrap(), done.dropped)
}

#[test]
fn an_older_model_thinks_within_a_budget_and_a_newer_one_with_an_effort() {
    let asked = json!({"reasoning_effort": "medium", "max_tokens": 8000});
    let (old, _) = chat_for("claude-sonnet-4-5", asked.clone());
    assert_eq!(old["thinking"], json!({"type": "enabled", "budget_tokens": 4000}));
    assert_eq!(old["output_config"], Value::Null);
    let (new, _) = chat_for("claude-sonnet-4-6", asked);
    assert_eq!(new["thinking"], json!({"type": "adaptive"}));
    assert_eq!(new["output_config"], json!({"effort": "medium"}));
}

#[test]
fn a_budget_that_does_not_fit_is_dropped() {
    let (sent, dropped) = chat_for("claude-sonnet-4-5", json!({"reasoning_effort": "high", "max_tokens": 1024}));
    assert_eq!((&sent["thinking"], dropped), (&Value::Null, vec!["reasoning_effort".to_owned()]));
}

#[test]
fn an_older_model_that_must_call_a_tool_does_not_think() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let asked = json!({"reasoning_effort": "high", "tool_choice": "required", "tools": tools});
    let (sent, dropped) = chat_for("claude-sonnet-4-5", asked.clone());
    assert_eq!((&sent["thinking"], dropped), (&Value::Null, vec!["reasoning_effort".to_owned()]));
    assert_eq!(chat_for("claude-opus-5", asked).1, [] as [&str; 0]);
}

#[test]
fn an_older_model_does_not_think_after_calls_whose_thinking_did_not_come_back() {
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let details = json!([{"type": "reasoning.text", "text": "hm", "signature": "S"}]);
    let talk = |assistant: Value| {
        let result = json!({"role": "tool", "tool_call_id": "c", "content": "7"});
        json!({"reasoning_effort": "low", "max_tokens": 9000,
            "messages": [{"role": "user", "content": "Hi"}, assistant, result]})
    };
    let (sent, dropped) = chat_for("claude-sonnet-4-5", talk(json!({"role": "assistant", "tool_calls": [call]})));
    assert_eq!((&sent["thinking"], dropped), (&Value::Null, vec!["reasoning_effort".to_owned()]));
    let whole = json!({"role": "assistant", "reasoning_details": details, "tool_calls": [call]});
    let (sent, dropped) = chat_for("claude-sonnet-4-5", talk(whole));
    assert_eq!(sent["thinking"]["budget_tokens"], 1800);
    assert_eq!(sent["messages"][1]["content"][0]["type"], "thinking");
    assert_eq!(dropped, [] as [&str; 0]);
}

#[test]
fn sampling_is_set_where_the_model_lets_it_be() {
    let asked = json!({"temperature": 1.5, "top_p": 0.9, "top_k": 40});
    let (old, dropped) = chat_for("claude-sonnet-4-5", asked.clone());
    assert_eq!((&old["temperature"], &old["top_p"], &old["top_k"]), (&json!(1), &Value::Null, &json!(40)));
    assert_eq!(dropped, ["top_p"]);
    let (new, dropped) = chat_for("claude-opus-4-7", asked.clone());
    assert_eq!((&new["temperature"], &new["top_k"]), (&Value::Null, &Value::Null));
    assert_eq!(dropped, ["temperature", "top_p", "top_k"]);
    let (other, dropped) = chat_for("kimi-k2.6", asked);
    assert_eq!((&other["top_p"], dropped.len()), (&json!(0.9), 0));
    assert_eq!(chat_for("claude-opus-5", json!({"temperature": 1, "top_p": 1.0})).1, [] as [&str; 0]);
}

#[test]
fn without_a_bound_the_most_the_model_writes_is_the_bound() {
    assert_eq!(chat_for("claude-opus-5", json!({})).0["max_tokens"], 4096);
}

#[test]
fn what_a_client_wrote_keeps_its_text() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"\u4f60 \/ \ud83d\ude00"}],"tools":[{"type":"function","function":{"name":"f","parameters":{ "type" : "object", "x": 1.50e+3 }}}]}"#;
    let sent = request(Dialect::Chat, Dialect::Messages, body, "m", 9).unwrap().body;
    let sent = String::from_utf8(sent).unwrap();
    assert!(sent.contains(r#""text":"\u4f60 \/ \ud83d\ude00""#), "{sent}");
    assert!(sent.contains(r#"{ "type" : "object", "x": 1.50e+3 }"#), "{sent}");
}

#[test]
fn names_of_what_was_dropped_are_few_short_and_safe_in_a_header() {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
    for i in 0..200 {
        body[format!("x\r\nSet-Cookie: {i}{}", "y".repeat(500))] = json!(1);
    }
    let dropped = request(Dialect::Chat, Dialect::Messages, &body.to_string(), "m", 9).unwrap().dropped;
    assert!(dropped.len() <= 32);
    assert!(dropped.iter().all(|name| name.len() <= 96 && name.bytes().all(|b| b.is_ascii_graphic())));
}

fn refused(client: Dialect, upstream: Dialect, body: &str) -> BodyError {
    request(client, upstream, body, "m", 9).unwrap_err()
}

#[test]
fn what_is_malformed_is_400_with_its_place() {
    let error = refused(Dialect::Chat, Dialect::Messages, r#"{"messages":[{"role":"user","content":7}]}"#);
    assert_eq!((status(&error), error.pointer.as_str(), error.code), (400, "/messages/0/content", "invalid_type"));
    let error = refused(Dialect::Messages, Dialect::Chat, r#"{"messages":[]}"#);
    assert_eq!((status(&error), error.pointer.as_str()), (400, "/max_tokens"));
    let error = refused(Dialect::Chat, Dialect::Messages, r#"{"messages":[],"messages":[]}"#);
    assert_eq!((status(&error), error.code), (400, "duplicate_parameter"));
    for (client, upstream) in PAIRS {
        for body in ["", "[]", "null", "{", "\"\"", "{\"messages\":[[]],\"input\":[[]],\"max_tokens\":1}"] {
            assert_eq!(status(&refused(client, upstream, body)), 400, "{body}");
        }
    }
}

#[test]
fn nesting_of_any_depth_costs_no_stack() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let tool = format!(
        r#"{{"type":"function","name":"f","function":{{"name":"f","parameters":{deep}}},"parameters":{deep}}}"#
    );
    for (client, upstream) in PAIRS {
        for member in ["messages", "input", "system", "tools", "tool_choice", "response_format", "thinking", "text"] {
            let body = format!(r#"{{"model":"m","max_tokens":9,"input":"","messages":[],"{member}":{deep}}}"#);
            drop(request(client, upstream, &body, "m", 9));
        }
        let body = format!(r#"{{"model":"m","max_tokens":9,"input":"","messages":[],"tools":[{tool}]}}"#);
        drop(request(client, upstream, &body, "m", 9));
    }
}

/// Were anything quadratic in the number of turns, parts, tools or members, this would take very long.
#[test]
fn a_body_of_very_many_parts_takes_its_time_and_no_more() {
    let many = |one: &str, count: usize| vec![one; count].join(",");
    let part = r#"{"type":"text","text":"a","x":1}"#;
    let call = r#"{"id":"a.b","type":"function","function":{"name":"f","arguments":"{"}}"#;
    let turn = format!(r#"{{"role":"user","content":[{part}]}},{{"role":"assistant","tool_calls":[{call}]}}"#);
    let bodies = [
        format!(r#"{{"model":"m","max_tokens":9,"messages":[{}]}}"#, many(&turn, 5_000)),
        format!(r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":[{}]}}]}}"#, many(part, 15_000)),
        format!(
            r#"{{"model":"m","max_tokens":9,"messages":[{}]}}"#,
            many(r#"{"role":"system","content":"a"}"#, 15_000)
        ),
        format!(
            r#"{{"model":"m","input":[{}]}}"#,
            many(r#"{"type":"function_call","call_id":"a","name":"f"}"#, 15_000)
        ),
        format!(r#"{{"model":"m","messages":[],"tools":[{}]}}"#, many(r#"{"type":"function","name":"f"}"#, 15_000)),
    ];
    for (client, upstream) in PAIRS {
        for body in &bodies {
            drop(request(client, upstream, body, "m", 9));
        }
    }
}

/// Bodies made of words that mean something, in places where they mean nothing.
fn value() -> impl Strategy<Value = Value> {
    let words = [
        "user",
        "assistant",
        "system",
        "tool",
        "text",
        "image_url",
        "input_text",
        "tool_use",
        "tool_result",
        "thinking",
        "document",
        "base64",
        "function",
        "function_call",
        "function_call_output",
        "reasoning",
        "message",
        "auto",
        "",
        "data:image/png;base64,AAAA",
        "data:,x",
        "{\"a\":1}",
        "thinking:S",
        "reasoning.text",
        "json_schema",
        "\u{1f600}\"\\",
    ];
    let leaf = prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(|word| json!(word)),
        Just(json!(null)),
        any::<bool>().prop_map(|flag| json!(flag)),
        any::<i32>().prop_map(|number| json!(number)),
        Just(json!(1.5)),
    ];
    let names = [
        "role",
        "content",
        "type",
        "text",
        "source",
        "url",
        "image_url",
        "data",
        "media_type",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "tool_call_id",
        "tool_use_id",
        "input",
        "call_id",
        "output",
        "summary",
        "thinking",
        "signature",
        "reasoning_details",
        "encrypted_content",
        "cache_control",
        "schema",
        "json_schema",
        "file",
        "x",
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| json!(list)),
            prop::collection::btree_map(name, inner, 0..7).prop_map(|map| json!(map)),
        ]
    })
}

fn body() -> impl Strategy<Value = Value> {
    let names = [
        "messages",
        "input",
        "system",
        "tools",
        "tool_choice",
        "max_tokens",
        "stop",
        "stop_sequences",
        "thinking",
        "text",
        "response_format",
        "output_config",
        "reasoning",
        "metadata",
        "instructions",
        "stream",
        "temperature",
        "include",
    ];
    let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
    let turns = prop::collection::vec(value(), 0..4).prop_map(|list| json!(list));
    (prop::collection::btree_map(name, value(), 0..8), turns).prop_map(|(map, turns)| {
        let mut body = json!(map);
        for name in ["messages", "input"] {
            body[name] = turns.clone();
        }
        if body["max_tokens"].is_null() {
            body["max_tokens"] = json!(50);
        }
        body
    })
}

fn spoiled() -> impl Strategy<Value = String> {
    (body(), any::<prop::sample::Index>(), prop::sample::select(vec!["", "\"", "{", "]", "\\", "\u{0}", "9"])).prop_map(
        |(body, at, with)| {
            let mut text: Vec<char> = body.to_string().chars().collect();
            let at = at.index(text.len());
            text.splice(at..=at, with.chars());
            text.into_iter().collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 700, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_comes_out_is_json_or_a_refusal(body in prop_oneof![body().prop_map(|body| body.to_string()), spoiled()]) {
        for (client, upstream) in PAIRS {
            match request(client, upstream, &body, "claude-opus-5", 9) {
                Ok(Translated { body: sent, .. }) => {
                    let sent: Result<Value, _> = serde_json::from_slice(&sent);
                    prop_assert!(sent.is_ok_and(|sent| sent["model"] == "claude-opus-5"), "{}", body);
                }
                Err(error) => prop_assert!(!error.message.is_empty()),
            }
        }
    }
}
