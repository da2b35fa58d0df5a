//! Whether a new password stands in a list of leaked ones (NIST SP 800-63B-4 §3.1.1.2): a small list that is always
//! there, one that the operator supplies, and a service that is told five letters of a digest. Only new passwords are
//! looked at, and without knowing whose they are: the answer says nothing about accounts. What cannot be asked
//! refuses nobody, and is logged.

use sha1::{Digest, Sha1};
use shared::cx::Cx;
use shared::log;
use shared::platform::{Call, Target};
use shared::secret::same;

use crate::filter::{BLOCK, HEADER, Shape, whole_has};

/// The most common passwords, made by `cargo xtask passwords common`.
static COMMON: &[u8] = include_bytes!("../data/common.filter");
/// The operator's list: binding and name.
const BUCKET: &str = "PASSWORDS";
const LIST: &str = "leaked.filter";
/// Milliseconds that the service has.
const DEADLINE_MS: u32 = 2_000;
/// A range has some thousand lines.
const LONGEST: usize = 512 * 1024;

/// Whether this password may not be chosen.
pub(crate) async fn is_leaked(cx: &Cx, password: &str) -> bool {
    let sha1: [u8; 20] = Sha1::digest(password).into();
    if whole_has(COMMON, &sha1) {
        return true;
    }
    let supplied = supplied_has(cx, &sha1).await;
    let ranged = if supplied == Ok(true) { Ok(true) } else { range_has(cx, &sha1).await };
    for cause in [&supplied, &ranged].into_iter().filter_map(|asked| asked.as_ref().err()) {
        log::event(cx.service, "warn", "leaked", "a list of leaked passwords was not asked", Some(cause));
    }
    supplied == Ok(true) || ranged == Ok(true)
}

/// Asks the operator's list: its beginning, and the block of this password. Where there is none the answer is no.
async fn supplied_has(cx: &Cx, sha1: &[u8; 20]) -> Result<bool, String> {
    let Some(header) = cx.platform.part(BUCKET, LIST, 0, HEADER).await? else { return Ok(false) };
    let shape = Shape::read(&header).ok_or("the list is no filter of ours")?;
    let block = cx.platform.part(BUCKET, LIST, shape.place(sha1), BLOCK).await?;
    let block = block.filter(|block| block.len() == usize::try_from(BLOCK).unwrap_or_default());
    block.map(|block| shape.has(&block, sha1)).ok_or_else(|| "the list is cut off".to_owned())
}

/// Asks the service for all digests that begin alike, with lines that mean nothing between them, so that neither the
/// question nor the length of the answer says which password is meant (haveibeenpwned.com/API/v3#PwnedPasswords).
async fn range_has(cx: &Cx, sha1: &[u8; 20]) -> Result<bool, String> {
    let Some(base) = cx.platform.var("PASSWORD_RANGE_URL") else { return Ok(false) };
    if !base.starts_with("https://") && !cx.config.is_local() {
        return Err("PASSWORD_RANGE_URL must be https".to_owned());
    }
    let hex: String = sha1.iter().map(|byte| format!("{byte:02X}")).collect();
    let (prefix, suffix) = hex.split_at_checked(5).unwrap_or_default();
    let url = format!("{}/{prefix}", base.trim_end_matches('/'));
    let call = Call {
        target: Target::Internet,
        method: "GET",
        url: &url,
        headers: &[("add-padding", "true"), ("user-agent", "selvage")],
        body: None,
        deadline_ms: DEADLINE_MS,
        ends_with_client: false,
    };
    let answer = cx.platform.send(&call).await.map_err(|error| format!("{error:?}"))?;
    if answer.status() != 200 {
        answer.cancel();
        return Err(format!("status {}", answer.status()));
    }
    let read = answer.read(LONGEST, DEADLINE_MS).await.map_err(|error| format!("{error:?}"))?;
    let (bytes, _) = read.map_err(|error| format!("{error:?}"))?;
    Ok(bytes.split(|byte| *byte == b'\n').any(|line| names(line, suffix)))
}

/// Whether a line `SUFFIX:COUNT` is this one's. A count of nothing is padding.
fn names(line: &[u8], suffix: &str) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let Some((digits, count)) = line.trim_end().split_once(':') else { return false };
    let counted = count.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    counted && same(digits.to_ascii_uppercase().as_bytes(), suffix.as_bytes())
}
