//! The faces of people and organisations: squares in four sizes, made when the picture comes, open to everybody.

use std::rc::Rc;

use serde::Serialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::Statement;
use shared::etag;
use shared::extract::{Path, PathPair, read_body};
use shared::head::HeaderName;
use shared::id;
use shared::platform::{Picture, Rendered};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Cache, Reply};
use uploads::BUCKET;
use uploads::bytes::{UNRECORDED_MS, failed};

use crate::avatar_store::{self as store, AvatarRow};
use crate::look::{Facts, Kind, Pieces, Stop, look};
use crate::model::{AvatarObject, AvatarSize};
use crate::organisation_avatar_store::{self as organisations, Door};
use crate::spec::Spec;
use crate::store::Seen;
use crate::{bounds, render};

/// Bytes of a picture at most.
const LONGEST: usize = 5 * 1024 * 1024;
/// Pixels of the sides that are kept.
const SIZES: [u16; 4] = [64, 128, 256, 512];
/// The one that accounts point at.
const USUAL: u16 = 256;
/// Seconds for which anybody may keep one.
const WEEK: u32 = 604_800;

/// A size that was made: size, object, bytes, SHA-256.
#[derive(Serialize)]
struct Made(u16, String, u64, String);

/// Whose face it is.
#[derive(Clone, Copy)]
enum Face<'a> {
    /// The caller's own.
    Person(&'a str),
    /// An organisation's, changed by a member.
    Organisation { id: &'a str, by: &'a str },
}

impl Face<'_> {
    const fn id(&self) -> &str {
        match self {
            Self::Person(id) | Self::Organisation { id, .. } => id,
        }
    }

    fn replace(&self, sizes: &str, avatar_ref: &str, now: u64) -> Vec<Statement> {
        match self {
            Self::Person(id) => store::replace(id, sizes, avatar_ref, now),
            Self::Organisation { id, by } => organisations::replace(by, id, sizes, avatar_ref, now),
        }
    }
}

/// `PUT /v1/users/me/avatar`: the body is a picture, whatever it says it is; its middle becomes the person's avatar.
///
/// # Errors
/// 413 for one that is too long; 422 for what is no picture, or too large or broken a one; 503 when it cannot be made or kept
/// now.
pub async fn put(cx: &Cx, caller: Rc<Caller>) -> Result<AvatarObject, Problem> {
    let face = Face::Person(caller.user_id());
    let bytes = picture(cx).await?;
    let names = names(cx, face);
    cx.platform.db().run(store::announce(&json(&names)?, cx.now_ms() + UNRECORDED_MS)).await?;
    keep(cx, face, names, &bytes).await
}

/// `PUT /v1/organisations/{id}/avatar`: the same for an organisation, by those who may change it.
///
/// # Errors
/// As `put`; 404 for an organisation that the caller does not reach, 403 without the right to change it.
pub async fn put_for_organisation(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<AvatarObject, Problem> {
    let face = Face::Organisation { id: &id, by: caller.user_id() };
    let names = names(cx, face);
    let batch = organisations::announce(caller.user_id(), &id, &json(&names)?, cx.now_ms() + UNRECORDED_MS);
    // Before the picture is looked at: who may not is told no more.
    Door::pass(cx.platform.db().batch(batch).await?.take(0)?)?;
    let bytes = picture(cx).await?;
    keep(cx, face, names, &bytes).await
}

/// The body, where it is a picture that can be decoded.
async fn picture(cx: &Cx) -> Result<Vec<u8>, Problem> {
    let bytes = read_body(cx, LONGEST).await?;
    bounds::check(&cx.platform, facts(&bytes)?)?;
    Ok(bytes)
}

/// Names of the bytes to be, one for each size.
fn names(cx: &Cx, face: Face<'_>) -> Vec<String> {
    let folder = format!("avatars/{}/{}", face.id(), cx.new_id("avt"));
    SIZES.iter().map(|size| format!("{folder}/{size}")).collect()
}

/// Makes all sizes, whose names are announced, and gives them to whose face it is.
async fn keep(cx: &Cx, face: Face<'_>, names: Vec<String>, bytes: &[u8]) -> Result<AvatarObject, Problem> {
    let mut made = Vec::with_capacity(SIZES.len());
    for (size, name) in SIZES.into_iter().zip(names) {
        let picture = render::render(cx, Picture::Bytes(bytes), Spec::square(size), Kind::Webp).await?;
        let Rendered { bytes, length, sha256 } = picture;
        cx.platform.bucket(BUCKET).put_handle(&name, &bytes).await.map_err(|cause| failed(&cause))?;
        made.push(Made(size, name, length, sha256));
    }
    let object = told(cx, face.id(), &made);
    let batch = face.replace(&json(&made)?, &object.avatar_ref, cx.now_ms());
    let added: Vec<Seen> = cx.platform.db().batch(batch).await?.take(1)?;
    if added.len() == SIZES.len() { Ok(object) } else { Err(failed("the bytes were swept before they had a record")) }
}

fn facts(bytes: &[u8]) -> Result<Facts, Problem> {
    let mut pieces = Pieces::new(bytes.len() as u64);
    pieces.add(0, bytes.to_vec());
    // All of it is here, so nothing more can be needed.
    look(&pieces).map_err(|stop| bounds::refusal(if matches!(stop, Stop::Need(_)) { Stop::Torn } else { stop }))
}

/// Addresses that change with the picture.
fn told(cx: &Cx, owner: &str, made: &[Made]) -> AvatarObject {
    let origin = cx.platform.var("PUBLIC_URL").unwrap_or_else(|| cx.head.origin().to_owned());
    let origin = origin.trim_end_matches('/');
    let one = |Made(size, _, _, sha256): &Made| {
        let version = sha256.get(..16).unwrap_or_default();
        AvatarSize { size: *size, url: format!("{origin}/v1/avatars/{owner}/{size}?v={version}") }
    };
    let sizes: Vec<AvatarSize> = made.iter().map(one).collect();
    let usual = sizes.iter().find(|one| one.size == USUAL);
    AvatarObject { avatar_ref: usual.map(|one| one.url.clone()).unwrap_or_default(), sizes }
}

fn json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(Problem::internal)
}

/// `DELETE /v1/users/me/avatar`: there is none from now on, whether there was or not.
///
/// # Errors
/// 503 when the database fails.
pub async fn remove(cx: &Cx, caller: Rc<Caller>) -> Result<(), Problem> {
    cx.platform.db().batch(store::remove(caller.user_id())).await?;
    Ok(())
}

/// `DELETE /v1/organisations/{id}/avatar`: the same for an organisation, by those who may change it.
///
/// # Errors
/// 404 for an organisation that the caller does not reach, 403 without the right to change it; 503 when the database fails.
pub async fn remove_of_organisation(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    Door::pass(cx.platform.db().batch(organisations::remove(caller.user_id(), &id)).await?.take(0)?)
}

/// `GET /v1/avatars/{owner}/{size}`: of a person or an organisation, open to everybody.
///
/// # Errors
/// 404 where there is none; 503 when database or bucket fail.
pub async fn read(cx: &Cx, PathPair(owner, size): PathPair) -> Result<Reply, Problem> {
    let is_known = ["usr", "org"].into_iter().any(|kind| id::is(kind, &owner));
    let size = SIZES.into_iter().find(|known| known.to_string() == size).filter(|_| is_known);
    let size = size.ok_or(Code::NotFound)?;
    let row: Option<AvatarRow> = cx.platform.db().first(store::read(&owner, size)).await?;
    let AvatarRow { object, sha256 } = row.ok_or(Code::NotFound)?;
    let tag = format!("\"{sha256}\"");
    let mut reply = if cx.head.header(HeaderName::IfNoneMatch).is_some_and(|sent| etag::matches(sent, &tag)) {
        Reply::new(304, Kind::Webp.media(), Body::Empty)
    } else {
        let bytes = cx.platform.bucket(BUCKET).stream(&object).await.map_err(|cause| failed(&cause))?;
        let bytes = bytes.ok_or_else(|| failed("an avatar has no bytes"))?;
        Reply::new(200, Kind::Webp.media(), Body::Streamed(bytes))
    };
    reply.cache = Cache::Public(WEEK);
    Ok(reply.header("ETag", tag))
}
