//! Texts of all dialects are found, and nothing else.

use super::*;

fn seen(json: &str, roots: Option<&[&str]>) -> Vec<String> {
    let found = texts(json, roots);
    found.texts.iter().map(|text| format!("{}={}", text.name, &json[text.at.clone()])).collect()
}

#[test]
fn texts_of_all_dialects_are_found_and_nothing_else() {
    let chat = r#"{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"a","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}}],"usage":{"text":"n"}}"#;
    assert_eq!(seen(chat, None), [r#"content="a""#, r#"arguments="{}""#]);
    let messages =
        r#"{"content":[{"type":"text","text":"a"},{"type":"tool_use","name":"f","input":{"q":[1,{"content":"x"}]}}]}"#;
    assert_eq!(seen(messages, None), [r#"text="a""#, r#"input={"q":[1,{"content":"x"}]}"#]);
    let responses = r#"{"input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"function_call_output","output":"b"}],"instructions":"c","tools":[{"content":"no"}],"x":{"text":"no"}}"#;
    let roots = ["input", "instructions"];
    assert_eq!(seen(responses, Some(&roots)), [r#"text="a""#, r#"output="b""#, r#"instructions="c""#]);
}

#[test]
fn names_with_escapes_and_lists_of_texts_are_texts_too() {
    assert_eq!(seen(r#"{"input":["a",["b"],"c"]}"#, None), [r#"input="a""#, r#"input="b""#, r#"input="c""#]);
    assert_eq!(seen(r#"{"\u0063ontent" : "a" , "x" : "b"}"#, None), [r#"content="a""#]);
}

#[test]
fn levels_know_their_scalars_and_places() {
    let json = r#"{"object":"o","choices":[{"delta":{"content":"x"},"index":7},{"delta":{},"index":8}]}"#;
    let found = texts(json, None);
    let delta = &found.levels[found.texts[0].level];
    let choice = &found.levels[delta.parent];
    assert_eq!(
        (&*delta.name, &*choice.name, choice.place, choice.number("index")),
        ("delta", "choices", Some(0), Some(7))
    );
    assert_eq!(found.root().unwrap().scalar("object"), Some("\"o\""));
}

#[test]
fn broken_and_deep_json_is_no_trouble() {
    for json in [
        "",
        "{",
        "{\"",
        "{\"content\":\"",
        "{\"content\":\"a\\",
        "[[[",
        "}",
        "{\"a\":1",
        "\"x\"",
        "{\"input\":{\"input\":{",
    ] {
        texts(json, None);
    }
    assert!(texts(&"[".repeat(1_000_000), None).too_deep);
    let deep = format!("{{\"messages\":{}{}}}", "[".repeat(70), "]".repeat(70));
    assert!(texts(&deep, Some(&["messages"])).too_deep);
    assert!(!texts(&format!("{{\"other\":{}{}}}", "[".repeat(70), "]".repeat(70)), Some(&["messages"])).too_deep);
}
