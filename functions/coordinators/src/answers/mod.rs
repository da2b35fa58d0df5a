//! Kept answers of one organisation, and whose turn it is to make one. `shelf` decides that, `near` what means the same;
//! `object` keeps it durable and lets others wait.

pub mod near;
#[cfg(target_arch = "wasm32")]
pub(crate) mod object;
pub mod shelf;
