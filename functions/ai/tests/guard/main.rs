//! Guardrails as calls use them: requests, plain replies and streams of all dialects.

#![cfg(test)]

mod documents;
mod requests;
mod streams;

use ai::guard::{Decision, Guard, Outcomes};

/// Masks all it can find, and a word.
pub(crate) const MASKING: &str = r#"{"rules":[{"id":"pii","find":["email","phone","id","card"]},{"id":"words","words":["falcon","机密"],"with":"***"}]}"#;
/// Blocks a word in both directions.
pub(crate) const BLOCKING: &str = r#"{"rules":[{"id":"secret","words":["falcon"],"action":"block"}]}"#;

pub(crate) fn guard(json: &str) -> Guard {
    Guard::read(json).unwrap()
}

/// What goes on of a reply.
pub(crate) fn reply(guard: &Guard, body: &str) -> String {
    match guard.reply(body, &mut Outcomes::default()) {
        Decision::Pass => body.to_owned(),
        Decision::Changed(bytes) => String::from_utf8(bytes).unwrap(),
        Decision::Blocked(error) => panic!("{error}"),
    }
}
