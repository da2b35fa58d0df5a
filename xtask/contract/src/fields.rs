//! The fields of a body as rows of a table: name, type and meaning, with the fields
//! of inner objects below their own.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::html;
use crate::schemas::resolve;

/// Inner objects are followed this deep; deeper ones say their type alone.
const DEEPEST: usize = 4;

/// The schemas by name.
type All = BTreeMap<String, Value>;

/// The table of a body's fields, or what the body is when it has none.
pub(crate) fn table(schema: &Value, all: &All) -> String {
    let mut rows = Vec::new();
    collect(schema, all, "", 0, &mut rows);
    if rows.is_empty() {
        let schema = resolve(schema, all);
        let about = about(schema);
        return if about.is_empty() { String::new() } else { format!("<p>{}</p>\n", html::prose(&about)) };
    }
    let open = resolve(schema, all).get("additionalProperties") == Some(&Value::Bool(true));
    let further = if open { "<p>Fields that are not named here are passed on unchanged.</p>\n" } else { "" };
    html::table(&["Field", "Type", "Meaning"], &rows) + further
}

/// The cells of one field or parameter.
pub(crate) fn row(name: &str, required: bool, schema: &Value, all: &All) -> Vec<String> {
    let mark = if required { "" } else { " <small>optional</small>" };
    let kind = html::prose(&kind(schema, all));
    let about = [schema, resolve(present(schema), all)].into_iter().map(about).find(|text| !text.is_empty());
    let lines: Vec<String> = about.into_iter().chain(variants(schema, all)).map(|line| html::prose(&line)).collect();
    // Long names may break behind a dot.
    let name = html::escape(name).replace('.', ".<wbr>");
    vec![format!("<code>{name}</code>{mark}"), kind, lines.join("<br>")]
}

fn collect(schema: &Value, all: &All, prefix: &str, depth: usize, rows: &mut Vec<Vec<String>>) {
    if depth > DEEPEST {
        return;
    }
    let schema = resolve(present(schema), all);
    if let Some(items) = schema.get("items") {
        return collect(items, all, &format!("{prefix}[]"), depth, rows);
    }
    for (name, required, field) in fields(schema) {
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        rows.push(row(&path, required, field, all));
        collect(field, all, &path, depth + 1, rows);
    }
    for part in ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten() {
        collect(part, all, prefix, depth + 1, rows);
    }
}

/// Name, whether it is required, schema: the required ones first, in the order of their type's declaration.
fn fields(schema: &Value) -> Vec<(&str, bool, &Value)> {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let required: Vec<&str> = required.filter_map(Value::as_str).collect();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let first = required.iter().filter_map(|name| Some((*name, true, properties.get(*name)?)));
    let mut others: Vec<_> = properties.iter().filter(|(name, _)| !required.contains(&name.as_str())).collect();
    others.sort_unstable_by_key(|(name, _)| name.as_str());
    first.chain(others.into_iter().map(|(name, schema)| (name.as_str(), false, schema))).collect()
}

/// What stands beside `null`, where a value may be absent.
fn present(schema: &Value) -> &Value {
    let choices = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice);
    match choices {
        Some([value, null] | [null, value]) if null.get("type").and_then(Value::as_str) == Some("null") => value,
        _ => schema,
    }
}

fn about(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // A value alone is no sentence.
    let value = text.strip_suffix("`.").filter(|rest| rest.starts_with('`') && rest.matches('`').count() == 1);
    value.map_or_else(|| text.clone(), |value| format!("{value}`"))
}

/// What each of an enumeration's values means, where they say so.
fn variants(schema: &Value, all: &All) -> Vec<String> {
    let choices = resolve(present(schema), all).get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let said = choices.filter_map(|choice| Some((choice.get("const")?.as_str()?, about(choice))));
    said.filter(|(_, about)| !about.is_empty()).map(|(value, about)| format!("`{value}`: {about}")).collect()
}

/// The type in words: `string (email)`, `list of integer`, `one of …`.
pub(crate) fn kind(schema: &Value, all: &All) -> String {
    let schema = resolve(present(schema), all);
    let values = constants(schema);
    if !values.is_empty() {
        return values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    }
    let choices = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(*key)?.as_array());
    if let Some(choices) = choices.filter(|_| schema.get("type").is_none()) {
        let mut kinds: Vec<String> = choices.iter().map(|choice| kind(choice, all)).collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    let names = match schema.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
        _ => vec!["any"],
    };
    let names: Vec<String> = names.into_iter().map(|name| one_kind(name, schema, all)).collect();
    names.join(" or ") + &bounds(schema)
}

fn one_kind(name: &str, schema: &Value, all: &All) -> String {
    match (name, schema.get("items"), schema.get("additionalProperties"), schema.get("format").and_then(Value::as_str))
    {
        ("array", Some(items), _, _) => format!("list of {}", kind(items, all)),
        ("array", None, _, _) => "list".to_owned(),
        ("object", _, Some(value @ Value::Object(_)), _) => format!("map to {}", kind(value, all)),
        ("string", _, _, Some(format @ ("email" | "uri" | "date" | "date-time"))) => format!("string ({format})"),
        _ => name.to_owned(),
    }
}

fn constants(schema: &Value) -> Vec<String> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let choices = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten().filter_map(|c| c.get("const"));
    let values = schema.get("const").into_iter().chain(listed).chain(choices);
    values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
}

/// `, 8 to 256 characters`.
fn bounds(schema: &Value) -> String {
    let number = |key: &str| schema.get(key).and_then(Value::as_u64);
    let text = match (number("minLength"), number("maxLength")) {
        (Some(least), Some(most)) => format!(", {least} to {most} characters"),
        (None, Some(most)) => format!(", at most {most} characters"),
        (Some(least), None) => format!(", at least {least} characters"),
        (None, None) => String::new(),
    };
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(least), Some(most)) => format!("{text}, {least} to {most}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn all() -> All {
        let user = json!({
            "type": "object", "required": ["id", "a"],
            "properties": {
                "a": { "type": "array", "items": { "type": "string" } },
                "id": { "type": "string", "description": "`usr_…`." },
                "more": { "anyOf": [{ "$ref": "#/components/schemas/User" }, { "type": "null" }] },
            },
        });
        All::from([("User".to_owned(), user)])
    }

    #[test]
    fn required_fields_come_first_and_inner_ones_below_their_own() {
        let mut rows = Vec::new();
        collect(&json!({ "$ref": "#/components/schemas/User" }), &all(), "", 3, &mut rows);
        let names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        let optional = |name: &str| format!("<code>{name}</code> <small>optional</small>");
        let inner = optional("more.<wbr>more");
        assert_eq!(
            names,
            [
                "<code>id</code>",
                "<code>a</code>",
                &optional("more"),
                "<code>more.<wbr>id</code>",
                "<code>more.<wbr>a</code>",
                &inner
            ]
        );
    }

    #[test]
    fn types_are_told_in_words() {
        let kinds = [
            (json!({ "type": ["string", "null"], "maxLength": 9 }), "string, at most 9 characters"),
            (json!({ "type": "array", "items": { "type": "integer" } }), "list of integer"),
            (json!({ "oneOf": [{ "const": "day" }, { "const": "user" }] }), "`day`, `user`"),
            (json!({ "anyOf": [{ "type": "string" }, { "type": "array" }] }), "string or list"),
            (json!({ "type": "object", "additionalProperties": { "type": "string" } }), "map to string"),
            (json!({}), "any"),
        ];
        for (schema, words) in kinds {
            assert_eq!(kind(&schema, &all()), words);
        }
    }
}
