//! Documents of guards: what is read, and what is refused with a pointer to it.

use ai::guard::Guard;

/// The pointer of the fault.
fn fault(json: &str) -> String {
    Guard::read(json).map(|_| String::new()).unwrap_or_else(|error| error.pointer)
}

#[test]
fn a_document_is_read_to_its_last_member_or_refused_at_the_first_fault() {
    for (json, pointer) in [
        (r#"{"rules":[]}"#, ""),
        (r#"{"rules":[{"id":"a","find":["email"],"on":["reply"],"action":"count","with":"[x]"}]}"#, ""),
        (r#"{"rules":[{"id":"a","judge":{"model":"m","policy":"p","on_failure":"pass"},"on":["request"]}]}"#, ""),
        (r#"{}"#, "/rules"),
        (r#"{"rules":[{"find":["email"]}]}"#, "/rules/0/id"),
        (r#"{"rules":[{"id":"a b","find":["email"]}]}"#, "/rules/0/id"),
        (r#"{"rules":[{"id":"a","find":["mail"]}]}"#, "/rules/0/find/0"),
        (r#"{"rules":[{"id":"a"}]}"#, "/rules/0/find"),
        (r#"{"rules":[{"id":"a","words":["x"],"action":"drop"}]}"#, "/rules/0/action"),
        (r#"{"rules":[{"id":"a","words":[" "]}]}"#, "/rules/0/words/0"),
        (r#"{"rules":[{"id":"a","words":["a\"b"]}]}"#, "/rules/0/words/0"),
        (r#"{"rules":[{"id":"a","words":["x"],"with":"a\\b"}]}"#, "/rules/0/with"),
        (r#"{"rules":[{"id":"a","words":["x"],"on":["both"]}]}"#, "/rules/0/on/0"),
        (r#"{"rules":[{"id":"a","words":["x"],"more":1}]}"#, "/rules/0/more"),
        (r#"{"rules":[{"id":"a","judge":{"model":"m","policy":"p"},"find":["email"]}]}"#, "/rules/0/find"),
        (r#"{"rules":[{"id":"a","judge":{"model":"m","policy":"p"},"on":["reply"]}]}"#, "/rules/0/on"),
        (r#"{"rules":[{"id":"a","judge":{"model":"m"}}]}"#, "/rules/0/judge/policy"),
    ] {
        assert_eq!(fault(json), pointer, "{json}");
    }
}

#[test]
fn too_many_words_are_refused() {
    let words: Vec<String> = (0..5_001).map(|i| format!("\"w{i}\"")).collect();
    assert_eq!(fault(&format!(r#"{{"rules":[{{"id":"a","words":[{}]}}]}}"#, words.join(","))), "/rules");
}
