//! D1. A batch is its only transaction: all statements take effect, or none.

use std::rc::Rc;

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::{D1Result, Env};

use super::RoundTrips;
use crate::db::{DbError, Param, Statement};

/// The database bound as `DB`.
pub struct Db {
    env: Env,
    trips: Rc<RoundTrips>,
}

/// The rows of each statement of a batch.
pub struct Rows(Vec<D1Result>);

impl Rows {
    /// The rows of the statement at this place.
    ///
    /// # Errors
    /// When a row does not have this shape.
    pub fn take<T: DeserializeOwned>(&mut self, statement: usize) -> Result<Vec<T>, DbError> {
        self.0.get(statement).map_or_else(|| Ok(Vec::new()), |result| result.results().map_err(failed))
    }
}

impl Db {
    pub(super) const fn new(env: Env, trips: Rc<RoundTrips>) -> Self {
        Self { env, trips }
    }

    /// The database of an event that is no request: a queue, a schedule.
    pub fn of(env: &Env) -> Self {
        Self::new(env.clone(), Rc::default())
    }

    /// Runs statements as one transaction: one round trip.
    ///
    /// # Errors
    /// `Constraint` when a rule was broken and nothing was kept, `Failed` otherwise.
    pub async fn batch(&self, statements: Vec<Statement>) -> Result<Rows, DbError> {
        self.trips.count_d1();
        let db = self.env.d1("DB").map_err(failed)?;
        let prepared = statements.iter().map(|statement| {
            let values: Vec<JsValue> = statement.params.iter().map(value).collect();
            db.prepare(statement.sql).bind(&values)
        });
        let prepared = prepared.collect::<worker::Result<Vec<_>>>().map_err(failed)?;
        let results = db.batch(prepared).await.map_err(failed)?;
        match results.iter().find_map(D1Result::error) {
            Some(text) => Err(DbError::of(text)),
            None => Ok(Rows(results)),
        }
    }

    /// Runs one statement.
    ///
    /// # Errors
    /// As `batch`.
    pub async fn run(&self, statement: Statement) -> Result<(), DbError> {
        self.batch(vec![statement]).await.map(|_| ())
    }

    /// All rows of one statement.
    ///
    /// # Errors
    /// As `batch`.
    pub async fn all<T: DeserializeOwned>(&self, statement: Statement) -> Result<Vec<T>, DbError> {
        self.batch(vec![statement]).await?.take(0)
    }

    /// The first row of one statement.
    ///
    /// # Errors
    /// As `batch`.
    pub async fn first<T: DeserializeOwned>(&self, statement: Statement) -> Result<Option<T>, DbError> {
        self.all(statement).await.map(|rows| rows.into_iter().next())
    }
}

fn failed(error: worker::Error) -> DbError {
    DbError::of(error.to_string())
}

#[allow(clippy::cast_precision_loss, reason = "D1 carries numbers as f64; integers are exact to 2^53")]
fn value(param: &Param) -> JsValue {
    match param {
        Param::Null => JsValue::NULL,
        Param::Integer(number) => JsValue::from_f64(*number as f64),
        Param::Text(text) => JsValue::from_str(text),
    }
}
