//! The provider over a migrated SQLite, through the whole pipeline.

#![cfg(test)]

mod asking;
mod clients;
mod codes;
mod deciding;
mod devices;
mod refreshing;
mod service;
mod statements;
mod telling;
