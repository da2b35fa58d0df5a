//! D1. A batch is its only transaction: all statements take effect, or none. Statements and rows
//! cross as one JSON text each: half the size in wasm, and half the time, of building and taking
//! apart JavaScript's objects.

use std::fmt::Write;
use std::rc::Rc;

use js_sys::Reflect;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use wasm_bindgen::JsValue;
use worker::Env;

use super::{RoundTrips, glue, statements, task, words};
use crate::db::{DbError, Param, Statement};

/// The database bound as `DB`.
pub struct Db {
    env: Env,
    trips: Rc<RoundTrips>,
}

/// The rows of each statement of a batch: arrays of objects, not yet read.
pub struct Rows(Vec<Box<RawValue>>);

impl Rows {
    /// The rows of the statement at this place.
    ///
    /// # Errors
    /// When a row does not have this shape.
    pub fn take<T: DeserializeOwned>(&mut self, statement: usize) -> Result<Vec<T>, DbError> {
        let rows = self.0.get(statement).map_or("[]", |rows| rows.get());
        crate::json::read_list(rows).map_err(unread)
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
        let db = Reflect::get(self.env.as_ref(), &"DB".into()).ok().filter(JsValue::is_object);
        let db = db.ok_or_else(|| DbError::Failed("nothing is bound as DB".to_owned()))?;
        let rows = task::of(&glue::batch(&db, &pack(&statements))).await.map_err(|error| DbError::of(words(&error)))?;
        let rows = rows.as_string().unwrap_or_default();
        crate::json::read(&rows).map(Rows).map_err(unread)
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
        self.batch(vec![statement]).await?.take(0).map(|rows| rows.into_iter().next())
    }
}

/// Not once more for every type of row.
#[inline(never)]
fn unread(error: serde_json::Error) -> DbError {
    DbError::Failed(error.to_string())
}

/// `[[number of the statement, value, …], …]`.
fn pack(batch: &[Statement]) -> String {
    let mut packed = String::from("[");
    for statement in batch {
        let comma = if packed.len() > 1 { "," } else { "" };
        let _ = write!(packed, "{comma}[{}", statements::number(statement.sql));
        for param in &statement.params {
            packed.push(',');
            match param {
                Param::Null => packed.push_str("null"),
                Param::Integer(number) => {
                    let _ = write!(packed, "{number}");
                }
                Param::Text(text) => packed.push_str(&serde_json::to_string(text).unwrap_or_default()),
            }
        }
        packed.push(']');
    }
    packed.push(']');
    packed
}
