//! People on the host: every route through the whole pipeline, over a migrated SQLite.

#![cfg(test)]

mod admin;
mod devices;
mod exporting;
mod key_limits;
mod keys;
mod limits;
mod profile;
mod service;
mod statements;
