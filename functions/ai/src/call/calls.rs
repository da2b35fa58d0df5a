//! The rows that call a model: one handler each, and one way for all (`serve`).

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::problem::Problem;
use shared::reply::Reply;

use crate::call::serve::{create, create_of_form};
use crate::endpoint::Endpoint;

/// `POST /v1/chat/completions`: completes a chat, plain or streamed, as OpenAI's route does. The most it can cost is reserved before
/// the provider is called; what it did cost is in `X-Cost-Nano-Usd` of a plain reply and in the usage report.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time.
pub(crate) async fn chat(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create(cx, &caller, Endpoint::Chat).await
}

/// `POST /v1/messages`: answers a message, plain or streamed, as Anthropic's route does.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time.
pub(crate) async fn messages(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create(cx, &caller, Endpoint::Messages).await
}

/// `POST /v1/messages/count_tokens`: the size of a message by its provider's own count, as Anthropic's route. It costs
/// nothing.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time, 501 where it
/// does not count.
pub(crate) async fn count_tokens(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create(cx, &caller, Endpoint::CountTokens).await
}

/// `POST /v1/responses`: answers, plain or streamed, as OpenAI's route does.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time.
pub(crate) async fn responses(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create(cx, &caller, Endpoint::Responses).await
}

/// `POST /v1/embeddings`: vectors for texts, as OpenAI's route.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time.
pub(crate) async fn embeddings(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create(cx, &caller, Endpoint::Embeddings).await
}

/// `POST /v1/images/generations`: pictures from words, as OpenAI's route.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time.
pub(crate) async fn images(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create(cx, &caller, Endpoint::Images).await
}

/// `POST /v1/audio/speech`: speech from words, as OpenAI's route; the sound is passed on while it comes.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time.
pub(crate) async fn speech(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create(cx, &caller, Endpoint::Speech).await
}

/// `POST /v1/moderations`: whether a text is harmful, as OpenAI's route.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time.
pub(crate) async fn moderations(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create(cx, &caller, Endpoint::Moderations).await
}

/// `POST /v1/rerank`: documents in the order of how well they answer a question, as Cohere's route.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time.
pub(crate) async fn rerank(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create(cx, &caller, Endpoint::Rerank).await
}

/// `POST /v1/audio/transcriptions`: words from speech, as OpenAI's route: a form with the sound in it.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when a budget does not cover it, 404 for a model that does not exist here or
/// has no such route, 422 for what its dialect cannot say, 429 for too many calls, 502 and 504 when no provider answers
/// in time.
pub(crate) async fn transcriptions(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create_of_form(cx, &caller).await
}
