//! Asking for a link by mail. The answer is the same 202 after the same work whether the address is known or
//! not; who owns the mailbox learns the rest from the letter, or from its absence.

use std::rc::Rc;

use shared::accounts::attempts;
use shared::accounts::drafts::{self, Draft};
use shared::accounts::links::Purpose;
use shared::accounts::{UserRow, password, store as stored};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Json;
use shared::problem::{Code, Problem};

use crate::model::{Accepted, Address, NewAddress};
use crate::store;

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
    let batch = store::ask(&draft.link(), to.email.as_str());
    drafts::write(cx, batch).await?;
    Ok(Accepted { status: "accepted" })
}

/// `POST /v1/auth/email/change`. Sends a link to the new address and a notice to the old one; nothing changes
/// before the link is used.
///
/// # Errors
/// 401 for a wrong password, and for an account that has none: set one by a reset first. 429 after too many wrong ones.
pub async fn change(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<NewAddress>) -> Result<Accepted, Problem> {
    let draft = Draft::new(cx, Purpose::Change)?;
    let subject = attempts::of_password(&caller.claims.sid);
    let [attempt, wait] = attempts::attempt(&subject, cx.now_ms());
    let mut rows = cx.platform.db().batch(vec![attempt, wait, stored::user_by_id(caller.user_id())]).await?;
    attempts::allowed(cx, &mut rows, 0)?;
    let user = rows.take::<UserRow>(2)?.into_iter().next();
    let stored = user.as_ref().and_then(|user| user.password.as_deref());
    if !password::check(cx, &wish.password, stored).await?.matches {
        return Err(Code::InvalidCredentials.into());
    }
    let notice = cx.new_id("let");
    let mut batch = vec![attempts::forget(&subject)];
    batch.extend(store::ask_to_change(&draft.link(), caller.user_id(), wish.email.as_str(), &notice));
    drafts::write(cx, batch).await?;
    Ok(Accepted { status: "accepted" })
}
