//! tus 1.0 (tus.io/protocols/resumable-upload): the core, and its extensions creation, creation-with-upload, expiration,
//! checksum and termination. What `OPTIONS` is told stands in `shared::tus`.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Path;
use shared::head::HeaderName;
use shared::problem::{Code, Problem};
use shared::reply::Reply;
use shared::time;
use shared::tus::VERSION;
use uploads::bytes::UNRECORDED_MS;

use crate::finish;
use crate::pending::{self, Found, begin, find, find_announcing, refuse_stand_ins};
use crate::receive::receive;
use crate::store::Pending;
use crate::tus_head::{Checksum, checksum, number, wish};

/// The media type of bytes that go on somewhere.
const BYTES: &str = "application/offset+octet-stream";

/// `POST /v1/tus`: makes an upload of `Upload-Length` bytes; its address is the `Location`. Bytes may come with it.
/// `Upload-Metadata` may say `filename`, `purpose`, `visibility`, `tags` (with commas between), `sha256` and `organisation_id`.
///
/// # Errors
/// 412 for another version of tus; 400 for headers that cannot be read; 413 for one that is too long; 403 without room, or in
/// somebody's place; 422 for metadata that does not fit; 409, 415 and 460 as for `PATCH`.
pub async fn create(cx: &Cx, caller: Rc<Caller>) -> Result<Reply, Problem> {
    speaks(cx)?;
    if cx.platform.request_header("upload-defer-length").is_some() {
        return Err(Problem::from(Code::MalformedRequest).detail("Upload-Length must be known from the beginning."));
    }
    let length = number("Upload-Length", cx.platform.request_header("upload-length").as_deref())?;
    let wish = wish(&cx.platform.request_header("upload-metadata").unwrap_or_default(), length)?;
    let with_bytes = cx.head.header(HeaderName::ContentType).is_some_and(is_bytes);
    let checksum = if with_bytes { stated(cx)? } else { None };
    let new = begin(cx, &caller, wish).await?;
    let (id, expires_at) = (new.id.clone(), new.expires_at);
    let mut offset = 0;
    if with_bytes {
        let object = announced(cx, &caller, &id).await?.1;
        offset = receive(cx, &caller, new, object, checksum.as_ref()).await?;
    }
    let reply =
        Reply::empty(201).header("Location", format!("/v1/tus/{id}")).header("Upload-Offset", offset.to_string());
    Ok(if offset == length { reply } else { reply.header("Upload-Expires", time::http_date(expires_at)) })
}

/// `HEAD /v1/tus/{id}`: how much of an upload is there. Of one that is whole, all.
///
/// # Errors
/// 404 for another's, and for one that is over; 412 for another version of tus.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Reply, Problem> {
    let found = find(cx, &caller, &id).await?;
    speaks(cx)?;
    let (offset, length, expires_at) = match found {
        Found::Pending(Pending { at, length, expires_at, .. }) => (at, length, Some(expires_at)),
        Found::File(file) => (file.bytes, file.bytes, None),
    };
    let reply =
        Reply::empty(200).header("Upload-Offset", offset.to_string()).header("Upload-Length", length.to_string());
    Ok(match expires_at {
        Some(at) => reply.header("Upload-Expires", time::http_date(at)),
        None => reply,
    })
}

/// `PATCH /v1/tus/{id}`: bytes that go on at `Upload-Offset`. What came of them is kept when the client breaks off; with an
/// `Upload-Checksum` all of them or none. The last ones make the file.
///
/// # Errors
/// 404 for another's, and for one that is over; 409 where the upload stands elsewhere, or another request goes on at the same
/// time; 412 for another version of tus; 415 for another media type; 413 for more bytes than were said; 400 for headers that
/// cannot be read; 460 for a checksum that does not fit; 403 in somebody's place.
pub async fn patch(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Reply, Problem> {
    let (pending, object) = announced(cx, &caller, &id).await?;
    refuse_stand_ins(&caller)?;
    speaks(cx)?;
    if !cx.head.header(HeaderName::ContentType).is_some_and(is_bytes) {
        return Err(Problem::from(Code::UnsupportedMediaType).detail(format!("The body must be {BYTES}.")));
    }
    let offset = number("Upload-Offset", cx.platform.request_header("upload-offset").as_deref())?;
    let checksum = stated(cx)?;
    if offset != pending.at || pending.parts == 1 || pending.multipart.is_some() {
        let rule = format!("The upload stands at {}.", pending.at);
        return Err(Problem::from(Code::OffsetMismatch).detail(rule).header("Upload-Offset", pending.at.to_string()));
    }
    let declared = cx.head.header(HeaderName::ContentLength).and_then(|text| text.parse::<u64>().ok());
    if declared.is_some_and(|bytes| offset.saturating_add(bytes) > pending.length) {
        let rule = format!("The upload has {} bytes.", pending.length);
        return Err(Problem::from(Code::PayloadTooLarge).detail(rule));
    }
    let (length, expires_at) = (pending.length, cx.now_ms() + pending::WAITS_MS);
    let offset = receive(cx, &caller, pending, object, checksum.as_ref()).await?;
    let reply = Reply::empty(204).header("Upload-Offset", offset.to_string());
    Ok(if offset == length { reply } else { reply.header("Upload-Expires", time::http_date(expires_at)) })
}

/// `DELETE /v1/tus/{id}`: gives an upload up; what came of it goes.
///
/// # Errors
/// 404 for another's, and for one that is over; 409 for one that is whole; 412 for another version of tus; 403 in somebody's
/// place.
pub async fn remove(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Reply, Problem> {
    find(cx, &caller, &id).await?;
    speaks(cx)?;
    pending::end(cx, &caller, &id).await.map(|_| Reply::empty(204))
}

fn speaks(cx: &Cx) -> Result<(), Problem> {
    match cx.platform.request_header("tus-resumable") {
        Some(version) if version == VERSION => Ok(()),
        _ => Err(Problem::from(Code::TusVersion).header("Tus-Version", VERSION)),
    }
}

fn is_bytes(media: &str) -> bool {
    media.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(BYTES))
}

fn stated(cx: &Cx) -> Result<Option<Checksum>, Problem> {
    cx.platform.request_header("upload-checksum").map(|field| checksum(&field)).transpose()
}

/// The upload, and the announced name of its next piece.
async fn announced(cx: &Cx, caller: &Caller, id: &str) -> Result<(Pending, String), Problem> {
    let object = finish::object(cx, id);
    let due_at = cx.now_ms() + UNRECORDED_MS;
    let found = find_announcing(cx, caller, id, Some((&object, due_at))).await?;
    Ok((found.pending()?, object))
}
