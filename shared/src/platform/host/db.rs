//! SQLite in the place of D1: the same statements against the same migrations. A batch
//! is a transaction here as there.

use std::rc::Rc;

use serde::de::DeserializeOwned;

use super::{RoundTrips, World};
use crate::db::{DbError, Statement};

#[cfg(feature = "testing")]
pub(crate) type Store = std::cell::RefCell<rusqlite::Connection>;
#[cfg(not(feature = "testing"))]
pub(crate) type Store = ();

/// The database.
pub struct Db {
    world: Rc<World>,
    trips: Rc<RoundTrips>,
}

/// The rows of each statement of a batch, as JSON objects.
pub struct Rows(Vec<Vec<serde_json::Value>>);

impl Rows {
    /// The rows of the statement at this place.
    ///
    /// # Errors
    /// When a row does not have this shape.
    pub fn take<T: DeserializeOwned>(&mut self, statement: usize) -> Result<Vec<T>, DbError> {
        let rows = self.0.get_mut(statement).map(std::mem::take).unwrap_or_default();
        let read = |row| serde_json::from_value(row).map_err(|e| DbError::Failed(e.to_string()));
        rows.into_iter().map(read).collect()
    }
}

impl Db {
    pub(super) const fn new(world: Rc<World>, trips: Rc<RoundTrips>) -> Self {
        Self { world, trips }
    }

    /// Runs statements as one transaction.
    ///
    /// # Errors
    /// `Constraint` when a rule was broken and nothing was kept, `Failed` otherwise.
    pub async fn batch(&self, statements: Vec<Statement>) -> Result<Rows, DbError> {
        self.trips.count_d1();
        run(&self.world.db, &statements).map(Rows)
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

#[cfg(not(feature = "testing"))]
fn run((): &Store, _: &[Statement]) -> Result<Vec<Vec<serde_json::Value>>, DbError> {
    Err(DbError::Failed("the host has a database in tests only".to_owned()))
}

#[cfg(feature = "testing")]
fn run(store: &Store, statements: &[Statement]) -> Result<Vec<Vec<serde_json::Value>>, DbError> {
    // By the code: the words of a `RAISE(ABORT)` are the trigger's own.
    let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => DbError::Constraint(error.to_string()),
        _ => DbError::Failed(error.to_string()),
    };
    let mut connection = store.borrow_mut();
    let transaction = connection.transaction().map_err(failed)?;
    let mut all = Vec::new();
    for statement in statements {
        all.push(rows_of(&transaction, statement).map_err(failed)?);
    }
    transaction.commit().map_err(failed)?;
    Ok(all)
}

#[cfg(feature = "testing")]
fn rows_of(connection: &rusqlite::Connection, statement: &Statement) -> rusqlite::Result<Vec<serde_json::Value>> {
    use crate::db::Param;
    use rusqlite::types::{Value, ValueRef};
    let mut prepared = connection.prepare_cached(statement.sql)?;
    let names: Vec<String> = prepared.column_names().iter().map(|name| (*name).to_owned()).collect();
    let values = statement.params.iter().map(|param| match param {
        Param::Null => Value::Null,
        Param::Integer(n) => Value::Integer(*n),
        Param::Text(text) => Value::Text(text.clone()),
    });
    let mut rows = prepared.query(rusqlite::params_from_iter(values))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut object = serde_json::Map::new();
        for (i, name) in names.iter().enumerate() {
            let value = match row.get_ref(i)? {
                ValueRef::Null => serde_json::Value::Null,
                ValueRef::Integer(n) => n.into(),
                ValueRef::Real(n) => n.into(),
                ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned().into(),
            };
            object.insert(name.clone(), value);
        }
        all.push(object.into());
    }
    Ok(all)
}
