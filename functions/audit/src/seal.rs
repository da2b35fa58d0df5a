//! Sealing: every event gets its place in the chain, and every new end of the chain a signed head outside of the
//! database. Runs each minute; several at once do no harm, and one that dies half-way is finished by the next.
//!
//! The hash before the first new event is never taken from the database, but from the last head that was kept:
//! whoever makes the database's past anew cannot have it signed.

use shared::log;
use shared::platform::Platform;
use shared::time;

use crate::head::{self, AuditHead, NEWEST};
use crate::keys::AuditKeys;
use crate::publish;
use crate::store::{self, MOST_SEALED, OpenRow, SegmentRow};

/// Segments that one run seals at most.
const MOST_ROUNDS: u64 = 20;

/// The name of the chain of this deployment.
pub fn chain_of(platform: &Platform) -> String {
    platform.var("JWT_ISSUER").unwrap_or_else(|| "selvage".to_owned())
}

/// Seals what is not sealed, and gives the newest head; `None` where nothing ever happened.
///
/// # Errors
/// When the database or the bucket fails, in its own words; and when what was kept says something else than the
/// database, which nobody but an operator can mend.
pub async fn run(platform: &Platform) -> Result<Option<AuditHead>, String> {
    let (keys, chain) = (AuditKeys::of(platform)?, chain_of(platform));
    for _ in 0..MOST_ROUNDS {
        let mut rows = platform.db().batch(store::state()).await.map_err(words)?;
        let last: Vec<SegmentRow> = rows.take(0).map_err(words)?;
        let waiting: Vec<SegmentRow> = rows.take(1).map_err(words)?;
        for segment in &waiting {
            publish::segment(platform, &keys, &chain, segment).await?;
        }
        let open: Vec<OpenRow> = rows.take(2).map_err(words)?;
        let more = open.len() as u64 >= MOST_SEALED;
        // With more segments behind those, the last one has no head yet that could be built on.
        if waiting.len() < 20 && !open.is_empty() {
            let last = last.first().map_or(0, |segment| segment.last);
            let segment = add(platform, &keys, &chain, last, &open).await?;
            if let Some(segment) = segment {
                publish::segment(platform, &keys, &chain, &segment).await?;
            }
        } else if waiting.is_empty() {
            break;
        }
        if !more && waiting.len() < 20 {
            break;
        }
    }
    let newest = platform.bucket(head::BUCKET).get(NEWEST).await?;
    Ok(newest.and_then(|text| shared::json::read(&text).ok()))
}

/// Gives events their places behind the event `last`; `None` when somebody else did.
async fn add(
    platform: &Platform,
    keys: &AuditKeys,
    chain: &str,
    last: u64,
    open: &[OpenRow],
) -> Result<Option<SegmentRow>, String> {
    let mut hash = head::anchor(platform, keys, chain, last).await?;
    let mut sequence = last;
    let mut sealed = Vec::with_capacity(open.len());
    for row in open {
        sequence += 1;
        let salt = chain::hex(&platform.random::<16>());
        let (event, commitment) = prepared(row, &time::rfc3339(row.at), sequence, &salt, &hash);
        hash = event;
        sealed.push((row.seq, sequence, salt, chain::hex(&commitment), chain::hex(&hash)));
    }
    let sealed = serde_json::to_string(&sealed).map_err(|error| error.to_string())?;
    let segment = SegmentRow { first: last + 1, last: sequence, hash: chain::hex(&hash), sealed_at: platform.now_ms() };
    match platform.db().batch(store::seal(&sealed, &segment)).await {
        Ok(_) => Ok(Some(segment)),
        Err(error) if error.violates("audit_segments.first") || error.violates("segment_is_whole") => {
            log::event("audit", "info", "audit::seal", "another sealer was quicker", None);
            Ok(None)
        }
        Err(error) => Err(words(error)),
    }
}

fn prepared(row: &OpenRow, at: &str, sequence: u64, salt: &str, before: &chain::Hash) -> (chain::Hash, chain::Hash) {
    let OpenRow { seq, id, kind, user_id, actor_id, network, user_agent, detail, .. } = row;
    let commitment = chain::commitment(&chain::Personal { salt, network, user_agent, detail });
    let (user_id, actor_id) = (user_id.as_deref(), actor_id.as_deref());
    let event = chain::Event { sequence, row: *seq, id, at, kind, user_id, actor_id };
    (chain::link(before, &event, &commitment), commitment)
}

pub(crate) fn words(error: shared::db::DbError) -> String {
    format!("{error:?}")
}
