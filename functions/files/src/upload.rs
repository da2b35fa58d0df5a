//! A file that comes in one piece.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::read_body;
use shared::head::HeaderName;
use shared::problem::{Code, Problem};
use uploads::bytes::{NewFile, keep};
use uploads::known::FileObject;
use uploads::words::{MOST_TAGS, name_of, sound_tag};
use uploads::{Owner, Purpose, Room, Visibility, form, life, rights};

/// Bytes of a file at most: what an isolate can hold twice beside its other work.
pub const LONGEST_FILE: usize = 25 * 1024 * 1024;
/// Bytes of the form around it.
const FORM: usize = 64 * 1024;

/// What a form says of a file.
struct Wish<'a> {
    filename: String,
    purpose: Purpose,
    seconds: Option<u64>,
    visibility: Visibility,
    organisation_id: Option<&'a str>,
    tags: Vec<String>,
    bytes: &'a [u8],
}

/// `POST /v1/files`: keeps a file.
///
/// # Errors
/// 415 for what is no form, 403 for an administrator in somebody's place, when there is no room or no right to make files for
/// the organisation, 404 for one the caller is not in, 413 for a file that is too long, 422 for a form that does not fit; 503 when the database or the bucket fails.
pub async fn create(cx: &Cx, caller: Rc<Caller>) -> Result<FileObject, Problem> {
    let media = cx.head.header(HeaderName::ContentType).unwrap_or_default();
    if !media.get(..19).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data")) {
        let detail = "A file is sent as multipart/form-data.";
        return Err(Problem::from(Code::UnsupportedMediaType).detail(detail));
    }
    if caller.claims.act.is_some() {
        return Err(Code::ImpersonationRefused.into());
    }
    let body = read_body(cx, LONGEST_FILE + FORM).await?;
    let wish = wish(media, &body)?;
    let owner = owner(cx, &caller, wish.organisation_id).await?;
    if wish.visibility == Visibility::Organisation && owner.organisation_id.is_none() {
        return Err(Problem::invalid("visibility", "invalid", "The file belongs to no organisation."));
    }
    let now = cx.now_ms();
    let expires_at = wish.seconds.map(|seconds| now.saturating_add(seconds * 1_000));
    let new = NewFile {
        id: cx.new_id("file"),
        filename: &wish.filename,
        purpose: wish.purpose,
        visibility: wish.visibility,
        room: Some(Room::of(&cx.platform)),
        expires_at,
        now,
    };
    let file = keep(&cx.platform, owner, new, wish.bytes).await?;
    if !wish.tags.is_empty() {
        let list = serde_json::to_string(&wish.tags).map_err(Problem::internal)?;
        cx.platform.db().batch(rights::tag(owner, &file.id, &list).to_vec()).await?;
    }
    Ok(FileObject::new(file, wish.tags))
}

/// Whose the file is to be: the caller's, or an organisation's for which they may make files.
async fn owner<'a>(cx: &Cx, caller: &'a Caller, wanted: Option<&'a str>) -> Result<Owner<'a>, Problem> {
    let own = Owner::of(caller);
    let Some(id) = wanted.filter(|id| own.organisation_id != Some(*id)) else { return Ok(own) };
    if own.organisation_id.is_some() {
        return Err(Code::NotFound.into());
    }
    let batch = vec![rights::member(own.user_id, id), rights::creates(own.user_id, id)];
    let mut rows = cx.platform.db().batch(batch).await?;
    match (rows.take::<One>(0)?.is_empty(), rows.take::<One>(1)?.is_empty()) {
        (true, _) => Err(Code::NotFound.into()),
        (_, true) => Err(Code::Forbidden.into()),
        _ => Ok(Owner { user_id: own.user_id, organisation_id: Some(id) }),
    }
}

/// Reads the form: each field once, and none that is not known.
fn wish<'a>(media: &str, body: &'a [u8]) -> Result<Wish<'a>, Problem> {
    let parts = form::parts(media, body)
        .ok_or_else(|| Problem::from(Code::MalformedRequest).detail("The form is torn or has no boundary."))?;
    let (mut file, mut purpose, mut anchor, mut seconds) = (None, None, None, None);
    let (mut visibility, mut organisation_id, mut tags) = (None, None, Vec::new());
    for part in parts {
        let text =
            || std::str::from_utf8(part.value).map_err(|_| Problem::invalid(part.name, "invalid", "must be text"));
        let again = match part.name {
            "file" => file.replace((name_of(part.filename.as_deref(), "file")?, part.value)).is_some(),
            "purpose" => purpose.replace(text()?).is_some(),
            "expires_after[anchor]" => anchor.replace(text()?).is_some(),
            "expires_after[seconds]" => seconds.replace(text()?).is_some(),
            "visibility" => visibility.replace(text()?).is_some(),
            "organisation_id" => organisation_id.replace(text()?).is_some(),
            "tags[]" => {
                sound_tag(text()?, "tags[]")?;
                tags.push(text()?.to_owned());
                tags.len() > MOST_TAGS
            }
            other => {
                return Err(Problem::invalid(other.chars().take(64).collect::<String>(), "unknown", "is no field"));
            }
        };
        if again {
            return Err(Problem::invalid(part.name, "duplicate", "stands there twice"));
        }
    }
    let (filename, bytes) = file.ok_or_else(|| Problem::invalid("file", "missing", "is missing"))?;
    match bytes.len() {
        0 => return Err(Problem::invalid("file", "empty", "must not be empty")),
        length if length > LONGEST_FILE => {
            return Err(
                Problem::from(Code::PayloadTooLarge).detail(format!("At most {LONGEST_FILE} bytes are kept here."))
            );
        }
        _ => {}
    }
    let purpose = purpose.ok_or_else(|| Problem::invalid("purpose", "missing", "is missing"))?;
    let known = Purpose::named(purpose).filter(|purpose| purpose.is_uploaded());
    let rule = "must be batch, fine-tune, evals or user_data";
    let purpose = known.ok_or_else(|| Problem::invalid("purpose", "invalid", rule))?;
    let visibility = match visibility.map(Visibility::named) {
        None => Visibility::Private,
        Some(Some(known)) => known,
        Some(None) => return Err(Problem::invalid("visibility", "invalid", "must be private, organisation or public")),
    };
    Ok(Wish { filename, purpose, seconds: life(anchor, seconds)?, visibility, organisation_id, tags, bytes })
}

/// Seconds for which a file is kept.
fn life(anchor: Option<&str>, seconds: Option<&str>) -> Result<Option<u64>, Problem> {
    if anchor.is_none() && seconds.is_none() {
        return Ok(None);
    }
    if anchor != Some("created_at") {
        return Err(Problem::invalid("expires_after[anchor]", "invalid", "must be created_at"));
    }
    let seconds = seconds.and_then(|text| text.parse().ok()).filter(|seconds| life::SECONDS.contains(seconds));
    seconds.map(Some).ok_or_else(|| Problem::invalid("expires_after[seconds]", "invalid", life::RULE))
}
