//! Which file a call is about, and whether its caller reads it, or the link that they show opens it. Not here: the rules of it
//! (`uploads`).

use serde::Deserialize;
use shared::cx::Cx;
use shared::problem::{Code, Problem};
use uploads::link::{self, Scope};
use uploads::{Reader, Visibility};

use crate::store::{self, PictureRow, VariantRow};

/// A file that pictures are made of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Source {
    /// `file_…`.
    pub id: String,
    /// The name of its bytes in the bucket.
    pub object: String,
    /// How many.
    pub bytes: u64,
    /// Who reads it.
    pub visibility: Visibility,
    /// 1 while signed addresses open pictures of it to whoever does not read it: its owner is let in.
    pub addressed: u8,
}

impl Source {
    /// Whether anybody reads it.
    pub fn is_public(&self) -> bool {
        self.visibility == Visibility::Public
    }
}

/// A file with what is known of it as a picture.
pub struct Found {
    /// The file; `None` where there is none for this caller, whatever they show.
    pub source: Option<Source>,
    /// Whether the caller reads it.
    pub is_read: bool,
    /// What its head says, where that was read before.
    pub picture: Option<PictureRow>,
    /// The variant that was asked for.
    pub variant: Option<VariantRow>,
}

/// What stands in a link to a file, in the query of a call: `link=lnk_…`.
fn link_of(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("link="))
}

/// Loads a file and one of its variants: one batch.
///
/// # Errors
/// 404 for a link that is none of ours; 403 for an administrator in somebody's place, unless the file is public; 503 when the
/// database fails.
pub async fn load(cx: &Cx, id: &str, spec: &str) -> Result<Found, Problem> {
    let caller = cx.caller();
    let now = cx.now_ms();
    let seen = match link_of(cx.head.query()) {
        Some(token) => {
            let link = link::id(cx, id, token).ok_or(Code::NotFound)?;
            uploads::store::linked(link, id, now, Scope::Picture)
        }
        None => uploads::store::readable(Reader::of(caller.as_deref()), id, now),
    };
    let batch = vec![store::source(id, now), store::picture(id), store::variant(id, spec), seen];
    let mut rows = cx.platform.db().batch(batch).await?;
    let source: Option<Source> = rows.take(0)?.into_iter().next();
    let is_read = !rows.take::<store::Seen>(3)?.is_empty();
    let found = Found {
        source: source.filter(|source| is_read || source.addressed == 1),
        picture: rows.take::<PictureRow>(1)?.into_iter().next(),
        variant: rows.take::<VariantRow>(2)?.into_iter().next(),
        is_read,
    };
    // They see that a file is there, not what is in it: a picture of it tells that.
    let stands_in = caller.is_some_and(|caller| caller.claims.act.is_some());
    if stands_in && found.is_read && found.source.as_ref().is_some_and(|source| !source.is_public()) {
        return Err(Code::ImpersonationRefused.into());
    }
    Ok(found)
}

/// A file that the caller reads, with what is known of it.
///
/// # Errors
/// 404 for any other; 403 and 503 as `load`.
pub async fn read(cx: &Cx, id: &str) -> Result<(Source, Option<PictureRow>), Problem> {
    match load(cx, id, "").await? {
        Found { source: Some(source), is_read: true, picture, .. } => Ok((source, picture)),
        _ => Err(Code::NotFound.into()),
    }
}
