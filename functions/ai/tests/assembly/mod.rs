//! What a client puts together from a stream, in each dialect.

use ai::dialect::Dialect;
use serde_json::{Value, json};

/// The data of a stream's events; names of events must be their types.
pub(crate) fn data(stream: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stream).unwrap();
    let mut found = Vec::new();
    for event in text.split("\n\n").filter(|event| !event.is_empty()) {
        let (name, data) = match event.split_once('\n') {
            Some((name, data)) => (name.strip_prefix("event: "), data),
            None => (None, event),
        };
        let data = data.strip_prefix("data: ").unwrap();
        let value = if data == "[DONE]" { json!(data) } else { serde_json::from_str(data).unwrap() };
        assert_eq!(name, value["type"].as_str(), "{event}");
        found.push(value);
    }
    found
}

/// What a client makes of a stream.
pub(crate) fn assembled(client: Dialect, stream: &[u8]) -> Value {
    match client {
        Dialect::Chat => chat(&data(stream)),
        Dialect::Messages => messages(&data(stream)),
        Dialect::Responses => responses(&data(stream)),
    }
}

fn append(to: &mut Value, more: &Value) {
    let whole = format!("{}{}", to.as_str().unwrap_or_default(), more.as_str().unwrap());
    *to = json!(whole);
}

fn chat(events: &[Value]) -> Value {
    assert_eq!(events.last(), Some(&json!("[DONE]")));
    let mut message = json!({"refusal": null});
    let (mut calls, mut reason, mut usage) = (Vec::<Value>::new(), json!(null), json!(null));
    for chunk in &events[..events.len() - 1] {
        if chunk["usage"].is_object() {
            usage = chunk["usage"].clone();
        }
        let Some(choice) = chunk["choices"].get(0) else { continue };
        if choice["finish_reason"].is_string() {
            reason = choice["finish_reason"].clone();
        }
        for (name, value) in choice["delta"].as_object().unwrap() {
            match name.as_str() {
                "role" => message["role"] = value.clone(),
                "reasoning_details" => message[name] = value.clone(),
                "tool_calls" => {
                    for call in value.as_array().unwrap() {
                        let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
                        if index == calls.len() {
                            calls.push(json!({"id": call["id"], "type": call["type"], "function": call["function"]}));
                        } else {
                            append(&mut calls[index]["function"]["arguments"], &call["function"]["arguments"]);
                        }
                    }
                }
                _ => append(&mut message[name], value),
            }
        }
    }
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
        if message["content"] == "" {
            message["content"] = json!(null);
        }
    }
    let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": reason});
    let head = &events[0];
    json!({"id": head["id"], "object": "chat.completion", "created": head["created"], "model": head["model"],
        "choices": [choice], "usage": usage})
}

fn messages(events: &[Value]) -> Value {
    assert_eq!(events.last().unwrap()["type"], "message_stop");
    let mut message = events[0]["message"].clone();
    let (mut content, mut open, mut input) = (Vec::<Value>::new(), None, String::new());
    for event in events {
        match event["type"].as_str().unwrap() {
            "content_block_start" => {
                assert_eq!((open, event["index"].as_u64()), (None, Some(content.len() as u64)));
                open = event["index"].as_u64();
                content.push(event["content_block"].clone());
                input.clear();
            }
            "content_block_delta" => {
                assert_eq!(event["index"].as_u64(), open);
                let (delta, block) = (&event["delta"], content.last_mut().unwrap());
                match delta["type"].as_str().unwrap() {
                    "text_delta" => append(&mut block["text"], &delta["text"]),
                    "thinking_delta" => append(&mut block["thinking"], &delta["thinking"]),
                    "signature_delta" => block["signature"] = delta["signature"].clone(),
                    _ => input.push_str(delta["partial_json"].as_str().unwrap()),
                }
            }
            "content_block_stop" => {
                assert_eq!(event["index"].as_u64(), open.take());
                let block = content.last_mut().unwrap();
                if block["type"] == "tool_use" {
                    block["input"] = serde_json::from_str(&input).unwrap();
                }
            }
            "message_delta" => {
                message["stop_reason"] = event["delta"]["stop_reason"].clone();
                message["usage"] = event["usage"].clone();
            }
            _ => {}
        }
    }
    message["content"] = json!(content);
    message
}

/// The last event holds it all; what the deltas made of each item has to be the same.
fn responses(events: &[Value]) -> Value {
    let response = &events.last().unwrap()["response"];
    let mut texts: Vec<String> = Vec::new();
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
        let kind = event["type"].as_str().unwrap();
        let at = usize::try_from(event["output_index"].as_u64().unwrap_or(0)).unwrap();
        match kind {
            "response.output_item.added" => {
                assert_eq!(at, texts.len());
                texts.push(String::new());
            }
            "response.output_item.done" => assert_eq!(event["item"], response["output"][at]),
            _ if kind.ends_with(".delta") => texts[at].push_str(event["delta"].as_str().unwrap()),
            _ if kind.ends_with("_text.done") => assert_eq!(event["text"], texts[at]),
            _ if kind.ends_with("arguments.done") => assert_eq!(event["arguments"], texts[at]),
            _ => {}
        }
    }
    assert_eq!(texts.len(), response["output"].as_array().unwrap().len());
    for (item, text) in response["output"].as_array().unwrap().iter().zip(texts) {
        let held = [&item["arguments"], &item["content"][0]["text"], &item["summary"][0]["text"]];
        assert!(held.iter().any(|held| **held == text), "{item} {text}");
    }
    response.clone()
}
