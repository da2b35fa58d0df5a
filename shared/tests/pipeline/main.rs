//! The pipeline on the host: a small function of its own (`probe`) with rows of every kind, called
//! over a migrated SQLite. What only the runtime can show (streams that break, isolates that die)
//! is not here.

#![cfg(test)]

mod api_keys;
mod bodies;
mod caching;
mod cors;
mod dialects;
mod errands;
mod forged;
mod headers;
mod idempotency;
mod kept;
mod keys;
mod limits;
mod log_line;
mod open;
mod outcomes;
mod packing;
mod probe;
mod proofs;
mod round_trips;
mod routing;
mod schemas;
mod sessions;
mod signed;
mod signing;
mod statements;
mod streams;
mod tokens;
mod unsigned;
