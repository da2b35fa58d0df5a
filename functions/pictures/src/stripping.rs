//! A file's bytes made anew without what is written beside the picture in them.

use std::rc::Rc;

use sha2::{Digest, Sha256};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Path;
use shared::problem::{Code, Problem};
use uploads::bytes::{UNRECORDED_MS, failed};
use uploads::{BUCKET, Owner, rights};

use crate::look::{Pieces, kind};
use crate::model::Stripped;
use crate::reach::Source;
use crate::strip::strip;
use crate::{bounds, store};

/// Bytes of a file at most: what an isolate can hold twice beside its other work.
const LONGEST: u64 = 25 * 1024 * 1024;
/// Bytes read at once.
const STEP: u32 = 4 * 1024 * 1024;

/// `POST /v1/files/{id}/strip`: the same file without them; what is seen stays as it is.
///
/// # Errors
/// 404 for another's, 403 for one that the caller only reads and for an administrator in its owner's place; 413 for one that is too long; 422 for what is no picture,
/// or a broken one; 409 when it became another meanwhile, or may not change yet; 503 when bucket or database fail.
pub async fn strip_file(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Stripped, Problem> {
    let owner = Owner::of(&caller);
    let source: Option<Source> = cx.platform.db().first(store::own(owner, &id, cx.now_ms())).await?;
    let Some(source) = source else { return Err(rights::refusal(cx, &caller, &id).await?) };
    if caller.claims.act.is_some() {
        return Err(Code::ImpersonationRefused.into());
    }
    if source.bytes > LONGEST {
        let detail = format!("Pictures of at most {LONGEST} bytes are made anew here.");
        return Err(Problem::from(Code::PayloadTooLarge).detail(detail));
    }
    let bytes = whole(cx, &source).await?;
    let mut head = Pieces::new(source.bytes);
    head.add(0, bytes.get(..bytes.len().min(512)).unwrap_or_default().to_vec());
    let bare = kind(&head).and_then(|kind| strip(kind, &bytes)).map_err(bounds::refusal)?;
    let sha256 = hex(&bare);
    let length = bare.len() as u64;
    if bare != bytes {
        replace(cx, owner, &source, &bare, &sha256).await?;
    }
    let removed_bytes = source.bytes.saturating_sub(length);
    Ok(Stripped { file_id: source.id, bytes: length, sha256, removed_bytes })
}

async fn whole(cx: &Cx, source: &Source) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(usize::try_from(source.bytes).unwrap_or(0));
    while (bytes.len() as u64) < source.bytes {
        let piece = cx.platform.bucket(BUCKET).range(&source.object, bytes.len() as u64, STEP).await;
        bytes.extend(piece.map_err(|cause| failed(&cause))?.ok_or_else(|| failed("the object is gone"))?);
    }
    Ok(bytes)
}

/// Announced, written, and put in the place of the old ones: in this order nothing is left behind.
async fn replace(cx: &Cx, owner: Owner<'_>, source: &Source, bare: &[u8], sha256: &str) -> Result<(), Problem> {
    let now = cx.now_ms();
    let object = format!("files/{}/{}", source.id, cx.new_id("bare"));
    cx.platform.db().run(uploads::store::announce(&object, now + UNRECORDED_MS)).await?;
    cx.platform.bucket(BUCKET).put_bytes(&object, bare).await.map_err(|cause| failed(&cause))?;
    let length = bare.len() as u64;
    let change = store::replace(owner, &source.id, &source.object, &object, length, sha256, now);
    let batch = vec![change, uploads::store::settle(&object)];
    let changed: Vec<store::Seen> = cx.platform.db().batch(batch).await?.take(0)?;
    if !changed.is_empty() {
        return Ok(());
    }
    let detail = "The file was changed or deleted meanwhile, or is kept as it is until its time is over.";
    Err(Problem::from(Code::FileInUse).detail(detail))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    shared::trace::push_hex(&mut text, &Sha256::digest(bytes));
    text
}
