//! Passkeys on the host: every route through the whole pipeline, over a migrated SQLite and an authenticator in
//! software.

#![cfg(test)]

mod authenticator;
mod ceremonies;
mod owners;
mod service;
mod statements;
