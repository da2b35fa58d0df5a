//! The token endpoint: what an app gets for a code, for a refresh token, in its own name, and for a device.

use serde::Deserialize;
use shared::accounts::{settings, tokens};
use shared::cx::Cx;
use shared::problem::Problem;

use crate::client::{ClientRow, GrantType};
use crate::client_auth::authenticate;
use crate::device_store;
use crate::form::{Form, given, required};
use crate::issue::{self, Tokens, challenge_of, issue};
use crate::issuer::{issuer, resource_of, resources};
use crate::metadata::is_own;
use crate::refresh_store::{self, RETRY_MS};
use crate::refusal::refused;
use crate::scopes::Scopes;
use crate::store::{self, Exchange, GrantRow, NewGrant};

/// A request for tokens. Which fields are wanted depends on the grant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenRequest {
    /// `authorization_code`, `refresh_token`, `client_credentials` or
    /// `urn:ietf:params:oauth:grant-type:device_code`.
    pub grant_type: Option<String>,
    /// The app, unless it is named in `Authorization`.
    pub client_id: Option<String>,
    /// Its secret, for `client_secret_post`.
    pub client_secret: Option<String>,
    /// The code.
    pub code: Option<String>,
    /// Where the code was sent.
    pub redirect_uri: Option<String>,
    /// RFC 7636.
    pub code_verifier: Option<String>,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// RFC 8628.
    pub device_code: Option<String>,
    /// With `refresh_token` fewer scopes than were allowed; with `client_credentials` those that are wanted.
    pub scope: Option<String>,
    /// Whom the access token is for (RFC 8707).
    pub resource: Option<String>,
}

/// `POST /oauth/token`.
///
/// # Errors
/// 400 with `invalid_grant` and the other errors of RFC 6749 §5.2 and RFC 8628 §3.5; 401 with `invalid_client`.
pub async fn create(cx: &Cx, Form(asked): Form<TokenRequest>) -> Result<Tokens, Problem> {
    let name = required("grant_type", asked.grant_type.as_ref())?;
    let unknown = || refused("unsupported_grant_type", "There is no such way to get tokens here.");
    let grant = GrantType::named(name).ok_or_else(unknown)?;
    let client = authenticate(cx, asked.client_id.as_ref(), asked.client_secret.as_ref()).await?;
    if !client.may(grant) {
        return Err(refused("unauthorized_client", format!("The app is not registered for {}.", grant.as_str())));
    }
    match grant {
        GrantType::AuthorizationCode => for_code(cx, &client, &asked).await,
        GrantType::RefreshToken => for_refresh(cx, &client, &asked).await,
        GrantType::ClientCredentials => in_own_name(cx, &client, &asked).await,
        GrantType::DeviceCode => for_device(cx, &client, &asked).await,
    }
}

fn invalid_grant() -> Problem {
    refused("invalid_grant", "The grant is unknown, used, expired, ended, or another app's.")
}

/// Of a grant that may go on: its person is there and not suspended.
fn living(grant: Option<GrantRow>) -> Result<GrantRow, Problem> {
    grant.filter(|grant| grant.ended_at.is_none() && grant.status == "active").ok_or_else(invalid_grant)
}

/// RFC 8707 §2.2: a token is for whom the grant is for; it cannot be had for another.
fn same_resource(cx: &Cx, asked: Option<&str>, grant: &GrantRow) -> Result<(), Problem> {
    let Some(asked) = asked else { return Ok(()) };
    let resource = resource_of(Some(asked), &issuer(cx)?, &resources(cx));
    if resource.is_ok_and(|resource| resource == grant.resource) {
        return Ok(());
    }
    Err(refused("invalid_target", "resource is another than the one that was allowed."))
}

async fn for_code(cx: &Cx, client: &ClientRow, asked: &TokenRequest) -> Result<Tokens, Problem> {
    let settings = settings(cx)?;
    let code = required("code", asked.code.as_ref())?;
    let redirect_uri = required("redirect_uri", asked.redirect_uri.as_ref())?;
    let verifier = required("code_verifier", asked.code_verifier.as_ref())?;
    // What cannot be a verifier has no challenge, and uses nothing up.
    let challenge = challenge_of(verifier).unwrap_or_default();
    let refresh = issue::new_refresh(cx);
    let exchange = Exchange {
        hash: &tokens::hash(code),
        client_id: &client.id,
        redirect_uri,
        challenge: &challenge,
        id: &cx.new_id("exc"),
        refresh_hash: &tokens::hash(&refresh),
        refresh_expires_at: cx.now_ms() + settings.refresh_s * 1000,
    };
    let batch = store::exchange(cx, &exchange);
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await?;
    let grant = living(rows.take::<GrantRow>(last)?.into_iter().next())?;
    same_resource(cx, given(asked.resource.as_ref()), &grant)?;
    let refresh = (grant.offline != 0).then_some(refresh);
    issue(cx, &settings, client, &grant, &Scopes::stored(&grant.scopes), refresh).await
}

async fn for_refresh(cx: &Cx, client: &ClientRow, asked: &TokenRequest) -> Result<Tokens, Problem> {
    let settings = settings(cx)?;
    let (parent, now) = (required("refresh_token", asked.refresh_token.as_ref())?, cx.now_ms());
    let next = issue::successor(&settings, parent)?;
    let expires_at = now + settings.refresh_s * 1000;
    let narrowed = given(asked.scope.as_ref()).map(Scopes::read).transpose();
    let narrowed = narrowed.map_err(|detail| refused("invalid_scope", format!("scope {detail}.")))?;
    let batch = refresh_store::refresh(cx, &tokens::hash(parent), &client.id, &tokens::hash(&next), expires_at);
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await?;
    let grant = living(rows.take::<GrantRow>(last)?.into_iter().next())?;
    if grant.used_at.is_none_or(|used| used.saturating_add(RETRY_MS) <= now) {
        return Err(invalid_grant());
    }
    same_resource(cx, given(asked.resource.as_ref()), &grant)?;
    let allowed = Scopes::stored(&grant.scopes);
    let scopes = narrowed.unwrap_or_else(|| allowed.clone());
    if !scopes.within(&allowed) {
        return Err(refused("invalid_scope", "scope has something that was not allowed."));
    }
    issue(cx, &settings, client, &grant, &scopes, Some(next)).await
}

async fn in_own_name(cx: &Cx, client: &ClientRow, asked: &TokenRequest) -> Result<Tokens, Problem> {
    let settings = settings(cx)?;
    let allowed = client.scopes().filter(is_own);
    let scopes = match given(asked.scope.as_ref()) {
        Some(text) => Scopes::read(text).map_err(|detail| refused("invalid_scope", format!("scope {detail}.")))?,
        None => allowed.clone(),
    };
    if !scopes.within(&allowed) {
        return Err(refused("invalid_scope", "scope has something that the app may not do in its own name."));
    }
    let resource = resource_of(given(asked.resource.as_ref()), &issuer(cx)?, &resources(cx))
        .map_err(|_| refused("invalid_target", "resource is no server that tokens are given for."))?;
    let (id, now, text) = (cx.new_id("grt"), cx.now_ms(), scopes.to_string());
    let new = NewGrant {
        id: &id,
        client_id: &client.id,
        user_id: None,
        session_id: None,
        scopes: &text,
        resource: resource.as_deref(),
        offline: false,
        authenticated_at: now,
        methods: "[]",
        now,
        expires_at: now + settings.access_s * 1000,
    };
    let mut rows = cx.platform.db().batch(vec![store::add_grant(&new), store::grant(&id, &client.id)]).await?;
    let grant = living(rows.take::<GrantRow>(1)?.into_iter().next())?;
    issue(cx, &settings, client, &grant, &scopes, None).await
}

async fn for_device(cx: &Cx, client: &ClientRow, asked: &TokenRequest) -> Result<Tokens, Problem> {
    let settings = settings(cx)?;
    let (now, refresh) = (cx.now_ms(), issue::new_refresh(cx));
    let poll = device_store::Poll {
        hash: &tokens::hash(required("device_code", asked.device_code.as_ref())?),
        client_id: &client.id,
        id: &cx.new_id("exc"),
        refresh_hash: &tokens::hash(&refresh),
        refresh_expires_at: now + settings.refresh_s * 1000,
        now,
    };
    let batch = device_store::poll(&poll);
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await?;
    let state = rows.take::<device_store::PolledRow>(1)?.into_iter().next();
    device_store::answer(state.as_ref(), poll.id, now)?;
    let grant = living(rows.take::<GrantRow>(last)?.into_iter().next())?;
    let refresh = (grant.offline != 0).then_some(refresh);
    issue(cx, &settings, client, &grant, &Scopes::stored(&grant.scopes), refresh).await
}
