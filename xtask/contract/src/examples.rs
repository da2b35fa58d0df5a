//! A call of each row that can be pasted into a shell, with values that fit the
//! row's own schemas. `$TOKEN` and the like are set by the page's first example.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::route::{Method, Who};

use crate::operations::Operation;
use crate::schemas::resolve;

/// Where `cargo xtask dev` listens.
pub(crate) const ORIGIN: &str = "http://127.0.0.1:8787";

/// Values by the name of their field, where a value of the type alone would not do.
const VALUES: &[(&str, &str)] = &[
    ("email", "ada@example.com"),
    ("password", "correct horse battery"),
    ("refresh_token", "$REFRESH_TOKEN"),
    ("token", "$CLAIM_TOKEN"),
    ("model", "$MODEL"),
    ("content", "Good morning"),
];

/// What a path is called with that does not follow from its row: a query or a parameter's value, by operation id.
const TARGETS: &[(&str, &str)] = &[("usage.reports.read", "?group_by=day"), ("ai.models.read", "$MODEL")];

/// The fields that a form makes sense with, by operation id.
const FORMS: &[(&str, &[&str])] = &[
    ("oidc.token.create", &["grant_type=refresh_token", "client_id=$CLIENT_ID", "refresh_token=$REFRESH_TOKEN"]),
    ("oidc.grants.introspect", &["client_id=$CLIENT_ID", "client_secret=$CLIENT_SECRET", "token=$TOKEN"]),
    ("oidc.grants.revoke", &["client_id=$CLIENT_ID", "token=$TOKEN"]),
    ("oidc.device.begin", &["client_id=$CLIENT_ID", "scope=openid"]),
    ("oidc.authorize.show_form", &["client_id=$CLIENT_ID", "response_type=code"]),
];

/// Inner objects deeper than this are left out.
const DEEPEST: usize = 6;

/// The calls, each a shell command of one or more lines: the plain one, and where there is one the streamed one.
pub(crate) fn curl(operation: &Operation, all: &BTreeMap<String, Value>) -> Vec<String> {
    let body = operation.body.as_ref().map(|schema| sample("", schema, all, 0));
    let mut calls = vec![command("curl -sS", operation, body.as_deref())];
    let contents = operation.successes.iter().flat_map(|success| &success.contents);
    let mut streams = contents.filter(|content| content.media == "text/event-stream");
    if let (Some(body), Some(_)) = (body, streams.next()) {
        let fields = body.strip_suffix('}').unwrap_or(&body);
        let body = format!("{fields},\"stream\":true}}");
        calls.push(command("curl -sSN", operation, Some(&body)));
    }
    calls
}

fn command(program: &str, operation: &Operation, body: Option<&str>) -> String {
    let row = operation.row;
    let target = TARGETS.iter().find(|(id, _)| *id == operation.id).map_or("", |(_, target)| *target);
    let path = row.path.replace("{id}", "$ID");
    let path = path.split('{').next().unwrap_or_default();
    let mut words = vec![format!("{program} {}", quote_url(&format!("{ORIGIN}{path}{target}")))];
    let implied = if body.is_some() { Method::Post } else { Method::Get };
    if row.method != implied {
        words.push(format!("-X {}", row.method.as_str()));
    }
    if !matches!(row.who, Who::Public | Who::Open) {
        words.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    if let Some(body) = body {
        match fields_of_form(operation, body) {
            Some(fields) => words.extend(fields),
            None => {
                words.push("-H 'Content-Type: application/json'".to_owned());
                words.push(format!("-d {}", quote(body)));
            }
        }
    }
    words.join(" \\\n  ")
}

/// The fields of a form, as curl takes them.
fn fields_of_form(operation: &Operation, body: &str) -> Option<Vec<String>> {
    let example = FORMS.iter().find(|(id, _)| *id == operation.id).map(|(_, fields)| *fields);
    let fields: BTreeMap<String, String> = serde_json::from_str(body).unwrap_or_default();
    let plain = fields.iter().map(|(name, value)| format!("-d '{name}={value}'"));
    let given = example.map(|fields| fields.iter().map(|field| format!("-d \"{field}\"")).collect());
    operation.is_form.then(|| given.unwrap_or_else(|| plain.collect()))
}

fn quote_url(url: &str) -> String {
    if url.contains(['?', '&', '$']) { format!("\"{url}\"") } else { url.to_owned() }
}

/// JSON in single quotes; the shell's variables step out of them.
fn quote(body: &str) -> String {
    let text = body.replace('\'', "'\\''");
    let mut quoted = String::new();
    for (i, part) in text.split("\"$").enumerate() {
        match part.split_once('"') {
            Some((name, rest)) if i > 0 => quoted.push_str(&format!("\"'\"${name}\"'\"{rest}")),
            _ => quoted.push_str(part),
        }
    }
    format!("'{quoted}'")
}

/// Fields that no schema requires and no call makes sense without.
const WANTED: &[&str] = &["content"];

/// A value of the schema as JSON, with the required fields alone and in their order.
fn sample(name: &str, schema: &Value, all: &BTreeMap<String, Value>, depth: usize) -> String {
    let schema = resolve(schema, all);
    if let Some((_, value)) = VALUES.iter().find(|(field, _)| *field == name) {
        return json!(value).to_string();
    }
    if let Some(value) = schema.get("const").or_else(|| schema.get("enum")?.as_array()?.first()) {
        return value.to_string();
    }
    if let Some(choice) = ["oneOf", "anyOf", "allOf"].iter().find_map(|key| schema.get(*key)?.as_array()?.first()) {
        return sample(name, choice, all, depth);
    }
    let kind = schema.get("type");
    match kind.and_then(|kind| kind.as_str().or_else(|| kind.as_array()?.first()?.as_str())) {
        Some("object") if depth < DEEPEST => object(schema, all, depth),
        Some("object") => "{}".to_owned(),
        Some("array") => {
            let item = schema.get("items").map(|items| sample(name, items, all, depth + 1));
            format!("[{}]", item.unwrap_or_default())
        }
        Some("integer" | "number") => schema.get("minimum").map_or_else(|| "1".to_owned(), Value::to_string),
        Some("boolean") => "true".to_owned(),
        Some("null") => "null".to_owned(),
        _ => json!(if name.is_empty() { "text" } else { name }).to_string(),
    }
}

fn object(schema: &Value, all: &BTreeMap<String, Value>, depth: usize) -> String {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let fields = required.chain(WANTED.iter().copied()).filter_map(|name| {
        let field = schema.get("properties")?.get(name)?;
        Some(format!("{}:{}", json!(name), sample(name, field, all, depth + 1)))
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_step_out_of_the_quotes() {
        let body = r#"{"a":"it's","token":"$CLAIM_TOKEN"}"#;
        assert_eq!(quote(body), r#"'{"a":"it'\''s","token":"'"$CLAIM_TOKEN"'"}'"#);
    }

    #[test]
    fn a_sample_has_the_required_fields_alone_and_in_order() {
        let schema = json!({
            "type": "object", "required": ["email", "n", "by"],
            "properties": {
                "email": { "type": "string" },
                "n": { "type": ["integer", "null"], "minimum": 3 },
                "by": { "oneOf": [{ "const": "day" }] },
                "more": { "type": "string" },
            },
        });
        let expected = r#"{"email":"ada@example.com","n":3,"by":"day"}"#;
        assert_eq!(sample("", &schema, &BTreeMap::new(), 0), expected);
    }
}
