//! Which module takes a message, by its kind. What nobody knows is kept for a person: it ends in the dead-letter queue.

use shared::log;
use shared::platform::Platform;
use shared::problem::Problem;

use crate::step::{Step, Verdict};

/// Seconds before a step that failed is tried again.
const AGAIN: u32 = 10;

/// Takes a message of the queue.
pub async fn take(platform: &Platform, text: Option<&str>) -> Verdict {
    let Some(step) = read(text) else { return Verdict::Again(AGAIN) };
    let taken = match family(&step) {
        "batch" => crate::batch::take(platform, &step).await,
        "evaluation" => crate::evaluation::working::take(platform, &step).await,
        "tuning" => crate::tuning::working::take(platform, &step).await,
        _ => Err(Problem::internal("a step of no known kind")),
    };
    taken.unwrap_or_else(|problem| {
        complain("a step failed", &step, &problem);
        Verdict::Again(AGAIN)
    })
}

/// Takes a message that was tried too often: its job ends, with what it has.
pub async fn bury(platform: &Platform, text: Option<&str>) -> Verdict {
    let Some(step) = read(text) else { return Verdict::Done };
    let buried = match family(&step) {
        "batch" => crate::batch::bury(platform, &step).await,
        "evaluation" => crate::evaluation::working::bury(platform, &step).await,
        _ => Ok(()),
    };
    match buried {
        Ok(()) => Verdict::Done,
        Err(problem) => {
            complain("a job was not ended", &step, &problem);
            Verdict::Again(AGAIN)
        }
    }
}

/// Each minute: ends what is over, wakes what is silent.
pub async fn wake(platform: &Platform) {
    looked_after("batches", crate::batch::wake(platform).await);
    looked_after("evaluations", crate::evaluation::working::wake(platform).await);
    looked_after("tuning jobs", crate::tuning::working::wake(platform).await);
}

fn looked_after(what: &str, done: Result<(), Problem>) {
    if let Err(problem) = done {
        let cause = format!("{what}: {}", problem.cause.unwrap_or_default());
        log::event("jobs", "error", "jobs::wake", "jobs were not looked after", Some(&cause));
    }
}

fn family(step: &Step) -> &str {
    step.kind.split_once('.').map_or("", |(family, _)| family)
}

fn read(text: Option<&str>) -> Option<Step> {
    let step = text.and_then(|text| shared::json::read::<Step>(text).ok());
    if step.is_none() {
        log::event("jobs", "error", "jobs::unreadable", "a message is no step", text);
    }
    step
}

fn complain(what: &str, step: &Step, problem: &Problem) {
    let cause = format!("{} {}: {}", step.kind, step.job, problem.cause.as_deref().unwrap_or_default());
    log::event("jobs", "error", "jobs::step", what, Some(&cause));
}
