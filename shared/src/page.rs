//! Pages of lists: at most `limit` items, and a cursor to the next ones. A cursor is signed and belongs to its
//! caller and path, so what comes back in one is what we put in. Not here: the SQL, which reads one item more
//! than it shows, newest first, from the id of the cursor on.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::problem::Problem;
use crate::secret::same;
use crate::vault;

/// Bytes of the signature before a cursor's value.
const TAG: usize = 16;

/// Items a page has at most: 1 to 100, 20 unless asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
#[cfg_attr(not(target_arch = "wasm32"), derive(Serialize, schemars::JsonSchema), schemars(!try_from))]
pub struct Limit(#[cfg_attr(not(target_arch = "wasm32"), schemars(range(min = 1, max = 100)))] u32);

impl Limit {
    /// How many rows to read: one more than is shown, to see whether there are more.
    pub fn to_read(self) -> u64 {
        u64::from(self.0) + 1
    }

    fn shown(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<u32> for Limit {
    type Error = &'static str;

    fn try_from(limit: u32) -> Result<Self, Self::Error> {
        if (1..=100).contains(&limit) { Ok(Self(limit)) } else { Err("must be from 1 to 100") }
    }
}

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PageQuery {
    /// Items at most.
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A page of a list, newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "{T}List"))]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// The value in a cursor that this caller was given by this path.
///
/// # Errors
/// 422 for any other, 503 without `STORE_KEY`.
pub fn after(cx: &Cx, cursor: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let refused = || Problem::invalid("cursor", "invalid", "is not the `next_cursor` of a page of this list");
    let bytes = Base64UrlUnpadded::decode_vec(cursor).map_err(|_| refused())?;
    let (sent, value) = bytes.split_at_checked(TAG).ok_or_else(refused)?;
    // One that was given before a key was replaced is still good.
    if !tags(cx, value)?.iter().any(|tag| same(sent, tag.as_slice())) {
        return Err(refused());
    }
    String::from_utf8(value.to_vec()).map(Some).map_err(|_| refused())
}

/// The page of these rows, of which there are `Limit::to_read` if there are more; `id` is what the list is
/// ordered by.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn page<R, T>(
    cx: &Cx,
    limit: Limit,
    mut rows: Vec<R>,
    id: impl Fn(&R) -> String,
    show: impl Fn(R) -> T,
) -> Result<Page<T>, Problem> {
    let more = rows.len() > limit.shown();
    rows.truncate(limit.shown());
    let last = rows.last().filter(|_| more).map(id);
    let next_cursor = last.map(|last| cursor(cx, &last)).transpose()?;
    Ok(Page { data: rows.into_iter().map(show).collect(), next_cursor })
}

/// The cursor of a list that goes on behind this value, for lists that say so by themselves.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn cursor(cx: &Cx, value: &str) -> Result<String, Problem> {
    let tags = tags(cx, value.as_bytes())?;
    let mut bytes = tags.first().ok_or_else(|| Problem::internal("no tag"))?.to_vec();
    bytes.extend_from_slice(value.as_bytes());
    Ok(Base64UrlUnpadded::encode_string(&bytes))
}

/// By every key, the current one first.
fn tags(cx: &Cx, value: &[u8]) -> Result<Vec<[u8; TAG]>, Problem> {
    let caller = cx.caller();
    let caller = caller.as_deref().map_or("", |caller| caller.user_id());
    let keys = vault::keys(cx, &[b"cursor", caller.as_bytes(), cx.head.path().as_bytes(), value])?;
    Ok(keys.iter().filter_map(|key| key.first_chunk::<TAG>().copied()).collect())
}
