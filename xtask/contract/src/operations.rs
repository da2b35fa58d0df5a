//! One row as its callers see it: everything the API description and the reference
//! page say about it, gathered from the table, the types and the handler's comment.
//! Not here: how it is written down (`openapi`, `docs`).

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use shared::route::{Limit, Row, Who};
use shared::schema::{Input, Output};

use crate::failures;
use crate::prose::{self, Prose};
use crate::schemas::{Schemas, resolve};
use crate::tables::{self, Function};
use crate::titles;
use crate::untyped;

/// One query parameter.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) schema: Value,
}

/// A body: its media type and its schema.
pub(crate) struct Content {
    pub(crate) media: &'static str,
    pub(crate) schema: Value,
}

/// A success.
pub(crate) struct Success {
    pub(crate) status: u16,
    pub(crate) about: String,
    /// One entry a media type; empty for no body.
    pub(crate) contents: Vec<Content>,
    /// Headers beside those every reply has.
    pub(crate) headers: &'static [&'static str],
}

/// One row.
pub(crate) struct Operation {
    pub(crate) function: &'static Function,
    pub(crate) row: &'static Row,
    /// `auth.sessions.create`.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) prose: Prose,
    /// The path's parameters; `*` before a name that may contain `/`.
    pub(crate) path: Vec<&'static str>,
    pub(crate) query: Vec<Parameter>,
    pub(crate) body: Option<Value>,
    /// Whether the body is a form instead of JSON.
    pub(crate) is_form: bool,
    /// Whether the body may be left out.
    pub(crate) bodiless: bool,
    pub(crate) successes: Vec<Success>,
    /// The statuses of its failures, in order.
    pub(crate) failures: Vec<u16>,
}

/// All rows, with the schemas they use and those of errors.
pub(crate) struct Contract {
    pub(crate) operations: Vec<Operation>,
    pub(crate) schemas: BTreeMap<String, Value>,
}

impl Contract {
    /// Reads the tables, and the handlers' comments under `root`, the project's folder.
    ///
    /// # Errors
    /// One sentence a fault.
    pub(crate) fn read(functions: &'static [Function], root: &Path) -> Result<Self, Vec<String>> {
        let mut schemas = Schemas::new();
        let mut faults = tables::faults(functions);
        let mut operations = Vec::new();
        for function in functions {
            for row in function.rows() {
                match operation(function, row, root, &mut schemas) {
                    Ok(operation) => operations.push(operation),
                    Err(fault) => faults.push(fault),
                }
            }
        }
        let errors = failures::schemas(&mut schemas);
        let (requests, mut written): (Vec<&Value>, Vec<&Value>) = roots(&operations);
        written.extend(&errors);
        let schemas = schemas.reached_from(&requests, &written).map_err(|fault| faults.push(fault));
        match schemas {
            Ok(schemas) if faults.is_empty() => Ok(Self { operations, schemas }),
            _ => Err(faults),
        }
    }

    /// The operations of one function.
    pub(crate) fn of<'c>(&'c self, function: &Function) -> impl Iterator<Item = &'c Operation> {
        self.operations.iter().filter(move |operation| operation.function.name() == function.name())
    }
}

fn roots(operations: &[Operation]) -> (Vec<&Value>, Vec<&Value>) {
    let queries = operations.iter().flat_map(|o| &o.query).map(|parameter| &parameter.schema);
    let requests = operations.iter().filter_map(|o| o.body.as_ref()).chain(queries);
    let contents = operations.iter().flat_map(|o| &o.successes).flat_map(|success| &success.contents);
    (requests.collect(), contents.map(|content| &content.schema).collect())
}

fn operation(
    function: &'static Function,
    row: &'static Row,
    root: &Path,
    schemas: &mut Schemas,
) -> Result<Operation, String> {
    let id = format!("{}.{}", function.name(), row.handler.replace("::", ".").replace(' ', ""));
    let prose = prose::of(root, function.name(), &row.handler.replace(' ', ""))?;
    let mut query = Vec::new();
    let mut body = untyped::request(&id, schemas);
    let (mut is_form, mut bodiless) = (untyped::is_form(&id), false);
    for input in (row.shape)(&mut schemas.requests).inputs {
        match input {
            Input::Body(schema) => body = Some(schema.to_value()),
            Input::Form(schema) => (body, is_form) = (Some(schema.to_value()), true),
            Input::OptionalBody(schema) => (body, bodiless) = (Some(schema.to_value()), true),
            Input::Query(schema) => query = parameters(&schema.to_value()),
            Input::Path(_) | Input::Nothing => {}
        }
    }
    let successes = match untyped::replies(&id, schemas) {
        Some(given) => given,
        None => vec![described(&id, row, schemas)?],
    };
    let path = tables::path_parameters(row.path);
    let failures = failures::statuses(row, &prose, body.is_some(), !query.is_empty(), !path.is_empty());
    let title = titles::of(&id, row);
    Ok(Operation { title, function, row, id, prose, path, query, body, is_form, bodiless, successes, failures })
}

/// What the reply's type says.
fn described(id: &str, row: &Row, schemas: &mut Schemas) -> Result<Success, String> {
    let contents = match (row.shape)(&mut schemas.replies).reply {
        Output::Json(schema) => vec![Content { media: "application/json", schema: schema.to_value() }],
        Output::Empty => Vec::new(),
        Output::Media(_) => {
            return Err(format!("{id} replies with a raw `Reply`: describe it in xtask/contract/src/untyped.rs"));
        }
    };
    let about = contents.first().map_or("Done; no body.", |content| {
        let schema = resolve(&content.schema, schemas.replies.definitions());
        schema.get("description").and_then(Value::as_str).unwrap_or("Done.")
    });
    let about = about.to_owned();
    Ok(Success { status: row.status, about, contents, headers: &[] })
}

fn parameters(schema: &Value) -> Vec<Parameter> {
    let required = schema.get("required").and_then(Value::as_array);
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let parameter = |(name, schema): (&String, &Value)| Parameter {
        name: name.clone(),
        required: required.is_some_and(|names| names.iter().any(|n| n.as_str() == Some(name))),
        schema: without_null(schema),
    };
    fields.map(parameter).collect()
}

/// A parameter that is not sent is absent; it is never null.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(fields) = schema.as_object_mut() else { return schema };
    fields.retain(|key, value| key != "default" || !value.is_null());
    if let Some(kinds) = fields.get_mut("type").and_then(Value::as_array_mut) {
        kinds.retain(|kind| kind != "null");
    }
    let only =
        fields.get("type").and_then(Value::as_array).filter(|kinds| kinds.len() == 1).and_then(|kinds| kinds.first());
    if let Some(kind) = only.cloned() {
        fields.insert("type".to_owned(), kind);
    }
    schema
}

/// Who may call, for people.
pub(crate) const fn who(who: Who) -> &'static str {
    match who {
        Who::Public => "anyone",
        Who::Open => "anyone; more with a token",
        Who::User => "signed in",
        Who::Session => "signed in, session checked",
        Who::Admin => "administrators",
    }
}

/// The word of the table's column.
pub(crate) const fn limit(limit: Limit) -> &'static str {
    match limit {
        Limit::None => "none",
        Limit::Normal => "normal",
        Limit::Strict => "strict",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_fields_of_a_query_are_parameters() {
        let schema = json!({ "properties": { "from": { "type": "string" }, "to": {} }, "required": ["to"] });
        let parameters = parameters(&schema);
        let facts: Vec<(&str, bool)> = parameters.iter().map(|p| (p.name.as_str(), p.required)).collect();
        assert_eq!(facts, [("from", false), ("to", true)]);
    }

    #[test]
    fn a_parameter_is_never_null() {
        let schema = json!({ "type": ["string", "null"], "default": null });
        assert_eq!(without_null(&schema), json!({ "type": "string" }));
        let schema = json!({ "$ref": "#/x", "default": "model" });
        assert_eq!(without_null(&schema), schema);
    }

    #[test]
    fn a_raw_reply_that_nobody_described_is_refused() {
        let row = auth::TABLE.rows.iter().find(|row| row.handler == "accounts::create").unwrap();
        assert!(described("x.y", row, &mut Schemas::new()).is_err_and(|fault| fault.contains("untyped.rs")));
    }
}
