//! Argon2id on the host: making and checking hashes through the function's own routes. Stored hashes of
//! these tests are cheap where the standard's own cost does not matter.

#![cfg(test)]

mod check;
mod hostile;
mod leaked;
mod make;
mod older;
mod service;
