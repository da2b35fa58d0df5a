//! Bytes into the bucket and their record into the database, in the order that leaves nothing behind: announced, written,
//! recorded.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::platform::Platform;
use shared::problem::{Code, Problem};

use crate::owner::Owner;
use crate::record::{File, Purpose, Visibility};
use crate::room::{self, Held, Room};
use crate::{BUCKET, kind, store};

/// Milliseconds after which bytes without a record are swept: longer than any job writes at one file.
pub const UNRECORDED_MS: u64 = 60 * 60_000;

/// A file to be.
pub struct NewFile<'a> {
    /// `file_…`.
    pub id: String,
    /// As its owner calls it.
    pub filename: &'a str,
    /// What it is for.
    pub purpose: Purpose,
    /// Who reads it.
    pub visibility: Visibility,
    /// What its owner may have; `None`: it is kept however much there is.
    pub room: Option<Room>,
    /// Milliseconds since 1970; `None`: it stays for as long as its organisation keeps files, or until somebody deletes it.
    pub expires_at: Option<u64>,
    /// The time.
    pub now: u64,
}

#[derive(Deserialize)]
struct Added {
    expires_at: Option<u64>,
}

/// Keeps bytes as a file: two batches of D1 and one call of R2.
///
/// # Errors
/// 403 when there is no room; 503 when the database or the bucket fails; nothing is seen of the file then.
pub async fn keep(platform: &Platform, owner: Owner<'_>, new: NewFile<'_>, bytes: &[u8]) -> Result<File, Problem> {
    let object = format!("files/{}", new.id);
    platform.db().run(store::announce(&object, new.now.saturating_add(UNRECORDED_MS))).await?;
    platform.bucket(BUCKET).put_bytes(&object, bytes).await.map_err(|cause| failed(&cause))?;
    let file = File {
        id: new.id,
        user_id: owner.user_id.to_owned(),
        organisation_id: owner.organisation_id.map(str::to_owned),
        filename: new.filename.to_owned(),
        purpose: new.purpose,
        media_type: kind::of(bytes).to_owned(),
        visibility: new.visibility,
        bytes: bytes.len() as u64,
        sha256: hex(&Sha256::digest(bytes)),
        object,
        status: "processed".to_owned(),
        created_at: new.now,
        expires_at: new.expires_at,
        deleted_at: None,
        retain_until: None,
        scan: scan_of(platform).to_owned(),
    };
    let mut batch = store::add(owner, &file, new.room).to_vec();
    batch.extend(new.room.map(|room| room::read(owner, room)));
    let mut rows = platform.db().batch(batch).await?;
    if let Some(Added { expires_at }) = rows.take::<Added>(0)?.into_iter().next() {
        return Ok(File { expires_at, ..file });
    }
    let held: Option<Held> = if new.room.is_some() { rows.take(2)?.into_iter().next() } else { None };
    Err(held
        .filter(|held| !held.fits(file.bytes))
        .map_or_else(|| failed("the bytes were swept before they had a record"), |held| held.full(file.bytes)))
}

/// What a new file's scan is: where there is a scanner, it has to look first.
pub fn scan_of(platform: &Platform) -> &'static str {
    if platform.var("SCAN_URL").is_some() { "pending" } else { "none" }
}

/// What a bucket's failure means to a client.
pub fn failed(cause: &str) -> Problem {
    Problem::from(Code::Unavailable).because(format!("bucket: {cause}")).header("Retry-After", "1")
}

fn hex(digest: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    shared::trace::push_hex(&mut text, digest);
    text
}
