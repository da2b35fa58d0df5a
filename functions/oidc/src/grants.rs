//! What an app or a person's program asks about tokens that were given: what the person is called (userinfo), whether
//! a token is good (RFC 7662), and that it is needed no more (RFC 7009). An app learns nothing of another's tokens.

use serde::{Deserialize, Serialize};
use shared::accounts::store::{SessionId, address_of};
use shared::accounts::tokens;
use shared::auth::audience_of_apps;
use shared::cx::Cx;
use shared::head::HeaderName;
use shared::problem::Problem;

use crate::client::ClientRow;
use crate::client_auth::authenticate;
use crate::clients::tell_kv;
use crate::form::{Form, required};
use crate::issue;
use crate::issuer::issuer;
use crate::refusal::{insufficient_scope, invalid_client, invalid_token};
use crate::scopes::{EMAIL, OPENID, PROFILE, Scopes};
use crate::store::{self, GrantRow};
use crate::userinfo_store::{self, PersonRow};

/// What apps are told of a person; which of it depends on the scopes.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct UserInfo {
    /// The person's id; the same for every app.
    pub sub: String,
    /// With `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// With `profile`: a language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// With `profile`, where there is one at an https address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// With `email`; not there for an account without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// With `email`: whether a mail confirmed the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

/// `POST /oauth/userinfo`: as `GET`; a body is not looked at.
///
/// # Errors
/// 401 and 403 as `GET`.
pub async fn userinfo_by_post(cx: &Cx) -> Result<UserInfo, Problem> {
    userinfo(cx).await
}

/// `GET /oauth/userinfo`: what the person of an access token is called (OpenID Connect Core 1.0 §5.3).
///
/// # Errors
/// 401 for a token that is not an app's, or whose grant has ended; 403 for one without `openid`.
pub async fn userinfo(cx: &Cx) -> Result<UserInfo, Problem> {
    let header = cx.head.header(HeaderName::Authorization).unwrap_or_default();
    let (scheme, token) = header.split_once(' ').unwrap_or_default();
    let bearer = Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty());
    let issued = issue::read(cx, bearer.ok_or_else(invalid_token)?).await.ok_or_else(invalid_token)?;
    // A token for another server is not for us (RFC 9068 §4).
    let claims = Some(issued.claims).filter(|claims| claims.aud == audience_of_apps(&cx.config));
    let claims = claims.ok_or_else(invalid_token)?;
    let scopes = Scopes::stored(&claims.scope);
    let statement = userinfo_store::person(&claims.sid, &claims.client_id);
    let person: Option<PersonRow> = cx.platform.db().first(statement).await?;
    let person = person.filter(|person| person.id == claims.sub).ok_or_else(invalid_token)?;
    if !scopes.has(OPENID) {
        return Err(insufficient_scope(OPENID));
    }
    Ok(told(person, &scopes))
}

/// What these scopes tell. Pure.
fn told(person: PersonRow, scopes: &Scopes) -> UserInfo {
    let (profile, email) = (scopes.has(PROFILE), scopes.has(EMAIL));
    let address = Some(person.email).filter(|address| email && address_of(address).is_some());
    UserInfo {
        sub: person.id,
        name: Some(person.name).filter(|name| profile && !name.is_empty()),
        locale: Some(person.locale).filter(|_| profile),
        picture: person.avatar_ref.filter(|at| profile && at.starts_with("https://")),
        email_verified: address.as_ref().map(|_| person.email_verified_at.is_some()),
        email: address,
    }
}

/// A token that an app asks about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenQuestion {
    /// An access token or a refresh token.
    pub token: Option<String>,
    /// Not needed: tokens tell their kind.
    pub token_type_hint: Option<String>,
    /// The app, unless it is named in `Authorization`.
    pub client_id: Option<String>,
    /// Its secret, for `client_secret_post`.
    pub client_secret: Option<String>,
}

/// What is known of a token (RFC 7662 §2.2).
#[derive(Debug, Default, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Introspection {
    /// Whether it is good now; if not, nothing else is told.
    pub active: bool,
    /// With spaces between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `Bearer`, of an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// The person's id, or the app's in its own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// Our address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The token's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// A token of this app that is good, and its grant.
enum Known {
    Access(issue::Issued),
    Refresh(GrantRow),
}

impl Known {
    fn grant_id(&self) -> &str {
        match self {
            Self::Access(issued) => &issued.claims.sid,
            Self::Refresh(grant) => &grant.id,
        }
    }
}

/// The token, if it is this app's and its grant lives. One round trip for what can be a token at all.
async fn known(cx: &Cx, client: &ClientRow, token: &str) -> Result<Option<Known>, Problem> {
    let lives = |grant: &GrantRow| grant.ended_at.is_none() && grant.status == "active";
    if let Some(issued) = issue::read(cx, token).await {
        if issued.claims.client_id != client.id {
            return Ok(None);
        }
        let grant: Option<GrantRow> = cx.platform.db().first(store::grant(&issued.claims.sid, &client.id)).await?;
        return Ok(grant.filter(lives).map(|_| Known::Access(issued)));
    }
    let statement = store::grant_of_refresh(&tokens::hash(token), &client.id, cx.now_ms());
    let grant: Option<GrantRow> = cx.platform.db().first(statement).await?;
    Ok(grant.filter(lives).map(Known::Refresh))
}

/// `POST /oauth/introspect`: of an app's own tokens alone; of all others it is only told that they are not active.
///
/// # Errors
/// 401 for an app that did not prove who it is, or cannot.
pub async fn introspect(cx: &Cx, Form(asked): Form<TokenQuestion>) -> Result<Introspection, Problem> {
    let client = authenticate(cx, asked.client_id.as_ref(), asked.client_secret.as_ref()).await?;
    if client.is_public() {
        return Err(invalid_client("A public client cannot ask about tokens."));
    }
    let found = known(cx, &client, required("token", asked.token.as_ref())?).await?;
    Ok(match found {
        Some(Known::Access(issued)) => Introspection {
            active: true,
            scope: Some(issued.claims.scope),
            client_id: Some(issued.claims.client_id),
            token_type: Some("Bearer"),
            exp: Some(issued.expires_at),
            iat: Some(issued.issued_at),
            sub: Some(issued.claims.sub),
            aud: Some(issued.claims.aud),
            iss: Some(issued.claims.iss),
            jti: Some(issued.claims.jti),
        },
        Some(Known::Refresh(grant)) if grant.used_at.is_none() => Introspection {
            active: true,
            scope: Some(grant.scopes),
            client_id: Some(client.id),
            sub: grant.user_id,
            iss: Some(issuer(cx)?),
            ..Introspection::default()
        },
        _ => Introspection::default(),
    })
}

/// `POST /oauth/revoke`: ends what a token belongs to, every other token of it as well. A token that is unknown or
/// another app's is none, and so is the answer.
///
/// # Errors
/// 401 for an app that did not prove who it is.
pub async fn revoke(cx: &Cx, Form(asked): Form<TokenQuestion>) -> Result<Revoked, Problem> {
    let client = authenticate(cx, asked.client_id.as_ref(), asked.client_secret.as_ref()).await?;
    let found = known(cx, &client, required("token", asked.token.as_ref())?).await?;
    if let Some(found) = found {
        let id = found.grant_id().to_owned();
        cx.platform.db().batch(store::end_grant(cx, &id, &client.id).into()).await?;
        tell_kv(cx, vec![SessionId { id }]);
    }
    Ok(Revoked {})
}

/// Nothing is told (RFC 7009 §2.2).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Revoked {}
