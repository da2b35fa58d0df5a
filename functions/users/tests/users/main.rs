//! People on the host: every route through the whole pipeline, over a migrated SQLite.

#![cfg(test)]

mod keys;
mod service;
mod statements;
