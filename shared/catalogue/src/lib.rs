//! What providers, models, prices and routes are: the data both the gateway's AI function and the registry that
//! changes it read, by the same pure readers.
//!
//! Not here: calling a provider, storing a change. Nothing reads a clock or does I/O.

pub mod base_url;
pub mod builtin;
pub mod cache;
pub mod endpoint;
mod file;
pub mod guard;
pub mod json;
pub mod price;
mod price_row;
pub mod provider;
pub mod registry;
pub mod route;
pub mod usage_pointers;
