//! What calls and their coordinators say to each other: reservations and verdicts, claims of answers, reports on
//! providers' keys. The `ai` function asks, its objects decide, there and in `coordinators`; a message is written and
//! read by the same lines.
//!
//! Not here: sending any of it, and what is decided. Nothing reads a clock or does I/O. The one rule that both sides go
//! by is [`breaker`]: isolates keep breakers of their own beside the shared ones.

pub mod answers;
pub mod breaker;
pub mod refusal;
pub mod report;
pub mod reservation;
pub mod vector;
pub mod verdict;
