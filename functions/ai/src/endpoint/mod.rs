//! The ways in: which of the known routes of AI services a call takes. What each one's body looks like is in
//! `request`; where a provider has it stands in the provider's data.

pub use ::catalogue::endpoint::Endpoint;
