//! Accounts on the host: every route through the whole pipeline, over a migrated SQLite and a scripted
//! hash function. Argon2id itself is tested in `hash`.

#![cfg(test)]

mod claim;
mod ends;
mod guesses;
mod hash_failures;
mod hijack;
mod keys;
mod links;
mod login;
mod logout;
mod mailed;
mod me;
mod password_change;
mod races;
mod refresh;
mod register;
mod round_trips;
mod service;
mod session_check;
mod statements;
