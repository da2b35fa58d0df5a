//! One operation of the API description (OpenAPI 3.1 §4.8.10).

use serde_json::{Map, Value, json};
use shared::route::{Row, Who};

use crate::failures;
use crate::headers;
use crate::operations::{Operation, Success, limit};
use crate::permissions;
use crate::untyped;

/// The Operation Object of a row.
pub(crate) fn describe(operation: &Operation) -> Value {
    let row = operation.row;
    let mut object = json!({
        "operationId": operation.id,
        "summary": operation.title,
        "tags": [operation.function.name()],
        "security": security(row),
        "responses": responses(operation),
        "x-who": permissions::who(row.who),
        "x-limit": limit(row.limit),
    });
    let mut add = |key: &str, value: Value| {
        if let Some(object) = object.as_object_mut() {
            object.insert(key.to_owned(), value);
        }
    };
    if row.marks.proof {
        add("x-proof", true.into());
    }
    if row.marks.fresh {
        add("x-fresh", true.into());
    }
    let description = description(operation);
    if !description.is_empty() {
        add("description", description.into());
    }
    let parameters = parameters(operation);
    if let Some(scope) = row.scope {
        add("x-scope", scope.as_str().into());
    }
    if !parameters.is_empty() {
        add("parameters", parameters.into());
    }
    if let Some(schema) = &operation.body {
        let media = untyped::media(&operation.id, operation.is_form);
        let content = json!({ media: { "schema": schema } });
        add("requestBody", json!({ "required": !operation.bodiless, "content": content }));
    }
    object
}

fn description(operation: &Operation) -> String {
    let mut paragraphs = operation.prose.paragraphs.clone();
    paragraphs.extend(operation.prose.errors.as_ref().map(|errors| format!("Errors: {errors}")));
    paragraphs.join("\n\n")
}

/// Empty for public rows: none is asked for. Open rows take none, too.
fn security(row: &Row) -> Value {
    match (row.who, row.scope) {
        (Who::Public, _) => json!([]),
        (Who::Open, _) => json!([{}, { "bearer": [] }, { "key": [] }, { "api_key": [] }, { "signature": [] }]),
        (_, Some(_)) => json!([{ "bearer": [] }, { "key": [] }, { "api_key": [] }, { "signature": [] }]),
        (_, None) => json!([{ "bearer": [] }]),
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let path = operation.path.iter().map(|name| {
        let about = name.starts_with('*').then(|| "May contain `/`.".into());
        parameter("path", name.trim_start_matches('*'), true, about, json!({ "type": "string" }))
    });
    let query = operation.query.iter().map(|asked| {
        let mut schema = asked.schema.clone();
        let about = schema.as_object_mut().and_then(|fields| fields.remove("description"));
        parameter("query", &asked.name, asked.required, about, schema)
    });
    let shared = |when: bool, name: &str| when.then(|| json!({ "$ref": format!("#/components/parameters/{name}") }));
    let marks = operation.row.marks;
    let headers = [
        shared(marks.once, "IdempotencyKey"),
        shared(marks.cached, "IfNoneMatch"),
        shared(marks.proof, "SelvageProof"),
    ];
    path.chain(query).chain(headers.into_iter().flatten()).collect()
}

fn parameter(place: &str, name: &str, required: bool, about: Option<Value>, schema: Value) -> Value {
    let mut parameter = json!({ "name": name, "in": place, "required": required, "schema": schema });
    if let (Some(parameter), Some(about)) = (parameter.as_object_mut(), about) {
        parameter.insert("description".to_owned(), about);
    }
    parameter
}

fn responses(operation: &Operation) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    for success in &operation.successes {
        responses.insert(success.status.to_string(), reply(operation, success));
    }
    if operation.row.marks.cached {
        let headers = headers::references(["X-Request-Id", "ETag", "Cache-Control"]);
        responses.insert("304".to_owned(), json!({ "description": "Not changed; no body.", "headers": headers }));
    }
    for status in &operation.failures {
        // What a row says of itself is more than what its dialect says.
        if responses.contains_key(&status.to_string()) {
            continue;
        }
        let name = failures::name(operation.row.dialect, *status);
        responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }));
    }
    Value::Object(responses)
}

fn reply(operation: &Operation, success: &Success) -> Value {
    let names = headers::of(operation.row).into_iter().chain(success.headers.iter().copied());
    let mut reply = json!({ "description": success.about, "headers": headers::references(names) });
    let media = |content: &crate::operations::Content| (content.media.to_owned(), json!({ "schema": content.schema }));
    if let (Some(reply), false) = (reply.as_object_mut(), success.contents.is_empty()) {
        reply.insert("content".to_owned(), success.contents.iter().map(media).collect());
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_a_scope_take_keys_and_public_rows_ask_for_nothing() {
        let of = |path: &str| {
            let mut rows = auth::TABLE.rows.iter().chain(usage::TABLE.rows);
            security(rows.find(|row| row.path == path).unwrap())
        };
        assert_eq!(of("/v1/auth/login"), json!([]));
        assert_eq!(of("/v1/auth/me"), json!([{ "bearer": [] }]));
        assert_eq!(of("/v1/usage"), json!([{ "bearer": [] }, { "key": [] }, { "api_key": [] }, { "signature": [] }]));
    }
}
