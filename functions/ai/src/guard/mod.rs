//! Guardrails: rules about what may be said to a model and by it.
//!
//! A rule masks, blocks or counts what it finds: addresses, numbers, words; or asks a model to judge a request. All is
//! pure; `call` asks before a call is admitted and while its answer passes.

pub mod find;
mod found;
pub mod judge;
mod mask;
mod part;
mod rule;
pub mod stream;
mod text;
mod walk;

use std::rc::Rc;

use crate::guard::judge::Judge;
use crate::guard::mask::{Masker, Mode, Tally, Way};
pub use crate::guard::part::Closing;
use crate::guard::rule::{Action, Rules};
use crate::guard::stream::GuardStream;
use crate::guard::walk::texts;
use crate::json::fields::DataError;
use crate::json::pointer;
use crate::json::splice::{Splice, members};
use crate::request::BodyError;

/// The members of a request under which people and models say something, in all dialects.
const SAID: [&str; 7] = ["messages", "system", "input", "instructions", "prompt", "query", "documents"];

/// What became of a request or a plain reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It goes on as it is.
    Pass,
    /// This goes on in its place.
    Changed(Vec<u8>),
    /// It must not go on; 400 for a request.
    Blocked(BodyError),
}

/// What the rules found, for the record: how often, never what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    request: Tally,
    reply: Tally,
    judged: Vec<(usize, &'static str)>,
}

/// The guard of one route.
#[derive(Debug, Clone)]
pub struct Guard(Rc<Rules>);

impl Guard {
    /// Reads a guard's document: `{"rules": [{"id", "find"?, "words"?, "judge"?, "on"?, "action"?, "with"?}]}`.
    ///
    /// # Errors
    /// [`DataError`] where it is not what it should be.
    pub fn read(json: &str) -> Result<Self, DataError> {
        Rules::read(json).map(|rules| Self(Rc::new(rules)))
    }

    /// Screens a request in any dialect (JSON, checked before); what it finds is added to `outcomes`.
    #[must_use]
    pub fn request(&self, body: &str, outcomes: &mut Outcomes) -> Decision {
        if self.0.request.is_idle() {
            return Decision::Pass;
        }
        self.screen(body, Way::Request, &mut outcomes.request)
    }

    /// Screens a whole plain reply in any dialect.
    #[must_use]
    pub fn reply(&self, body: &str, outcomes: &mut Outcomes) -> Decision {
        if self.0.reply.is_idle() {
            return Decision::Pass;
        }
        self.screen(body, Way::Reply, &mut outcomes.reply)
    }

    /// Screens a reply that is text and not JSON.
    #[must_use]
    pub fn text(&self, body: &str, outcomes: &mut Outcomes) -> Decision {
        let masked = Masker::whole(&self.0, Way::Reply, Mode::Text, body, &mut outcomes.reply);
        match outcomes.reply.blocked {
            Some(rule) => Decision::Blocked(self.refusal(rule)),
            None if masked == body => Decision::Pass,
            None => Decision::Changed(masked.into_bytes()),
        }
    }

    /// A guard on one stream; `None` when no rule is about replies.
    #[must_use]
    pub fn stream(&self) -> Option<GuardStream> {
        (!self.0.reply.is_idle()).then(|| GuardStream::new(Rc::clone(&self.0)))
    }

    /// The judges to be asked about a request, with the numbers of their rules.
    pub fn judges(&self) -> impl Iterator<Item = (usize, &Judge)> {
        self.0.rules.iter().enumerate().filter_map(|(number, rule)| Some((number, rule.judge.as_ref()?)))
    }

    fn screen(&self, body: &str, way: Way, tally: &mut Tally) -> Decision {
        let found = texts(body, (way == Way::Request).then_some(SAID.as_slice()));
        if found.too_deep {
            return Decision::Blocked(BodyError::new("", "content_blocked", "This is too deep to be checked."));
        }
        let mut splice = Splice::default();
        for text in &found.texts {
            let raw = body.get(text.at.clone()).unwrap_or_default();
            let changed = if text.is_value {
                let masked = Masker::whole(&self.0, way, text.mode, raw, tally);
                (masked != raw).then_some(masked)
            } else {
                text::piece(raw, true, &mut Masker::new(Rc::clone(&self.0), way, text.mode), tally)
            };
            if let Some(rule) = tally.blocked {
                return Decision::Blocked(self.refusal(rule));
            }
            if let Some(changed) = changed {
                splice.replace(text.at.clone(), changed);
            }
        }
        for at in found.logprobs.iter().filter(|_| way == Way::Reply) {
            let empty = if body.get(at.clone()).is_some_and(|value| value.starts_with('[')) { "[]" } else { "null" };
            splice.replace(at.clone(), empty);
        }
        if splice.is_empty() { Decision::Pass } else { Decision::Changed(splice.apply(body)) }
    }

    /// What a client is told of a rule that blocks: its name, and not what it found.
    #[must_use]
    pub fn refusal(&self, rule: usize) -> BodyError {
        let id = self.0.rules.get(rule).map_or("", |rule| rule.id.as_str());
        BodyError::new("", "content_blocked", format!("The rule `{id}` does not allow this."))
    }

    /// What a client is told when a stream is blocked.
    #[must_use]
    pub fn refusal_of(&self, stream: &GuardStream) -> BodyError {
        self.refusal(stream.tally.blocked.unwrap_or(usize::MAX))
    }
}

impl Outcomes {
    /// Takes over what a stream's guard found.
    pub fn streamed(&mut self, stream: &GuardStream) {
        self.reply = stream.tally.clone();
    }

    /// Notes what a judge's rule came to.
    pub fn judged(&mut self, rule: usize, refused: bool) {
        self.judged.push((rule, if refused { "block" } else { "pass" }));
    }

    /// `[{"rule", "on", "action", "count"}]` for the record; `None` when no rule found or judged anything.
    #[must_use]
    pub fn to_json(&self, guard: &Guard) -> Option<String> {
        let mut told: Vec<String> = Vec::new();
        let name = |rule: usize| guard.0.rules.get(rule).map_or("", |rule| rule.id.as_str());
        for (on, tally) in [("request", &self.request), ("reply", &self.reply)] {
            for (rule, count) in tally.found.iter().enumerate().filter(|(_, count)| **count > 0) {
                let action = guard.0.rules.get(rule).map_or(Action::Count, |rule| rule.action).as_str();
                let id = name(rule);
                told.push(format!(r#"{{"rule":"{id}","on":"{on}","action":"{action}","count":{count}}}"#));
            }
        }
        for (rule, action) in &self.judged {
            told.push(format!(r#"{{"rule":"{}","on":"request","action":"{action}","count":1}}"#, name(*rule)));
        }
        (!told.is_empty()).then(|| format!("[{}]", told.join(",")))
    }
}

/// What a request newly says, for a judge: its texts behind the last answer of the model, one after another.
#[must_use]
pub fn newly_said(body: &str) -> String {
    let mut said = Vec::new();
    for member in members(body).unwrap_or_default() {
        // What the developer says is in the other members.
        if !["messages", "input", "prompt", "query"].contains(&&*member.name) {
            continue;
        }
        let turns: Vec<&serde_json::value::RawValue> = shared::json::read(member.value.get()).unwrap_or_default();
        let by_model = |turn: &&serde_json::value::RawValue| {
            pointer::at(turn.get(), "/role").and_then(pointer::string).is_some_and(|role| role == "assistant")
        };
        let from = turns.iter().rposition(by_model).map_or(0, |at| at + 1);
        for turn in turns.get(from..).unwrap_or_default() {
            collect(turn.get(), &mut said);
        }
        if turns.is_empty() {
            said.extend(pointer::string(member.value).map(std::borrow::Cow::into_owned));
        }
    }
    said.join("\n\n")
}

fn collect(json: &str, said: &mut Vec<String>) {
    let found = texts(json, None);
    said.extend(pointer::text(json).map(std::borrow::Cow::into_owned));
    for text in &found.texts {
        let raw = json.get(text.at.clone()).unwrap_or_default();
        said.push(if text.is_value { raw.to_owned() } else { pointer::text(raw).unwrap_or_default().into_owned() });
    }
}
