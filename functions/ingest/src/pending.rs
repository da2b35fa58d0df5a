//! Uploads made, read and given up.

use std::rc::Rc;

use serde::Deserialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Path};
use shared::problem::{Code, Problem};
use shared::tus::longest;
use uploads::known::{FileObject, Known};
use uploads::room::{self, Held};
use uploads::{BUCKET, Owner, Room, Visibility, rights};

use crate::model::{Status, UploadObject, UploadWish};
use crate::store::{self, New, Pending};
use crate::wish::{Wish, sound};

/// Milliseconds for which an upload waits for its next bytes.
pub const WAITS_MS: u64 = 24 * 60 * 60_000;

/// `POST /v1/uploads`: a file to be. Room for it is reserved until it is whole, given up or over.
///
/// # Errors
/// 403 without room, without the right to make files in the organisation, or in somebody's place; 413 for one that is too
/// long; 422 for values that do not fit.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<UploadWish>) -> Result<UploadObject, Problem> {
    begin(cx, &caller, wish.into()).await.map(shown)
}

/// Makes an upload.
///
/// # Errors
/// As `create`.
pub async fn begin(cx: &Cx, caller: &Caller, wish: Wish) -> Result<Pending, Problem> {
    refuse_stand_ins(caller)?;
    let wish = sound(wish, longest(&cx.platform))?;
    let mut owner = Owner::of(caller);
    let asked = owner.organisation_id.is_none() && wish.organisation_id.is_some();
    if asked {
        owner.organisation_id = wish.organisation_id.as_deref();
    } else if wish.organisation_id.is_some() && wish.organisation_id.as_deref() != owner.organisation_id {
        return Err(Problem::invalid("/organisation_id", "invalid", "must be that of the key"));
    }
    if wish.visibility == Visibility::Organisation && owner.organisation_id.is_none() {
        return Err(Problem::invalid("/visibility", "invalid", "needs an organisation"));
    }
    let tags = serde_json::to_string(&wish.tags).map_err(Problem::internal)?;
    let (id, now, room) = (cx.new_id("file"), cx.now_ms(), Room::of(&cx.platform));
    let new = New {
        id: &id,
        filename: &wish.filename,
        purpose: wish.purpose,
        visibility: wish.visibility,
        tags: &tags,
        length: wish.length,
        sha256: wish.sha256.as_deref(),
        keep_ms: wish.seconds.map(|seconds| seconds * 1_000),
        now,
        expires_at: now + WAITS_MS,
    };
    let batch = vec![
        store::create(owner, asked, &new, room),
        store::read(owner, &id, now),
        room::read(owner, room),
        store::may(owner),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    if let Some(pending) = rows.take::<Pending>(1)?.into_iter().next() {
        return Ok(pending);
    }
    let (held, may): (Vec<Held>, Vec<May>) = (rows.take(2)?, rows.take(3)?);
    Err(refused(asked, may.first(), held.first(), wish.length))
}

#[derive(Deserialize)]
struct May {
    member: u8,
    may: u8,
}

/// Why no upload was made.
fn refused(asked: bool, may: Option<&May>, held: Option<&Held>, bytes: u64) -> Problem {
    match (may, held) {
        (Some(May { member: 0, .. }), _) if asked => {
            Problem::invalid("/organisation_id", "unknown", "is no organisation of yours")
        }
        (Some(May { may: 0, .. }), _) if asked => {
            Problem::from(Code::Forbidden).detail("This needs a role that may `create` a `file`.")
        }
        (_, Some(held)) => held.full(bytes),
        (_, None) => Problem::internal("no upload was made, and nothing says why"),
    }
}

/// `GET /v1/uploads/{id}`: how much of it is there; or the file it has become.
///
/// # Errors
/// 404 for another's, and for one that is over.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<UploadObject, Problem> {
    match find(cx, &caller, &id).await? {
        Found::Pending(pending) => Ok(shown(pending)),
        Found::File(file) => Ok(file.into()),
    }
}

/// `POST /v1/uploads/{id}/cancel`: gives it up; what came of it goes.
///
/// # Errors
/// 404 for another's; 409 for one that is whole; 403 in somebody's place.
pub async fn cancel(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<UploadObject, Problem> {
    let pending = end(cx, &caller, &id).await?;
    Ok(UploadObject { status: Status::Cancelled, ..shown(pending) })
}

/// Gives an upload up.
///
/// # Errors
/// As `cancel`.
pub async fn end(cx: &Cx, caller: &Caller, id: &str) -> Result<Pending, Problem> {
    let pending = find(cx, caller, id).await?.pending()?;
    refuse_stand_ins(caller)?;
    let gone = cx.platform.db().batch(vec![store::cancel(Owner::of(caller), id)]).await?.take::<Gone>(0)?;
    if gone.is_empty() {
        return Err(Code::NotFound.into());
    }
    if let Some(multipart) = &pending.multipart {
        // R2 throws away by itself, within a week, what is not thrown away here.
        let _ = cx.platform.bucket(BUCKET).multipart_abort(&crate::direct::object(id), multipart).await;
    }
    Ok(pending)
}

#[derive(Deserialize)]
struct Gone {
    #[allow(dead_code, reason = "its presence is the answer")]
    id: String,
}

/// An upload, or what has become of it.
pub enum Found {
    /// Bytes may come.
    Pending(Pending),
    /// It is whole.
    File(FileObject),
}

impl Found {
    /// The upload, where bytes may come.
    ///
    /// # Errors
    /// 409 for one that is whole.
    pub fn pending(self) -> Result<Pending, Problem> {
        match self {
            Self::Pending(pending) => Ok(pending),
            Self::File(_) => Err(Code::UploadEnded.into()),
        }
    }
}

/// The caller's upload with this id, or the file.
///
/// # Errors
/// 404 for another's; 503 when the database fails.
pub async fn find(cx: &Cx, caller: &Caller, id: &str) -> Result<Found, Problem> {
    find_announcing(cx, caller, id, None).await
}

/// The same; bytes under this name are announced, to be swept at that time (milliseconds since 1970) unless they are kept.
///
/// # Errors
/// As `find`.
pub async fn find_announcing(
    cx: &Cx,
    caller: &Caller,
    id: &str,
    object: Option<(&str, u64)>,
) -> Result<Found, Problem> {
    let (owner, now) = (Owner::of(caller), cx.now_ms());
    let mut batch = vec![store::read(owner, id, now), rights::seen(owner, id, now, false)];
    batch.extend(object.map(|(object, due_at)| store::announce(owner, id, object, due_at)));
    let mut rows = cx.platform.db().batch(batch).await?;
    if let Some(pending) = rows.take(0)?.into_iter().next() {
        return Ok(Found::Pending(pending));
    }
    // Who may read a file of somebody else's has uploaded nothing.
    let file = rows.take::<Known>(1)?.into_iter().find(|file| file.user_id == owner.user_id);
    file.map(|file| Found::File(file.into())).ok_or_else(|| Code::NotFound.into())
}

/// Bytes come from their owner alone.
///
/// # Errors
/// 403 for an administrator in somebody's place.
pub fn refuse_stand_ins(caller: &Caller) -> Result<(), Problem> {
    if caller.claims.act.is_some() { Err(Code::ImpersonationRefused.into()) } else { Ok(()) }
}

fn shown(pending: Pending) -> UploadObject {
    let Pending { id, filename, purpose, visibility, length, at, created_at, expires_at, .. } = pending;
    UploadObject {
        id,
        object: "upload",
        bytes: length,
        received: at,
        created_at: created_at / 1_000,
        filename,
        purpose,
        status: Status::Pending,
        expires_at: Some(expires_at / 1_000),
        visibility,
        file: None,
    }
}
