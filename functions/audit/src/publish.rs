//! Keeping a sealed segment outside of the database: its events without what is personal, then its signed head,
//! both under names that are written once. What is there already must say the same.

use shared::log;
use shared::platform::{Bucket, Platform};
use shared::time;

use crate::head::{self, AuditHead, BUCKET, NEWEST};
use crate::keys::AuditKeys;
use crate::model::SegmentLine;
use crate::seal::words;
use crate::store::{self, SealedRow, SegmentRow};

/// Keeps a segment. Doing it again changes nothing.
///
/// # Errors
/// When the events are not those that follow the head before them, or something else is kept under these names:
/// the database was changed or set back.
pub async fn segment(platform: &Platform, keys: &AuditKeys, chain: &str, segment: &SegmentRow) -> Result<(), String> {
    let SegmentRow { first, last, hash, sealed_at } = segment;
    let rows: Vec<SealedRow> = platform.db().all(store::between(*first, *last)).await.map_err(words)?;
    let lines: Vec<SegmentLine> = rows.into_iter().map(SegmentLine::from).collect();
    let before = head::anchor(platform, keys, chain, first.saturating_sub(1)).await?;
    follow(&lines, before, segment).map_err(|fault| format!("the database was changed: {fault}"))?;
    let bucket = platform.bucket(BUCKET);
    keep(&bucket, &head::segment_name(*first), &jsonl(&lines)?, |kept, text| kept == text).await?;
    let head = head::sign(platform, keys, chain, (*last, hash), &time::rfc3339(*sealed_at)).await?;
    let text = serde_json::to_string(&head).map_err(|error| error.to_string())?;
    // Signed under an older key it is the same head.
    let same = |kept: &str, _: &str| {
        let kept = shared::json::read::<AuditHead>(kept).ok();
        kept.is_some_and(|kept| (&kept.chain, kept.sequence, &kept.hash) == (&head.chain, head.sequence, &head.hash))
    };
    keep(&bucket, &head::name(*last), &text, same).await?;
    bucket.put(NEWEST, &text).await?;
    platform.db().run(store::published(*first, platform.now_ms())).await.map_err(words)?;
    // A third witness: whoever keeps the log can compare.
    log::event("audit", "info", "audit::sealed", &format!("the chain ends with {last} {hash}"), None);
    Ok(())
}

fn follow(lines: &[SegmentLine], before: chain::Hash, segment: &SegmentRow) -> Result<(), chain::Fault> {
    let mut verifier = chain::Verifier::after(segment.first.saturating_sub(1), before, segment.last);
    lines.iter().try_for_each(|line| verifier.next(&line.entry()))?;
    verifier.end(&segment.hash).map(|_| ())
}

fn jsonl(lines: &[SegmentLine]) -> Result<String, String> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line).map_err(|error| error.to_string())?);
        text.push('\n');
    }
    Ok(text)
}

async fn keep(bucket: &Bucket, name: &str, text: &str, same: impl Fn(&str, &str) -> bool) -> Result<(), String> {
    if bucket.put_new(name, text).await? {
        return Ok(());
    }
    let kept = bucket.get(name).await?.unwrap_or_default();
    let differs = || format!("{name} says something else than the database, which was changed or set back");
    if same(&kept, text) { Ok(()) } else { Err(differs()) }
}
