//! Asking for a link by mail. The answer is the same 202 after the same work whether the address is known or
//! not; who owns the mailbox learns the rest from the letter, or from its absence.

use std::rc::Rc;

use shared::accounts::links::{LinkKey, Purpose};
use shared::accounts::{UserRow, letters, store as stored, tokens};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::Statement;
use shared::extract::Json;
use shared::problem::{Code, Problem};

use crate::link_store::{self, NewLink};
use crate::model::{Accepted, Address, Credentials};
use crate::password;
use crate::store::Id;

/// `POST /v1/auth/email/verification`. Sends the link again that proves a new account's address.
///
/// # Errors
/// None beyond the row's own.
pub async fn verification(cx: &Cx, Json(to): Json<Address>) -> Result<Accepted, Problem> {
    send(cx, Purpose::Verify, &to).await
}

/// `POST /v1/auth/password/forgot`. Sends a link under which a new password is set.
///
/// # Errors
/// None beyond the row's own.
pub async fn forgot(cx: &Cx, Json(to): Json<Address>) -> Result<Accepted, Problem> {
    send(cx, Purpose::Reset, &to).await
}

/// `POST /v1/auth/magic`. Sends a link that signs in.
///
/// # Errors
/// None beyond the row's own.
pub async fn magic(cx: &Cx, Json(to): Json<Address>) -> Result<Accepted, Problem> {
    send(cx, Purpose::Magic, &to).await
}

async fn send(cx: &Cx, purpose: Purpose, to: &Address) -> Result<Accepted, Problem> {
    let draft = Draft::new(cx, purpose)?;
    let batch = link_store::ask(&draft.link(), to.email.as_str());
    write(cx, batch).await
}

/// `POST /v1/auth/email/change`. Sends a link to the new address and a notice to the old one; nothing changes
/// before the link is used.
///
/// # Errors
/// 401 for a wrong password, and for an account that has none: set one by a reset first.
pub async fn change(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<Credentials>) -> Result<Accepted, Problem> {
    let draft = Draft::new(cx, Purpose::Change)?;
    let user: Option<UserRow> = cx.platform.db().first(stored::user_by_id(caller.user_id())).await?;
    let stored = user.as_ref().and_then(|user| user.password.as_deref());
    if !password::check(cx, &wish.password, stored).await?.matches {
        return Err(Code::InvalidCredentials.into());
    }
    let notice = cx.new_id("let");
    let batch = link_store::ask_to_change(&draft.link(), caller.user_id(), wish.email.as_str(), &notice);
    write(cx, batch).await
}

/// Writes letters, whose ids the last statement reads, and hands them over.
pub(crate) async fn write(cx: &Cx, batch: Vec<Statement>) -> Result<Accepted, Problem> {
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await?;
    let written: Vec<Id> = rows.take(last)?;
    letters::hand_over(cx, written.into_iter().map(|letter| letter.id).collect());
    Ok(Accepted { status: "accepted" })
}

/// A link to be.
pub(crate) struct Draft {
    id: String,
    letter_id: String,
    token_hash: String,
    purpose: Purpose,
    now: u64,
}

impl Draft {
    /// Draws the ids and derives the token, of which only the hash is kept.
    ///
    /// # Errors
    /// 503 without `LINK_KEY`.
    pub(crate) fn new(cx: &Cx, purpose: Purpose) -> Result<Self, Problem> {
        let key = cx.platform.var("LINK_KEY").as_deref().and_then(LinkKey::read);
        let key = key.ok_or_else(|| Problem::from(Code::Unavailable).because("LINK_KEY is missing or unreadable"))?;
        let id = cx.new_id("lnk");
        let token_hash = tokens::hash(&key.token(purpose, &id));
        Ok(Self { id, letter_id: cx.new_id("let"), token_hash, purpose, now: cx.now_ms() })
    }

    /// As the store takes it.
    pub(crate) fn link(&self) -> NewLink<'_> {
        NewLink {
            id: &self.id,
            letter_id: &self.letter_id,
            token_hash: &self.token_hash,
            purpose: self.purpose,
            now: self.now,
        }
    }
}
