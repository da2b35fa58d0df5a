//! An OpenID Connect issuer: its description and its keys, found by discovery from the configured issuer, and the
//! check of its `id_token`. Both are kept in the isolate for an hour.

use std::cell::RefCell;

use serde::Deserialize;
use shared::accounts::remote::Question;
use shared::cx::Cx;
use shared::problem::{Code, Problem};

use crate::id_token::{self, Claims, Expected, Jwk};
use crate::oauth_providers::Provider;

/// How long descriptions and keys are kept.
const KEEP_MS: u64 = 3_600_000;
/// A key that is not known is looked for anew, but not more often than this.
const LOOK_AGAIN_MS: u64 = 60_000;

/// What is needed of the issuer's description (OpenID Connect Discovery 1.0 §3).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Description {
    /// Who describes itself.
    pub issuer: String,
    /// Where the browser is sent.
    pub authorization_endpoint: String,
    /// Where the code is exchanged.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Whether the answer names the issuer (RFC 9207 §3).
    pub authorization_response_iss_parameter_supported: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct KeySet {
    #[serde(default)]
    keys: Vec<Jwk>,
}

/// Something that was read at a URL, and when.
type Kept<T> = RefCell<Vec<(String, u64, T)>>;

thread_local! {
    static DESCRIPTIONS: Kept<Description> = const { RefCell::new(Vec::new()) };
    static KEYS: Kept<KeySet> = const { RefCell::new(Vec::new()) };
}

fn kept<T: Clone>(all: &Kept<T>, url: &str, since_ms: u64) -> Option<(u64, T)> {
    let all = all.borrow();
    let found = all.iter().find(|(known, at, _)| known == url && *at > since_ms);
    found.map(|(_, at, value)| (*at, value.clone()))
}

fn keep<T: Clone>(all: &Kept<T>, url: &str, now_ms: u64, value: &T) {
    // Each test on the host is an isolate of its own.
    if cfg!(target_arch = "wasm32") {
        let mut all = all.borrow_mut();
        all.retain(|(known, ..)| known != url);
        all.push((url.to_owned(), now_ms, value.clone()));
    }
}

fn get<'a>(provider: &'a Provider, url: &'a str) -> Question<'a> {
    Question { service: &provider.id, method: "GET", url, headers: &[("accept", "application/json")], body: None }
}

/// The issuer's description; it must name the very issuer that is configured (Discovery §4.3).
///
/// # Errors
/// 502 when it cannot be had or is another issuer's, 504 without an answer in time.
pub async fn description(cx: &Cx, provider: &Provider) -> Result<Description, Problem> {
    let url = format!("{}/.well-known/openid-configuration", provider.issuer.trim_end_matches('/'));
    let now = cx.now_ms();
    if let Some((_, description)) = DESCRIPTIONS.with(|all| kept(all, &url, now.saturating_sub(KEEP_MS))) {
        return Ok(description);
    }
    let question = get(provider, &url);
    let description: Description = question.json(cx).await?;
    if description.issuer != provider.issuer {
        return Err(question.failed(Code::UpstreamInvalid, "the description is another issuer's"));
    }
    let endpoints = [&description.authorization_endpoint, &description.token_endpoint, &description.jwks_uri];
    let secure = |url: &String| url.starts_with("https://") || (cx.config.is_local() && url.starts_with("http://"));
    if !endpoints.into_iter().all(secure) {
        return Err(question.failed(Code::UpstreamInvalid, "an endpoint is missing, or is not https"));
    }
    DESCRIPTIONS.with(|all| keep(all, &url, now, &description));
    Ok(description)
}

/// The issuer's keys; those in the isolate unless they lack the one that is wanted.
async fn keys(cx: &Cx, provider: &Provider, url: &str, wanted: Option<&str>) -> Result<KeySet, Problem> {
    let now = cx.now_ms();
    if let Some((at, set)) = KEYS.with(|all| kept(all, url, now.saturating_sub(KEEP_MS))) {
        let has = wanted.is_none() || set.keys.iter().any(|key| key.kid() == wanted);
        if has || at.saturating_add(LOOK_AGAIN_MS) > now {
            return Ok(set);
        }
    }
    let set: KeySet = get(provider, url).json(cx).await?;
    KEYS.with(|all| keep(all, url, now, &set));
    Ok(set)
}

/// The claims of an `id_token` that this issuer has signed for this deployment and this sign-in.
///
/// # Errors
/// 401 for any other, 502 and 504 when the keys cannot be had.
pub async fn verified(
    cx: &Cx,
    provider: &Provider,
    description: &Description,
    token: &str,
    nonce: &str,
) -> Result<Claims, Problem> {
    let refused = |why: &str| Problem::from(Code::CodeRefused).because(format!("{}: id_token: {why}", provider.id));
    let unverified = id_token::read(token).map_err(refused)?;
    let set = keys(cx, provider, &description.jwks_uri, unverified.kid()).await?;
    let (signing, key) = unverified.key(&set.keys).map_err(refused)?;
    let checked = cx.platform.verify(signing, &key, unverified.signed.as_bytes(), &unverified.signature).await;
    if !checked.map_err(|cause| refused(&cause))? {
        return Err(refused("its signature is wrong"));
    }
    let expected = Expected { issuer: &provider.issuer, client_id: &provider.client_id, nonce, now_ms: cx.now_ms() };
    unverified.claims(&expected).map_err(refused)
}
