//! A batch's files, made of what its tries brought, without holding them.

use shared::platform::Platform;
use shared::problem::Problem;
use uploads::bytes::{UNRECORDED_MS, failed};
use uploads::lines::{Cutter, Reader};
use uploads::{BUCKET, File, Purpose, Visibility};

use super::slice::due;
use crate::line::{self, LONGEST_LINE};
use crate::outcome::failure;
use crate::row::BatchRow;
use crate::slice_store::{self, Lines, Part};

/// Bytes of an object with lines that were never answered.
const PART_BYTES: usize = 1024 * 1024;

/// Objects that become a file.
pub(super) struct Bytes {
    names: Vec<String>,
    length: u64,
}

impl Bytes {
    /// Those of this kind, and these behind them.
    pub(super) fn of(parts: &[Part], kind: &str, behind: &[Part]) -> Self {
        let own = parts.iter().filter(|part| part.kind == kind).chain(behind);
        let (mut names, mut length) = (Vec::new(), 0);
        for part in own {
            names.push(part.object.clone());
            length += part.bytes;
        }
        Self { names, length }
    }
}

/// Joins objects into a file that has no record yet; `None` when there is nothing.
pub(super) async fn join(
    platform: &Platform,
    batch: &BatchRow,
    kind: &str,
    bytes: &Bytes,
) -> Result<Option<File>, Problem> {
    if bytes.names.is_empty() {
        return Ok(None);
    }
    let now = platform.now_ms();
    let object = format!("files/{}-{kind}", batch.id);
    platform.db().run(uploads::store::announce(&object, now.saturating_add(UNRECORDED_MS))).await?;
    let joined = platform.bucket(BUCKET).join(&object, &bytes.names, bytes.length).await;
    Ok(Some(File {
        id: shared::id::new("file", now, platform.random()),
        user_id: batch.user_id.clone(),
        organisation_id: batch.organisation_id.clone(),
        filename: format!("{}_{kind}.jsonl", batch.id),
        purpose: Purpose::BatchOutput,
        media_type: uploads::kind::UNKNOWN.to_owned(),
        visibility: Visibility::Private,
        bytes: bytes.length,
        sha256: joined.map_err(|cause| failed(&cause))?,
        object,
        status: "processed".to_owned(),
        created_at: now,
        expires_at: batch.output_ms.map(|life| now.saturating_add(life)),
        deleted_at: None,
        retain_until: None,
        scan: "none".to_owned(),
    }))
}

/// Lines that were never answered.
#[derive(Default)]
pub(super) struct Left {
    /// Objects with a line for each.
    pub(super) parts: Vec<Part>,
    /// How many.
    pub(super) lines: u64,
}

/// Writes the lines that were never answered as errors.
pub(super) async fn left(platform: &Platform, batch: &BatchRow, code: &str, why: &str) -> Result<Left, Problem> {
    let (mut left, mut text, mut after) = (Left::default(), String::new(), -1);
    loop {
        let slices: Vec<Lines> = platform.db().batch(vec![slice_store::left(&batch.id, after)]).await?.take(0)?;
        let Some(last) = slices.last() else { break };
        after = i64::try_from(last.slice).unwrap_or(i64::MAX);
        for slice in &slices {
            left.lines += write(platform, batch, slice, (code, why), &mut text).await?;
            if text.len() > PART_BYTES {
                put(platform, batch, &mut left, &mut text).await?;
            }
        }
    }
    put(platform, batch, &mut left, &mut text).await?;
    Ok(left)
}

/// Adds the open lines of a slice; how many.
async fn write(
    platform: &Platform,
    batch: &BatchRow,
    slice: &Lines,
    (code, why): (&str, &str),
    text: &mut String,
) -> Result<u64, Problem> {
    let mut reader = Reader::new(platform, &batch.object, slice.from_byte, slice.to_byte);
    let mut cutter = Cutter::new(slice.from_byte, slice.first_line, LONGEST_LINE);
    let mut lines = Vec::new();
    while let Some(bytes) = reader.next().await? {
        lines.extend(cutter.push(&bytes).map_err(|_| Problem::internal("a line grew"))?);
    }
    lines.extend(cutter.end().map_err(|_| Problem::internal("a line grew"))?);
    let mut written = 0;
    for pending in due(&lines, slice.pending.as_deref())? {
        let found = lines.iter().find(|line| line.from == pending.from);
        let Some(Ok(request)) = found.map(|found| line::read(&found.text, &batch.endpoint)) else { continue };
        let id = format!("batch_req_{}_{}", batch.id.trim_start_matches("batch_"), pending.line);
        text.push_str(&failure(&id, &request.custom_id, code, why));
        written += 1;
    }
    Ok(written)
}

/// Puts what is written so far into an object.
async fn put(platform: &Platform, batch: &BatchRow, left: &mut Left, text: &mut String) -> Result<(), Problem> {
    if text.is_empty() {
        return Ok(());
    }
    let object = format!("batches/{}/left-{}.error", batch.id, left.parts.len());
    let due_at = platform.now_ms().saturating_add(UNRECORDED_MS);
    platform.db().run(uploads::store::announce(&object, due_at)).await?;
    let put = platform.bucket(BUCKET).put_bytes(&object, text.as_bytes()).await;
    put.map_err(|cause| failed(&cause))?;
    left.parts.push(Part { kind: "error".to_owned(), object, bytes: text.len() as u64 });
    text.clear();
    Ok(())
}
