//! What `docs/ai/translation.md` says of each field is what the code does: its tables, row by row.

#![cfg(test)]

use ai::dialect::{Dialect, Said, reply, request, status};
use serde_json::{Value, json};

const PAGE: &str = include_str!("../../../docs/ai/translation.md");

/// A row of a table.
struct Row<'a> {
    field: &'a str,
    given: Value,
    fate: &'a str,
    expected: Value,
    line: &'a str,
}

fn code(cell: &str) -> &str {
    cell.trim().trim_matches('`')
}

fn parsed(cell: &str, line: &str) -> Value {
    match code(cell) {
        "" => json!({}),
        text => serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {line}")),
    }
}

/// The rows that follow a mark.
fn rows(mark: &str) -> Vec<Row<'static>> {
    let (_, rest) = PAGE.split_once(&format!("<!-- {mark} -->")).unwrap_or_else(|| panic!("no table {mark}"));
    let lines = rest.trim_start().lines().take_while(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Row<'static>> = lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let [field, given, fate, expected, _] = cells.as_slice() else { panic!("not five cells: {line}") };
            Row {
                field: code(field),
                given: parsed(given, line),
                fate: fate.trim(),
                expected: parsed(expected, line),
                line,
            }
        })
        .collect();
    assert!(rows.len() > 10, "{mark} has {} rows", rows.len());
    rows
}

/// The base with these members in place of its own.
fn with(mut base: Value, given: &Value) -> String {
    for (name, value) in given.as_object().unwrap() {
        base[name] = value.clone();
    }
    base.to_string()
}

/// Every member of `part` is in `whole`; lists have the same length.
fn within(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|other| within(value, other)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(one, other)| within(one, other))
        }
        (part, whole) => part == whole,
    }
}

fn asked(client: Dialect) -> Value {
    match client {
        Dialect::Chat => json!({"model": "mine", "messages": [{"role": "user", "content": "Hi"}]}),
        Dialect::Messages => {
            json!({"model": "mine", "max_tokens": 1000, "messages": [{"role": "user", "content": "Hi"}]})
        }
        Dialect::Responses => json!({"model": "mine", "input": "Hi"}),
    }
}

fn requests(mark: &str, client: Dialect, upstream: Dialect) {
    for Row { field, given, fate, expected, line } in rows(mark) {
        let body = with(asked(client), &given);
        let done = request(client, upstream, &body, "claude-opus-5", 4096);
        match (fate, done) {
            ("refused", Err(error)) => {
                assert_eq!(status(&error), 422, "{error}: {line}");
                let steps = error.pointer.split('/').filter(|step| !step.is_empty() && step.parse::<u32>().is_err());
                let name = steps.collect::<Vec<_>>().join(".");
                assert!(field == name || field.starts_with(&format!("{name}.")), "blames {name}: {line}");
            }
            ("mapped" | "dropped", Ok(translated)) => {
                let sent: Value = serde_json::from_slice(&translated.body).unwrap_or_else(|e| panic!("{e}: {line}"));
                assert!(within(&expected, &sent), "sent {sent}: {line}");
                let told = translated.dropped.iter().any(|name| name == field);
                assert_eq!(told, fate == "dropped", "told {:?}: {line}", translated.dropped);
                assert!(told || translated.dropped.is_empty(), "told {:?}: {line}", translated.dropped);
            }
            (fate, done) => panic!("{fate}, but {done:?}: {line}"),
        }
    }
}

#[test]
fn chat_becomes_messages_as_the_table_says() {
    requests("request chat messages", Dialect::Chat, Dialect::Messages);
}

#[test]
fn messages_become_chat_as_the_table_says() {
    requests("request messages chat", Dialect::Messages, Dialect::Chat);
}

#[test]
fn responses_become_chat_as_the_table_says() {
    requests("request responses chat", Dialect::Responses, Dialect::Chat);
}

#[test]
fn responses_become_messages_as_the_table_says() {
    requests("request responses messages", Dialect::Responses, Dialect::Messages);
}

#[test]
fn chat_becomes_responses_as_the_table_says() {
    requests("request chat responses", Dialect::Chat, Dialect::Responses);
}

#[test]
fn messages_become_responses_as_the_table_says() {
    requests("request messages responses", Dialect::Messages, Dialect::Responses);
}

fn answered(upstream: Dialect) -> Value {
    match upstream {
        Dialect::Messages => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "theirs", "stop_reason": "end_turn",
            "stop_sequence": null, "content": [{"type": "text", "text": "Yes"}],
            "usage": {"input_tokens": 5, "output_tokens": 9},
        }),
        Dialect::Responses => json!({
            "id": "resp_1", "object": "response", "created_at": 1, "model": "theirs", "status": "completed", "error": null,
            "output": [{"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "Yes", "annotations": []}]}],
            "usage": {"input_tokens": 5, "output_tokens": 9, "total_tokens": 14},
        }),
        Dialect::Chat => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "theirs",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 9},
        }),
    }
}

fn replies(mark: &str, upstream: Dialect, client: Dialect) {
    let said = Said { id: "ours".to_owned(), model: "mine".to_owned(), created_s: 7, asked: String::new() };
    let told = |json: &str| -> Value {
        serde_json::from_slice(&reply(upstream, client, json, &said).unwrap()).unwrap_or_else(|e| panic!("{e}: {json}"))
    };
    let ordinary = told(&answered(upstream).to_string());
    for Row { given, fate, expected, line, .. } in rows(mark) {
        let got = told(&with(answered(upstream), &given));
        assert!(within(&expected, &got), "told {got}: {line}");
        match fate {
            "mapped" => assert_ne!(expected, json!({}), "nothing is expected: {line}"),
            "dropped" if expected == json!({}) => assert_eq!(got, ordinary, "{line}"),
            "dropped" => {}
            _ => panic!("no fate of a reply: {line}"),
        }
    }
}

#[test]
fn messages_are_told_as_chat_as_the_table_says() {
    replies("reply messages chat", Dialect::Messages, Dialect::Chat);
}

#[test]
fn chat_is_told_as_messages_as_the_table_says() {
    replies("reply chat messages", Dialect::Chat, Dialect::Messages);
}

#[test]
fn chat_is_told_as_responses_as_the_table_says() {
    replies("reply chat responses", Dialect::Chat, Dialect::Responses);
}

#[test]
fn messages_are_told_as_responses_as_the_table_says() {
    replies("reply messages responses", Dialect::Messages, Dialect::Responses);
}

#[test]
fn responses_are_told_as_chat_as_the_table_says() {
    replies("reply responses chat", Dialect::Responses, Dialect::Chat);
}

#[test]
fn responses_are_told_as_messages_as_the_table_says() {
    replies("reply responses messages", Dialect::Responses, Dialect::Messages);
}
