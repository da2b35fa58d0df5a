//! Providers: which of them are configured, which name means which model, and where a call goes.
//!
//! What a provider is stands in the crate `catalogue`, because the function that changes them reads them, too.

pub mod catalogue;
pub(crate) mod configured;
mod listed;
pub(crate) mod models;
pub mod target;

pub use ::catalogue::builtin::{provider, providers};
pub use ::catalogue::provider::{Auth, Clamp, Class, ErrorRule, Model, Provider, Providers, Refuse, Rename, Show};
