//! What every function uses: the route table, the pipeline a request goes through,
//! problems, tokens, and the platform behind one door. Functions import this crate
//! and never each other; only `platform` names `worker` or `JsValue`.

pub mod accounts;
pub mod auth;
pub mod budget;
pub mod capture;
pub mod challenge;
pub mod config;
pub mod cors;
pub mod cx;
pub mod db;
pub mod etag;
pub mod extract;
pub mod head;
pub mod health;
pub mod id;
pub mod idempotency;
pub mod json;
pub mod json_schema;
pub mod ledger;
pub mod limit;
pub mod log;
pub mod page;
pub mod permission;
pub mod pipeline;
pub mod platform;
mod pointer;
pub mod problem;
pub mod queue;
pub mod reply;
pub mod route;
#[cfg(not(target_arch = "wasm32"))]
pub mod schema;
pub mod secret;
pub mod stream;
pub mod table;
pub mod time;
pub mod trace;
pub mod tus;
pub mod vault;

/// Waiting for several things at once, for functions that need no more of `futures`.
pub mod futures {
    pub use ::futures::future::{LocalBoxFuture, join_all};
}
