//! A translated stream tells what the translated plain reply of the same answer does, however it is torn.

#![cfg(test)]

mod answers;
mod assembly;
#[path = "streams/feed.rs"]
mod feed;

use std::sync::Arc;

use ai::dialect::{Dialect, Said, Stream, reply};
use ai::money::usage::UsagePointers;
use ai::stream::scan::{Options, Outcome, Scanner};
use answers::{answer, bytes};
use assembly::{assembled, data};
use feed::feed;
use proptest::prelude::*;
use serde_json::{Value, json};

fn said() -> Said {
    let asked = "{\"model\":\"mine\",\"temperature\":0.5,\n\"tools\":[\r\n{\"type\":\"function\"}]}";
    Said { id: "ours".to_owned(), model: "mine".to_owned(), created_s: 7, asked: asked.to_owned() }
}

fn pointers(upstream: Dialect) -> UsagePointers {
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let names = match upstream {
        Dialect::Messages | Dialect::Responses => ["/input_tokens", "/output_tokens"],
        Dialect::Chat => ["/prompt_tokens", "/completion_tokens"],
    };
    UsagePointers {
        reply: of(&["/usage"]),
        prompt: of(&names[..1]),
        completion: of(&names[1..]),
        ..UsagePointers::default()
    }
}

/// What a client gets of a stream that is translated, and what the gateway knows at its end.
fn translated(upstream: Dialect, client: Dialect, pieces: &[&[u8]]) -> (Vec<u8>, Outcome) {
    let options = Options::new(Arc::new(pointers(upstream)), false).spoken(upstream);
    let scanner = Scanner::new(options).translated_by(Stream::new(upstream, client, said(), true));
    feed(scanner, pieces)
}

const PAIRS: [(Dialect, Dialect); 8] = [
    (Dialect::Messages, Dialect::Chat),
    (Dialect::Chat, Dialect::Messages),
    (Dialect::Chat, Dialect::Responses),
    (Dialect::Messages, Dialect::Responses),
    (Dialect::Responses, Dialect::Chat),
    (Dialect::Responses, Dialect::Messages),
    (Dialect::Chat, Dialect::Chat),
    (Dialect::Messages, Dialect::Messages),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_put_together_is_the_plain_reply(
        answer in answer(),
        cuts in prop::collection::vec(1..9_usize, 1..6),
        mixed in any::<bool>(),
    ) {
        for (upstream, client) in PAIRS {
            let plain = reply(upstream, client, &answer.plain(upstream), &said()).unwrap();
            let plain: Value = serde_json::from_slice(&plain).unwrap();
            let stream = bytes(&answer.events(upstream, &cuts, mixed));
            let (got, outcome) = translated(upstream, client, &[&stream]);
            prop_assert!(outcome.done_seen && !outcome.truncated && !outcome.error_seen);
            prop_assert_eq!(assembled(client, &got), plain, "{:?}", (upstream, client));
            let usage = outcome.usage.unwrap().usage;
            prop_assert_eq!((usage.prompt_tokens, usage.completion_tokens), if upstream == Dialect::Messages { (5, 9) } else { (8, 9) });
        }
    }

    #[test]
    fn any_split_of_the_bytes_gives_the_same(
        answer in answer(),
        cuts in prop::collection::vec(1..9_usize, 1..6),
        at in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        pair in prop::sample::select(PAIRS.to_vec()),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let (upstream, client) = pair;
        let text = String::from_utf8(bytes(&answer.events(upstream, &cuts, true))).unwrap().replace('\n', line_end);
        let stream = text.as_bytes();
        let mut at: Vec<usize> = at.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        at.extend([0, stream.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        let whole = translated(upstream, client, &[stream]);
        prop_assert_eq!(&translated(upstream, client, &pieces), &whole);
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(&translated(upstream, client, &single), &whole);
    }

    #[test]
    fn a_stream_that_is_cut_has_no_clean_end(
        answer in answer(),
        pair in prop::sample::select(PAIRS.to_vec()),
        cut in any::<prop::sample::Index>(),
    ) {
        let (upstream, client) = pair;
        let stream = bytes(&answer.events(upstream, &[3], false));
        // Without the last event, and perhaps much more.
        let last = stream.windows(2).enumerate().filter(|(_, end)| end == b"\n\n").map(|(i, _)| i + 2).rev().nth(1).unwrap();
        let (got, outcome) = translated(upstream, client, &[&stream[..cut.index(last + 1)]]);
        prop_assert!(outcome.truncated);
        let events = data(&got);
        let ends = ["message_stop", "response.completed", "response.incomplete"];
        prop_assert!(!events.iter().any(|event| *event == "[DONE]" || ends.iter().any(|end| event["type"] == *end)));
    }

    #[test]
    fn no_bytes_whatever_make_it_panic(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
        pair in prop::sample::select(PAIRS.to_vec()),
    ) {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        translated(pair.0, pair.1, &pieces);
    }
}

#[test]
fn an_error_in_the_stream_is_told_in_the_clients_dialect_and_nothing_after_it() {
    let chat = br#"data: {"error":{"message":"sk-secret","type":"server_error"}}"#;
    let messages = br#"data: {"type":"error","error":{"type":"overloaded_error","message":"x"}}"#;
    let responses =
        br#"data: {"type":"response.failed","response":{"error":{"code":"server_error","message":"sk-secret"}}}"#;
    for (upstream, client) in PAIRS {
        let event: &[u8] = match upstream {
            Dialect::Chat => chat,
            Dialect::Messages => messages,
            Dialect::Responses => responses,
        };
        let stream = [event, b"\n\ndata: [DONE]\n\ndata: {\"type\":\"message_stop\"}\n\n"].concat();
        let (got, outcome) = translated(upstream, client, &[&stream]);
        let events = data(&got);
        assert_eq!(events.len(), 1, "{events:?}");
        assert!(outcome.error_seen && !String::from_utf8(got).unwrap().contains("secret"));
        let overloaded = upstream == Dialect::Messages;
        match client {
            Dialect::Messages if overloaded => assert_eq!(events[0]["error"]["type"], "overloaded_error"),
            Dialect::Messages => assert_eq!(events[0]["error"]["type"], "api_error"),
            Dialect::Chat if overloaded => assert_eq!(events[0]["error"]["code"], "upstream_overloaded"),
            Dialect::Chat => assert_eq!(events[0]["error"]["code"], "upstream_error"),
            Dialect::Responses => assert_eq!(events[0]["type"], "error"),
        }
    }
}

#[test]
fn an_event_that_is_no_json_fails_the_stream() {
    let stream = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: <html>\n\ndata: [DONE]\n\n";
    let (got, outcome) = translated(Dialect::Chat, Dialect::Messages, &[stream]);
    assert!(outcome.error_seen);
    assert_eq!(data(&got).last().unwrap()["type"], "error");
}

#[test]
fn comments_keep_the_connection_alive_in_every_dialect() {
    let (got, _) = translated(Dialect::Chat, Dialect::Messages, &[b": ping\n\n"]);
    assert_eq!(got, b": ping\n\n");
}

#[test]
fn usage_told_only_at_the_beginning_is_no_usage_of_the_whole() {
    let start = br#"data: {"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}"#;
    let stream = [start.as_slice(), b"\n\n"].concat();
    let (_, outcome) = translated(Dialect::Messages, Dialect::Chat, &[&stream]);
    assert_eq!(outcome.usage, None);
    assert_eq!(outcome.early_usage.unwrap().usage.prompt_tokens, 5);
}

#[test]
fn text_between_two_calls_is_told_in_its_place_once_the_call_is_whole() {
    let chunk = |delta: Value| json!({"choices": [{"index": 0, "delta": delta}]}).to_string();
    let call = |index, arguments| json!({"tool_calls": [{"index": index, "id": "c", "function": {"name": "f", "arguments": arguments}}]});
    let events = [
        chunk(call(0, "{}")),
        chunk(json!({"content": "and"})),
        chunk(call(1, "{\"a\":")),
        chunk(json!({"content": " so on"})),
        chunk(call(1, "1}")),
        "[DONE]".to_owned(),
    ];
    let (got, _) = translated(Dialect::Chat, Dialect::Messages, &[&bytes(&events)]);
    let content = assembled(Dialect::Messages, &got)["content"].clone();
    let kinds: Vec<&str> = content.as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["tool_use", "text", "tool_use", "text"]);
    assert_eq!((&content[2]["input"], &content[3]["text"]), (&json!({"a": 1}), &json!(" so on")));
}

#[test]
fn the_names_and_ids_a_server_forgets_are_made_up() {
    let body = r#"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"id":"","function":{"name":"g","arguments":""}}]},"finish_reason":"stop"}]}"#;
    let told: Value = serde_json::from_slice(&reply(Dialect::Chat, Dialect::Messages, body, &said()).unwrap()).unwrap();
    assert_eq!(told["content"][0], json!({"type": "tool_use", "id": "call_ours_0", "name": "f", "input": {"a": 1}}));
    assert_eq!(told["content"][1], json!({"type": "tool_use", "id": "call_ours_1", "name": "g", "input": {}}));
    assert_eq!(told["stop_reason"], "tool_use");
}

#[test]
fn a_reply_of_another_shape_is_untranslatable() {
    for body in ["", "[]", "{}", "<html>", r#"{"choices":[]}"#, r#"{"choices":[{"message":3}]}"#, r#"{"content":"x"}"#]
    {
        assert!(reply(Dialect::Chat, Dialect::Messages, body, &said()).is_err(), "{body}");
        assert!(reply(Dialect::Messages, Dialect::Chat, body, &said()).is_err(), "{body}");
        assert!(reply(Dialect::Responses, Dialect::Chat, body, &said()).is_err(), "{body}");
    }
}

#[test]
fn a_piece_of_another_item_than_the_last_fails_the_stream() {
    let events = [
        json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "function_call", "call_id": "a", "name": "f"}}),
        json!({"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{}"}),
    ];
    let (got, outcome) =
        translated(Dialect::Responses, Dialect::Messages, &[&bytes(&events.map(|event| event.to_string()))]);
    assert!(outcome.error_seen);
    assert_eq!(data(&got).last().unwrap()["type"], "error");
}

#[test]
fn a_letter_torn_between_two_deltas_is_whole_again() {
    let delta = |text: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#);
    let events = [delta(r"\ud83d"), delta(r"\ude00"), "[DONE]".to_owned()];
    let (got, _) = translated(
        Dialect::Chat,
        Dialect::Responses,
        &[&{ events.iter().map(|data| format!("data: {data}\n\n")).collect::<String>().into_bytes() }],
    );
    let text = String::from_utf8(got).unwrap();
    assert!(text.contains(r#""type":"response.output_text.done","sequence_number":6"#), "{text}");
    assert!(text.contains(r#""text":"\ud83d\ude00","logprobs":[]"#), "{text}");
}
