//! Variants of a picture: their signed addresses, and what stands there. A variant is made when it is first asked for, by one
//! at a time, and kept; what is kept is open to whoever reads the file, and the making of it to whoever has a signature.

use shared::cx::Cx;
use shared::etag;
use shared::extract::{Json, Path, PathPair};
use shared::head::HeaderName;
use shared::log;
use shared::platform::{Picture, Rendered};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Cache, Reply};
use shared::time;
use uploads::BUCKET;
use uploads::bytes::{UNRECORDED_MS, failed};

use crate::look::Kind;
use crate::model::{Address, VariantWish};
use crate::pictures::{check_whole, mark_broken};
use crate::reach::{self, Found, Source};
use crate::signature::{self, Forged, NEVER, Signed};
use crate::spec::{Format, Misfit, Spec};
use crate::store::{self, VariantRow};
use crate::{facts, render};

/// Milliseconds for which a claim to make a variant holds: longer than the service may take.
const CLAIM_MS: u64 = 45_000;
/// Milliseconds between looks at what somebody else makes.
const WAITS: [u32; 6] = [150, 300, 600, 1_200, 2_400, 3_600];
/// Seconds for which anybody may keep a variant of a public file.
const WEEK: u32 = 604_800;

/// `POST /v1/files/{id}/variants`: a signed address of a variant. Nothing is made yet.
///
/// # Errors
/// 404 for a file that the caller does not read; 403 for an administrator in somebody's place, unless it is public; 422 for a
/// variant that cannot be; 503 when the database fails.
pub async fn sign(cx: &Cx, Path(id): Path, Json(wish): Json<VariantWish>) -> Result<Address, Problem> {
    let misfit = |(field, text): Misfit| Problem::invalid(format!("variant/{field}"), "invalid", text);
    let spec = wish.variant.check().map_err(misfit)?;
    if !(60..=86_400).contains(&wish.seconds) {
        return Err(Problem::invalid("seconds", "invalid", "must be from 60 to 86400"));
    }
    let (source, known) = reach::read(cx, &id).await?;
    let row = facts::of(cx, &source, known).await?;
    check_whole(&row)?;
    address(cx, &source, spec, u64::from(wish.seconds) * 1_000)
}

/// The signed address of a variant that opens for so many milliseconds; that of a public file has no end.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn address(cx: &Cx, source: &Source, spec: Spec, milliseconds: u64) -> Result<Address, Problem> {
    let until = if source.is_public() { NEVER } else { cx.now_ms().saturating_add(milliseconds) };
    let spec = spec.to_string();
    let path = signature::address(cx, source, &spec, until)?;
    let expires_at = (until != NEVER).then(|| time::rfc3339(until));
    Ok(Address { spec, url: format!("{}{path}", cx.head.origin()), expires_at })
}

/// `GET /v1/files/{id}/variants/{spec}`: the picture.
///
/// # Errors
/// 404 for a file that the caller does not read, without a signature; 403 for a signature that does not hold, and without one
/// for what would have to be made, and as `sign`; 422 for what cannot be; 503 when it cannot be made now.
pub async fn read(cx: &Cx, PathPair(id, word): PathPair) -> Result<Reply, Problem> {
    let asked = Spec::read(&word).map_err(|(_, text)| Problem::invalid("spec", "invalid", text))?;
    let signed = Signed::read(cx.head.query()).map_err(|Forged| refused("The signature is none of ours."))?;
    let accept = cx.platform.request_header("accept").unwrap_or_default();
    // What `auto` comes to depends on the file, where neither of the small formats is liked.
    let first_guess = asked.format.kind(&accept, Kind::Jpeg);
    let found = reach::load(cx, &id, &asked.as_kind(first_guess).to_string()).await?;
    let may_make = may_make(cx, &found, signed.as_ref(), &word)?;
    let Found { source, picture, variant, .. } = found;
    let source = source.ok_or(Code::NotFound)?;
    let row = facts::of(cx, &source, picture).await?;
    let kind = asked.format.kind(&accept, row.facts().kind);
    let spec = asked.as_kind(kind);
    let variant = if kind == first_guess { variant } else { load(cx, &id, &spec.to_string()).await? };
    let wanted = Wanted { source: &source, spec, kind, is_auto: asked.format == Format::Auto };
    match variant {
        Some(VariantRow { object: Some(object), sha256: Some(sha256), .. }) => {
            kept(cx, &wanted, &object, &sha256).await
        }
        _ if !may_make => Err(unsigned()),
        _ => {
            check_whole(&row)?;
            made(cx, wanted).await
        }
    }
}

/// A variant that somebody wants.
struct Wanted<'a> {
    source: &'a Source,
    spec: Spec,
    kind: Kind,
    is_auto: bool,
}

/// Whether the call may have a variant made; else it only gets what is there.
fn may_make(cx: &Cx, found: &Found, signed: Option<&Signed>, word: &str) -> Result<bool, Problem> {
    match (&found.source, signed) {
        (Some(source), Some(signed)) if signed.opens(cx, source, word) => Ok(true),
        // The same for a file that is not there, so that a forged one tells nothing.
        (_, Some(_)) => Err(refused("The signature does not hold: the address was changed, or its time is over.")),
        (Some(_), None) if found.is_read => Ok(false),
        _ => Err(Code::NotFound.into()),
    }
}

fn unsigned() -> Problem {
    refused(
        "This variant was not made before. Whoever reads the file gets a signed address: POST /v1/files/{id}/variants.",
    )
}

fn refused(detail: &'static str) -> Problem {
    Problem::from(Code::Forbidden).detail(detail)
}

async fn load(cx: &Cx, id: &str, spec: &str) -> Result<Option<VariantRow>, Problem> {
    cx.platform.db().first(store::variant(id, spec)).await.map_err(Into::into)
}

async fn kept(cx: &Cx, wanted: &Wanted<'_>, object: &str, sha256: &str) -> Result<Reply, Problem> {
    let tag = format!("\"{sha256}\"");
    if cx.head.header(HeaderName::IfNoneMatch).is_some_and(|sent| etag::matches(sent, &tag)) {
        return Ok(reply(wanted, 304, Body::Empty, tag));
    }
    let bytes = cx.platform.bucket(BUCKET).stream(object).await.map_err(|cause| failed(&cause))?;
    let bytes = bytes.ok_or_else(|| failed("a variant has no bytes"))?;
    Ok(reply(wanted, 200, Body::Streamed(bytes), tag))
}

fn reply(wanted: &Wanted<'_>, status: u16, body: Body, tag: String) -> Reply {
    let mut reply = Reply::new(status, wanted.kind.media(), body).header("ETag", tag);
    if wanted.source.is_public() {
        reply.cache = Cache::Public(WEEK);
    }
    if wanted.is_auto { reply.header("Vary", "Accept") } else { reply }
}

/// Makes a variant, or waits for who makes it.
async fn made(cx: &Cx, wanted: Wanted<'_>) -> Result<Reply, Problem> {
    let spec = wanted.spec.to_string();
    let Source { id, object: from, .. } = wanted.source;
    let object = format!("pictures/{id}/{}", cx.new_id("var"));
    for wait in WAITS {
        let now = cx.platform.now_ms();
        let until = now + CLAIM_MS;
        let mut batch = store::claim(id, &spec, from, until, now).to_vec();
        batch.push(uploads::store::announce(&object, now + UNRECORDED_MS));
        batch.push(store::variant(id, &spec));
        let mut rows = cx.platform.db().batch(batch).await?;
        if !rows.take::<store::Seen>(0)?.is_empty() {
            return make(cx, &wanted, &spec, &object, until).await;
        }
        match rows.take::<VariantRow>(3)?.into_iter().next() {
            Some(VariantRow { object: Some(object), sha256: Some(sha256), .. }) => {
                return kept(cx, &wanted, &object, &sha256).await;
            }
            // The file has become another meanwhile.
            None => return Err(Code::NotFound.into()),
            Some(_) => cx.platform.pause(wait).await,
        }
    }
    let detail = "Somebody else has this picture made, and it takes long. Ask again.";
    Err(Problem::from(Code::Unavailable).detail(detail).header("Retry-After", "2"))
}

async fn make(cx: &Cx, wanted: &Wanted<'_>, spec: &str, object: &str, until: u64) -> Result<Reply, Problem> {
    let Source { id, object: from, .. } = wanted.source;
    let outcome = render::render(cx, Picture::Object(BUCKET, from), wanted.spec, wanted.kind).await;
    let Rendered { bytes, length, sha256 } = match outcome {
        Ok(rendered) => rendered,
        Err(problem) => {
            if let Err(error) = cx.platform.db().run(store::release(id, spec, until)).await {
                log::event("pictures", "warn", "claim", "a claim was not given back", Some(&format!("{error:?}")));
            }
            if problem.code == Code::PictureUnreadable {
                mark_broken(cx, wanted.source).await;
            }
            return Err(problem);
        }
    };
    cx.platform.bucket(BUCKET).put_handle(object, &bytes).await.map_err(|cause| failed(&cause))?;
    cx.platform.db().batch(store::finish(id, spec, from, object, length, &sha256).to_vec()).await?;
    Ok(reply(wanted, 200, Body::Handle(bytes), format!("\"{sha256}\"")))
}
