//! Signing in with WeChat, on the host: every route through the whole pipeline, over a migrated SQLite and a scripted
//! WeChat. The rules that WeChat itself enforces are met in the black-box tests.

#![cfg(test)]

mod merging;
mod phone;
mod service;
mod sign_in;
mod statements;
