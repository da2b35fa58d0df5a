//! Prompts and talk on the host: every route through the whole pipeline, over a migrated SQLite and a scripted AI
//! function.

#![cfg(test)]

mod conversations;
mod failures;
mod feedback;
mod hearing;
mod labels;
mod prompts;
mod rendering;
mod running;
mod search;
mod service;
mod statements;
mod turns;
