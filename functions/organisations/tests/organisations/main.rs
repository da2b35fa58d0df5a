//! Organisations on the host: every route through the whole pipeline, over a migrated SQLite.

#![cfg(test)]

mod invitations;
mod making;
mod members;
mod roles;
mod service;
mod statements;
