//! An upload that is whole becomes a file: its type decided, its checksum compared, its record made and the upload ended in one
//! batch. Until then nothing is seen of it.

use serde::Deserialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::problem::{Code, Problem};
use uploads::bytes::{UNRECORDED_MS, failed, scan_of};
use uploads::known::{FileObject, Known};
use uploads::{BUCKET, Owner, kind, rights};

use crate::store::{self, Pending, Piece, Whole};

/// Bytes that are a whole upload.
pub struct Bytes {
    /// Their name in the bucket.
    pub object: String,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

/// A fresh name for bytes of an upload: two writers never share one.
pub fn object(cx: &Cx, id: &str) -> String {
    format!("files/{id}/{}", cx.new_id("part"))
}

/// Bytes that are not what their owner said they would be; the upload has ended.
#[derive(Debug)]
pub enum Refusal {
    /// They come to another checksum.
    Mismatch,
    /// Something else is in the way.
    Problem(Problem),
}

impl<P: Into<Problem>> From<P> for Refusal {
    fn from(problem: P) -> Self {
        Self::Problem(problem.into())
    }
}

impl Refusal {
    /// As rows tell it that are not tus.
    pub fn told(self) -> Problem {
        match self {
            Self::Mismatch => {
                Problem::invalid("/sha256", "mismatch", "is not what the bytes come to; nothing was kept")
            }
            Self::Problem(problem) => problem,
        }
    }
}

#[derive(Deserialize)]
struct Added {
    #[allow(dead_code, reason = "its presence is the answer")]
    id: String,
}

/// Makes the file.
///
/// # Errors
/// A mismatch, which ends the upload; 409 when the upload has gone on or ended meanwhile; 503 when the database or the bucket
/// fails: the upload stands where it stood.
pub async fn record(cx: &Cx, caller: &Caller, pending: &Pending, bytes: Bytes) -> Result<FileObject, Refusal> {
    let owner = Owner::of(caller);
    let Bytes { object, sha256 } = bytes;
    if pending.sha256.as_ref().is_some_and(|stated| *stated != sha256) {
        cx.platform.db().batch(vec![store::cancel(owner, &pending.id), leave(&[&object])?]).await?;
        return Err(Refusal::Mismatch);
    }
    let head = cx.platform.bucket(BUCKET).range(&object, 0, kind::HEAD).await.map_err(|cause| failed(&cause))?;
    let media_type = kind::of(&head.unwrap_or_default());
    let scan = scan_of(&cx.platform);
    let whole = Whole { at: pending.at, sha256: &sha256, object: &object, media_type, scan };
    // The time it is now: a long body came in since the request began.
    let now = cx.platform.now_ms();
    let mut batch = store::record(owner, &pending.id, &whole, now).to_vec();
    batch.push(rights::seen(owner, &pending.id, now, false));
    let mut rows = cx.platform.db().batch(batch).await?;
    if rows.take::<Added>(0)?.is_empty() {
        discard(cx, &[&object]).await;
        return Err(Problem::from(Code::OffsetMismatch).into());
    }
    let file: Option<Known> = rows.take(4)?.into_iter().next();
    file.map(FileObject::from).ok_or_else(|| Refusal::Problem(Problem::internal("a record that was made is not there")))
}

/// Puts the pieces that are there and some further ones together, in this order, and makes the file of them.
///
/// # Errors
/// As `record`; 422 when they are not as long as the upload, or come to another MD5 than is stated.
pub async fn join(
    cx: &Cx,
    caller: &Caller,
    pending: &Pending,
    pieces: &[Piece],
    md5: Option<&str>,
) -> Result<FileObject, Refusal> {
    let there: u64 = pieces.iter().map(|piece| piece.bytes).sum();
    if there != pending.length {
        let rule = format!("{there} bytes are there, and {} were said", pending.length);
        return Err(Problem::invalid("/bytes", "mismatch", rule).into());
    }
    let name = object(cx, &pending.id);
    let due_at = cx.platform.now_ms() + UNRECORDED_MS;
    cx.platform.db().run(store::announce(Owner::of(caller), &pending.id, &name, due_at)).await?;
    let parts: Vec<String> = pieces.iter().map(|piece| piece.object.clone()).collect();
    let joined = cx.platform.bucket(BUCKET).join_summed(&name, &parts, there).await;
    let sums = match joined {
        Ok(sums) => sums,
        Err(cause) => {
            discard(cx, &[&name]).await;
            return Err(failed(&cause).into());
        }
    };
    if md5.is_some_and(|stated| !sums.md5.is_empty() && !stated.eq_ignore_ascii_case(&sums.md5)) {
        discard(cx, &[&name]).await;
        return Err(Problem::invalid("/md5", "mismatch", "is not what the parts come to").into());
    }
    record(cx, caller, pending, Bytes { object: name, sha256: sums.sha256 }).await
}

/// Leaves bytes to the sweep that nobody will need. They are announced, so where this fails they go an hour later.
pub async fn discard(cx: &Cx, objects: &[&str]) {
    if let Ok(statement) = leave(objects) {
        let _ = cx.platform.db().run(statement).await;
    }
}

fn leave(objects: &[&str]) -> Result<shared::db::Statement, Problem> {
    let list = serde_json::to_string(objects).map_err(Problem::internal)?;
    Ok(uploads::store::leave(&list, 0))
}
