//! What signing in and linking an identity have in common: the way to the provider and back. Not here: which
//! account it leads to.

use serde::Deserialize;
use shared::accounts::tokens::hash;
use shared::cx::Cx;
use shared::problem::{Code, Problem};

use crate::oauth_exchange::{Told, endpoints, form_of, told};
use crate::oauth_model::{OauthAnswer, OauthBegun};
use crate::oauth_providers::{self, Provider};
use crate::oauth_state::{LIFE_MS, derive, fresh, fresh_state};
use crate::oauth_store::{self as store, NewState};

/// Begins: notes the state, and says where the browser is to be sent. One round trip to D1, and one to the
/// provider in an isolate that does not know its description.
///
/// # Errors
/// 404 for a provider that is not configured, 422 for a page that is not allowed, 502 and 504 when the provider
/// fails.
pub(crate) async fn begin(
    cx: &Cx,
    provider: &str,
    redirect_to: &str,
    user_id: Option<&str>,
) -> Result<OauthBegun, Problem> {
    let provider = oauth_providers::named(cx, provider)?;
    if !is_allowed(cx, redirect_to) {
        return Err(Problem::invalid("/redirect_to", "not_allowed", "is not one of OAUTH_REDIRECTS"));
    }
    let redirect_uri = format!("{}/v1/auth/oauth/{}/callback", own_origin(cx)?, provider.id);
    let description = endpoints(cx, &provider).await?;
    let (state, binding, now) = (fresh_state(cx)?, fresh(cx, "ob"), cx.now_ms());
    let derived = derive(cx, &state)?;
    let new = NewState {
        state_hash: &hash(&state),
        binding_hash: &hash(&binding),
        provider: &provider.id,
        redirect_uri: &redirect_uri,
        redirect_to,
        user_id,
        now,
        expires_at: now + LIFE_MS,
    };
    cx.platform.db().run(store::add_state(&new)).await?;
    let (nonce, challenge) = (derived.nonce.as_str(), derived.challenge());
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", provider.client_id.as_str()),
        ("redirect_uri", &redirect_uri),
        ("scope", &provider.scopes),
        ("state", &state),
        ("nonce", nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    query.extend(provider.response_mode.iter().map(|mode| ("response_mode", mode.as_str())));
    let at = &description.authorization_endpoint;
    let mark = if at.contains('?') { '&' } else { '?' };
    let authorization_url = format!("{at}{mark}{}", form_of(&query));
    Ok(OauthBegun { authorization_url, binding, expires_in: LIFE_MS / 1000 })
}

/// Where the provider sends the browser. Locally it is where we were asked; elsewhere it is configured, because it
/// is registered with the provider and must not follow a request.
fn own_origin(cx: &Cx) -> Result<String, Problem> {
    if cx.config.is_local() {
        return Ok(cx.head.origin().to_owned());
    }
    let origin = cx.platform.var("PUBLIC_URL").filter(|url| url.starts_with("https://"));
    let missing = || Problem::from(Code::Unavailable).because("PUBLIC_URL is missing or not https");
    origin.map(|url| url.trim_end_matches('/').to_owned()).ok_or_else(missing)
}

fn is_allowed(cx: &Cx, page: &str) -> bool {
    let listed = cx.platform.var("OAUTH_REDIRECTS").unwrap_or_default();
    let known = listed.split(',').map(str::trim).any(|one| !one.is_empty() && one == page);
    known || (cx.config.is_local() && is_loopback(page))
}

/// A page on the developer's own machine: any port, any path, nothing behind `#`.
fn is_loopback(page: &str) -> bool {
    let Some(rest) = page.strip_prefix("http://") else { return false };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\'));
    matches!(host, "localhost" | "127.0.0.1") && port.bytes().all(|b| b.is_ascii_digit()) && plain && page.len() <= 2048
}

#[derive(Deserialize)]
struct Used {
    provider: String,
    redirect_uri: String,
}

/// Comes back: consumes the state, whatever comes of it, and asks the provider who it is. `user_id` is who must
/// have begun, for those that link an identity.
///
/// # Errors
/// 401 for a state, binding, code, issuer or token that is not of this sign-in, 502 and 504 when the provider
/// fails.
pub(crate) async fn finish(cx: &Cx, answer: &OauthAnswer, user_id: Option<&str>) -> Result<(Provider, Told), Problem> {
    let refused = |why: &str| Problem::from(Code::CodeRefused).because(format!("oauth: {why}"));
    let state = answer.state.as_str();
    let (state_hash, binding_hash) = (hash(state), hash(answer.binding.as_str()));
    let batch = store::use_state(&state_hash, &binding_hash, user_id, &cx.new_id("use"), cx.now_ms());
    let mut rows = cx.platform.db().batch(batch).await?;
    let used: Option<Used> = rows.take(1)?.into_iter().next();
    let used = used.ok_or_else(|| refused("the state cannot be used"))?;
    let provider = oauth_providers::named(cx, &used.provider)?;
    let description = endpoints(cx, &provider).await?;
    // RFC 9207 §2.4: a code of another issuer must not be shown to this one.
    match &answer.iss {
        Some(iss) if *iss != provider.issuer => return Err(refused("the answer is another issuer's")),
        None if description.authorization_response_iss_parameter_supported => {
            return Err(refused("the answer names no issuer"));
        }
        _ => {}
    }
    let derived = derive(cx, state)?;
    let told = told(cx, &provider, &description, answer.code.as_str(), &used.redirect_uri, &derived).await?;
    Ok((provider, told))
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_pages_of_this_machine_are_loopback() {
        for page in ["http://localhost:5173/in", "http://127.0.0.1/", "http://localhost", "http://127.0.0.1:80/a?b=c"] {
            assert!(is_loopback(page), "{page}");
        }
        for page in [
            "https://localhost/",
            "http://localhost.evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "http://localhost@evil.example/",
            "http://evil.example/localhost",
            "http://localhost/#x",
            "http://localhost/a b",
            "http://localhost\\@evil.example",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!is_loopback(page), "{page}");
        }
    }
}
