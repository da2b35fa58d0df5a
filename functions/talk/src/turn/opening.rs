//! Opening a turn: what is said and with which prompt, the claim, and what the model is told of the conversation.

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::Statement;
use shared::platform::Answer;
use shared::problem::{Code, Problem};

use super::context::{self, Earlier};
use super::keeping::{Keep, LEASE_MS};
use super::model::{AgainWish, LONGEST_CONTENT, Named, PromptOfTurn, TurnWish};
use super::store::{self, Door, From, Opening, Saying, TakingBack};
use crate::conversation::busy;
use crate::preset;
use crate::prompt::choice::{self, Chosen};
use crate::prompt::render::{Parameters, Role, Said};
use crate::upstream::{PLAIN_MS, Upstream};

/// A minute more than the longest plain answer.
const PLAIN_LEASE_MS: u64 = PLAIN_MS as u64 + 60_000;

/// What a turn is to be.
pub struct Plan {
    from: From,
    content: Option<String>,
    preamble: Vec<Said>,
    parameters: Parameters,
    prompt: Option<(String, Option<u32>)>,
    model: Option<String>,
    stream: bool,
}

/// A turn that is under way.
pub struct Opened {
    conversation: String,
    turn: String,
    said: Option<(String, u64)>,
    question: String,
    before: Door,
    /// The model.
    pub model: String,
    /// What it is told.
    pub messages: Vec<Said>,
    /// Further members of the request.
    pub parameters: Parameters,
    /// Whether the answer is a stream.
    pub stream: bool,
}

impl Plan {
    /// Of what somebody says.
    ///
    /// # Errors
    /// 404 and 422 for a prompt that is not there or does not render, 422 for nothing to say, or too much.
    pub async fn of_wish(cx: &Cx, caller: &Caller, wish: TurnWish) -> Result<Self, Problem> {
        let TurnWish { content, parent, model, prompt, stream } = wish;
        let from = parent.map_or(From::Head, From::After);
        let model = model.map(|model| model.as_str().to_owned());
        let mut plan =
            Self { from, content, preamble: Vec::new(), parameters: Parameters::new(), prompt: None, model, stream };
        if let Some(prompt) = prompt {
            plan.with(cx, caller, prompt).await?;
        }
        match &plan.content {
            Some(text) if text.len() > LONGEST_CONTENT => {
                Err(Problem::invalid("/content", "too_long", format!("must have at most {LONGEST_CONTENT} bytes")))
            }
            Some(text) if !text.trim().is_empty() => Ok(plan),
            _ => Err(Problem::invalid("/content", "missing", "is missing: something has to be said")),
        }
    }

    /// Of an answer that is asked for again.
    pub fn again(message: String, wish: AgainWish) -> Self {
        let AgainWish { model, stream } = wish;
        Self {
            from: From::Again(message),
            content: None,
            preamble: Vec::new(),
            parameters: Parameters::new(),
            prompt: None,
            model: model.map(|model| model.as_str().to_owned()),
            stream,
        }
    }

    /// Adds a prompt: its messages come before the conversation's; where nothing else is said, its last one is said.
    async fn with(&mut self, cx: &Cx, caller: &Caller, prompt: PromptOfTurn) -> Result<(), Problem> {
        let one = || Problem::invalid("/prompt", "invalid", "must name an `id` or a `preset`, and one of both");
        let (named, asked) = prompt.split().ok_or_else(one)?;
        let (id, chosen) = match named {
            Named::Prompt(id) => {
                let statements = choice::statements(caller.user_id(), &id, &asked)?;
                let mut rows = cx.platform.db().batch(statements).await?;
                let chosen = choice::choose(&mut rows, 0, caller.user_id(), &id, &asked);
                (id, chosen)
            }
            Named::Preset(name) => {
                let locale = asked.locale.as_ref().map(|locale| locale.as_str());
                let unknown = || Problem::invalid("/prompt/preset", "unknown", "is no preset");
                let source = preset::source(&name, preset::language(cx, locale)).ok_or_else(unknown)?;
                (format!("preset/{name}"), choice::of_preset(&source, &asked))
            }
        };
        let Chosen { version, model, rendered } = chosen.map_err(within_prompt)?;
        self.prompt = Some((id, version));
        self.model = self.model.take().or(model);
        self.parameters = rendered.parameters;
        self.preamble = rendered.messages;
        if self.content.is_none() && self.preamble.last().is_some_and(|said| said.role == Role::User) {
            self.content = self.preamble.pop().map(|said| said.content);
        }
        Ok(())
    }

    /// Opens the turn.
    ///
    /// # Errors
    /// 404 for another's conversation, 409 while another turn is under way and where there is no more room, 422 for a
    /// message that is not there.
    pub async fn open(self, cx: &Cx, caller: &Caller, conversation: &str) -> Result<Opened, Problem> {
        let (turn, id) = (cx.new_id("trn"), cx.new_id("msg"));
        let words = self.content.as_deref().map(context::first_words).unwrap_or_default();
        let lease = if self.stream { LEASE_MS } else { PLAIN_LEASE_MS };
        let saying = self.content.as_deref().map(|content| Saying {
            id: &id,
            content,
            words: &words,
            prompt_id: self.prompt.as_ref().map(|(id, _)| id.as_str()),
            prompt_version: self.prompt.as_ref().and_then(|(_, version)| *version),
        });
        let now = cx.now_ms();
        let opening = Opening {
            caller: caller.user_id(),
            conversation,
            turn: &turn,
            from: &self.from,
            saying,
            now,
            until: now + lease,
        };
        let line = store::line_of(&opening);
        let mut rows = cx.platform.db().batch(store::open(&opening)).await?;
        let before = rows.take::<Door>(0)?.into_iter().next().ok_or(Code::NotFound)?;
        let line: Vec<Earlier> = rows.take(line)?;
        refuse(&before, &self.from)?;
        // The door was open: only a message that answers nothing has no question.
        let question = line.first().map(|earlier| earlier.id.clone()).ok_or(Code::NotFound)?;
        Ok(Opened {
            said: self.content.as_deref().map(|content| (id.clone(), store::bytes(content))),
            conversation: conversation.to_owned(),
            turn,
            question,
            model: self.model.unwrap_or_else(|| before.model.clone()),
            messages: context::messages(&before.system, self.preamble, line),
            parameters: self.parameters,
            stream: self.stream,
            before,
        })
    }
}

/// Values of a prompt stand deeper in the body of a turn.
fn within_prompt(mut problem: Problem) -> Problem {
    for error in &mut problem.errors {
        error.pointer.insert_str(0, "/prompt");
    }
    if problem.code == Code::NotFound {
        return Problem::invalid("/prompt/id", "unknown", "is no prompt that you reach");
    }
    problem
}

fn refuse(door: &Door, from: &From) -> Result<(), Problem> {
    let full = "This conversation is full: begin another one.";
    match door {
        Door { known: 0, .. } if matches!(from, From::Again(_)) => Err(Code::NotFound.into()),
        Door { known: 0, .. } => Err(Problem::invalid("/parent", "unknown", "is no message of this conversation")),
        Door { busy: taken, .. } if *taken != 0 => Err(busy()),
        Door { room: 0, .. } => Err(Problem::from(Code::ConversationFull).detail(full)),
        _ => Ok(()),
    }
}

impl Opened {
    /// What keeps the answer, once its head is here.
    pub fn keep(&self, cx: &Cx, upstream: Upstream, answer: &Answer) -> Keep {
        let wanted = cx.platform.var("CONVERSATION_TITLES").as_deref() != Some("words");
        let untitled = wanted && self.said.is_some() && self.before.title_by == "nobody";
        let asked = || self.messages.last().map(|said| said.content.clone());
        Keep {
            platform: cx.platform.background(),
            upstream,
            conversation: self.conversation.clone(),
            turn: self.turn.clone(),
            question: self.question.clone(),
            answer: shared::id::new("msg", cx.platform.now_ms().max(cx.now_ms() + 1), cx.platform.random()),
            model: answer.header("x-model").unwrap_or_else(|| self.model.clone()),
            provider: answer.header("x-provider"),
            untitled: untitled.then(asked).flatten(),
        }
    }

    /// What takes the turn back.
    pub fn taking_back(&self) -> Vec<Statement> {
        store::take_back(&TakingBack {
            conversation: &self.conversation,
            turn: &self.turn,
            said: self.said.as_ref().map(|(id, bytes)| (id.as_str(), *bytes)),
            before: &self.before,
        })
    }
}
