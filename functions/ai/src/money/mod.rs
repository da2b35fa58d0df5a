//! What a call used and what that costs: usage read from replies, prices as data, exact arithmetic.

pub(crate) mod decimal;
pub mod units;
pub mod usage;

pub use ::catalogue::price;
