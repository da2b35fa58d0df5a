//! Files listed, read, deleted and brought back.

use std::rc::Rc;

use shared::accounts::events::{Detail, Kind, event};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Path, Query};
use shared::problem::{Code, Problem};
use uploads::known::{FileObject, Known};
use uploads::{File, Owner, Reader, rights};

use crate::model::{DeleteQuery, FileDeleted, FileList, FileQuery, Order};
use crate::store::{self, Which, Wish};

/// Files of a page at most.
const LONGEST_PAGE: u32 = 1_000;

/// `GET /v1/files`: one's own files, or those of an organisation, in the trash, with a tag, or shared.
///
/// # Errors
/// 422 for a limit out of bounds and for two lists at once, 404 for an organisation the caller is not in; 503 when the
/// database fails.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<FileQuery>) -> Result<FileList, Problem> {
    let limit = query.limit.unwrap_or(LONGEST_PAGE);
    if !(1..=10_000).contains(&limit) {
        return Err(Problem::invalid("limit", "invalid", "must be from 1 to 10000"));
    }
    let limit = limit.min(LONGEST_PAGE);
    let owner = Owner::of(&caller);
    let which = which(&query)?;
    let organisation = query.organisation_id.as_deref();
    if organisation.is_some() && owner.organisation_id.is_some() && owner.organisation_id != organisation {
        return Err(Code::NotFound.into());
    }
    let wish = Wish {
        which,
        purpose: query.purpose,
        after: query.after.as_deref(),
        newest: query.order == Order::Desc,
        limit: u64::from(limit) + 1,
    };
    let mut batch = vec![store::list(owner, cx.now_ms(), &wish)];
    batch.extend(organisation.map(|id| rights::member(owner.user_id, id)));
    let mut rows = cx.platform.db().batch(batch).await?;
    let mut files: Vec<Known> = rows.take(0)?;
    if organisation.is_some() && rows.take::<One>(1)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = files.len() > shown;
    files.truncate(shown);
    let data: Vec<FileObject> = files.into_iter().map(FileObject::from).collect();
    let id = |file: Option<&FileObject>| file.map(|file| file.id.clone());
    Ok(FileList { object: "list", first_id: id(data.first()), last_id: id(data.last()), data, has_more })
}

fn which(query: &FileQuery) -> Result<Which<'_>, Problem> {
    let organisation = query.organisation_id.as_deref();
    match (query.trash, query.shared, query.tag.as_deref(), organisation) {
        (false, None, None, None) => Ok(Which::Mine),
        (true, None, None, None) => Ok(Which::Trash),
        (false, Some(_), None, None) => Ok(Which::SharedWithMe),
        (false, None, Some(tag), of) => Ok(Which::Tagged(tag, of)),
        (false, None, None, Some(id)) => Ok(Which::OpenIn(id)),
        _ => Err(Problem::invalid("query", "invalid", "`trash`, `shared` and the others are lists of their own")),
    }
}

/// `GET /v1/files/{id}`: what is known of a file the caller may read.
///
/// # Errors
/// 404 for another's; 503 when the database fails.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<FileObject, Problem> {
    let (owner, now) = (Owner::of(&caller), cx.now_ms());
    let batch =
        vec![rights::seen(owner, &id, now, false), uploads::store::readable(Reader::of(Some(&caller)), &id, now)];
    let mut rows = cx.platform.db().batch(batch).await?;
    let seen: Option<Known> = rows.take(0)?.into_iter().next();
    let readable: Option<File> = rows.take(1)?.into_iter().next();
    // Its tags and all are for who works with it; others see what they may read.
    let readable = readable.map(|file| FileObject::new(file, Vec::new()));
    seen.filter(|_| readable.is_some()).map(FileObject::from).or(readable).ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/files/{id}`: into the trash, where nobody reads it; for good, when that is asked. Its bytes go within the hour.
///
/// # Errors
/// 404 for what the caller does not read, 409 while a job reads it or it is to be kept, 403 without the right and for an administrator in
/// somebody's place; 503 when the database fails.
pub async fn delete(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(DeleteQuery { permanent }): Query<DeleteQuery>,
) -> Result<FileDeleted, Problem> {
    let (owner, now) = (Owner::of(&caller), cx.now_ms());
    let mut batch = vec![rights::seen(owner, &id, now, false), rights::seen(owner, &id, now, true)];
    let standing_in = caller.claims.act.is_some();
    if !standing_in {
        batch.push(if permanent { store::purge(owner, &id, now) } else { store::to_trash(owner, &id, now) });
    }
    let mut rows = cx.platform.db().batch(batch).await?;
    let here: Option<Known> = rows.take(0)?.into_iter().next();
    let trashed: Option<Known> = rows.take(1)?.into_iter().next();
    let Some(file) = here.or(trashed.filter(|_| permanent)) else {
        return Err(rights::refusal(cx, &caller, &id).await?);
    };
    if standing_in {
        return Err(Code::ImpersonationRefused.into());
    }
    if rows.take::<One>(2)?.is_empty() {
        return Err(kept(&file, now));
    }
    if permanent && file.user_id != owner.user_id {
        note(cx, Kind::FileDeleted, &file.user_id, &id).await;
    }
    Ok(FileDeleted { id, object: "file", deleted: true })
}

/// Why a file that the caller sees was not deleted.
fn kept(file: &Known, now: u64) -> Problem {
    match file {
        Known { may_delete: 0, .. } => Code::Forbidden.into(),
        Known { held: 1, .. } => Code::FileInUse.into(),
        Known { retain_until: Some(until), .. } if *until > now => {
            Problem::from(Code::FileRetained).detail(format!("It is kept until {}.", shared::time::rfc3339(*until)))
        }
        _ => Code::NotFound.into(),
    }
}

/// An event that nothing else depends on: when it cannot be written, the log says so.
async fn note(cx: &Cx, kind: Kind, user_id: &str, id: &str) {
    if let Err(error) = cx.platform.db().run(event(cx, kind, user_id, &Detail(&[("file_id", id)]))).await {
        shared::log::event("files", "error", "event", "an event was not noted", Some(&format!("{error:?}")));
    }
}

/// `POST /v1/files/{id}/restore`: out of the trash again; what is not in it stays as it is.
///
/// # Errors
/// 404 for what the caller does not read, 403 without the right to delete it and for an administrator in somebody's place; 503
/// when the database fails.
pub async fn restore(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<FileObject, Problem> {
    let (owner, now) = (Owner::of(&caller), cx.now_ms());
    let [trashed, here] = [true, false].map(|in_trash| rights::seen(owner, &id, now, in_trash));
    if caller.claims.act.is_some() {
        let mut rows = cx.platform.db().batch(vec![trashed, here]).await?;
        let nothing = rows.take::<Known>(0)?.is_empty() && rows.take::<Known>(1)?.is_empty();
        return Err(if nothing { Code::NotFound } else { Code::ImpersonationRefused }.into());
    }
    let batch = vec![trashed, store::restore(owner, &id), here];
    let mut rows = cx.platform.db().batch(batch).await?;
    let trashed: Option<Known> = rows.take(0)?.into_iter().next();
    let restored = !rows.take::<One>(1)?.is_empty();
    let file: Option<Known> = rows.take(2)?.into_iter().next();
    if trashed.is_some() && !restored {
        return Err(Code::Forbidden.into());
    }
    match file {
        Some(file) => Ok(FileObject::from(file)),
        None => Err(rights::refusal(cx, &caller, &id).await?),
    }
}
