//! Opening a file to single people: by their id, or by an address that they have proven, or will. Nobody learns from it
//! whether there is an account.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::accounts::events::{Detail, Kind, event_when};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::{One, Param};
use shared::extract::{OptionalJson, Path, PathPair, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};
use shared::time;
use uploads::known::Known;
use uploads::{Owner, rights};

use crate::share_store::{self, SHARED};

/// How long somebody may read the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ShareWish {
    /// RFC 3339; without one until it is taken back.
    pub expires_at: Option<String>,
}

/// Somebody who may read a file.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FileShare {
    /// `usr_…`, or an address.
    pub with: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; null: until it is taken back.
    pub expires_at: Option<String>,
}

/// The same as stored.
#[derive(Debug, Deserialize)]
pub struct ShareRow {
    with_whom: String,
    created_at: u64,
    expires_at: Option<u64>,
}

impl From<ShareRow> for FileShare {
    fn from(row: ShareRow) -> Self {
        let ShareRow { with_whom, created_at, expires_at } = row;
        Self { with: with_whom, created_at: time::rfc3339(created_at), expires_at: expires_at.map(time::rfc3339) }
    }
}

/// Whom a path names.
#[derive(Clone, Copy, Debug)]
pub enum Whom<'a> {
    /// `usr_…`.
    Person(&'a str),
    /// An address, in small letters.
    Address(&'a str),
}

fn whom(word: &str) -> Result<Whom<'_>, Problem> {
    if word.starts_with("usr_") {
        return Ok(Whom::Person(word));
    }
    let sound = (3..=254).contains(&word.len())
        && word
            .split_once('@')
            .is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.') && !domain.contains('@'))
        && word.chars().all(|c| !c.is_control() && !c.is_whitespace());
    if sound {
        Ok(Whom::Address(word))
    } else {
        Err(Problem::invalid("with", "invalid", "must be a user's id or an address"))
    }
}

/// The file, where the caller may open it to others.
///
/// # Errors
/// 404 for what the caller does not read, 403 without the right and for an administrator in somebody's place; 503 when the database fails.
pub async fn shareable(cx: &Cx, caller: &Caller, id: &str) -> Result<Known, Problem> {
    let file: Option<Known> = cx.platform.db().first(rights::seen(Owner::of(caller), id, cx.now_ms(), false)).await?;
    let Some(file) = file else { return Err(rights::refusal(cx, caller, id).await?) };
    if caller.claims.act.is_some() {
        return Err(Code::ImpersonationRefused.into());
    }
    if file.may_share == 0 { Err(Code::Forbidden.into()) } else { Ok(file) }
}

/// `GET /v1/files/{id}/shares`: to whom the file is open.
///
/// # Errors
/// As `shareable`, 422 for a cursor that is not one.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<PageQuery>,
) -> Result<Page<FileShare>, Problem> {
    shareable(cx, &caller, &id).await?;
    let after = page::after(cx, query.cursor.as_deref())?.unwrap_or_default();
    let statement = share_store::list(&id, cx.now_ms(), &after, query.limit.to_read());
    let rows: Vec<ShareRow> = cx.platform.db().batch(vec![statement]).await?.take(0)?;
    page::page(cx, query.limit, rows, |row| row.with_whom.clone(), FileShare::from)
}

/// `PUT /v1/files/{id}/shares/{with}`: opens the file to somebody, or says until when.
///
/// # Errors
/// As `shareable`; 404 for an id that is nobody's, 422 for what is neither id nor address, and for a time that is over.
pub async fn put(
    cx: &Cx,
    caller: Rc<Caller>,
    PathPair(id, with): PathPair,
    OptionalJson(wish): OptionalJson<ShareWish>,
) -> Result<FileShare, Problem> {
    let file = shareable(cx, &caller, &id).await?;
    let with = if with.starts_with("usr_") { with } else { with.to_lowercase() };
    let (whom, now) = (whom(&with)?, cx.now_ms());
    let until = |text: &String| {
        let later = time::parse(text).filter(|at| *at > now);
        later.ok_or_else(|| Problem::invalid("/expires_at", "invalid", "must be a time to come, by RFC 3339"))
    };
    let expires_at = wish.expires_at.as_ref().map(until).transpose()?;
    let detail = Detail(&[("file_id", &id), ("with", &with)]);
    let condition: [Param; 1] = [id.as_str().into()];
    let owner = Some(file.user_id.as_str());
    let batch = vec![
        share_store::put(&id, whom, now, expires_at),
        event_when(cx, SHARED, Kind::FileShared, owner, &detail, condition),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    if rows.take::<One>(0)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    Ok(ShareRow { with_whom: with, created_at: now, expires_at }.into())
}

/// `DELETE /v1/files/{id}/shares/{with}`: from then on they read it no more.
///
/// # Errors
/// As `shareable`; 404 for whom it is not open to, 422 for what is neither id nor address.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, PathPair(id, with): PathPair) -> Result<(), Problem> {
    shareable(cx, &caller, &id).await?;
    let with = if with.starts_with("usr_") { with } else { with.to_lowercase() };
    let mut rows = cx.platform.db().batch(vec![share_store::delete(&id, whom(&with)?)]).await?;
    if rows.take::<One>(0)?.is_empty() { Err(Code::NotFound.into()) } else { Ok(()) }
}
