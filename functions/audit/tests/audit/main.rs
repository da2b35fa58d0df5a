//! The chain on the host: sealing, reading and watching, over a migrated SQLite and a map that stands for R2.

#![cfg(test)]

mod reading;
mod sealing;
mod service;
mod tampering;
mod watching;
