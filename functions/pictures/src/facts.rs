//! What a file's head says of it as a picture: from its record, or read from the bucket, piece by piece, and kept.

use shared::cx::Cx;
use shared::platform::Platform;
use shared::problem::Problem;
use uploads::BUCKET;
use uploads::bytes::failed;

use crate::bounds;
use crate::look::{Facts, Pieces, Stop, look};
use crate::reach::Source;
use crate::store::{self, PictureRow};

/// Bytes of the first piece, and of the largest.
const FIRST: u32 = 64 * 1024;
const LARGEST: u32 = 1024 * 1024;
/// Pieces at most: enough for large profiles and previews before the frame, and few for who wants to keep us reading.
const MOST_PIECES: u32 = 12;

/// What is known of a file as a picture that may be decoded; kept, where it was not.
///
/// # Errors
/// 422 for what is no picture, or too large a one; 503 when bucket or database fail.
pub async fn of(cx: &Cx, source: &Source, known: Option<PictureRow>) -> Result<PictureRow, Problem> {
    if let Some(row) = known {
        return bounds::check(&cx.platform, row.facts()).map(|()| row);
    }
    let facts = read(&cx.platform, source).await?;
    cx.platform.db().run(store::keep_picture(&source.id, &source.object, facts)).await?;
    bounds::check(&cx.platform, facts).map(|()| PictureRow::new(facts))
}

async fn read(platform: &Platform, source: &Source) -> Result<Facts, Problem> {
    let bucket = platform.bucket(BUCKET);
    let mut pieces = Pieces::new(source.bytes);
    let (mut at, mut size) = (0, FIRST);
    for _ in 0..MOST_PIECES {
        if at >= source.bytes {
            return Err(bounds::refusal(Stop::Torn));
        }
        let piece = bucket.range(&source.object, at, size).await.map_err(|cause| failed(&cause))?;
        pieces.add(at, piece.ok_or_else(|| failed("the object is gone"))?);
        at = match look(&pieces) {
            Ok(facts) => return Ok(facts),
            // The same place again: a piece ends just there, and the next one is read whole.
            Err(Stop::Need(from)) => from,
            Err(stop) => return Err(bounds::refusal(stop)),
        };
        size = size.saturating_mul(2).min(LARGEST);
    }
    Err(bounds::refusal(Stop::Malformed))
}
