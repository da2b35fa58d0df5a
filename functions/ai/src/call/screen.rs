//! The guard of a call: which one it is, what it does to the request, to a plain answer and to a stream.
//! What it finds is decided in `guard`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::problem::{Code, Problem};
use shared::stream::{End, Ending, Filter, Forward};

use crate::call::aside;
use crate::call::reply::body_of;
use crate::dialect::{Dialect, error_event};
use crate::endpoint::Endpoint;
use crate::guard::judge::{self, Judge};
use crate::guard::stream::GuardStream;
use crate::guard::{Decision, Guard, Outcomes, newly_said};
use crate::request::BodyError;
use crate::request::asked::Asked;
use crate::route::plan::Plan;
use crate::stream::sse::Framer;

/// Guards that were read are remembered, so many at most.
const MOST_REMEMBERED: usize = 64;

/// What is masked in what is kept of a call.
const KEPT: &str = r#"{"rules":[{"id":"kept","find":["email","id","card","phone"]}]}"#;

thread_local! {
    static KNOWN: RefCell<HashMap<String, Guard>> = RefCell::default();
}

/// The guard of one call, and what it found so far.
#[derive(Clone)]
pub(crate) struct Watch {
    guard: Guard,
    outcomes: Rc<RefCell<Outcomes>>,
}

impl Watch {
    /// The guard of the route, or `AI_GUARD` where it has none.
    ///
    /// # Errors
    /// 503 for one that cannot be read: what it should keep in must not get out meanwhile.
    pub(super) fn of(cx: &Cx, plan: &Plan) -> Result<Option<Self>, Problem> {
        let Some(text) = document(cx, plan) else { return Ok(None) };
        let known = KNOWN.with_borrow(|known| known.get(&text).cloned());
        let guard = match known {
            Some(guard) => guard,
            None => {
                let unreadable = |error| Problem::from(Code::Unavailable).because(format!("the guard: {error}"));
                let guard = Guard::read(&text).map_err(unreadable)?;
                KNOWN.with_borrow_mut(|known| {
                    if known.len() >= MOST_REMEMBERED {
                        known.clear();
                    }
                    known.insert(text, guard.clone());
                });
                guard
            }
        };
        Ok(Some(Self { guard, outcomes: Rc::default() }))
    }

    /// Screens the request, and has it judged where a rule wants that.
    ///
    /// # Errors
    /// The rule that does not let it pass.
    pub(super) async fn request(
        &self,
        cx: &Cx,
        caller: &Caller,
        asked: &Asked<'_>,
    ) -> Result<Option<Vec<u8>>, BodyError> {
        // A form holds sound, and nothing that a rule could read.
        let Asked::Json(request) = asked else { return Ok(None) };
        let decision = self.guard.request(request.text(), &mut self.outcomes.borrow_mut());
        let changed = match decision {
            Decision::Pass => None,
            Decision::Changed(bytes) => Some(bytes),
            Decision::Blocked(error) => return Err(error),
        };
        let text = changed.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or(request.text());
        for (rule, judge) in self.guard.judges() {
            let refused = judged(cx, caller, judge, text).await;
            self.outcomes.borrow_mut().judged(rule, refused);
            if refused {
                return Err(self.guard.refusal(rule));
            }
        }
        Ok(changed)
    }

    /// Screens a plain answer.
    pub(super) fn reply(&self, media: &str, body: &[u8]) -> Decision {
        let outcomes = &mut self.outcomes.borrow_mut();
        match std::str::from_utf8(body) {
            Ok(body) if media == "application/json" => self.guard.reply(body, outcomes),
            Ok(body) if media.starts_with("text/") || media == "application/x-subrip" => {
                self.guard.text(body, outcomes)
            }
            // Sound and pictures.
            _ => Decision::Pass,
        }
    }

    /// The same filter with the guard behind it, where a rule is about answers.
    pub(super) fn filter(&self, inner: Box<dyn Filter>, endpoint: Endpoint) -> Box<dyn Filter> {
        match self.guard.stream() {
            Some(stream) => Box::new(Screening::new(inner, stream, self.clone(), endpoint)),
            None => inner,
        }
    }

    /// The guard of what is kept of a call: every kind is masked.
    pub(super) fn masking() -> Option<Self> {
        Guard::read(KEPT).ok().map(|guard| Self { guard, outcomes: Rc::default() })
    }

    /// A text of this media type, masked; `None` where nobody can say what it holds. Of JSON that is `torn` the texts
    /// cannot be told apart: it is masked as one.
    pub(super) fn masked(&self, media: &str, text: &str, torn: bool, endpoint: Endpoint) -> Option<String> {
        let outcomes = &mut Outcomes::default();
        let decision = match media {
            "text/event-stream" => {
                let mut filter = self.filter(Box::new(Through), endpoint);
                let mut out = match filter.push(text.as_bytes()) {
                    Forward::Whole => text.as_bytes().to_vec(),
                    Forward::Bytes(bytes) | Forward::Stop(bytes) => bytes,
                    Forward::Nothing => Vec::new(),
                };
                // An event that did not come to its end is left out.
                out.extend(filter.end(End::Left).tail);
                Decision::Changed(out)
            }
            "application/json" if !torn => self.guard.reply(text, outcomes),
            _ => self.guard.text(text, outcomes),
        };
        match decision {
            Decision::Pass => Some(text.to_owned()),
            Decision::Changed(bytes) => String::from_utf8(bytes).ok(),
            Decision::Blocked(_) => None,
        }
    }

    /// What was found, for the record.
    pub(super) fn told(&self) -> Option<String> {
        self.outcomes.borrow().to_json(&self.guard)
    }
}

/// The text of the guard's document.
pub(super) fn document(cx: &Cx, plan: &Plan) -> Option<String> {
    plan.guard.clone().or_else(|| cx.platform.var("AI_GUARD"))
}

/// Whether a judge refuses what is newly said. Nothing said is nothing to refuse.
async fn judged(cx: &Cx, caller: &Caller, judge: &Judge, body: &str) -> bool {
    let said = newly_said(body);
    if said.trim().is_empty() {
        return false;
    }
    let verdict = match judge::question(judge, &said) {
        Some(question) => {
            let reply = aside::ask(cx, caller, Endpoint::Chat, &question, "judge", judge.timeout_ms).await;
            reply.map(|reply| judge::verdict(&reply))
        }
        None => None,
    };
    judge::refuses(judge, verdict)
}

/// A filter that lets everything through.
struct Through;

impl Filter for Through {
    fn push(&mut self, _: &[u8]) -> Forward {
        Forward::Whole
    }

    fn end(&mut self, _: End) -> Ending {
        Ending { tail: Vec::new(), then: Box::pin(async {}) }
    }
}

/// A filter with a guard behind it.
struct Screening {
    inner: Box<dyn Filter>,
    stream: GuardStream,
    watch: Watch,
    dialect: Dialect,
    framer: Framer,
    /// The unfinished block.
    held: Vec<u8>,
    blocked: bool,
}

impl Screening {
    fn new(inner: Box<dyn Filter>, stream: GuardStream, watch: Watch, endpoint: Endpoint) -> Self {
        let dialect = Dialect::of_errors(endpoint);
        Self { inner, stream, watch, dialect, framer: Framer::default(), held: Vec::new(), blocked: false }
    }

    /// Screens the blocks that these bytes complete.
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut from = 0;
        while let Some(end) = self.framer.next_block_end(bytes, from) {
            let mut block = std::mem::take(&mut self.held);
            block.extend_from_slice(bytes.get(from..end.end).unwrap_or_default());
            from = end.end;
            if !self.stream.push(&block, out) {
                return self.block(out);
            }
        }
        self.held.extend_from_slice(bytes.get(from..).unwrap_or_default());
    }

    /// The answer ends here, with an error instead of its end.
    fn block(&mut self, out: &mut Vec<u8>) {
        self.blocked = true;
        let error = body_of(&self.watch.guard.refusal_of(&self.stream));
        out.extend(error_event(self.dialect, &error));
    }
}

impl Filter for Screening {
    fn push(&mut self, chunk: &[u8]) -> Forward {
        if self.blocked {
            return Forward::Nothing;
        }
        let forward = self.inner.push(chunk);
        let (bytes, stops) = match &forward {
            Forward::Whole => (chunk, false),
            Forward::Bytes(bytes) => (bytes.as_slice(), false),
            Forward::Nothing => return Forward::Nothing,
            Forward::Stop(bytes) => (bytes.as_slice(), true),
        };
        let mut out = Vec::with_capacity(bytes.len());
        self.feed(bytes, &mut out);
        match out {
            out if stops || self.blocked => Forward::Stop(out),
            out if out.is_empty() => Forward::Nothing,
            out if out == chunk => Forward::Whole,
            out => Forward::Bytes(out),
        }
    }

    fn end(&mut self, how: End) -> Ending {
        let mut tail = Vec::new();
        if !self.blocked {
            self.stream.end(&mut tail);
        }
        self.watch.outcomes.borrow_mut().streamed(&self.stream);
        let ending = self.inner.end(how);
        if self.blocked {
            return Ending { tail: Vec::new(), ..ending };
        }
        if how != End::Left {
            // What remains is told by us, or a mark without its blank line.
            self.feed(&ending.tail, &mut tail);
            tail.append(&mut self.held);
        }
        Ending { tail, ..ending }
    }
}
