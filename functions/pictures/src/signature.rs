//! Addresses of variants, signed so that nobody can have pictures made at will. A signature is for one variant of one file while
//! it is as visible as it was then; that of a file that is not public has an end. Not here: who may have one (`variants`).

use base64ct::{Base64UrlUnpadded, Encoding};
use shared::cx::Cx;
use shared::problem::Problem;
use shared::vault;

use crate::reach::Source;

/// Bytes of a signature.
const TAG: usize = 16;

/// The end of an address that has none.
pub const NEVER: u64 = 0;

/// What an address says beside its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Milliseconds since 1970, or `NEVER`.
    pub until: u64,
    /// The signature.
    pub tag: [u8; TAG],
}

/// A query that is none of an address of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forged;

impl Signed {
    /// Reads the query of an address: `until` and `sign`, and nothing else but a link. `None` where there is no signature at all.
    ///
    /// # Errors
    /// Where there is one, and it cannot be any of ours.
    pub fn read(query: &str) -> Result<Option<Self>, Forged> {
        let (mut until, mut tag) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(Forged)?;
            let again = match name {
                "until" => until.replace(value.parse::<u64>().map_err(|_| Forged)?).is_some(),
                "sign" => tag.replace(tag_of(value)?).is_some(),
                // It says who reads the file, and opens nothing else.
                "link" => false,
                _ => true,
            };
            if again {
                return Err(Forged);
            }
        }
        match (until, tag) {
            (None, None) => Ok(None),
            (until, Some(tag)) => Ok(Some(Self { until: until.unwrap_or(NEVER), tag })),
            (Some(_), None) => Err(Forged),
        }
    }

    /// Whether it opens this variant of this file at this time.
    pub fn opens(&self, cx: &Cx, source: &Source, spec: &str) -> bool {
        let lives = if source.is_public() { self.until == NEVER } else { self.until > cx.now_ms() };
        lives && vault::signed(cx, &parts(source, spec, &self.until.to_be_bytes()), &self.tag)
    }
}

fn tag_of(text: &str) -> Result<[u8; TAG], Forged> {
    let mut tag = [0; TAG];
    let read = Base64UrlUnpadded::decode(text, &mut tag).map_err(|_| Forged)?;
    if read.len() == TAG { Ok(tag) } else { Err(Forged) }
}

/// The path and query of a variant's address.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn address(cx: &Cx, source: &Source, spec: &str, until: u64) -> Result<String, Problem> {
    let key = vault::key(cx, &parts(source, spec, &until.to_be_bytes()))?;
    let tag = Base64UrlUnpadded::encode_string(key.first_chunk::<TAG>().unwrap_or(&[0; TAG]));
    let end = if until == NEVER { String::new() } else { format!("until={until}&") };
    Ok(format!("/v1/files/{}/variants/{spec}?{end}sign={tag}", source.id))
}

fn parts<'a>(source: &'a Source, spec: &'a str, until: &'a [u8; 8]) -> [&'a [u8]; 5] {
    [b"picture variant", source.id.as_bytes(), source.visibility.as_str().as_bytes(), spec.as_bytes(), until]
}
