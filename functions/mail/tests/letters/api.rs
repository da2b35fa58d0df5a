//! Mail APIs as data.

use mail::http::Api;
use mail::letter::{Composed, Content};
use proptest::prelude::{any, proptest};
use serde_json::{Value, json};

fn letter(subject: &str) -> Composed<'_> {
    let content = Content { subject: subject.to_owned(), text: "text".to_owned(), html: "<p>html</p>".to_owned() };
    Composed { id: "let_1", from: "post@shop.example", from_name: "Shop", to: "ada@example.com", content }
}

fn check(body: &str, subject: &str) -> Value {
    Api::new("https://api.example".to_owned(), "", body).unwrap().body(&letter(subject))
}

#[test]
fn the_shape_is_resends_where_none_is_given() {
    let expected = json!({
        "from": "Shop <post@shop.example>", "to": ["ada@example.com"],
        "subject": "Hello", "text": "text", "html": "<p>html</p>",
    });
    assert_eq!(check("", "Hello"), expected);
}

#[test]
fn another_shape_is_data() {
    let body = r#"{"From":"{{from_address}}","Nested":[{"n":"{{ from_name }}","id":"x-{{id}}"}],"Track":false,"Odd":"{{what}} {{"}"#;
    let expected = json!({
        "From": "post@shop.example", "Nested": [{"n": "Shop", "id": "x-let_1"}], "Track": false, "Odd": "{{what}} {{",
    });
    assert_eq!(check(body, "Hello"), expected);
}

#[test]
fn what_is_put_in_is_not_looked_at_again() {
    assert_eq!(check(r#"{"s":"{{subject}}"}"#, "{{html}} {{"), json!({"s": "{{html}} {{"}));
}

proptest! {
    #[test]
    fn no_letter_changes_the_structure(subject in any::<String>()) {
        let body = check(r#"{"a":"{{subject}}","b":["{{subject}}!"]}"#, &subject);
        assert_eq!(body, json!({"a": subject, "b": [format!("{subject}!")]}));
        let read: Value = serde_json::from_str(&body.to_string()).unwrap();
        assert_eq!(read, body);
    }
}
