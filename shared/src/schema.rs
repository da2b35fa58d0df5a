//! What a row takes and gives, as JSON Schema 2020-12, for the API description.
//! Host only: no schema travels into a Worker.

use schemars::{Schema, SchemaGenerator};

/// The inputs and the reply of one row.
pub struct Shape {
    /// One entry an extractor, in the order of the handler's arguments.
    pub inputs: Vec<Input>,
    /// The body of a success.
    pub reply: Output,
}

/// One thing an extractor reads.
pub enum Input {
    /// A JSON body.
    Body(Schema),
    /// A form: an object schema whose properties are the fields (`application/x-www-form-urlencoded`).
    Form(Schema),
    /// A JSON body that may be left out.
    OptionalBody(Schema),
    /// Query parameters: an object schema whose properties are the parameters.
    Query(Schema),
    /// The named path parameter.
    Path(&'static str),
    /// Nothing of the request's own: the caller, the context.
    Nothing,
}

/// The body of a success.
pub enum Output {
    /// JSON of this schema.
    Json(Schema),
    /// A body of this media type.
    Media(&'static str),
    /// No body.
    Empty,
}

/// A reply type that can say what it looks like.
pub trait Described {
    /// The body as the API description tells it.
    fn describe(generator: &mut SchemaGenerator) -> Output;
}

impl<T: schemars::JsonSchema> Described for T {
    fn describe(generator: &mut SchemaGenerator) -> Output {
        let schema = generator.subschema_for::<T>();
        if schema.get("type").and_then(|t| t.as_str()) == Some("null") {
            return Output::Empty;
        }
        Output::Json(schema)
    }
}

impl Described for crate::reply::Reply {
    fn describe(_: &mut SchemaGenerator) -> Output {
        Output::Media("application/json")
    }
}
