//! Streams: a client that puts the pieces together gets what the plain reply would have said, however it was torn.

use std::collections::BTreeMap;

use ai::stream::sse::{self, Framer};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{BLOCKING, MASKING, guard, reply};

/// What goes out for a stream, and whether it was let to its end.
fn screened(document: &str, stream: &str) -> (String, bool) {
    let mut guard = guard(document).stream().unwrap();
    let (mut framer, mut from, mut out) = (Framer::default(), 0, Vec::new());
    while let Some(end) = framer.next_block_end(stream.as_bytes(), from) {
        if !guard.push(&stream.as_bytes()[from..end.end], &mut out) {
            return (String::from_utf8(out).unwrap(), false);
        }
        from = end.end;
    }
    guard.end(&mut out);
    (String::from_utf8(out).unwrap(), true)
}

fn events(stream: &str) -> Vec<Value> {
    let data = stream.split("\n\n").filter_map(|block| sse::data(block.as_bytes(), false));
    data.filter_map(|data| serde_json::from_slice(&data).ok()).collect()
}

/// The texts of a chat stream, each put together: by choice and name, of tools also by number.
fn chat_texts(stream: &str) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for event in events(stream) {
        for choice in event["choices"].as_array().into_iter().flatten() {
            for name in ["content", "reasoning_content"] {
                add(&mut texts, format!("{}/{name}", choice["index"]), &choice["delta"][name]);
            }
            for tool in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
                add(&mut texts, format!("{}/tool{}", choice["index"], tool["index"]), &tool["function"]["arguments"]);
            }
        }
    }
    texts
}

fn add(texts: &mut BTreeMap<String, String>, key: String, piece: &Value) {
    if let Some(piece) = piece.as_str() {
        texts.entry(key).or_default().push_str(piece);
    }
}

fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let event = json!({"id":"c","object":"chat.completion.chunk","created":1,"model":"m",
        "choices":[{"index":0,"delta":delta,"finish_reason":finish}]});
    format!("data: {event}\n\n")
}

fn said(pieces: &[&str]) -> String {
    let chunks = pieces.iter().map(|piece| chunk(&json!({"content": piece}), None));
    chunks.chain([chunk(&json!({}), Some("stop")), "data: [DONE]\n\n".to_owned()]).collect()
}

#[test]
fn a_stream_without_anything_to_mask_passes_byte_for_byte() {
    let stream =
        ": hi\n\nevent: x\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"\\u4f60 1. \"}}]}\r\n\r\ndata: [DONE]\n\n";
    assert_eq!(screened(MASKING, stream), (stream.to_owned(), true));
}

#[test]
fn what_may_still_become_something_waits_and_the_rest_goes_on_at_once() {
    let mut guard = guard(MASKING).stream().unwrap();
    let mut push = |piece: &str| {
        let mut out = Vec::new();
        assert!(guard.push(chunk(&json!({"content": piece}), None).as_bytes(), &mut out));
        let out = String::from_utf8(out).unwrap();
        chat_texts(&out).remove("0/content").unwrap()
    };
    assert_eq!(push("你好，Mail "), "你好，Mail ");
    assert_eq!(push("bob"), "");
    assert_eq!(push("@b.org"), "");
    assert_eq!(push(", 138"), "[email], ");
    assert_eq!(push("001380001"), "");
    assert_eq!(push(" "), "138001380001 ");
}

#[test]
fn the_rest_comes_before_the_end_in_an_event_of_its_own() {
    let (out, _) = screened(MASKING, &said(&["It is 138", "00138000"]));
    let events = events(&out);
    assert_eq!(events.len(), 4);
    assert_eq!(
        events[2],
        json!({"id":"c","object":"chat.completion.chunk","created":1,"model":"m",
        "choices":[{"index":0,"delta":{"content":"[phone]"},"finish_reason":null}]})
    );
    assert_eq!(events[3]["choices"][0]["finish_reason"], "stop");
    assert!(out.ends_with("data: [DONE]\n\n"));
}

#[test]
fn a_stream_that_breaks_off_still_tells_what_was_held() {
    let (out, _) = screened(MASKING, &chunk(&json!({"content": "ask bob"}), None));
    assert_eq!(chat_texts(&out)["0/content"], "ask bob");
}

#[test]
fn thoughts_are_complete_when_the_answer_begins() {
    let stream = [
        chunk(&json!({"reasoning_content": "so I say"}), None),
        chunk(&json!({"content": "Hi "}), None),
        chunk(&json!({}), Some("stop")),
    ];
    let (out, _) = screened(MASKING, &stream.concat());
    let order: Vec<Value> = events(&out).into_iter().map(|event| event["choices"][0]["delta"].clone()).collect();
    let expected = [
        json!({"reasoning_content": "so I "}),
        json!({"reasoning_content": "say"}),
        json!({"content": "Hi "}),
        json!({}),
    ];
    assert_eq!(order, expected);
}

#[test]
fn tools_that_are_called_side_by_side_are_kept_apart() {
    let tool =
        |index: u64, piece: &str| chunk(&json!({"tool_calls":[{"index":index,"function":{"arguments":piece}}]}), None);
    let stream = [
        tool(0, "{\"to\":\"a@"),
        tool(1, "{\"n\":138"),
        tool(0, "b.cd"),
        tool(1, "00138000"),
        tool(0, "\"}"),
        tool(1, "}"),
        chunk(&json!({}), Some("tool_calls")),
    ];
    let texts = chat_texts(&screened(MASKING, &stream.concat()).0);
    assert_eq!(texts["0/tool0"], r#"{"to":"[email]"}"#);
    assert_eq!(texts["0/tool1"], r#"{"n":"[phone]"}"#);
}

#[test]
fn a_word_that_is_denied_ends_the_stream_before_it() {
    let (out, whole) = screened(BLOCKING, &said(&["We call it ", "fal", "con", " here"]));
    assert!(!whole && !out.contains("fal"), "{out}");
    assert_eq!(chat_texts(&out)["0/content"], "We call it ");
    assert!(screened(BLOCKING, &said(&["falcons"])).1);
}

#[test]
fn messages_tell_the_rest_before_their_block_ends() {
    let event = |name: &str, data: Value| format!("event: {name}\ndata: {data}\n\n");
    let delta = |index: u64, delta: Value| {
        event("content_block_delta", json!({"type":"content_block_delta","index":index,"delta":delta}))
    };
    let stop = |index: u64| event("content_block_stop", json!({"type":"content_block_stop","index":index}));
    let stream = [
        delta(0, json!({"type":"thinking_delta","thinking":"think of bob"})),
        delta(0, json!({"type":"signature_delta","signature":"13800138000"})),
        stop(0),
        delta(1, json!({"type":"text_delta","text":"Mail a@b"})),
        delta(1, json!({"type":"text_delta","text":".cd"})),
        stop(1),
        delta(2, json!({"type":"input_json_delta","partial_json":"{\"n\":138001"})),
        delta(2, json!({"type":"input_json_delta","partial_json":"38000}"})),
        stop(2),
    ];
    let (out, _) = screened(MASKING, &stream.concat());
    let expected = [
        delta(0, json!({"type":"thinking_delta","thinking":"think of "})),
        delta(0, json!({"type":"thinking_delta","thinking":"bob"})),
        delta(0, json!({"type":"signature_delta","signature":"13800138000"})),
        stop(0),
        delta(1, json!({"type":"text_delta","text":"Mail "})),
        delta(1, json!({"type":"text_delta","text":""})),
        delta(1, json!({"type":"text_delta","text":"[email]"})),
        stop(1),
        delta(2, json!({"type":"input_json_delta","partial_json":"{\"n\":"})),
        delta(2, json!({"type":"input_json_delta","partial_json":"\"[phone]\"}"})),
        stop(2),
    ];
    assert_eq!(events(&out), events(&expected.concat()));
    let closing = r#"data: {"index":1,"type":"content_block_delta","delta":{"type":"text_delta","text":"[email]"}}"#;
    assert!(out.contains(&format!("event: content_block_delta\n{closing}\n\n")), "{out}");
}

#[test]
fn responses_are_numbered_anew_and_their_whole_texts_agree() {
    let event = |data: Value| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap());
    let delta = |number: u64, piece: &str| {
        event(
            json!({"type":"response.output_text.delta","sequence_number":number,"item_id":"i","output_index":0,"content_index":0,"delta":piece,"logprobs":[{"token":"13800138000"}]}),
        )
    };
    let done = |number: u64, text: &str| {
        event(
            json!({"type":"response.output_text.done","sequence_number":number,"item_id":"i","output_index":0,"content_index":0,"text":text}),
        )
    };
    let completed = |number: u64, text: &str| {
        event(
            json!({"type":"response.completed","sequence_number":number,"response":{"output":[{"type":"message","content":[{"type":"output_text","text":text}]}]}}),
        )
    };
    let stream =
        [delta(4, "It is 138"), delta(5, "00138000"), done(6, "It is 13800138000"), completed(7, "It is 13800138000")];
    let (out, _) = screened(MASKING, &stream.concat());
    let events = events(&out);
    let numbers: Vec<u64> = events.iter().filter_map(|event| event["sequence_number"].as_u64()).collect();
    assert_eq!(numbers, [4, 5, 6, 7, 8]);
    assert_eq!(
        events[2],
        json!({"type":"response.output_text.delta","sequence_number":6,"item_id":"i","output_index":0,"content_index":0,"delta":"[phone]"})
    );
    assert_eq!(events[3]["text"], "It is [phone]");
    assert_eq!(events[4]["response"]["output"][0]["content"][0]["text"], "It is [phone]");
    assert_eq!(events[0]["logprobs"], json!([]));
    assert!(!out.contains("13800138000"));
}

fn bits() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "alice",
        "@",
        "example.com",
        " ",
        "138",
        "00138000",
        "4111",
        "1111",
        "-",
        "+86 ",
        "falcon",
        "fal",
        "con",
        "机",
        "密",
        "。",
        "\"",
        "\\",
        "\n",
        "😀",
        "x",
    ]);
    prop::collection::vec(bits, 0..5).prop_map(|bits| bits.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_stream_says_what_the_plain_reply_says(
        thoughts in prop::collection::vec(bits(), 0..4),
        pieces in prop::collection::vec(bits(), 0..8),
        arguments in prop::collection::vec(bits(), 0..4),
        together in any::<bool>(),
    ) {
        let called = serde_json::to_string(&json!({"q": arguments.concat(), "n": 13_800_138_000_u64})).unwrap();
        let cut = called.char_indices().map(|(at, _)| at).nth(called.chars().count() / 2).unwrap();
        let tool = |piece: &str| json!({"tool_calls":[{"index":0,"function":{"arguments":piece}}]});
        let mut stream: String = thoughts.iter().map(|piece| chunk(&json!({"reasoning_content": piece}), None)).collect();
        stream.extend(pieces.iter().map(|piece| chunk(&json!({"content": piece}), None)));
        stream += &chunk(&tool(&called[..cut]), None);
        stream += &chunk(&tool(&called[cut..]), together.then_some("stop"));
        if !together {
            stream += &chunk(&json!({}), Some("stop"));
        }
        let message = json!({"content": pieces.concat(), "reasoning_content": thoughts.concat(),
            "tool_calls": [{"function": {"arguments": called}}]});
        let plain: Value = serde_json::from_str(&reply(&guard(MASKING), &json!({"choices":[{"message":message}]}).to_string())).unwrap();
        let (out, _) = screened(MASKING, &stream);
        let texts = chat_texts(&out);
        let text = |name: &str| texts.get(name).cloned().unwrap_or_default();
        let message = &plain["choices"][0]["message"];
        prop_assert_eq!(text("0/content"), message["content"].as_str().unwrap());
        prop_assert_eq!(text("0/reasoning_content"), message["reasoning_content"].as_str().unwrap());
        prop_assert_eq!(text("0/tool0"), message["tool_calls"][0]["function"]["arguments"].as_str().unwrap());
        prop_assert!(serde_json::from_str::<Value>(&text("0/tool0")).is_ok());
    }

    #[test]
    fn nothing_a_provider_sends_is_trouble(data in "\\PC{0,80}", event in prop::option::of("[a-z.]{0,8}")) {
        guard(MASKING).stream().unwrap().screen(event.as_deref(), &data);
        guard(MASKING).stream().unwrap().screen(event.as_deref(), &format!("{{\"choices\":[{{\"delta\":{{\"content\":{data}}}}}]}}"));
    }
}
