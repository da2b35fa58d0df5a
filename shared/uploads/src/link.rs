//! Links that open a file to whoever has them: `lnk_….signature`, a MAC under `STORE_KEY` over the link's id and the file's. What
//! was not made here is known without asking the database; whether it still holds says its row (`store::linked`).

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use shared::cx::Cx;
use shared::platform::Platform;
use shared::problem::Problem;
use shared::secret::same;
use shared::vault;

/// The domain of the MAC of links.
const LINK: &[u8] = b"file link";
/// The domain of the MAC with which the scanner reads.
const SCAN: &[u8] = b"file scan";
/// The domain of the MAC with which the scanner answers.
const VERDICT: &[u8] = b"file scan verdict";
/// Bytes of a signature.
const TAG: usize = 16;

/// What a link opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Scope {
    /// The bytes as they are, and pictures made of them.
    #[default]
    Content,
    /// Pictures made of them.
    Picture,
}

impl Scope {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Picture => "picture",
        }
    }
}

/// What stands in the address: the link's id and its signature.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn token(cx: &Cx, file_id: &str, link_id: &str) -> Result<String, Problem> {
    sign(&cx.platform, LINK, file_id, link_id)
}

/// The id of the link in an address, where it was made here for this file.
pub fn id<'a>(cx: &Cx, file_id: &str, token: &'a str) -> Option<&'a str> {
    verify(&cx.platform, LINK, file_id, token)
}

/// What a scanner may do with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// Read the bytes that nobody else reads yet.
    Reads,
    /// Say what they are.
    Answers,
}

impl Scanner {
    const fn domain(self) -> &'static [u8] {
        match self {
            Self::Reads => SCAN,
            Self::Answers => VERDICT,
        }
    }
}

/// A token for the scanner of this file until a time (milliseconds since 1970).
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn scan_token(platform: &Platform, may: Scanner, file_id: &str, until: u64) -> Result<String, Problem> {
    sign(platform, may.domain(), file_id, &until.to_string())
}

/// Whether this is such a token for this file, and its time is not over.
pub fn is_scan(platform: &Platform, may: Scanner, file_id: &str, token: &str, now: u64) -> bool {
    let until = verify(platform, may.domain(), file_id, token).and_then(|until| until.parse::<u64>().ok());
    until.is_some_and(|until| now < until)
}

fn sign(platform: &Platform, domain: &[u8], file_id: &str, value: &str) -> Result<String, Problem> {
    let keys = vault::keys_on(platform, &[domain, file_id.as_bytes(), value.as_bytes()])?;
    let tag = keys.first().and_then(|key| key.first_chunk::<TAG>()).ok_or_else(|| Problem::internal("no key"))?;
    Ok(format!("{value}.{}", Base64UrlUnpadded::encode_string(tag)))
}

fn verify<'a>(platform: &Platform, domain: &[u8], file_id: &str, token: &'a str) -> Option<&'a str> {
    let (value, tag) = token.split_once('.')?;
    let mut sent = [0; TAG];
    let sent = Base64UrlUnpadded::decode(tag, &mut sent).ok().filter(|sent| sent.len() == TAG)?;
    let keys = vault::keys_on(platform, &[domain, file_id.as_bytes(), value.as_bytes()]).ok()?;
    keys.iter().any(|key| same(key.split_at(TAG).0, sent)).then_some(value)
}
