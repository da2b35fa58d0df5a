//! What should lie in the bucket, for whoever keeps copies of it, and whether it does. For administrators.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Query};
use shared::page::{self, Limit};
use shared::platform::Listed;
use shared::problem::Problem;
use shared::reply::{Body, Reply};
use uploads::BUCKET;
use uploads::bytes::{UNRECORDED_MS, failed};

use crate::manifest_store::{self, Owner};

/// Objects that are compared at once.
const STEP: u32 = 500;
/// Rows of the manifest beside them: there may be records without bytes.
const MOST_ROWS: u64 = 1_000;
/// Behind every name of an object.
const LAST: &str = "\u{7f}";

/// The query of the manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ManifestQuery {
    /// Lines at most: 1 to 100.
    pub limit: Limit,
    /// `Selvage-Next-Cursor` of the page before.
    pub cursor: Option<String>,
}

/// An object that should be there.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    /// Its name in the bucket.
    pub object: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 in hexadecimal; null for what is not whole yet.
    pub sha256: Option<String>,
    /// The file, upload, batch or person it belongs to.
    pub file_id: String,
    /// `file`, `trash`, `lost` for what is known to be missing or torn, `piece` of an upload, `part` of a batch,
    /// `variant` of a picture, `avatar`.
    pub state: String,
    /// Milliseconds since 1970; null for what is not whole yet.
    #[serde(skip_serializing)]
    pub created_at: Option<u64>,
}

/// `GET /v1/files/manifest`: every object that should be in the bucket, a line of JSON each, in the order of their names.
///
/// # Errors
/// 422 for a cursor that is not one; 503 when the database fails.
pub async fn read(cx: &Cx, _: Rc<Caller>, Query(query): Query<ManifestQuery>) -> Result<Reply, Problem> {
    let after = page::after(cx, query.cursor.as_deref())?.unwrap_or_default();
    let statement = manifest_store::expected(&after, LAST, query.limit.to_read());
    let rows: Vec<Line> = cx.platform.db().batch(vec![statement]).await?.take(0)?;
    let page = page::page(cx, query.limit, rows, |line| line.object.clone(), |line| line)?;
    let mut text = String::new();
    for line in &page.data {
        text.push_str(&serde_json::to_string(line).map_err(Problem::internal)?);
        text.push('\n');
    }
    let reply = Reply::new(200, "application/x-ndjson", Body::Text(text));
    Ok(match page.next_cursor {
        Some(cursor) => reply.header("Selvage-Next-Cursor", cursor),
        None => reply,
    })
}

/// Which part of the bucket is looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CheckWish {
    /// `next_cursor` of the part before.
    pub cursor: Option<String>,
    /// Whether what is wrong is mended.
    pub apply: bool,
}

/// What is wrong in a part of the bucket. Names of objects, or of owners.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Check {
    /// Objects that were looked at.
    pub objects: u64,
    /// Objects that nothing refers to; mended, they are left to the sweep.
    pub orphans: Vec<String>,
    /// Files whose bytes are not there; mended, their status is `error`.
    pub missing: Vec<String>,
    /// Files whose bytes are of another length; mended, their status is `error`.
    pub wrong_length: Vec<String>,
    /// Owners whose counters are not what they have; mended, they are counted anew. Told with the last part.
    pub counters: Vec<String>,
    /// Where the next part begins; null with the last one.
    pub next_cursor: Option<String>,
}

/// `POST /v1/files/check`: compares the records with what lies in the bucket, a part at a time.
///
/// # Errors
/// 422 for a cursor that is not one; 503 when the database or the bucket fails.
pub async fn check(cx: &Cx, _: Rc<Caller>, Json(wish): Json<CheckWish>) -> Result<Check, Problem> {
    let after = page::after(cx, wish.cursor.as_deref())?.unwrap_or_default();
    let listing = cx.platform.bucket(BUCKET).list(&after, STEP).await.map_err(|cause| failed(&cause))?;
    let end = listing.objects.last().filter(|_| listing.more).map_or(LAST, |last| last.object.as_str()).to_owned();
    let batch = vec![manifest_store::expected(&after, &end, MOST_ROWS), manifest_store::remains(&after, &end)];
    let mut rows = cx.platform.db().batch(batch).await?;
    let expected: Vec<Line> = rows.take(0)?;
    let remains: Vec<Owner> = rows.take(1)?;
    // Where there are too many records, the part ends with the last of them.
    let full = expected.len() as u64 == MOST_ROWS;
    let end = expected.last().filter(|_| full).map_or(end, |line| line.object.clone());
    let listed: Vec<Listed> = listing.objects.into_iter().filter(|object| object.object <= end).collect();
    let mut found = compare(&listed, &expected, &remains, cx.now_ms());
    if full || listing.more {
        found.next_cursor = Some(page::cursor(cx, &end)?);
    } else {
        let stale: Vec<Owner> = cx.platform.db().batch(vec![manifest_store::stale()]).await?.take(0)?;
        found.counters = stale.into_iter().map(|row| row.name).collect();
    }
    if wish.apply {
        mend(cx, &found, cx.now_ms()).await?;
    }
    Ok(found)
}

/// What does not fit. The bucket was listed before the records were read, and bytes lie there before their record: so a record
/// that is older than an hour and has no bytes has none, and bytes that are older and have no record are nobody's.
fn compare(listed: &[Listed], expected: &[Line], remains: &[Owner], now: u64) -> Check {
    let old = |at: u64| at.saturating_add(UNRECORDED_MS) <= now;
    let mut check = Check { objects: listed.len() as u64, ..Check::default() };
    for object in listed {
        let known = expected.binary_search_by(|line| line.object.as_str().cmp(&object.object));
        let left = || remains.binary_search_by(|row| row.name.as_str().cmp(&object.object)).is_ok();
        match known.ok().and_then(|at| expected.get(at)) {
            Some(line) if line.bytes != object.bytes && line.state != "lost" => {
                check.wrong_length.push(line.object.clone())
            }
            None if old(object.at) && !left() => check.orphans.push(object.object.clone()),
            _ => {}
        }
    }
    for line in expected {
        let there = listed.binary_search_by(|object| object.object.as_str().cmp(&line.object)).is_ok();
        if !there && line.state != "lost" && line.created_at.is_some_and(old) {
            check.missing.push(line.object.clone());
        }
    }
    check
}

async fn mend(cx: &Cx, found: &Check, now: u64) -> Result<(), Problem> {
    let json = |names: &[String]| serde_json::to_string(names).map_err(Problem::internal);
    let mut batch = vec![uploads::store::leave(&json(&found.orphans)?, 0)];
    batch.extend(manifest_store::lose(&json(&found.missing)?));
    batch.extend(manifest_store::lose(&json(&found.wrong_length)?));
    if !found.counters.is_empty() {
        batch.extend(manifest_store::count_again());
    }
    shared::log::event(
        "shares",
        "info",
        "check",
        "files were mended",
        Some(&format!("{} orphans at {now}", found.orphans.len())),
    );
    cx.platform.db().batch(batch).await.map(|_| ()).map_err(Problem::from)
}
