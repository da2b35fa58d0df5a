//! Rows of the database as names and values. One way to read all of them: a type for each kind of row would bring its own copy
//! of the reader, and this Worker has a dozen kinds. The statements are constant and tested; what a row does not have reads as
//! nothing.

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::db::Statement;
use shared::platform::Platform;
use shared::problem::Problem;

/// A row.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Columns(Map<String, Value>);

impl Columns {
    /// A text, taken out.
    pub fn text(&mut self, name: &str) -> String {
        self.maybe(name).unwrap_or_default()
    }

    /// A text or NULL, taken out.
    pub fn maybe(&mut self, name: &str) -> Option<String> {
        match self.0.get_mut(name).map(Value::take) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// A number.
    pub fn number(&self, name: &str) -> u64 {
        self.maybe_number(name).unwrap_or(0)
    }

    /// A number or NULL.
    pub fn maybe_number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }
}

/// Runs statements as one transaction: the rows of each.
///
/// # Errors
/// 503 when the database fails.
pub async fn batch(platform: &Platform, statements: Vec<Statement>) -> Result<Vec<Vec<Columns>>, Problem> {
    let count = statements.len();
    let mut rows = platform.db().batch(statements).await?;
    let mut all = Vec::with_capacity(count);
    for place in 0..count {
        all.push(rows.take(place)?);
    }
    Ok(all)
}

/// Runs statements as one transaction: the first row of the last.
///
/// # Errors
/// 503 when the database fails.
pub async fn last(platform: &Platform, statements: Vec<Statement>) -> Result<Option<Columns>, Problem> {
    let rows = batch(platform, statements).await?.pop();
    Ok(rows.and_then(|rows| rows.into_iter().next()))
}

/// Runs two statements as one transaction: whether the first has a row, and the first row of the second.
///
/// # Errors
/// 503 when the database fails.
pub async fn pair(platform: &Platform, one: Statement, other: Statement) -> Result<(bool, Option<Columns>), Problem> {
    let mut rows = batch(platform, vec![one, other]).await?;
    let row = rows.pop().and_then(|rows| rows.into_iter().next());
    Ok((rows.pop().is_some_and(|rows| !rows.is_empty()), row))
}
