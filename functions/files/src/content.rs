//! A file's bytes, on their way out.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Path;
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};
use uploads::BUCKET;
use uploads::bytes::failed;

use crate::files::find;

/// `GET /v1/files/{id}/content`: as an attachment and as bytes of no type, because whoever wrote them may be anybody, and this
/// origin's pages must not run them.
///
/// # Errors
/// 404 for another's, 403 for an administrator in its owner's place; 503 when the database or the bucket fails.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Reply, Problem> {
    let file = find(cx, &caller, &id).await?;
    if caller.claims.act.is_some() {
        return Err(Code::ImpersonationRefused.into());
    }
    let object = cx.platform.bucket(BUCKET).stream(&file.object).await.map_err(|cause| failed(&cause))?;
    let object = object.ok_or_else(|| failed("a record has no bytes"))?;
    Ok(Reply::new(200, "application/octet-stream", Body::Streamed(object))
        .header("Content-Disposition", disposition(&file.filename)))
}

/// `Content-Disposition` (RFC 6266 §4): the name for old readers without what they cannot read, and the whole one in
/// UTF-8 (RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' }).collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push('%');
            let hex = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase();
            whole.extend([hex(byte >> 4), hex(byte & 15)]);
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_breaks_out_of_no_header() {
        assert_eq!(disposition("a b.jsonl"), "attachment; filename=\"a b.jsonl\"; filename*=UTF-8''a%20b.jsonl");
        let bad = disposition("\"; filename=x\r\né");
        assert_eq!(
            bad,
            "attachment; filename=\"__ filename_x___\"; filename*=UTF-8''%22%3B%20filename%3Dx%0D%0A%C3%A9"
        );
    }
}
