//! The AI gateway: an OpenAI-shaped front for many providers, with a price for every call.
//!
//! The way of a call: `call` reads it (`request`), finds who can answer (`provider`), reserves
//! its worst case (`admission`), sends it, forwards the answer while `stream` reads beside it,
//! and settles what it cost (`money`). Decisions are pure: no clock, no I/O.

pub mod admission;
pub mod cache;
mod call;
pub mod dialect;
pub mod fault;
pub mod guard;
pub mod money;
pub mod provider;
pub mod registry;
pub mod request;
pub mod route;
pub mod stream;
#[cfg(target_arch = "wasm32")]
mod worker;

use std::rc::Rc;

use shared::auth::Caller;
use shared::extract::Path;
use shared::health;
use shared::reply::Reply;
use shared::routes;

pub use ::catalogue::{endpoint, json};
use call::calls;
use provider::models;
pub use provider::models::{Model, ModelList};

routes! { "ai":
    // method path                     who          limit  dialect [marks]       handler                                replies
    GET  "/healthz"                    public       none   problem             => health::live()                      -> 200 health::Health;
    GET  "/readyz"                     public       none   problem             => models::ready()                     -> 200 health::Health;
    GET  "/v1/models"                  user(use:ai) normal openai              => models::list()                      -> 200 ModelList;
    GET  "/v1/models/{*model}"         user(use:ai) normal openai              => models::read(Path)                  -> 200 Model;
    POST "/v1/chat/completions"        user(use:ai errands) normal openai [once, slow] => calls::chat(Rc<Caller>)            -> 200 Reply;
    POST "/v1/messages"                user(use:ai errands) normal anthropic [once, slow] => calls::messages(Rc<Caller>)     -> 200 Reply;
    POST "/v1/messages/count_tokens"   user(use:ai) normal anthropic [slow]    => calls::count_tokens(Rc<Caller>)   -> 200 Reply;
    POST "/v1/responses"               user(use:ai errands) normal openai [once, slow] => calls::responses(Rc<Caller>)      -> 200 Reply;
    POST "/v1/embeddings"              user(use:ai errands) normal openai [once, slow] => calls::embeddings(Rc<Caller>)      -> 200 Reply;
    POST "/v1/images/generations"      user(use:ai errands) normal openai [once, slow] => calls::images(Rc<Caller>)          -> 200 Reply;
    POST "/v1/audio/transcriptions"    user(use:ai) normal openai [slow]       => calls::transcriptions(Rc<Caller>)  -> 200 Reply;
    POST "/v1/audio/speech"            user(use:ai) normal openai [slow]       => calls::speech(Rc<Caller>)          -> 200 Reply;
    POST "/v1/moderations"             user(use:ai errands) normal openai [once, slow] => calls::moderations(Rc<Caller>)     -> 200 Reply;
    POST "/v1/rerank"                  user(use:ai errands) normal openai [once, slow] => calls::rerank(Rc<Caller>)          -> 200 Reply;
}
