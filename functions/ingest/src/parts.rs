//! OpenAI's way: parts of an upload, each a small form, in any order and side by side; then the order in which they stand.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Path, read_body};
use shared::head::HeaderName;
use shared::problem::{Code, Problem};
use uploads::bytes::{UNRECORDED_MS, failed};
use uploads::{BUCKET, Owner, form};

use crate::finish::{self, discard};
use crate::model::{PartObject, PartsWish, UploadObject};
use crate::pending::{WAITS_MS, find, find_announcing, refuse_stand_ins};
use crate::store::{self, Piece};

/// Bytes of a part at most: what an isolate can hold twice beside its other work.
pub const LONGEST_PART: usize = 25 * 1024 * 1024;
/// Bytes of the form around it.
const FORM: usize = 64 * 1024;
/// Parts of an upload at most.
const MOST_PARTS: u64 = 1_000;

/// `POST /v1/uploads/{id}/parts`: keeps a part: the field `data` of a form.
///
/// # Errors
/// 404 for another's; 409 for one that is whole, or that is written in another way; 413 for a part that is too long, or for
/// more of them than the upload may have; 415 for what is no form; 422 for a form that does not fit; 400 for one that is torn;
/// 403 in somebody's place.
pub async fn add(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<PartObject, Problem> {
    let part = cx.new_id("part");
    let object = format!("files/{id}/{part}");
    let announced = Some((object.as_str(), cx.now_ms() + UNRECORDED_MS));
    let pending = find_announcing(cx, &caller, &id, announced).await?.pending()?;
    refuse_stand_ins(&caller)?;
    let media = cx.head.header(HeaderName::ContentType).unwrap_or_default();
    if !media.get(..19).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data")) {
        return Err(Problem::from(Code::UnsupportedMediaType).detail("A part is sent as multipart/form-data."));
    }
    if pending.at != 0 || pending.multipart.is_some() {
        return Err(Problem::from(Code::OffsetMismatch).detail("This upload is written in another way."));
    }
    let body = read_body(cx, LONGEST_PART + FORM).await?;
    let data = data(media, &body)?;
    cx.platform.bucket(BUCKET).put_bytes(&object, data).await.map_err(|cause| failed(&cause))?;
    let now = cx.platform.now_ms();
    let piece = Piece { at: 0, bytes: data.len() as u64, object };
    let batch = store::add_part(Owner::of(&caller), &id, &piece, (MOST_PARTS, now + WAITS_MS)).to_vec();
    if cx.platform.db().batch(batch).await?.take::<store::Begins>(0)?.is_empty() {
        discard(cx, &[&piece.object]).await;
        let rule =
            format!("An upload has at most {MOST_PARTS} parts, and twice as many bytes in them as it will have.");
        return Err(Problem::from(Code::PayloadTooLarge).detail(rule));
    }
    Ok(PartObject { id: part, object: "upload.part", created_at: now / 1_000, upload_id: id })
}

/// The form's one field.
fn data<'a>(media: &str, body: &'a [u8]) -> Result<&'a [u8], Problem> {
    let parts = form::parts(media, body).ok_or_else(|| {
        Problem::from(Code::MalformedRequest).detail("The form is torn, or has no boundary, or too many parts.")
    })?;
    let [part] = parts.as_slice() else {
        return Err(Problem::invalid("data", "invalid", "must be there once, and nothing beside it"));
    };
    match (part.name, part.value.len()) {
        ("data", 0) => Err(Problem::invalid("data", "empty", "must not be empty")),
        ("data", length) if length > LONGEST_PART => {
            Err(Problem::from(Code::PayloadTooLarge)
                .detail(format!("At most {LONGEST_PART} bytes are kept of a part.")))
        }
        ("data", _) => Ok(part.value),
        (other, _) => Err(Problem::invalid(other.chars().take(64).collect::<String>(), "unknown", "is no field")),
    }
}

/// `POST /v1/uploads/{id}/complete`: makes the file of these parts, in this order.
///
/// # Errors
/// 404 for another's; 409 when it is whole, or is made whole at the same time; 422 for parts that are not there or twice, that
/// are not as long together as was said, or come to another checksum; 403 in somebody's place.
pub async fn complete(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(wish): Json<PartsWish>,
) -> Result<UploadObject, Problem> {
    let pending = find(cx, &caller, &id).await?.pending()?;
    refuse_stand_ins(&caller)?;
    let there: Vec<Piece> = cx.platform.db().batch(vec![store::pieces(&id)]).await?.take(0)?;
    let pieces = match chosen(&wish.part_ids, &there, &id) {
        Ok(pieces) => pieces,
        // Of an upload that has ended meanwhile no part is left: then that is the problem.
        Err(problem) => return find(cx, &caller, &id).await?.pending().and(Err(problem)),
    };
    let file = finish::join(cx, &caller, &pending, &pieces, wish.md5.as_deref()).await;
    file.map(UploadObject::from).map_err(finish::Refusal::told)
}

/// The parts with these ids, in this order, each once.
fn chosen(ids: &[String], there: &[Piece], upload: &str) -> Result<Vec<Piece>, Problem> {
    let mut chosen: Vec<Piece> = Vec::with_capacity(ids.len().min(there.len()));
    for (n, id) in ids.iter().enumerate() {
        let object = format!("files/{upload}/{id}");
        let piece = there.iter().find(|piece| piece.at < 0 && piece.object == object);
        match piece {
            Some(piece) if !chosen.contains(piece) => chosen.push(piece.clone()),
            Some(_) => return Err(Problem::invalid(format!("/part_ids/{n}"), "duplicate", "stands there twice")),
            None => return Err(Problem::invalid(format!("/part_ids/{n}"), "unknown", "is no part of this upload")),
        }
    }
    Ok(chosen)
}
