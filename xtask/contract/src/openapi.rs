//! The API description: OpenAPI 3.1, whose schemas are JSON Schema 2020-12.
//! Here the document; one operation of it is in `operation`.

use serde_json::{Map, Value, json};
use shared::route::Dialect;

use crate::failures;
use crate::headers;
use crate::operation;
use crate::operations::Contract;
use crate::tables::{self, Function};

const ABOUT: &str = "Sign-in, and AI models with a price for every call, as small functions at the edge. Requests and \
replies are JSON in UTF-8 with `snake_case` names; times are RFC 3339 in UTC; AI costs are whole nano-dollars.";

/// The document.
pub(crate) fn document(contract: &Contract, functions: &[Function]) -> Value {
    let tag = |function: &Function| json!({ "name": function.name(), "description": function.about });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Selvage",
            "version": "1",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{ "url": "/", "description": "The origin this description is read from." }],
        "tags": functions.iter().map(tag).collect::<Vec<_>>(),
        "paths": paths(contract),
        "components": {
            "schemas": contract.schemas,
            "responses": responses(contract),
            "headers": headers::components(),
            "parameters": headers::parameters(),
            "securitySchemes": security_schemes(),
        },
    })
}

/// The document as it is committed and served: keys in order, indented by one space, with a line break at the end.
pub(crate) fn text(document: &Value) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, format);
    serde::Serialize::serialize(&in_order(document), &mut serializer)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned() + "\n")
}

/// The same value with its keys in order, whatever features `serde_json` was built with.
fn in_order(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(in_order).collect(),
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort_unstable();
            keys.into_iter().filter_map(|key| Some((key.clone(), in_order(fields.get(key)?)))).collect()
        }
        other => other.clone(),
    }
}

fn paths(contract: &Contract) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in &contract.operations {
        let path = tables::plain_path(operation.row.path);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(operation.row.method.as_str().to_lowercase(), operation::describe(operation));
        }
    }
    Value::Object(paths)
}

/// The failures that rows refer to, each described once.
fn responses(contract: &Contract) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    for operation in &contract.operations {
        for status in &operation.failures {
            let dialect = operation.row.dialect;
            responses.entry(failures::name(dialect, *status)).or_insert_with(|| failure(dialect, *status));
        }
    }
    Value::Object(responses)
}

fn failure(dialect: Dialect, status: u16) -> Value {
    let names = ["X-Request-Id"].iter().chain(failures::headers(status)).copied();
    json!({
        "description": failures::about(status),
        "headers": headers::references(names),
        "content": { failures::media(dialect): { "schema": failures::schema(dialect) } },
    })
}

fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The `access_token` of a sign-in.",
        },
        "key": {
            "type": "http", "scheme": "bearer", "bearerFormat": "sk-slv1-…",
            "description": "An API key that has the row's `x-scope`.",
        },
        "api_key": {
            "type": "apiKey", "in": "header", "name": "x-api-key",
            "description": "An access token or an API key, where Anthropic's clients put it.",
        },
        "signature": {
            "type": "apiKey", "in": "header", "name": "Signature",
            "description": "A signature by RFC 9421, with `Signature-Input`, of an API key that was made with a public key and \
    has the row's `x-scope`.",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_in_order() {
        let text = text(&json!({ "b": [{ "d": 1, "c": 2 }], "a": null })).unwrap();
        assert_eq!(text, "{\n \"a\": null,\n \"b\": [\n  {\n   \"c\": 2,\n   \"d\": 1\n  }\n ]\n}\n");
    }
}
