//! The faces of people: squares in four sizes, made when the picture comes, open to everybody.

use std::rc::Rc;

use serde::Serialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::etag;
use shared::extract::{PathPair, read_body};
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

/// `PUT /v1/users/me/avatar`: the body is a picture, whatever it says it is; its middle becomes the person's avatar.
///
/// # Errors
/// 413 for one that is too long; 422 for what is no picture, or too large or broken a one; 503 when it cannot be made or kept
/// now.
pub async fn put(cx: &Cx, caller: Rc<Caller>) -> Result<AvatarObject, Problem> {
    let bytes = read_body(cx, LONGEST).await?;
    bounds::check(&cx.platform, facts(&bytes)?)?;
    let user = caller.user_id();
    let now = cx.now_ms();
    let folder = format!("avatars/{user}/{}", cx.new_id("avt"));
    let names: Vec<String> = SIZES.iter().map(|size| format!("{folder}/{size}")).collect();
    cx.platform.db().run(store::announce(&json(&names)?, now + UNRECORDED_MS)).await?;
    let mut made = Vec::with_capacity(SIZES.len());
    for (size, name) in SIZES.into_iter().zip(names) {
        let picture = render::render(cx, Picture::Bytes(&bytes), Spec::square(size), Kind::Webp).await?;
        let Rendered { bytes, length, sha256 } = picture;
        cx.platform.bucket(BUCKET).put_handle(&name, &bytes).await.map_err(|cause| failed(&cause))?;
        made.push(Made(size, name, length, sha256));
    }
    let object = told(cx, user, &made);
    let batch = store::replace(user, &json(&made)?, &object.avatar_ref, now);
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
fn told(cx: &Cx, user: &str, made: &[Made]) -> AvatarObject {
    let origin = cx.platform.var("PUBLIC_URL").unwrap_or_else(|| cx.head.origin().to_owned());
    let origin = origin.trim_end_matches('/');
    let one = |Made(size, _, _, sha256): &Made| {
        let version = sha256.get(..16).unwrap_or_default();
        AvatarSize { size: *size, url: format!("{origin}/v1/avatars/{user}/{size}?v={version}") }
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

/// `GET /v1/avatars/{id}/{size}`: open to everybody.
///
/// # Errors
/// 404 where there is none; 503 when database or bucket fail.
pub async fn read(cx: &Cx, PathPair(user, size): PathPair) -> Result<Reply, Problem> {
    let size = SIZES.into_iter().find(|known| known.to_string() == size).filter(|_| id::is("usr", &user));
    let size = size.ok_or(Code::NotFound)?;
    let row: Option<AvatarRow> = cx.platform.db().first(store::read(&user, size)).await?;
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
