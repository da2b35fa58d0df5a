//! Who takes a message, by its kind; and what the schedule does. What nobody can read is kept for a person: it ends in the
//! dead-letter queue.

use shared::log;
use shared::platform::Platform;
use shared::problem::Problem;
use shared::queue::Verdict;

use super::message::{Kind, Message};
use crate::hooks::delivering;

/// Seconds before a message that could not be worked on comes again.
const AGAIN: u32 = 10;

/// Takes a message of the queue.
pub async fn take(platform: &Platform, text: Option<&str>) -> Verdict {
    let Some(message) = read(text) else { return Verdict::Again(AGAIN) };
    let taken = match message.kind {
        Kind::Analysis => super::take(platform, &message.id, message.step).await,
        Kind::Delivery => delivering::take(platform, &message.id, message.step).await,
    };
    verdict("a message could not be worked on", &message, taken)
}

/// Takes a message that was tried too often.
pub async fn bury(platform: &Platform, text: Option<&str>) -> Verdict {
    let Some(message) = read(text) else { return Verdict::Done };
    let buried = match message.kind {
        Kind::Analysis => super::bury(platform, &message.id, message.step).await,
        // The schedule sends another while it is due.
        Kind::Delivery => Ok(()),
    };
    verdict("an analysis was not ended", &message, buried)
}

/// Each minute: wakes what is silent, forgets what is old.
pub async fn wake(platform: &Platform) {
    for (what, done) in [("analyses", super::wake(platform).await), ("deliveries", delivering::wake(platform).await)] {
        if let Err(problem) = done {
            let cause = format!("{what}: {}", problem.cause.unwrap_or_default());
            log::event("analyses", "error", "dispatch::wake", "the schedule did not get through", Some(&cause));
        }
    }
}

fn read(text: Option<&str>) -> Option<Message> {
    let message = text.and_then(Message::read);
    if message.is_none() {
        log::event("analyses", "error", "dispatch::read", "a message is none of ours", text);
    }
    message
}

fn verdict(what: &str, message: &Message, done: Result<(), Problem>) -> Verdict {
    let Err(problem) = done else { return Verdict::Done };
    let cause = format!("{}: {}", message.id, problem.cause.as_deref().unwrap_or_default());
    log::event("analyses", "error", "dispatch", what, Some(&cause));
    Verdict::Again(AGAIN)
}
