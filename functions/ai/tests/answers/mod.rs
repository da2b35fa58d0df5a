//! Answers of a model in each upstream's dialect, plain and as a stream.

use ai::dialect::Dialect;
use proptest::prelude::*;
use serde_json::{Value, json};

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) thinking: String,
    pub(crate) text: String,
    pub(crate) calls: Vec<(String, Value)>,
    pub(crate) stop: usize,
}

/// Any answer that makes sense.
pub(crate) fn answer() -> impl Strategy<Value = Answer> {
    let text = || prop_oneof![Just(String::new()), "[a-z你好 \"\\\\\n{}\u{1f600}é]{1,40}"];
    let input = prop_oneof![
        Just(json!({})),
        text().prop_map(|text| json!({"a": text, "b": [1, {"c": "}\\\""}]})),
        text().prop_map(|text| json!({"list": [text, null, 1.5, true]})),
    ];
    let calls = prop::collection::vec(("[a-z]{1,8}", input), 0..4);
    (text(), text(), calls, 0..3_usize).prop_map(|(thinking, text, calls, stop)| Answer { thinking, text, calls, stop })
}

impl Answer {
    fn ids(&self) -> impl Iterator<Item = (String, &String, &Value)> {
        self.calls.iter().enumerate().map(|(i, (name, input))| (format!("call_{i}"), name, input))
    }

    /// The plain reply.
    pub(crate) fn plain(&self, upstream: Dialect) -> String {
        match upstream {
            Dialect::Messages => {
                let (reason, usage) = self.messages_end();
                json!({"content": self.blocks(), "stop_reason": reason, "usage": usage}).to_string()
            }
            Dialect::Responses => {
                let mut response = self.response();
                response["output"] = json!(self.items());
                response.to_string()
            }
            Dialect::Chat => {
                let (reason, usage) = self.chat_end();
                let calls: Vec<Value> = self.ids().map(|(id, name, input)| chat_call(&id, name, input)).collect();
                let message = json!({"role": "assistant", "reasoning_content": self.thinking,
                    "content": self.text, "tool_calls": calls});
                json!({"choices": [{"index": 0, "message": message, "finish_reason": reason}], "usage": usage})
                    .to_string()
            }
        }
    }

    fn messages_end(&self) -> (&'static str, Value) {
        let stop = if self.calls.is_empty() { "end_turn" } else { "tool_use" };
        let usage = json!({"input_tokens": 5, "cache_read_input_tokens": 3, "output_tokens": 9});
        ([stop, "max_tokens", "refusal"][self.stop], usage)
    }

    fn chat_end(&self) -> (&'static str, Value) {
        let stop = if self.calls.is_empty() { "stop" } else { "tool_calls" };
        let usage = json!({"prompt_tokens": 8, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 3}});
        ([stop, "length", "content_filter"][self.stop], usage)
    }

    /// The response without its output.
    fn response(&self) -> Value {
        let reason = [None, Some("max_output_tokens"), Some("content_filter")][self.stop];
        let usage = json!({"input_tokens": 8, "output_tokens": 9, "input_tokens_details": {"cached_tokens": 3}});
        let status = if reason.is_some() { "incomplete" } else { "completed" };
        json!({"status": status, "error": null, "usage": usage,
            "incomplete_details": reason.map(|reason| json!({"reason": reason}))})
    }

    fn items(&self) -> Vec<Value> {
        let mut items = Vec::new();
        if !self.thinking.is_empty() {
            let summary =
                [json!({"type": "summary_text", "text": self.thinking}), json!({"type": "summary_text", "text": "so"})];
            items.push(json!({"type": "reasoning", "summary": summary, "encrypted_content": "c2ln"}));
        }
        if !self.text.is_empty() {
            let content = [json!({"type": "output_text", "text": self.text, "annotations": []})];
            items.push(json!({"type": "message", "role": "assistant", "content": content}));
        }
        let call = |(id, name, input): (String, &String, &Value)| json!({"type": "function_call", "call_id": id, "name": name, "arguments": input.to_string()});
        items.extend(self.ids().map(call));
        items
    }

    fn blocks(&self) -> Vec<Value> {
        let mut blocks = Vec::new();
        if !self.thinking.is_empty() {
            blocks.push(json!({"type": "thinking", "thinking": self.thinking, "signature": "c2ln"}));
        }
        if !self.text.is_empty() {
            blocks.push(json!({"type": "text", "text": self.text}));
        }
        let call = |(id, name, input): (String, &String, &Value)| json!({"type": "tool_use", "id": id, "name": name, "input": input});
        blocks.extend(self.ids().map(call));
        blocks
    }

    /// The events of the stream, texts torn at the cuts; of chat, calls come interleaved if `mixed`.
    pub(crate) fn events(&self, upstream: Dialect, cuts: &[usize], mixed: bool) -> Vec<String> {
        match upstream {
            Dialect::Messages => self.messages_events(cuts),
            Dialect::Responses => self.responses_events(cuts, mixed),
            Dialect::Chat => self.chat_events(cuts, mixed),
        }
    }

    fn messages_events(&self, cuts: &[usize]) -> Vec<String> {
        let (reason, usage) = self.messages_end();
        let mut events = vec![json!({"type": "message_start", "message": {"content": [],
            "usage": {"input_tokens": 5, "cache_read_input_tokens": 3, "output_tokens": 1}}})];
        for (index, block) in self.blocks().into_iter().enumerate() {
            let mut start = block.clone();
            let mut deltas: Vec<Value> = Vec::new();
            match block["type"].as_str().unwrap() {
                "thinking" => {
                    start["thinking"] = json!("");
                    start["signature"] = json!("");
                    let torn = torn(block["thinking"].as_str().unwrap(), cuts);
                    deltas.extend(torn.iter().map(|text| json!({"type": "thinking_delta", "thinking": text})));
                    deltas.push(json!({"type": "signature_delta", "signature": block["signature"]}));
                }
                "text" => {
                    start["text"] = json!("");
                    let torn = torn(block["text"].as_str().unwrap(), cuts);
                    deltas.extend(torn.iter().map(|text| json!({"type": "text_delta", "text": text})));
                }
                _ => {
                    start["input"] = json!({});
                    let input = block["input"].to_string();
                    let torn = if input == "{}" { Vec::new() } else { torn(&input, cuts) };
                    deltas.extend(torn.iter().map(|text| json!({"type": "input_json_delta", "partial_json": text})));
                }
            }
            events.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
            let delta = |delta| json!({"type": "content_block_delta", "index": index, "delta": delta});
            events.extend(deltas.into_iter().map(delta));
            events.push(json!({"type": "ping"}));
            events.push(json!({"type": "content_block_stop", "index": index}));
        }
        let output = json!({"output_tokens": usage["output_tokens"]});
        events.push(json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": output}));
        events.push(json!({"type": "message_stop"}));
        events.iter().map(Value::to_string).collect()
    }

    /// If `terse`, texts come with the items alone.
    fn responses_events(&self, cuts: &[usize], terse: bool) -> Vec<String> {
        let mut events = vec![json!({"type": "response.created", "response": {"status": "in_progress", "output": []}})];
        for (index, item) in self.items().into_iter().enumerate() {
            let mut added = item.clone();
            for name in ["summary", "content"] {
                if added[name].is_array() {
                    added[name] = json!([]);
                }
            }
            added["encrypted_content"] = json!(null);
            let parts: Vec<(&str, &str, Value)> = match item["type"].as_str().unwrap() {
                "reasoning" => {
                    let part = |(at, part): (usize, &Value)| {
                        ("reasoning_summary_text", "summary_index", json!([at, part["text"]]))
                    };
                    item["summary"].as_array().unwrap().iter().enumerate().map(part).collect()
                }
                "message" => vec![("output_text", "content_index", json!([0, item["content"][0]["text"]]))],
                _ => {
                    added["arguments"] = json!("");
                    vec![("function_call_arguments", "none", json!([0, item["arguments"]]))]
                }
            };
            events.push(json!({"type": "response.output_item.added", "output_index": index, "item": added}));
            for (kind, place, part) in parts.iter().filter(|_| !terse) {
                let delta = |text: String| json!({"type": format!("response.{kind}.delta"), "output_index": index, *place: part[0], "delta": text});
                events.extend(torn(part[1].as_str().unwrap(), cuts).into_iter().map(delta));
                events.push(json!({"type": format!("response.{kind}.done"), "output_index": index, "text": part[1]}));
            }
            events.push(json!({"type": "response.output_item.done", "output_index": index, "item": item}));
        }
        let mut response = self.response();
        response["output"] = json!(self.items());
        let kind = format!("response.{}", response["status"].as_str().unwrap());
        events.push(json!({"type": kind, "response": response}));
        events.iter().map(Value::to_string).collect()
    }

    fn chat_events(&self, cuts: &[usize], mixed: bool) -> Vec<String> {
        let (reason, usage) = self.chat_end();
        let mut deltas = vec![json!({"role": "assistant", "content": ""})];
        deltas.extend(torn(&self.thinking, cuts).iter().map(|text| json!({"reasoning_content": text})));
        deltas.extend(torn(&self.text, cuts).iter().map(|text| json!({"content": text})));
        let mut lanes: Vec<Vec<Value>> = Vec::new();
        for (index, (id, name, input)) in self.ids().enumerate() {
            let function = json!({"name": name, "arguments": ""});
            let mut lane = vec![json!({"index": index, "id": id, "type": "function", "function": function})];
            let torn = torn(&input.to_string(), cuts);
            lane.extend(torn.iter().map(|text| json!({"index": index, "function": {"arguments": text}})));
            lanes.push(lane);
        }
        let longest = lanes.iter().map(Vec::len).max().unwrap_or(0);
        if mixed {
            for step in 0..longest {
                let calls: Vec<&Value> = lanes.iter().filter_map(|lane| lane.get(step)).collect();
                deltas.push(json!({"tool_calls": calls}));
            }
        } else {
            deltas.extend(lanes.iter().flatten().map(|call| json!({"tool_calls": [call]})));
        }
        let chunk = |delta| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
        let mut events: Vec<String> = deltas.into_iter().map(chunk).map(|event| event.to_string()).collect();
        events.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}).to_string());
        events.push(json!({"choices": [], "usage": usage}).to_string());
        events.push("[DONE]".to_owned());
        events
    }
}

fn chat_call(id: &str, name: &str, input: &Value) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": input.to_string()}})
}

/// The text in pieces of these lengths (characters), over and over.
fn torn(text: &str, cuts: &[usize]) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let (mut pieces, mut from) = (Vec::new(), 0);
    for cut in cuts.iter().cycle() {
        if from >= letters.len() {
            break;
        }
        let to = (from + cut.max(&1)).min(letters.len());
        pieces.push(letters[from..to].iter().collect());
        from = to;
    }
    pieces
}

/// The events of a stream as bytes.
pub(crate) fn bytes(events: &[String]) -> Vec<u8> {
    let event = |data: &String| {
        let kind = serde_json::from_str::<Value>(data).ok();
        let kind = kind.as_ref().and_then(|value| value["type"].as_str()).map(|kind| format!("event: {kind}\n"));
        format!("{}data: {data}\n\n", kind.unwrap_or_default())
    };
    events.iter().map(event).collect::<String>().into_bytes()
}
