//! Webhooks: a signed request to a person's own program when an analysis ends, as Standard Webhooks
//! (github.com/standard-webhooks/standard-webhooks) has it, so that its libraries verify them.

pub mod address;
pub mod deliveries;
pub mod delivering;
pub mod model;
pub mod settings;
pub mod signing;
pub mod store;
