//! A function's route table and how a request finds its row. Paths are matched
//! by `matchit`; a static path wins over a parameter.

use std::sync::OnceLock;

use crate::cx::Cx;
use crate::route::{Handling, Method, Row, Who};

/// The rows of one function, with the index that finds them.
pub struct Table {
    /// The function's name, as in its Worker's name and its log lines.
    pub service: &'static str,
    /// The rows, in the order they were written.
    pub rows: &'static [Row],
    /// Who answers paths that no row has: the gateway's dispatch.
    pub fallback: Option<for<'a> fn(&'a Cx) -> Handling<'a>>,
    index: OnceLock<matchit::Router<Vec<usize>>>,
}

/// What a method and a path lead to.
pub enum Found<'t> {
    /// A row and the values of its path parameters, still percent-encoded.
    Row(&'t Row, Vec<(String, String)>),
    /// The path exists, the method does not: the rows that share the path (RFC 9110 §15.5.6).
    WrongMethod(Vec<&'t Row>),
    /// No such path.
    Nothing,
}

impl Table {
    /// A table of `rows`; the index is built on first use, once an isolate.
    pub const fn new(service: &'static str, rows: &'static [Row]) -> Self {
        Self { service, rows, fallback: None, index: OnceLock::new() }
    }

    /// A table whose other paths `fallback` answers.
    pub const fn with_fallback(
        service: &'static str,
        rows: &'static [Row],
        fallback: for<'a> fn(&'a Cx) -> Handling<'a>,
    ) -> Self {
        Self { service, rows, fallback: Some(fallback), index: OnceLock::new() }
    }

    /// Finds the row for the wire's method name and a path without query.
    pub fn find(&self, method: &str, path: &str) -> Found<'_> {
        let Ok(matched) = self.index().at(path) else { return Found::Nothing };
        let rows: Vec<&Row> = matched.value.iter().filter_map(|&i| self.rows.get(i)).collect();
        let wanted = Method::serving(method);
        match rows.iter().find(|row| Some(row.method) == wanted) {
            Some(row) => {
                let params = matched.params.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
                Found::Row(row, params.collect())
            }
            None => Found::WrongMethod(rows),
        }
    }

    fn index(&self) -> &matchit::Router<Vec<usize>> {
        self.index.get_or_init(|| {
            let mut paths: Vec<(&str, Vec<usize>)> = Vec::new();
            for (i, row) in self.rows.iter().enumerate() {
                match paths.iter_mut().find(|(path, _)| *path == row.path) {
                    Some((_, rows)) => rows.push(i),
                    None => paths.push((row.path, vec![i])),
                }
            }
            let mut router = matchit::Router::new();
            for (path, rows) in paths {
                // A path that conflicts with another is left out here and fails `is_sound`,
                // which a test of every table asserts: no request can reach the mistake.
                let _ = router.insert(path, rows);
            }
            router
        })
    }

    /// Whether every row can be reached: no two rows are equal and no paths conflict; and whether every row
    /// marked `fresh` is one whose session is asked for.
    pub fn is_sound(&self) -> bool {
        let asks = |row: &Row| matches!(row.who, Who::Session | Who::Admin);
        self.rows.iter().all(|row| {
            if row.marks.fresh && !asks(row) {
                return false;
            }
            let sample = row.path.replace(['{', '}', '*'], "");
            match self.find(row.method.as_str(), &sample) {
                Found::Row(found, _) => found.path == row.path && found.handler == row.handler,
                _ => false,
            }
        })
    }
}

/// `Allow` for rows that share a path: their methods, `HEAD` with `GET`, and `OPTIONS`.
pub fn allow(rows: &[&Row]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        names.push(row.method.as_str());
        if row.method == Method::Get {
            names.push("HEAD");
        }
    }
    names.push("OPTIONS");
    names.join(", ")
}
