//! People on the host: every route through the whole pipeline, over a migrated SQLite.

#![cfg(test)]

mod admin;
mod devices;
mod keys;
mod profile;
mod service;
mod statements;
