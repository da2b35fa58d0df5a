//! What the table says of each row's input and reply.

use schemars::SchemaGenerator;
use shared::schema::{Input, Output};

use crate::probe::TABLE;

/// Inputs and reply of a row, in words.
fn check(handler: &str) -> String {
    let row = TABLE.rows.iter().find(|row| row.handler == handler).unwrap();
    let shape = (row.shape)(&mut SchemaGenerator::default());
    let input = |input: &Input| match input {
        Input::Body(schema) => format!("body {}", schema.as_value()["$ref"]),
        Input::OptionalBody(schema) => format!("optional body {}", schema.as_value()["$ref"]),
        Input::Query(schema) => format!("query {}", schema.as_value()["required"]),
        Input::Form(_) => "form".to_owned(),
        Input::Path(name) => format!("path {name}"),
        Input::Nothing => "nothing".to_owned(),
    };
    let mut words: Vec<String> = shape.inputs.iter().map(input).collect();
    words.push(match shape.reply {
        Output::Json(schema) => format!("json {}", schema.as_value()["$ref"]),
        Output::Media(media) => media.to_owned(),
        Output::Empty => "empty".to_owned(),
    });
    words.join(", ")
}

#[test]
fn every_extractor_and_reply_describes_itself() {
    assert_eq!(check("keep"), "body \"#/$defs/Note\", json \"#/$defs/Page\"");
    assert_eq!(check("list"), "query [\"from\",\"to\"], json \"#/$defs/Range\"");
    assert_eq!(check("read"), "nothing, path id, json \"#/$defs/Added\"");
    assert_eq!(check("delete"), "path id, empty");
    assert_eq!(check("raw"), "body \"#/$defs/Wish\", application/json");
}

#[test]
fn a_secret_is_described_as_a_password() {
    let mut generator = SchemaGenerator::default();
    let schema = generator.subschema_for::<shared::secret::Secret>();
    assert_eq!(schema.as_value(), &serde_json::json!({"type": "string", "format": "password"}));
}
