//! A file's bytes, on their way out: who gets them, under which headers, and which of them. The bytes themselves pass by
//! handle. Not here: what a range or a condition means (`range.rs`, `condition.rs`).

use std::rc::Rc;

use serde::Deserialize;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Path, Query};
use shared::platform::Piece;
use shared::problem::{Code, Problem};
use shared::reply::{Body, Cache, Reply};
use shared::time;
use uploads::bytes::failed;
use uploads::link::{self, Scanner, Scope};
use uploads::{BUCKET, File, Reader, Visibility, kind, store};

use crate::condition::{Conditions, Verdict};
use crate::disposition::{self, Disposition};
use crate::range::{self, Span, Wanted};

/// Seconds for which anybody may keep a public picture: a week.
const PICTURE_LIFE_S: u32 = 604_800;
/// What a page of these bytes may do: show itself, and nothing else.
const POLICY: &str =
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";
/// How the bytes are wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ContentQuery {
    /// What stands in a link to the file; with it nobody needs to be signed in.
    pub link: Option<String>,
    /// What a scanner was given.
    pub scan: Option<String>,
    /// `1`: for download, whatever the bytes are.
    pub download: Option<String>,
}

/// By what somebody gets in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Themselves,
    Link,
    Scanner,
}

/// `GET|HEAD /v1/files/{id}/content`: pictures, sound and video as what they are, everything else as an attachment of no type,
/// because whoever wrote it may be anybody, and this origin's pages must not run it.
///
/// # Errors
/// 404 for what the caller may not read, and for a link that is forged, over or taken back; 403 for an administrator in
/// somebody's place, and for a file that was found to be infected; 412 and 416 as the request asks; 503 when the database or
/// the bucket fails.
pub async fn read(
    cx: &Cx,
    caller: Option<Rc<Caller>>,
    Path(id): Path,
    Query(query): Query<ContentQuery>,
) -> Result<Reply, Problem> {
    let (file, by) = find(cx, caller.as_deref(), &id, &query).await?;
    if file.visibility != Visibility::Public && caller.is_some_and(|caller| caller.claims.act.is_some()) {
        return Err(Code::ImpersonationRefused.into());
    }
    if file.scan == "infected" && by != By::Scanner {
        return Err(Code::FileInfected.into());
    }
    let header = |name| cx.platform.request_header(name);
    let names =
        ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"].map(header);
    let [if_match, if_none_match, if_modified_since, if_unmodified_since, if_range, range] =
        names.each_ref().map(Option::as_deref);
    let conditions = Conditions { if_match, if_none_match, if_modified_since, if_unmodified_since, if_range };
    let tag = format!("\"{}\"", file.sha256);
    let wanted = match conditions.verdict(&tag, file.created_at) {
        Verdict::Failed => return Err(Code::RevisionChanged.into()),
        Verdict::NotModified => return Ok(dressed(Reply::empty(304), &file, &tag, by)),
        Verdict::SendWhole => Wanted::Whole,
        // Of a HEAD no part is asked (RFC 9110 §14.2).
        Verdict::Send if cx.head.method() == "HEAD" => Wanted::Whole,
        Verdict::Send => range::read(range, file.bytes),
    };
    let reply = answer(cx, &file, wanted, query.download.is_some()).await?;
    Ok(dressed(reply, &file, &tag, by))
}

async fn find(cx: &Cx, caller: Option<&Caller>, id: &str, query: &ContentQuery) -> Result<(File, By), Problem> {
    let now = cx.now_ms();
    let missing = || Problem::from(Code::NotFound);
    let (statement, by) = match (&query.link, &query.scan) {
        (Some(token), _) => {
            let link = link::id(cx, id, token).ok_or_else(missing)?;
            (store::linked(link, id, now, Scope::Content), By::Link)
        }
        (None, Some(token)) if link::is_scan(&cx.platform, Scanner::Reads, id, token, now) => {
            (store::scanned(id), By::Scanner)
        }
        (None, Some(_)) => return Err(missing()),
        (None, None) => (store::readable(Reader::of(caller), id, now), By::Themselves),
    };
    let file: Option<File> = cx.platform.db().first(statement).await?;
    Ok((file.ok_or_else(missing)?, by))
}

/// Status, body, and the headers that depend on which bytes are sent.
async fn answer(cx: &Cx, file: &File, wanted: Wanted, download: bool) -> Result<Reply, Problem> {
    let shown = kind::shown(&file.media_type).filter(|_| !download);
    let media = shown.unwrap_or(kind::UNKNOWN);
    let spans = match wanted {
        Wanted::Nothing => {
            return Err(Problem::from(Code::RangeNotSatisfiable)
                .detail(format!("The file has {} bytes; {} ranges can be had at once.", file.bytes, range::MOST_RANGES))
                .header("Content-Range", format!("bytes */{}", file.bytes)));
        }
        Wanted::Whole => None,
        Wanted::Parts(spans) => Some(spans),
    };
    let (status, pieces, after) = match spans.as_deref() {
        None => (200, vec![Piece { before: String::new(), from: 0, length: file.bytes }], String::new()),
        Some([one]) => (206, vec![Piece { before: String::new(), from: one.from, length: one.length }], String::new()),
        Some(several) => {
            let pieces = several.iter().map(|span| Piece {
                before: part(file, media, *span),
                from: span.from,
                length: span.length,
            });
            (206, pieces.collect(), format!("\r\n--{}--\r\n", boundary(file)))
        }
    };
    let length: u64 =
        pieces.iter().map(|piece| piece.before.len() as u64 + piece.length).sum::<u64>() + after.len() as u64;
    let body = body(cx, file, &pieces, &after).await?;
    let mut reply = match pieces.len() {
        1 => Reply::new(status, media, body),
        // RFC 9110 §14.6.
        _ => Reply::new(status, "", body)
            .header("Content-Type", format!("multipart/byteranges; boundary={}", boundary(file))),
    };
    if let Some([Span { from, length }]) = spans.as_deref() {
        reply = reply.header("Content-Range", format!("bytes {from}-{}/{}", from + length - 1, file.bytes));
    }
    let how = if shown.is_some() { Disposition::Inline } else { Disposition::Attachment };
    Ok(reply
        .header("Content-Length", length.to_string())
        .header("Content-Disposition", disposition::header(how, &file.filename)))
}

/// What stands between parts, and in no file that has it: nobody writes the hash of what they are still writing.
fn boundary(file: &File) -> &str {
    file.sha256.get(..32).unwrap_or(&file.sha256)
}

/// What stands before a part.
fn part(file: &File, media: &str, Span { from, length }: Span) -> String {
    let (boundary, last, bytes) = (boundary(file), from + length - 1, file.bytes);
    format!("\r\n--{boundary}\r\nContent-Type: {media}\r\nContent-Range: bytes {from}-{last}/{bytes}\r\n\r\n")
}

async fn body(cx: &Cx, file: &File, pieces: &[Piece], after: &str) -> Result<Body, Problem> {
    if cx.head.method() == "HEAD" || file.bytes == 0 {
        return Ok(Body::Empty);
    }
    let object =
        cx.platform.bucket(BUCKET).pieces(&file.object, pieces, after).await.map_err(|cause| failed(&cause))?;
    object.map(Body::Streamed).ok_or_else(|| failed("a record has no bytes"))
}

/// What every answer says of the file, 304 included (RFC 9110 §15.4.5).
fn dressed(mut reply: Reply, file: &File, tag: &str, by: By) -> Reply {
    reply.policy = POLICY;
    reply.cache = match (by, file.visibility) {
        (By::Themselves, Visibility::Public) if kind::is_picture(&file.media_type) => Cache::Public(PICTURE_LIFE_S),
        (By::Themselves, Visibility::Public) | (By::Link, _) => Cache::Asked,
        _ => Cache::Never,
    };
    reply.header("Accept-Ranges", "bytes").header("ETag", tag).header("Last-Modified", time::http_date(file.created_at))
}
