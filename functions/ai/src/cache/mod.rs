//! Answers that are given again: to the same request, to requests that wait for the same answer, and, where a route
//! asks for it, to questions that mean the same.
//!
//! Architecture invariant: an answer belongs to an organisation. Its key and its seal are derived from the
//! organisation's id, and the object that keeps it (`functions/coordinators`) is the organisation's own, so no other one can find or read it.

pub mod answer;
pub mod asking;
pub mod canonical;
pub mod near;
pub mod wish;
