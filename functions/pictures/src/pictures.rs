//! What a file is as a picture.

use shared::cx::Cx;
use shared::extract::Path;
use shared::log;
use shared::platform::Picture;
use shared::problem::{Code, Problem};
use uploads::BUCKET;

use crate::look::Kind;
use crate::model::PictureObject;
use crate::reach::{self, Source};
use crate::spec::Spec;
use crate::store::{self, PictureRow};
use crate::variants::address;
use crate::{blurhash, facts, pixels, render};

/// Pixels of a row of the variants that are told unasked.
const TOLD: [u16; 3] = [320, 640, 1_280];
/// Milliseconds for which their addresses open, where the file is not public.
const TOLD_MS: u64 = 3_600_000;
/// Pixels of the side of what a BlurHash is made of.
const BLURRED: u16 = 32;

/// `GET /v1/files/{id}/picture`.
///
/// # Errors
/// 404 for a file that the caller does not read; 403 for an administrator in somebody's place, unless it is public; 422 for one
/// that is no picture, or too large a one; 503 when database or bucket fail.
pub async fn read(cx: &Cx, Path(id): Path) -> Result<PictureObject, Problem> {
    let (source, known) = reach::read(cx, &id).await?;
    let mut row = facts::of(cx, &source, known).await?;
    let facts = row.facts();
    // Without it a picture is one, so what fails here is not told.
    if row.blurhash.is_none() && row.broken == 0 {
        row.blurhash = blurred(cx, &source).await;
    }
    let (width, height) = facts.shown();
    let told = |side: &u16| address(cx, &source, Spec::wide(*side), TOLD_MS);
    Ok(PictureObject {
        kind: facts.kind,
        media_type: facts.kind.media(),
        width,
        height,
        orientation: facts.orientation,
        animated: facts.frames > 1,
        blurhash: row.blurhash,
        variants: TOLD.iter().map(told).collect::<Result<_, _>>()?,
        file_id: source.id,
    })
}

/// Makes the BlurHash and keeps it; marks what cannot be decoded.
async fn blurred(cx: &Cx, source: &Source) -> Option<String> {
    let picture = Picture::Object(BUCKET, &source.object);
    let rendered = match render::render(cx, picture, Spec::wide(BLURRED), Kind::Png).await {
        Ok(rendered) => rendered,
        Err(problem) => {
            if problem.code == Code::PictureUnreadable {
                mark_broken(cx, source).await;
            }
            log::event("pictures", "warn", "blurhash", "no BlurHash was made", problem.cause.as_deref());
            return None;
        }
    };
    let hash = pixels::read(&rendered.bytes.to_vec()).and_then(|pixels| blurhash::of(&pixels))?;
    let kept = cx.platform.db().run(store::blur(&source.id, &source.object, &hash)).await;
    kept.ok().map(|()| hash)
}

/// Notes that a file's bytes cannot be decoded, so that nobody tries again.
pub async fn mark_broken(cx: &Cx, source: &Source) {
    if let Err(error) = cx.platform.db().run(store::mark_broken(&source.id, &source.object)).await {
        log::event("pictures", "warn", "broken", "a broken picture was not marked", Some(&format!("{error:?}")));
    }
}

/// Refuses what is known to be broken.
///
/// # Errors
/// 422.
pub fn check_whole(row: &PictureRow) -> Result<(), Problem> {
    if row.broken == 0 {
        return Ok(());
    }
    let detail = "The file begins as a picture, and the rest of it cannot be decoded.";
    Err(Problem::from(Code::PictureUnreadable).detail(detail))
}
