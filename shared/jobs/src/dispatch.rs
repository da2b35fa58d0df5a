//! The ends of a queue of steps: a message is read, taken by the function's own work, and what fails is logged and tried
//! again. What nobody can read is kept for a person: it ends in the dead-letter queue.

use shared::log;
use shared::platform::Platform;
use shared::problem::Problem;

use crate::step::{Step, Verdict};

/// Seconds before a step that failed is tried again.
const AGAIN: u32 = 10;

/// Takes a message of the queue of this service by its work.
pub async fn take(
    service: &'static str,
    platform: &Platform,
    text: Option<&str>,
    work: impl AsyncFnOnce(&Platform, &Step) -> Result<Verdict, Problem>,
) -> Verdict {
    let Some(step) = read(service, text) else { return Verdict::Again(AGAIN) };
    work(platform, &step).await.unwrap_or_else(|problem| {
        complain(service, "a step failed", &step, &problem);
        Verdict::Again(AGAIN)
    })
}

/// Takes a message that was tried too often: its job ends, with what it has.
pub async fn bury(
    service: &'static str,
    platform: &Platform,
    text: Option<&str>,
    end: impl AsyncFnOnce(&Platform, &Step) -> Result<(), Problem>,
) -> Verdict {
    let Some(step) = read(service, text) else { return Verdict::Done };
    match end(platform, &step).await {
        Ok(()) => Verdict::Done,
        Err(problem) => {
            complain(service, "a job was not ended", &step, &problem);
            Verdict::Again(AGAIN)
        }
    }
}

/// Each minute: ends what is over, wakes what is silent.
pub async fn wake(
    service: &'static str,
    platform: &Platform,
    look: impl AsyncFnOnce(&Platform) -> Result<(), Problem>,
) {
    if let Err(problem) = look(platform).await {
        log::event(service, "error", "jobs::wake", "jobs were not looked after", problem.cause.as_deref());
    }
}

fn read(service: &'static str, text: Option<&str>) -> Option<Step> {
    let step = text.and_then(|text| shared::json::read::<Step>(text).ok());
    if step.is_none() {
        log::event(service, "error", "jobs::unreadable", "a message is no step", text);
    }
    step
}

fn complain(service: &'static str, what: &str, step: &Step, problem: &Problem) {
    let cause = format!("{} {}: {}", step.kind, step.job, problem.cause.as_deref().unwrap_or_default());
    log::event(service, "error", "jobs::step", what, Some(&cause));
}
