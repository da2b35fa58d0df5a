//! What a client is told when a provider fails.

pub mod failure;
pub mod upstream_error;
