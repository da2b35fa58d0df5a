//! Whether the API description keeps the rules of OpenAPI 3.1 that can be checked
//! without its meta-schema: references, ids, parameters, replies, schema keywords.

use std::collections::BTreeSet;

use serde_json::Value;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "object", "array", "null"];

/// What is wrong with the document, one sentence each.
pub(crate) fn faults(document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    references(document, document, &mut faults);
    let mut ids = BTreeSet::new();
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
            let mut fault = |what: String| faults.push(format!("{method} {path}: {what}"));
            if !METHODS.contains(&method.as_str()) {
                fault("no such method".to_owned());
            }
            if id.is_empty() || !ids.insert(id.to_owned()) {
                fault(format!("the operation id `{id}` is missing or used twice"));
            }
            parameters(document, path, operation, &mut fault);
            replies(document, operation, &mut fault);
            declared(document, operation, &mut fault);
        }
    }
    schemas(document.pointer("/components/schemas").unwrap_or(&Value::Null), "schemas", &mut faults);
    faults
}

/// Every reference leads somewhere.
fn references(value: &Value, document: &Value, faults: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, document, faults)),
        Value::Object(fields) => {
            let place = fields.get("$ref").and_then(Value::as_str);
            let leads = |place: &str| place.strip_prefix('#').and_then(|pointer| document.pointer(pointer)).is_some();
            faults.extend(place.filter(|place| !leads(place)).map(|place| format!("{place} leads nowhere")));
            fields.values().for_each(|field| references(field, document, faults));
        }
        _ => {}
    }
}

fn followed<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let place = value.get("$ref").and_then(Value::as_str).and_then(|place| place.strip_prefix('#'));
    place.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// Path parameters are exactly those of the path; each parameter is named once and has a schema.
fn parameters(document: &Value, path: &str, operation: &Value, fault: &mut impl FnMut(String)) {
    let mut seen = BTreeSet::new();
    let mut in_path = BTreeSet::new();
    for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let parameter = followed(document, parameter);
        let field = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
        if !seen.insert((field("in"), field("name"))) || parameter.get("schema").is_none() {
            fault(format!("the parameter `{}` is there twice or has no schema", field("name")));
        }
        if field("in") == "path" {
            in_path.insert(field("name").to_owned());
            if parameter.get("required") != Some(&Value::Bool(true)) {
                fault(format!("the path parameter `{}` is not required", field("name")));
            }
        }
    }
    let named = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::to_owned);
    if named.collect::<BTreeSet<_>>() != in_path {
        fault("its path parameters are not those of the path".to_owned());
    }
}

/// There is a success, or a way on, and every reply has a status and a description.
fn replies(document: &Value, operation: &Value, fault: &mut impl FnMut(String)) {
    let replies = operation.get("responses").and_then(Value::as_object);
    if !replies.into_iter().flatten().any(|(status, _)| status.starts_with(['2', '3'])) {
        fault("it has no success".to_owned());
    }
    for (status, reply) in replies.into_iter().flatten() {
        let described = followed(document, reply).get("description").and_then(Value::as_str);
        if !status.parse().is_ok_and(|s: u16| (100..600).contains(&s)) || described.is_none_or(str::is_empty) {
            fault(format!("the reply `{status}` is no status or has no description"));
        }
    }
}

/// Tags and security schemes are declared.
fn declared(document: &Value, operation: &Value, fault: &mut impl FnMut(String)) {
    let list = |key: &str| operation.get(key).and_then(Value::as_array).into_iter().flatten();
    let tags = document.get("tags").and_then(Value::as_array);
    let declared = |tag: &Value| tags.into_iter().flatten().any(|t| t.get("name") == Some(tag));
    if let Some(tag) = list("tags").find(|tag| !declared(tag)) {
        fault(format!("the tag {tag} is not declared"));
    }
    let schemes = document.pointer("/components/securitySchemes");
    for scheme in list("security").filter_map(Value::as_object).flat_map(|wanted| wanted.keys()) {
        if schemes.and_then(|schemes| schemes.get(scheme)).is_none() {
            fault(format!("the security scheme `{scheme}` is not declared"));
        }
    }
}

/// Keywords have the form that JSON Schema 2020-12 gives them.
fn schemas(value: &Value, place: &str, faults: &mut Vec<String>) {
    let Some(fields) = value.as_object() else {
        return value.as_array().into_iter().flatten().for_each(|item| schemas(item, place, faults));
    };
    // Within `properties` the keys are names of fields, not keywords.
    let names = place.ends_with("/properties") || place == "schemas";
    if !names && fields.contains_key("nullable") {
        faults.push(format!("{place}: `nullable` is of OpenAPI 3.0"));
    }
    let kinds = fields.get("type").filter(|_| !names);
    let known = |kind: &Value| kind.as_str().is_some_and(|kind| TYPES.contains(&kind));
    if kinds.is_some_and(|kinds| !known(kinds) && !kinds.as_array().is_some_and(|all| all.iter().all(known))) {
        faults.push(format!("{place}: no such type"));
    }
    let properties = fields.get("properties").and_then(Value::as_object);
    let required = fields.get("required").filter(|_| !names).and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if properties.is_some_and(|properties| !properties.contains_key(name)) {
            faults.push(format!("{place}: `{name}` is required and not described"));
        }
    }
    for (key, field) in
        fields.iter().filter(|(key, _)| !matches!(key.as_str(), "example" | "examples" | "default" | "const"))
    {
        schemas(field, &format!("{place}/{key}"), faults);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sound() -> Value {
        json!({
            "tags": [{ "name": "shop" }],
            "paths": { "/v1/orders/{id}": { "get": {
                "operationId": "shop.orders.read",
                "tags": ["shop"],
                "security": [{ "bearer": [] }],
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
                "responses": { "200": { "description": "Done." } },
            } } },
            "components": {
                "securitySchemes": { "bearer": {} },
                "schemas": { "Order": {
                    "type": ["object", "null"],
                    "required": ["type"],
                    "properties": { "type": { "type": "string" } },
                } },
            },
        })
    }

    /// The faults of the sound document after a change at `pointer`.
    fn after(pointer: &str, value: Value) -> Vec<String> {
        let mut document = sound();
        *document.pointer_mut(pointer).unwrap() = value;
        faults(&document)
    }

    #[test]
    fn a_sound_document_has_no_faults() {
        assert_eq!(faults(&sound()), Vec::<String>::new());
    }

    #[test]
    fn broken_rules_are_found() {
        let get = "/paths/~1v1~1orders~1{id}/get";
        let order = "/components/schemas/Order";
        let broken = [
            (format!("{get}/operationId"), json!("")),
            (format!("{get}/tags"), json!(["other"])),
            (format!("{get}/security"), json!([{ "other": [] }])),
            (format!("{get}/parameters"), json!([])),
            (format!("{get}/parameters/0/required"), json!(false)),
            (format!("{get}/responses"), json!({ "404": { "description": "x" } })),
            (format!("{get}/responses/200"), json!({})),
            (format!("{get}/responses/200"), json!({ "$ref": "#/components/responses/Nothing" })),
            (format!("{order}/type"), json!("money")),
            (format!("{order}/required"), json!(["nothing"])),
            (format!("{order}/properties/type"), json!({ "nullable": true })),
        ];
        for (pointer, value) in broken {
            assert!(!after(&pointer, value.clone()).is_empty(), "{pointer} {value}");
        }
    }

    #[test]
    fn one_operation_id_is_one_operation() {
        let get = sound().pointer("/paths/~1v1~1orders~1{id}/get").cloned().unwrap();
        assert!(!after("/paths/~1v1~1orders~1{id}", json!({ "get": get, "post": get })).is_empty());
    }
}
