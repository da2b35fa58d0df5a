//! Statements: SQL with its parameters, made by a function's `store` and run by
//! `platform::Db` in one batch, D1's only transaction. Nothing is run here.

use serde::{Deserialize, Serialize};

/// One bound parameter. Booleans are integers, ids and times beyond 2^53 are text
/// (D1 carries numbers as f64).
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// NULL.
    Null,
    /// An integer, exact to 2^53.
    Integer(i64),
    /// Text.
    Text(String),
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u64> for Param {
    fn from(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Param {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl<T: Into<Self>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// SQL and its parameters. The SQL is a constant: no request text can become SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The text, with `?1`, `?2`…
    pub sql: &'static str,
    /// The values, in order.
    pub params: Vec<Param>,
}

/// Builds a `Statement`: `sql!("SELECT … WHERE id = ?1", id)`.
#[macro_export]
macro_rules! sql {
    ($sql:expr $(, $param:expr)* $(,)?) => {
        $crate::db::Statement { sql: $sql, params: ::std::vec![$($crate::db::Param::from($param)),*] }
    };
}

/// Why a batch failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DbError {
    /// A UNIQUE, CHECK or NOT NULL constraint or a `RAISE(ABORT)`: a lost race or a broken rule.
    /// Nothing of the batch was kept. Holds the database's own words, for matching and the log.
    Constraint(String),
    /// The database could not be reached or refused the statement. Of a write the outcome is unknown.
    Failed(String),
}

impl DbError {
    /// Whether this is the violation of a constraint that names `what` (`users.email`).
    pub fn violates(&self, what: &str) -> bool {
        matches!(self, Self::Constraint(text) if text.contains(what))
    }

    /// Reads the kind of failure from the database's own words.
    pub fn of(text: String) -> Self {
        let constraint = ["constraint failed", "SQLITE_CONSTRAINT"].iter().any(|mark| text.contains(mark));
        if constraint { Self::Constraint(text) } else { Self::Failed(text) }
    }
}

impl From<DbError> for crate::problem::Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Constraint(text) => Self::internal(text),
            DbError::Failed(text) => {
                Self::from(crate::problem::Code::Unavailable).because(text).header("Retry-After", "1")
            }
        }
    }
}

/// A row that is only asked for its existence: `SELECT 1 AS one …`.
#[derive(Debug, Deserialize, Serialize)]
pub struct One {
    /// Always 1.
    pub one: i64,
}
