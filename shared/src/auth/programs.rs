//! Programs that call: with an API key, with a signature by one, or as an app that a person let in. They open rows
//! that name a scope and no others; such a row brings this door along, so that functions without one carry none of it.

use std::rc::Rc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use super::claims::Caller;
use super::{api_key, app, key, refused, signed};
use crate::cx::Cx;
use crate::problem::Problem;
use crate::route::Row;

/// What a program shows.
pub enum Proof<'a> {
    /// The text of an API key.
    Key(&'a str),
    /// The field `Signature-Input` of a signed request.
    Signature(&'a str),
    /// An access token of an app, verified.
    App(Rc<Caller>),
}

/// Lets a program in, or refuses it.
pub type Door = for<'a> fn(&'a Cx, &'a Row, Proof<'a>) -> LocalBoxFuture<'a, Result<(), Problem>>;

/// The door of rows that name a scope.
pub fn door<'a>(cx: &'a Cx, row: &'a Row, proof: Proof<'a>) -> LocalBoxFuture<'a, Result<(), Problem>> {
    async move {
        match proof {
            Proof::Key(text) => key::admit(cx, row, text).await,
            Proof::Signature(input) => signed::admit(cx, row, input).await,
            Proof::App(caller) => app::admit(cx, row, &caller).await,
        }
    }
    .boxed_local()
}

/// What a program is told at a row that names no scope. Whether its key lives is not looked up for that.
pub(super) fn turned_away(proof: &Proof<'_>) -> Problem {
    match proof {
        Proof::Key(text) if api_key::id_of(text).is_none() => refused("invalid_token"),
        Proof::Signature(_) => refused("invalid_request"),
        Proof::Key(_) | Proof::App(_) => key::insufficient(None),
    }
}
