//! What a call used and what that costs: usage read from replies, prices as data, exact arithmetic.

pub(crate) mod decimal;
pub mod price;
mod price_row;
pub mod usage;
pub(crate) mod usage_pointers;
