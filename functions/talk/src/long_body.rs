//! Bodies that hold texts to work on: longer than those of other rows, and bounded all the same.

use serde::de::DeserializeOwned;
use shared::cx::Cx;
use shared::extract::{Extract, from_json, read_body, require_json};
use shared::problem::Problem;

/// Bytes of such a body.
pub const LONGEST: usize = 512 * 1024;

/// A JSON object of at most `LONGEST` bytes; unknown fields are refused by the types themselves.
pub struct LongJson<T>(pub T);

#[cfg(target_arch = "wasm32")]
impl<T: DeserializeOwned> Extract for LongJson<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        long_body(cx).await.map(Self)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: DeserializeOwned + schemars::JsonSchema> Extract for LongJson<T> {
    async fn extract(cx: &Cx) -> Result<Self, Problem> {
        long_body(cx).await.map(Self)
    }

    fn describe(generator: &mut schemars::SchemaGenerator) -> shared::schema::Input {
        shared::schema::Input::Body(generator.subschema_for::<T>())
    }
}

async fn long_body<T: DeserializeOwned>(cx: &Cx) -> Result<T, Problem> {
    require_json(cx)?;
    let bytes = read_body(cx, LONGEST).await?;
    // Our bodies are objects; serde would read an array as one, field by field.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Problem::invalid("", "invalid", "must be an object"));
    }
    from_json(&bytes)
}
