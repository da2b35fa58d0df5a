//! The mark that our own page gives a request: when it was shown, and for which request. A decision without one was
//! not made on a page of ours. Nothing is stored: the mark is a keyed hash.

use base64ct::{Base64UrlUnpadded, Encoding};
use shared::cx::Cx;
use shared::problem::Problem;
use shared::secret::same;
use shared::vault;

/// Milliseconds in which a person decides.
pub const LIFE_MS: u64 = 30 * 60_000;

/// The mark of a request that is shown now.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn make(cx: &Cx, query: &str) -> Result<String, Problem> {
    let now = cx.now_ms().to_string();
    let tag = tag(cx, &now, query)?;
    Ok(format!("{now}.{tag}"))
}

/// When the request was shown; `None` for a mark of another request, of nobody's making, or too old.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn shown_at(cx: &Cx, ticket: &str, query: &str) -> Result<Option<u64>, Problem> {
    let Some((at, sent)) = ticket.split_once('.') else { return Ok(None) };
    let genuine = same(sent.as_bytes(), tag(cx, at, query)?.as_bytes());
    let at = at.parse::<u64>().ok().filter(|_| genuine);
    Ok(at.filter(|at| *at <= cx.now_ms() && cx.now_ms() < at.saturating_add(LIFE_MS)))
}

fn tag(cx: &Cx, at: &str, query: &str) -> Result<String, Problem> {
    let key = vault::key(cx, &[b"oidc ticket", at.as_bytes(), query.as_bytes()])?;
    Ok(Base64UrlUnpadded::encode_string(&key))
}
