//! What clients read, as the database tells it: rows come as JSON in the very shape of the reply, and go out as they are. A
//! Worker that took each apart and put it together again would weigh a fifth more. Not here: the shapes (`model`,
//! `hooks/model`), by which the API is described.

use std::marker::PhantomData;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use shared::cx::Cx;
use shared::page::{Limit, Page};
use shared::problem::Problem;

use crate::columns::Columns;

/// JSON in the shape of `T`.
#[derive(Debug)]
pub struct Shown<T>(Box<RawValue>, PhantomData<T>);

impl<T> Shown<T> {
    /// What a row says.
    ///
    /// # Errors
    /// 500 for what is no JSON, which the database does not make.
    pub fn of(json: &str) -> Result<Self, Problem> {
        shared::json::read(json).map(|raw| Self(raw, PhantomData)).map_err(Problem::internal)
    }
}

impl<T> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Shown<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// A page of what these rows show, ordered by their ids.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn page<T>(cx: &Cx, limit: Limit, rows: Vec<Columns>) -> Result<Page<Shown<T>>, Problem> {
    let rows = rows.into_iter().map(|mut row| (row.text("id"), row.text("shown"))).collect();
    let null = |_| Shown(RawValue::NULL.to_owned(), PhantomData);
    shared::page::page(
        cx,
        limit,
        rows,
        |(id, _): &(String, String)| id.clone(),
        |(_, shown)| Shown::of(&shown).unwrap_or_else(null),
    )
}

/// A time as clients read it, of a column of milliseconds.
#[macro_export]
macro_rules! rfc3339_sql {
    ($column:literal) => {
        concat!("strftime('%Y-%m-%dT%H:%M:%fZ', ", $column, " / 1000.0, 'unixepoch')")
    };
}

/// An analysis as clients read it (`model::Analysis`), of the columns of `analyses`.
#[macro_export]
macro_rules! analysis_sql {
    () => {
        concat!(
            "json_object('id', id, 'file_id', file_id, 'task', task, 'settings', json(settings), 'model', model, 'status', status, \
'retries', failures + unfit, 'rerun_of', rerun_of, 'webhook_url', webhook_url, 'result', json(result), 'error', json(error), \
'call', json(CASE WHEN request_id IS NOT NULL THEN json_object('request_id', request_id, 'model_version', model_version, \
'provider', provider, 'prompt_tokens', prompt_tokens, 'completion_tokens', completion_tokens, 'cost_nano_usd', cost_nano_usd) END), \
'duration_ms', max(0, ended_at - started_at), 'created_at', ",
            $crate::rfc3339_sql!("created_at"),
            ", 'started_at', ",
            $crate::rfc3339_sql!("started_at"),
            ", 'ended_at', ",
            $crate::rfc3339_sql!("ended_at"),
            ")"
        )
    };
}
