//! What all kinds of jobs share: steps over a queue ([`step`], [`dispatch`]), calls of models in the name of whoever made a
//! job ([`upstream`]), the pairs that clients keep with one ([`metadata`]). A job goes step by step, each step a message that
//! may come twice; D1 says how far it is.
//!
//! Not here: any kind of job. Each is a function: `batches`, `evaluations`, `tuning`.

pub mod dispatch;
pub mod metadata;
pub mod step;
pub mod upstream;

use serde::Serialize;
use shared::problem::Problem;

/// JSON of what always is JSON.
///
/// # Errors
/// 500 for what is not.
pub fn json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(Problem::internal)
}
