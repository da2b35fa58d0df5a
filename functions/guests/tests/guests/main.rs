//! Guests and impersonation on the host: every route through the whole pipeline, over a migrated SQLite.

#![cfg(test)]

mod guests;
mod impersonation;
mod service;
mod statements;
