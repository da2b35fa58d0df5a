//! The registry on the host: every route through the whole pipeline, over a migrated SQLite.

#![cfg(test)]

mod entries;
mod history;
mod keys;
mod service;
mod statements;
