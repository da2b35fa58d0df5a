//! Signing in by another service's word, on the host: every route through the whole pipeline, over a migrated
//! SQLite and scripted services.

#![cfg(test)]

mod hijacking;
mod identities;
mod issuer;
mod oauth;
mod service;
mod statements;
