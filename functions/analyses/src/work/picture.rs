//! The picture as a model gets it: what it is is decided by its bytes and not by its name, and it goes into the request as a
//! data URL, read part by part and never held twice.

use base64ct::{Base64, Encoding};
use shared::platform::Platform;
use shared::problem::Problem;
use uploads::bytes::failed;
use uploads::{BUCKET, kind};

use super::asking::Question;
use crate::columns::Columns;
use crate::model::Failure;

/// Bytes of a picture at most: a request has a third more, and providers take no larger ones.
pub const LONGEST: u64 = 8 * 1024 * 1024;
/// Bytes read at once; a multiple of three, so that the parts' base64 are parts of the whole's.
const STEP: u32 = 3 * 1024 * 1024;

/// Why a file is no picture for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub detail: &'static str,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::new(fault.code, fault.detail)
    }
}

const TOO_LARGE: Fault = Fault {
    code: "picture_too_large",
    detail: "is larger than 8 MiB, which is more than models take: analyse a smaller copy of it",
};
const NO_PICTURE: Fault =
    Fault { code: "not_a_picture", detail: "is no picture that models read: PNG, JPEG, GIF or WebP, by its bytes" };
const INFECTED: Fault = Fault { code: "file_infected", detail: "was found to be infected: nobody reads it any more" };

/// What is needed of a file's record.
#[derive(Debug)]
pub struct Picture {
    media_type: String,
    bytes: u64,
    object: String,
    scan: String,
}

impl From<Columns> for Picture {
    fn from(mut row: Columns) -> Self {
        let (media_type, object, scan) = (row.text("media_type"), row.text("object"), row.text("scan"));
        Self { media_type, bytes: row.number("bytes"), object, scan }
    }
}

impl Picture {
    /// What is wrong with it as far as its record tells. What the record does not know its bytes will tell.
    pub fn fault(&self) -> Option<Fault> {
        if self.scan == "infected" {
            return Some(INFECTED);
        }
        let media = self.media_type.as_str();
        if media != kind::UNKNOWN && !is_readable(media) {
            return Some(NO_PICTURE);
        }
        (self.bytes > LONGEST).then_some(TOO_LARGE)
    }
}

/// Whether models read pictures of this type: all do these, and none of them everything that is a picture.
fn is_readable(media: &str) -> bool {
    matches!(media, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

/// The request with the picture in it; or why there is none.
///
/// # Errors
/// 503 when the bucket fails.
pub async fn body(
    platform: &Platform,
    file: &Picture,
    question: &Question<'_>,
) -> Result<Result<Vec<u8>, Fault>, Problem> {
    let (mut body, mut at) = (Vec::new(), 0);
    while at < file.bytes {
        let length = u32::try_from(file.bytes - at).unwrap_or(STEP).min(STEP);
        let part = platform.bucket(BUCKET).range(&file.object, at, length).await.map_err(|cause| failed(&cause))?;
        let part = part.filter(|part| !part.is_empty()).ok_or_else(|| failed("the object is gone"))?;
        if at == 0 {
            let media = kind::of(&part);
            if !is_readable(media) {
                return Ok(Err(NO_PICTURE));
            }
            body.reserve_exact(usize::try_from(file.bytes / 3 * 4).unwrap_or(0) + 64 * 1024);
            body.extend_from_slice(question.head(media)?.as_bytes());
        }
        at += part.len() as u64;
        push_base64(&mut body, &part)?;
    }
    if body.is_empty() {
        return Ok(Err(NO_PICTURE));
    }
    body.extend_from_slice(question.tail().as_bytes());
    Ok(Ok(body))
}

fn push_base64(body: &mut Vec<u8>, part: &[u8]) -> Result<(), Problem> {
    let from = body.len();
    body.resize(from + Base64::encoded_len(part), 0);
    let room = body.get_mut(from..).unwrap_or_default();
    Base64::encode(part, room).map(|_| ()).map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_base64_are_parts_of_the_wholes() {
        let bytes: Vec<u8> = (0..=255).cycle().take(3_001).collect();
        let mut body = b"x".to_vec();
        for part in bytes.chunks(300) {
            push_base64(&mut body, part).unwrap();
        }
        assert_eq!(std::str::from_utf8(&body).unwrap(), format!("x{}", Base64::encode_string(&bytes)));
        assert_eq!(STEP % 3, 0);
    }
}
