//! From a model's name to who is asked, in which order, and what is done when one fails.

pub mod plan;
pub mod tries;
pub mod watch;
