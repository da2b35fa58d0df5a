//! What people see and change of themselves: the profile, a copy of everything that is kept, and the end of the
//! account.

use std::rc::Rc;

use serde::Deserialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::{DbError, Statement};
use shared::extract::Json;
use shared::platform::Rows;
use shared::problem::{Code, Problem};
use shared::time;

use crate::devices;
use crate::export_model::{
    AllowedAppRow, Export, KnownIdentityRow, KnownMembershipRow, KnownPasskeyRow, PastCallRow, PastSessionRow,
};
use crate::file_export::{self, OwnFileRow};
use crate::key_row::KeyRow;
use crate::person_model::{EventRow, Person, PersonRow, ProfileChange};
use crate::person_store::{self as people, MOST_EXPORTED};
use crate::store;
use crate::talk_model::{OwnPromptRow, PastConversationRow, PastFeedbackRow, PastMessage, PastMessageRow};
use crate::talk_store as talk;
use crate::work_export as work;

/// `GET /v1/users/me`.
///
/// # Errors
/// None beyond the row's own.
pub async fn read(cx: &Cx, caller: Rc<Caller>) -> Result<Person, Problem> {
    let row: Option<PersonRow> = cx.platform.db().first(people::person(caller.user_id())).await?;
    row.map(Person::from).ok_or_else(|| Code::Unauthenticated.into())
}

/// `PATCH /v1/users/me`: what the body names is changed.
///
/// # Errors
/// None beyond the row's own.
pub async fn change(cx: &Cx, caller: Rc<Caller>, Json(change): Json<ProfileChange>) -> Result<Person, Problem> {
    let id = caller.user_id();
    let name = change.name.as_ref().map(|name| name.as_str());
    let locale = change.locale.as_ref().map(|locale| locale.as_str());
    let avatar_ref = change.avatar_ref.as_ref().map(|named| named.as_ref().map(|avatar| avatar.as_str()));
    let batch = vec![people::change_profile(id, name, locale, avatar_ref), people::person(id)];
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<PersonRow>(1)?.into_iter().next();
    row.map(Person::from).ok_or_else(|| Code::Unauthenticated.into())
}

/// `GET /v1/users/me/export`: everything that is kept of the caller. Passwords, tokens and keys are kept as
/// hashes alone and are not in it; nor is what was said to a model outside of conversations, which is not kept.
///
/// # Errors
/// None beyond the row's own.
pub async fn export(cx: &Cx, caller: Rc<Caller>) -> Result<Export, Problem> {
    let mut rows = cx.platform.db().batch(exported(caller.user_id())).await?;
    let profile = rows.take::<PersonRow>(0)?.into_iter().next().ok_or(Code::Unauthenticated)?;
    let mut complete = true;
    let messages: Vec<PastMessageRow> = rows.take(10)?;
    complete &= messages.len() <= MOST_EXPORTED && messages.first().is_none_or(|row| row.whole <= talk::MOST_BYTES);
    Ok(Export {
        exported_at: time::rfc3339(cx.now_ms()),
        profile: profile.into(),
        sessions: part::<PastSessionRow, _>(&mut rows, 1, &mut complete)?,
        keys: part::<KeyRow, _>(&mut rows, 2, &mut complete)?,
        events: part::<EventRow, _>(&mut rows, 3, &mut complete)?,
        calls: part::<PastCallRow, _>(&mut rows, 4, &mut complete)?,
        passkeys: part::<KnownPasskeyRow, _>(&mut rows, 5, &mut complete)?,
        memberships: part::<KnownMembershipRow, _>(&mut rows, 6, &mut complete)?,
        identities: part::<KnownIdentityRow, _>(&mut rows, 7, &mut complete)?,
        apps: part::<AllowedAppRow, _>(&mut rows, 8, &mut complete)?,
        conversations: part::<PastConversationRow, _>(&mut rows, 9, &mut complete)?,
        messages: messages.into_iter().take(MOST_EXPORTED).map(PastMessage::from).collect(),
        prompts: part::<OwnPromptRow, _>(&mut rows, 11, &mut complete)?,
        feedback: part::<PastFeedbackRow, _>(&mut rows, 12, &mut complete)?,
        files: part::<OwnFileRow, _>(&mut rows, 13, &mut complete)?,
        analyses: work::part(&mut rows, 14, &mut complete)?,
        batches: work::part(&mut rows, 15, &mut complete)?,
        evaluations: work::part(&mut rows, 16, &mut complete)?,
        evaluation_runs: work::part(&mut rows, 17, &mut complete)?,
        tuning_jobs: work::part(&mut rows, 18, &mut complete)?,
        uploads: work::part(&mut rows, 19, &mut complete)?,
        shares: work::part(&mut rows, 20, &mut complete)?,
        links: work::part(&mut rows, 21, &mut complete)?,
        webhooks: work::part(&mut rows, 22, &mut complete)?,
        settings: work::part(&mut rows, 23, &mut complete)?,
        complete,
    })
}

/// What an export asks the database; a test holds it against the tables that have things of people.
pub fn exported(id: &str) -> Vec<Statement> {
    let mut batch = vec![
        people::person(id),
        people::past_sessions(id),
        store::keys_of(id, None, people::most()),
        people::events_of(id, None, people::most()),
        people::past_calls(id),
        people::passkeys(id),
        people::memberships(id),
        people::identities(id),
        people::apps(id),
        talk::conversations(id),
        talk::messages(id),
        talk::prompts(id),
        talk::feedback(id),
        file_export::files(id),
    ];
    batch.extend(work::all(id));
    batch
}

/// One list of an export; `complete` turns false when more is kept than is in it.
fn part<R: for<'de> Deserialize<'de>, T: From<R>>(
    rows: &mut Rows,
    statement: usize,
    complete: &mut bool,
) -> Result<Vec<T>, Problem> {
    let rows: Vec<R> = rows.take(statement)?;
    *complete &= rows.len() <= MOST_EXPORTED;
    Ok(rows.into_iter().take(MOST_EXPORTED).map(T::from).collect())
}

/// A session's id.
#[derive(Deserialize)]
struct SessionId {
    id: String,
}

/// `DELETE /v1/users/me`: deletes the account and everything personal in it, for good. Sessions and API keys end;
/// the ledger keeps what calls cost under an id that names nobody any more. Organisations that nobody else is in go
/// with it.
///
/// # Errors
/// 409 for the only owner of an organisation that others are in.
pub async fn delete(cx: &Cx, caller: Rc<Caller>) -> Result<(), Problem> {
    let mut rows = cx.platform.db().batch(people::delete(cx, caller.user_id())).await.map_err(last_owner)?;
    let ended: Vec<SessionId> = rows.take(0)?;
    devices::tell_kv(cx, ended.into_iter().map(|session| session.id).collect());
    Ok(())
}

fn last_owner(error: DbError) -> Problem {
    if error.violates("members.last_owner") { Code::LastOwner.into() } else { error.into() }
}
