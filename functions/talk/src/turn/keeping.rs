//! Keeping an answer: however its stream ends, what had come is written down, the turn ends, and the conversation gets
//! its title. The client may be long gone by then.

use shared::log;
use shared::platform::Platform;
use shared::stream::{End, Ending, Filter, Forward};

use super::answer_store::{self, Answering};
use super::hearing::{Ear, Heard, State};

use super::title;
use crate::upstream::{BROKEN_EVENT, Upstream};

/// Milliseconds for which a turn is its own; a stream says now and then that it goes on.
pub const LEASE_MS: u64 = 300_000;
/// Milliseconds after which it says so.
const RENEW_MS: u64 = 60_000;
/// How often an answer is tried to be kept.
const TRIES: usize = 3;

/// What is known of an answer before it comes.
pub struct Keep {
    /// The door to the database, for work nobody waits for.
    pub platform: Platform,
    /// The AI function, for a title.
    pub upstream: Upstream,
    /// In which conversation.
    pub conversation: String,
    /// Which turn.
    pub turn: String,
    /// What is answered.
    pub question: String,
    /// `msg_…` of the answer.
    pub answer: String,
    /// The model.
    pub model: String,
    /// Its provider.
    pub provider: Option<String>,
    /// Where the conversation has no title yet but first words: what was asked, and the model that may find one.
    pub untitled: Option<String>,
}

impl Keep {
    /// The statements that keep what was heard.
    pub fn statements(&self, heard: &Heard, state: State, error: Option<&str>) -> Vec<shared::db::Statement> {
        answer_store::answer(&Answering {
            conversation: &self.conversation,
            turn: &self.turn,
            id: &self.answer,
            question: &self.question,
            content: &heard.content,
            state: state.as_str(),
            error,
            model: &self.model,
            provider: self.provider.as_deref(),
            finish_reason: heard.finish_reason.as_deref(),
            request_id: &self.upstream.request_id,
            now: self.platform.now_ms(),
        })
    }

    /// Keeps what was heard of a stream that ended so, and finds a title.
    async fn keep(self, heard: Heard, how: End) {
        let (state, error) = heard.state(how);
        for left in (0..TRIES).rev() {
            match self.platform.db().batch(self.statements(&heard, state, error)).await {
                Ok(_) => break,
                // It can be tried again: the answer has its id already, and only its own turn ends.
                Err(_) if left > 0 => {}
                Err(error) => {
                    log::event("talk", "error", "turn", "an answer was not kept", Some(&format!("{error:?}")));
                    return;
                }
            }
        }
        if state == State::Complete {
            self.entitle(&heard.content).await;
        }
    }

    /// Finds a title where there is none yet. Its failure changes nothing: the first words stay.
    pub async fn entitle(self, answer: &str) {
        let Some(asked) = &self.untitled else { return };
        let Some(title) = title::of(&self.upstream, &self.model, asked, answer).await else { return };
        if let Err(error) = self.platform.db().run(answer_store::entitle(&self.conversation, &title)).await {
            log::event("talk", "warn", "title", "a title was not kept", Some(&format!("{error:?}")));
        }
    }
}

/// Forwards every chunk as it is, and listens.
pub struct Listening {
    ear: Ear,
    keep: Option<Keep>,
    renewed_at: u64,
}

impl Listening {
    /// For a stream that begins now.
    pub fn new(keep: Keep) -> Self {
        Self { ear: Ear::default(), renewed_at: keep.platform.now_ms(), keep: Some(keep) }
    }

    /// Says that the turn goes on, where that was not said for a while.
    fn renew(&mut self) {
        let Some(keep) = &self.keep else { return };
        let now = keep.platform.now_ms();
        if now.saturating_sub(self.renewed_at) < RENEW_MS {
            return;
        }
        self.renewed_at = now;
        let (platform, renewal) =
            (keep.platform.clone(), answer_store::renew(&keep.conversation, &keep.turn, now + LEASE_MS));
        keep.platform.wait_until(async move {
            // The next one comes in a minute.
            let _ = platform.db().run(renewal).await;
        });
    }
}

impl Filter for Listening {
    fn push(&mut self, chunk: &[u8]) -> Forward {
        self.ear.hear(chunk);
        self.renew();
        Forward::Whole
    }

    fn end(&mut self, how: End) -> Ending {
        let heard = std::mem::take(&mut self.ear.heard);
        // The AI function ends a broken stream with an error; without one it was lost on the way here, and the client
        // is told so now.
        let untold = matches!(heard.state(how).0, State::Broken) && heard.error.is_none();
        let tail = if untold { BROKEN_EVENT.to_vec() } else { Vec::new() };
        let keep = self.keep.take();
        let then = async move {
            if let Some(keep) = keep {
                keep.keep(heard, how).await;
            }
        };
        Ending { tail, then: Box::pin(then) }
    }
}
