//! Files listed, read and deleted.

use std::rc::Rc;

use serde::Deserialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Path, Query};
use shared::problem::{Code, Problem};
use uploads::{File, Owner, store};

use crate::model::{FileDeleted, FileList, FileObject, FileQuery, Order};

/// Files of a page at most.
const LONGEST_PAGE: u32 = 1_000;

/// `GET /v1/files`: one's own files.
///
/// # Errors
/// 422 for a limit out of bounds; 503 when the database fails.
pub async fn list(cx: &Cx, caller: Rc<Caller>, Query(query): Query<FileQuery>) -> Result<FileList, Problem> {
    let limit = query.limit.unwrap_or(LONGEST_PAGE);
    if !(1..=10_000).contains(&limit) {
        return Err(Problem::invalid("limit", "invalid", "must be from 1 to 10000"));
    }
    let limit = limit.min(LONGEST_PAGE);
    let newest = query.order == Order::Desc;
    let (after, more) = (query.after.as_deref(), u64::from(limit) + 1);
    let statement = store::list(Owner::of(&caller), cx.now_ms(), query.purpose, after, newest, more);
    let mut files: Vec<File> = cx.platform.db().batch(vec![statement]).await?.take(0)?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = files.len() > shown;
    files.truncate(shown);
    let data: Vec<FileObject> = files.into_iter().map(FileObject::from).collect();
    let id = |file: Option<&FileObject>| file.map(|file| file.id.clone());
    Ok(FileList { object: "list", first_id: id(data.first()), last_id: id(data.last()), data, has_more })
}

/// `GET /v1/files/{id}`.
///
/// # Errors
/// 404 for another's; 503 when the database fails.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<FileObject, Problem> {
    find(cx, &caller, &id).await.map(FileObject::from)
}

/// The caller's file with this id.
///
/// # Errors
/// As `read`.
pub async fn find(cx: &Cx, caller: &Caller, id: &str) -> Result<File, Problem> {
    let file: Option<File> = cx.platform.db().first(store::read(Owner::of(caller), id, cx.now_ms())).await?;
    file.ok_or_else(|| Code::NotFound.into())
}

#[derive(Deserialize)]
struct Deleted {
    id: String,
}

/// `DELETE /v1/files/{id}`: gone at once; its bytes within the hour.
///
/// # Errors
/// 404 for another's, 409 while a job reads it, 403 for an administrator in its owner's place; 503 when the database fails.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<FileDeleted, Problem> {
    let standing_in = caller.claims.act.is_some();
    if standing_in {
        return find(cx, &caller, &id).await.and_then(|_| Err(Code::ImpersonationRefused.into()));
    }
    let owner = Owner::of(&caller);
    let batch = vec![store::read(owner, &id, cx.now_ms()), store::held(owner.user_id, &id), store::delete(owner, &id)];
    let mut rows = cx.platform.db().batch(batch).await?;
    let seen: Vec<File> = rows.take(0)?;
    let held: Vec<One> = rows.take(1)?;
    let gone: Option<Deleted> = rows.take(2)?.into_iter().next();
    match gone {
        _ if seen.is_empty() => Err(Code::NotFound.into()),
        None if !held.is_empty() => Err(Code::FileInUse.into()),
        None => Err(Code::NotFound.into()),
        Some(Deleted { id }) => Ok(FileDeleted { id, object: "file", deleted: true }),
    }
}
