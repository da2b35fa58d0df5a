//! The rows that call a model: one handler each, and one way for all (`serve`).

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::problem::Problem;
use shared::reply::Reply;

use crate::call::serve::{create, create_of_form};
use crate::endpoint::Endpoint;

macro_rules! routes {
    ($($(#[$doc:meta])* $name:ident => $endpoint:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// As `serve::create`.
        pub(crate) async fn $name(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
            create(cx, &caller, Endpoint::$endpoint).await
        }
    )*};
}

routes! {
    /// `POST /v1/chat/completions`, as OpenAI's.
    chat => Chat;
    /// `POST /v1/embeddings`, as OpenAI's.
    embeddings => Embeddings;
    /// `POST /v1/images/generations`, as OpenAI's.
    images => Images;
    /// `POST /v1/audio/speech`, as OpenAI's.
    speech => Speech;
    /// `POST /v1/moderations`, as OpenAI's.
    moderations => Moderations;
    /// `POST /v1/rerank`, as Cohere's.
    rerank => Rerank;
}

/// `POST /v1/audio/transcriptions`, as OpenAI's: a form with the sound in it.
///
/// # Errors
/// As `serve::create`.
pub(crate) async fn transcriptions(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    create_of_form(cx, &caller).await
}
