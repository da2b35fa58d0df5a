//! The failures a row can give: their statuses, their schemas in each dialect and
//! the headers they come with. The statuses follow from the row's columns and
//! inputs, and from the section `# Errors` of its handler.

use serde_json::{Value, json};
use shared::problem::Code;
use shared::route::{Dialect, Limit, Row, Who};

use crate::prose::Prose;
use crate::schemas::{PLACE, Schemas};

/// The statuses of a row's failures, in order. 405 belongs to a path, not to a row, and is left out.
pub(crate) fn statuses(row: &Row, prose: &Prose, body: bool, query: bool, path: bool) -> Vec<u16> {
    let mut statuses = vec![500, 503];
    let mut add = |when: bool, more: &[u16]| {
        if when {
            statuses.extend(more);
        }
    };
    add(row.who != Who::Public, &[401]);
    add(matches!(row.who, Who::Session | Who::Admin) || row.scope.is_some(), &[403]);
    add(row.limit != Limit::None, &[429]);
    add(body, &[400, 413, 415, 422]);
    add(query, &[422]);
    add(path, &[404]);
    add(row.marks.proof, &[428]);
    add(row.marks.slow, &[502, 504]);
    add(row.marks.once, &[400, 409, 413, 422]);
    add(true, &prose.statuses());
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

/// `Problem401`: the name of the reply in the API description.
pub(crate) fn name(dialect: Dialect, status: u16) -> String {
    format!("{}{status}", schema_name(dialect))
}

/// The codes with a status, for people.
pub(crate) fn about(status: u16) -> String {
    let codes = Code::ALL.iter().map(|code| code.facts()).filter(|facts| facts.0 == status);
    codes.map(|(_, code, title)| format!("`{code}`: {title}.")).collect::<Vec<_>>().join(" ")
}

/// The headers a failure has beside those of every reply.
pub(crate) const fn headers(status: u16) -> &'static [&'static str] {
    match status {
        401 => &["WWW-Authenticate"],
        405 => &["Allow"],
        428 => &["Selvage-Challenge", "Retry-After"],
        429 => &["Retry-After", "RateLimit", "RateLimit-Policy"],
        503 => &["Retry-After"],
        _ => &[],
    }
}

/// The media type of a dialect's errors.
pub(crate) const fn media(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Problem => "application/problem+json",
        Dialect::Openai | Dialect::Anthropic | Dialect::Oauth => "application/json",
    }
}

/// The schema of a dialect's errors, by reference.
pub(crate) fn schema(dialect: Dialect) -> Value {
    json!({ "$ref": format!("{PLACE}{}", schema_name(dialect)) })
}

const fn schema_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Problem => "Problem",
        Dialect::Openai => "OpenaiError",
        Dialect::Anthropic => "AnthropicError",
        Dialect::Oauth => "OauthError",
    }
}

/// Makes the schemas of all dialects; references to them.
pub(crate) fn schemas(schemas: &mut Schemas) -> Vec<Value> {
    schemas.problem();
    schemas.add(schema_name(Dialect::Openai), openai());
    schemas.add(schema_name(Dialect::Anthropic), anthropic());
    schemas.add(schema_name(Dialect::Oauth), oauth());
    [Dialect::Problem, Dialect::Openai, Dialect::Anthropic, Dialect::Oauth].map(schema).to_vec()
}

fn openai() -> Value {
    json!({
        "description": "An error, as OpenAI's clients read it.",
        "type": "object",
        "required": ["error"],
        "properties": { "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": { "type": "string", "description": "This occurrence, for people." },
                "type": { "type": "string", "description": "The class of the error, in OpenAI's words." },
                "param": { "type": ["string", "null"], "description": "The parameter that is wrong." },
                "code": { "type": ["string", "null"], "description":
                    "The kind of problem, as in `Problem`; `insufficient_quota` for a budget that is used up." },
            },
        } },
    })
}

fn oauth() -> Value {
    json!({
        "description": "An error, as OAuth's clients read it (RFC 6749 §5.2).",
        "type": "object",
        "required": ["error", "error_description"],
        "properties": {
            "error": { "type": "string", "description":
                "OAuth's name of the error; `temporarily_unavailable` or `server_error` where the fault is ours." },
            "error_description": { "type": "string", "description": "This occurrence, for the app's developer." },
        },
    })
}

fn anthropic() -> Value {
    json!({
        "description": "An error, as Anthropic's clients read it.",
        "type": "object",
        "required": ["type", "error"],
        "properties": {
            "type": { "const": "error" },
            "error": {
                "type": "object",
                "required": ["type", "message"],
                "properties": {
                    "type": { "type": "string", "description": "The class of the error, in Anthropic's words." },
                    "message": { "type": "string", "description": "This occurrence, for people." },
                },
            },
            "request_id": { "type": "string", "description": "As in the `X-Request-Id` header; absent where a provider's answer is told." },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::tests::SHOP;

    #[test]
    fn a_public_constant_fails_only_when_we_fail() {
        assert_eq!(statuses(&SHOP.table.rows[0], &Prose::default(), false, false, false), [500, 503]);
    }

    #[test]
    fn a_user_row_with_a_path_parameter_and_a_body_has_their_failures() {
        let prose = Prose { paragraphs: Vec::new(), errors: Some("402 without money.".to_owned()) };
        let found = statuses(&SHOP.table.rows[1], &prose, true, false, true);
        assert_eq!(found, [400, 401, 402, 404, 413, 415, 422, 429, 500, 503]);
    }

    #[test]
    fn schemas_by_hand_fit_what_is_sent() {
        let problem = shared::problem::Problem::invalid("/model", "missing", "is missing");
        for (dialect, schema) in
            [(Dialect::Openai, openai()), (Dialect::Anthropic, anthropic()), (Dialect::Oauth, oauth())]
        {
            let body: Value = serde_json::from_str(&problem.body(dialect, "req_1", "/v1/x").1).unwrap();
            for (object, schema) in [(&body, &schema), (&body["error"], &schema["properties"]["error"])] {
                // In OAuth's the error is a name.
                if object.is_string() {
                    continue;
                }
                let keys = |object: &Value| -> Vec<String> {
                    let mut keys: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
                    keys.sort_unstable();
                    keys
                };
                let sent = keys(object);
                assert_eq!(sent, keys(&schema["properties"]));
                let required = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str);
                assert!(required.into_iter().all(|name| sent.iter().any(|one| one == name)));
            }
        }
    }
}
