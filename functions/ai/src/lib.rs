//! The AI gateway: an OpenAI-shaped front for many providers, with a price for every call.
//!
//! The way of a call: `chat` reads it (`request`, `catalogue`), reserves its worst case
//! (`admission`, `book`), calls the provider, forwards the answer while `scan` reads beside
//! it, and settles what it cost (`call`). Decisions are pure: no clock, no I/O.

pub mod admission;
pub mod book;
pub mod bounds;
mod call;
pub mod catalogue;
mod chat;
mod configured;
pub mod deadlines;
mod decimal;
pub mod failure;
pub mod fields;
mod filter;
pub mod forward;
pub mod glance;
pub mod message;
mod models;
#[cfg(target_arch = "wasm32")]
mod object;
pub mod patch;
pub mod pointer;
pub mod price;
mod price_row;
pub mod provider;
mod provider_file;
pub mod request;
pub mod scan;
pub mod splice;
pub mod sse;
pub mod target;
pub mod upstream_error;
pub mod usage;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use shared::auth::Caller;
use shared::extract::Path;
use shared::health;
use shared::reply::Reply;
use shared::routes;

pub use models::{Model, ModelList};

routes! { "ai":
    // method path                     who          limit  dialect [marks]       handler                                replies
    GET  "/healthz"                    public       none   problem             => health::live()                      -> 200 health::Health;
    GET  "/readyz"                     public       none   problem             => models::ready()                     -> 200 health::Health;
    GET  "/v1/models"                  user(use:ai) normal openai              => models::list()                      -> 200 ModelList;
    GET  "/v1/models/{*model}"         user(use:ai) normal openai              => models::read(Path)                  -> 200 Model;
    POST "/v1/chat/completions"        user(use:ai) normal openai [once, slow] => chat::create(Rc<Caller>)            -> 200 Reply;
}
