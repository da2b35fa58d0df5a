//! Steps of jobs as messages of the function's own queue, bound as `STEPS`: a kind and a name, as JSON text. Each kind of job has its own verbs; a
//! message may come twice, and whoever takes it sees to it that nothing happens twice.

use serde::{Deserialize, Serialize};
use shared::platform::Platform;
pub use shared::queue::Verdict;

/// The binding of the queue.
pub const QUEUE: &str = "STEPS";

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is to be done: `batch.validate`, `batch.slice`, `batch.finish`; the word before the full stop names the kind of job.
    pub kind: String,
    /// The job.
    pub job: String,
    /// Which part of it, where it has some.
    #[serde(default)]
    pub part: u64,
    /// Which try at it.
    #[serde(default)]
    pub round: u64,
}

impl Step {
    /// A step of a whole job.
    pub fn new(kind: &str, job: &str) -> Self {
        Self { kind: kind.to_owned(), job: job.to_owned(), part: 0, round: 0 }
    }

    /// Hands steps to the queue, to come after so many seconds.
    ///
    /// # Errors
    /// When the queue takes nothing, in its own words.
    pub async fn send(platform: &Platform, steps: &[Self], seconds: u32) -> Result<(), String> {
        let texts: Result<Vec<String>, _> = steps.iter().map(serde_json::to_string).collect();
        let texts = texts.map_err(|error| error.to_string())?;
        if texts.is_empty() { Ok(()) } else { platform.enqueue_later(QUEUE, &texts, seconds).await }
    }
}
