//! A file's bytes in one piece, by handle.

use std::rc::Rc;

use shared::auth::{Caller, digests};
use shared::cx::Cx;
use shared::extract::Path;
use shared::head::HeaderName;
use shared::platform::TakeError;
use shared::problem::{Code, Problem};
use shared::trace::push_hex;
use uploads::BUCKET;
use uploads::bytes::failed;
use uploads::known::FileObject;

use crate::finish::{self, Bytes, discard};
use crate::pending::{WAITS_MS, find_announcing, refuse_stand_ins};

/// `PUT /v1/files/{id}/content`: the whole of an upload at once, as it is; the file is there when this succeeds. A
/// `Content-Digest` or `Repr-Digest` with SHA-256 is compared.
///
/// # Errors
/// 404 for another's; 400 for a part of a body, or when the client breaks off; 409 for one that is whole, or that is written in
/// another way at the same time; 422 for a body of another length or checksum than was said: nothing is kept of it; 403 in
/// somebody's place.
pub async fn put(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<FileObject, Problem> {
    let object = finish::object(cx, &id);
    let due_at = cx.now_ms() + WAITS_MS;
    let pending = find_announcing(cx, &caller, &id, Some((&object, due_at))).await?.pending()?;
    refuse_stand_ins(&caller)?;
    if cx.platform.request_header("content-range").is_some() {
        return Err(Problem::from(Code::MalformedRequest).detail("A part of a body goes by tus: PATCH /v1/tus/{id}."));
    }
    let stated = stated(cx)?;
    if pending.multipart.is_some() {
        return Err(Problem::from(Code::OffsetMismatch).detail("This upload goes straight to the bucket."));
    }
    let length = cx.head.header(HeaderName::ContentLength).and_then(|text| text.parse::<u64>().ok());
    if length.is_some_and(|length| length != pending.length) {
        return Err(lying(pending.length));
    }
    let taken = cx.body.intake().whole(&cx.platform.bucket(BUCKET), &object, pending.length).await;
    let sha256 = match taken {
        Ok(sum) => sum,
        Err(error) => {
            discard(cx, &[&object]).await;
            return Err(refused(error, pending.length));
        }
    };
    if stated.iter().any(|stated| *stated != sha256) {
        discard(cx, &[&object]).await;
        return Err(Problem::invalid("Content-Digest", "mismatch", "is not what the bytes come to; nothing was kept"));
    }
    let file = finish::record(cx, &caller, &pending, Bytes { object, sha256 }).await;
    file.map_err(finish::Refusal::told)
}

/// The digests by SHA-256 that came with the body, in hexadecimal (RFC 9530 §2, §3).
fn stated(cx: &Cx) -> Result<Vec<String>, Problem> {
    let mut stated = Vec::new();
    for (header, name) in [("content-digest", "Content-Digest"), ("repr-digest", "Repr-Digest")] {
        let Some(field) = cx.platform.request_header(header) else { continue };
        let known =
            digests(&field).ok_or_else(|| Problem::invalid(name, "invalid", "must be a dictionary of bytes"))?;
        for (_, digest) in known.into_iter().filter(|(algorithm, _)| algorithm == "sha-256") {
            let mut text = String::with_capacity(64);
            push_hex(&mut text, &digest);
            stated.push(text);
        }
    }
    Ok(stated)
}

fn lying(length: u64) -> Problem {
    Problem::invalid("Content-Length", "mismatch", format!("must be {length}, as was said; nothing was kept"))
}

fn refused(error: TakeError, length: u64) -> Problem {
    match error {
        TakeError::Short | TakeError::Long => lying(length),
        TakeError::Broken => {
            Problem::from(Code::MalformedRequest).detail("The body ended too early; nothing was kept.")
        }
        TakeError::Bucket(cause) => failed(&cause),
    }
}
