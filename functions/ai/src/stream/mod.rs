//! Streams of events on their way through: framing, reading beside them, what goes out.

pub(crate) mod events;
pub(crate) mod filter;
pub mod forward;
pub mod glance;
pub(crate) mod open;
pub(crate) mod prediction;
pub mod scan;
pub mod sse;
