//! Straight into the bucket: the client writes the parts of a large file to R2 itself, by URLs that each let one part of one
//! length in. When it says that it is done, the bytes are read once, by the runtime, and compared with what was said.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Path};
use shared::problem::{Code, Problem};
use uploads::bytes::{UNRECORDED_MS, failed};
use uploads::{BUCKET, Owner};

use crate::finish::{self, Bytes, discard};
use crate::model::UploadObject;
use crate::pending::{WAITS_MS, find, find_announcing, refuse_stand_ins};
use crate::presign::{self, Bucket, Grant};
use crate::store::{self, Pending};

/// Bytes of a part at least, but the last: R2's own bound is 5 MiB.
const PART: u64 = 16 * 1024 * 1024;
/// Parts at most: each URL of the reply has some four hundred letters.
const MOST_PARTS: u64 = 100;
/// Seconds for which a URL can be used.
const SECONDS: u64 = 3_600;

/// How an upload is written straight into the bucket.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "DirectUpload"))]
pub struct Direct {
    /// `file_…`.
    pub id: String,
    /// How long each part is, but the last.
    pub part_bytes: u64,
    /// Where each part is put.
    pub parts: Vec<DirectUrl>,
    /// Until when the URLs hold, in seconds since 1970. Ask again for new ones.
    pub expires_at: u64,
}

/// Where one part is put.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DirectUrl {
    /// From 1.
    pub number: u64,
    /// Its length: a body of another one is refused.
    pub bytes: u64,
    /// The URL for a `PUT`; the reply's `ETag` is wanted later.
    pub url: String,
}

/// The parts that were put.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DirectParts {
    /// All of them, in order.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(length(min = 1, max = 100)))]
    pub parts: Vec<DirectPart>,
}

/// A part that was put.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DirectPart {
    /// From 1.
    pub number: u64,
    /// As the bucket answered.
    pub etag: String,
}

/// A part as R2 is told of it.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(rename = "partNumber")]
    number: u64,
    etag: &'a str,
}

/// The name of an object that its client writes: one of each upload.
pub fn object(id: &str) -> String {
    format!("files/{id}/direct")
}

/// `POST /v1/uploads/{id}/direct`: URLs by which the bytes go straight into the bucket; again: fresh ones of the same parts.
///
/// # Errors
/// 404 for another's; 409 where the deployment has no keys for it, for one that is whole, or that is written in another
/// way; 403 in somebody's place.
pub async fn begin(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Direct, Problem> {
    let bucket = Bucket::of(&cx.platform).ok_or(Code::DirectUnavailable);
    let pending = find(cx, &caller, &id).await?.pending()?;
    refuse_stand_ins(&caller)?;
    let bucket = bucket?;
    let (multipart, part_bytes) = match (&pending.multipart, pending.part_bytes) {
        (Some(multipart), Some(part_bytes)) => (multipart.clone(), part_bytes),
        _ => open(cx, &caller, &pending).await?,
    };
    let count = pending.length.div_ceil(part_bytes);
    let name = object(&id);
    let parts = (1..=count).map(|number| {
        let bytes = part_bytes.min(pending.length - (number - 1) * part_bytes);
        let (number_text, length) = (number.to_string(), bytes.to_string());
        let grant = Grant {
            method: "PUT",
            object: &name,
            query: &[("partNumber", &number_text), ("uploadId", &multipart)],
            headers: &[("content-length", &length)],
            now_ms: cx.now_ms(),
            seconds: SECONDS,
        };
        DirectUrl { number, bytes, url: presign::url(&bucket, &grant) }
    });
    Ok(Direct { id, part_bytes, parts: parts.collect(), expires_at: cx.now_ms() / 1_000 + SECONDS })
}

/// Opens the upload in R2, and writes it down: R2's id, and the length of a part.
async fn open(cx: &Cx, caller: &Caller, pending: &Pending) -> Result<(String, u64), Problem> {
    let mib = 1024 * 1024;
    let part_bytes = PART.max(pending.length.div_ceil(MOST_PARTS).div_ceil(mib) * mib);
    let (name, bucket) = (object(&pending.id), cx.platform.bucket(BUCKET));
    let multipart = bucket.multipart(&name).await.map_err(|cause| failed(&cause))?;
    let statement =
        store::open(Owner::of(caller), &pending.id, (&multipart, part_bytes), cx.platform.now_ms() + WAITS_MS);
    if cx.platform.db().batch(vec![statement]).await?.take::<store::Opened>(0)?.is_empty() {
        // R2 throws away by itself, within a week, what is not thrown away here.
        let _ = bucket.multipart_abort(&name, &multipart).await;
        return Err(Problem::from(Code::OffsetMismatch).detail("This upload is written in another way."));
    }
    Ok((multipart, part_bytes))
}

/// `POST /v1/uploads/{id}/direct/complete`: makes the file of the parts that were put.
///
/// # Errors
/// 404 for another's; 409 for one that is whole, or that was not opened for this; 422 for parts that are not those that were
/// put, or that come to another length or checksum than was said; 403 in somebody's place.
pub async fn complete(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(wish): Json<DirectParts>,
) -> Result<UploadObject, Problem> {
    let name = object(&id);
    let announced = Some((name.as_str(), cx.now_ms() + UNRECORDED_MS));
    let pending = find_announcing(cx, &caller, &id, announced).await?.pending()?;
    refuse_stand_ins(&caller)?;
    let Some(multipart) = &pending.multipart else {
        return Err(Problem::from(Code::OffsetMismatch).detail("This upload was not opened for direct parts."));
    };
    let told: Vec<Told<'_>> = wish.parts.iter().map(|part| Told { number: part.number, etag: &part.etag }).collect();
    let told = serde_json::to_string(&told).map_err(Problem::internal)?;
    let bucket = cx.platform.bucket(BUCKET);
    let ended = bucket.multipart_end(&name, multipart, &told).await;
    // One that was ended before cannot be ended again: what counts is whether its object is there.
    let there = bucket.digest(&name).await.map_err(|cause| failed(&cause))?;
    let Some((sha256, length)) = there else {
        let cause = ended.err().unwrap_or_default();
        return Err(Problem::invalid("/parts", "invalid", "are not the parts that were put").because(cause));
    };
    if length != pending.length {
        cx.platform.db().run(store::cancel(Owner::of(&caller), &id)).await?;
        discard(cx, &[&name]).await;
        let rule = format!("{length} bytes came, and {} were said; nothing was kept", pending.length);
        return Err(Problem::invalid("/parts", "mismatch", rule));
    }
    let file = finish::record(cx, &caller, &pending, Bytes { object: name, sha256 }).await;
    file.map(UploadObject::from).map_err(finish::Refusal::told)
}
