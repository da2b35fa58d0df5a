//! Turns: somebody says something, a model answers, both are kept. One at a time in a conversation; the claim, what is
//! said and what the model is told of the conversation are one transaction. A turn that gets no answer leaves nothing
//! behind, so whoever gets an error can say the same again.

pub mod answer_store;
pub mod context;
pub mod failing;
pub mod hearing;
pub mod keeping;
pub mod model;
pub mod opening;
pub mod store;
pub mod title;

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{OptionalJson, Path, PathPair};
use shared::log;
use shared::platform::{Answer, FirstError, SendError};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};

use self::hearing::State;
use self::keeping::{Keep, Listening};
use self::model::{AgainWish, Exchanged, TurnWish};
use self::opening::{Opened, Plan};
use crate::conversation::message_model::{Message, MessageRow};
use crate::long_body::LongJson;
use crate::upstream::{self, Asking, HEAD_MS, IDLE_MS, LONGEST_REPLY, PLAIN_MS, TOTAL_MS, Upstream};

/// Bytes of an error that are read.
const LONGEST_ERROR: usize = 64 * 1024;

/// `POST /v1/conversations/{id}/messages`: says something and gets the answer, as one reply or as the chat route's own
/// stream. The ids of both messages stand in `X-Message-Id` and `X-Answer-Id`.
///
/// # Errors
/// 404 for another's; 409 while another answer is being written and for a conversation that is full; 422 for a message
/// that is not there and a prompt that does not render; and what the chat route refuses, as a problem.
pub async fn say(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    LongJson(wish): LongJson<TurnWish>,
) -> Result<Reply, Problem> {
    let upstream = Upstream::of(cx)?;
    let plan = Plan::of_wish(cx, &caller, wish).await?;
    answered(cx, upstream, plan.open(cx, &caller, &id).await?).await
}

/// `POST /v1/conversations/{id}/messages/{message_id}/regenerate`: another answer beside those that are there, to the
/// message or to the one that it answers.
///
/// # Errors
/// As `say`.
pub async fn again(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(id, message): PathPair,
    OptionalJson(wish): OptionalJson<AgainWish>,
) -> Result<Reply, Problem> {
    let upstream = Upstream::of(cx)?;
    let plan = Plan::again(message, wish);
    answered(cx, upstream, plan.open(cx, &caller, &id).await?).await
}

/// Calls the model. What is no success takes back what was said.
async fn answered(cx: &Cx, upstream: Upstream, mut opened: Opened) -> Result<Reply, Problem> {
    let outcome = called(cx, upstream, &mut opened).await;
    if !outcome.as_ref().is_ok_and(|reply| reply.status < 300) {
        let undone = cx.platform.db().batch(opened.taking_back()).await;
        if let Err(error) = undone {
            log::event("talk", "error", "turn", "a turn was not taken back", Some(&format!("{error:?}")));
        }
    }
    outcome
}

async fn called(cx: &Cx, upstream: Upstream, opened: &mut Opened) -> Result<Reply, Problem> {
    let stream = opened.stream;
    let asking = Asking { model: &opened.model, messages: &opened.messages, parameters: &opened.parameters, stream };
    let answer = match upstream.ask(&asking, if stream { HEAD_MS } else { PLAIN_MS }, true).await? {
        Ok(answer) => answer,
        Err(SendError::Left) => return Ok(Reply::empty(499)),
        Err(error) => return Err(upstream::unreached(&error)),
    };
    if answer.status() != 200 {
        let (status, after) = (answer.status(), answer.header("retry-after"));
        let read = answer.read(LONGEST_ERROR, HEAD_MS).await;
        let body = read.ok().and_then(Result::ok).map(|(bytes, _)| bytes).unwrap_or_default();
        return Err(failing::problem(status, &body, after));
    }
    let passed = upstream::passed_on(&answer);
    let keep = opened.keep(cx, upstream, &answer);
    let ids = [("X-Message-Id", keep.question.clone()), ("X-Answer-Id", keep.answer.clone())];
    let mut reply = if stream { streamed(cx, answer, keep).await } else { plain(cx, answer, keep).await }?;
    reply.headers.extend(passed.into_iter().chain(ids));
    Ok(reply)
}

/// Forwards the stream while listening to it.
async fn streamed(cx: &Cx, answer: Answer, keep: Keep) -> Result<Reply, Problem> {
    match answer.first_chunk(HEAD_MS).await {
        Ok(()) => {}
        Err(FirstError::Left) => return Ok(Reply::empty(499)),
        Err(error) => return Err(upstream::silent(&error)),
    }
    let relay = answer.relay(&cx.platform, Box::new(Listening::new(keep)), IDLE_MS, TOTAL_MS);
    Ok(Reply::new(200, "text/event-stream", Body::Stream(relay)))
}

/// Keeps a plain answer and tells both messages.
async fn plain(cx: &Cx, answer: Answer, keep: Keep) -> Result<Reply, Problem> {
    let bytes = match answer.read(LONGEST_REPLY, PLAIN_MS).await {
        Ok(Ok((bytes, _))) => bytes,
        Ok(Err(error)) => return Err(Problem::from(Code::UpstreamInvalid).because(format!("{error:?}"))),
        Err(SendError::Left) => return Ok(Reply::empty(499)),
        Err(error) => return Err(upstream::unreached(&error)),
    };
    let heard = hearing::of_plain(&bytes).ok_or(Code::UpstreamInvalid)?;
    let mut batch = keep.statements(&heard, State::Complete, None);
    batch.push(answer_store::both(&keep.conversation, &keep.question, &keep.answer));
    let last = batch.len() - 1;
    let mut rows = cx.platform.db().batch(batch).await?;
    let mut messages = rows.take::<MessageRow>(last)?.into_iter().map(Message::from);
    // Of a conversation that was deleted meanwhile nothing is left to tell.
    let (Some(message), Some(answer)) = (messages.next(), messages.next()) else { return Err(Code::NotFound.into()) };
    let reply = Reply::json(200, &Exchanged { message, answer })?;
    cx.platform.wait_until(Box::pin(async move { keep.entitle(&heard.content).await }));
    Ok(reply)
}
