//! What apps find out by themselves: where our endpoints are and what we can (OpenID Connect Discovery 1.0, RFC 8414,
//! RFC 9728), and the keys of our tokens.

use serde::Serialize;
use shared::accounts::settings;
use shared::auth::keys::KeySet;
use shared::cx::Cx;
use shared::problem::Problem;

use crate::client::{AuthMethod, GrantType};
use crate::issuer::issuer;
use crate::registration::Registration;
use crate::scopes;

/// What the provider can (RFC 8414 §2).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProviderMetadata {
    /// Our address, as in `iss` of tokens.
    pub issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: String,
    /// Where tokens are got.
    pub token_endpoint: String,
    /// What is known of a person.
    pub userinfo_endpoint: String,
    /// RFC 7009.
    pub revocation_endpoint: String,
    /// RFC 7662.
    pub introspection_endpoint: String,
    /// RFC 8628.
    pub device_authorization_endpoint: String,
    /// RFC 7591; not there where registration is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// The keys of our tokens.
    pub jwks_uri: String,
    /// What can be asked for.
    pub scopes_supported: Vec<&'static str>,
    /// `code`.
    pub response_types_supported: [&'static str; 1],
    /// `query`.
    pub response_modes_supported: [&'static str; 1],
    /// How tokens are got.
    pub grant_types_supported: Vec<GrantType>,
    /// `public`: every app knows a person by the same id.
    pub subject_types_supported: [&'static str; 1],
    /// `EdDSA`: Ed25519 (RFC 8037).
    pub id_token_signing_alg_values_supported: [&'static str; 1],
    /// How apps prove who they are.
    pub token_endpoint_auth_methods_supported: [AuthMethod; 3],
    /// How apps prove who they are.
    pub introspection_endpoint_auth_methods_supported: [AuthMethod; 2],
    /// How apps prove who they are.
    pub revocation_endpoint_auth_methods_supported: [AuthMethod; 3],
    /// `S256` (RFC 7636).
    pub code_challenge_methods_supported: [&'static str; 1],
    /// What is told of a person.
    pub claims_supported: [&'static str; 14],
    /// How sure we are: one proof, or two.
    pub acr_values_supported: [&'static str; 2],
    /// The languages of our pages.
    pub ui_locales_supported: [&'static str; 2],
    /// What the person is asked: `prompt` of the authorisation request.
    pub prompt_values_supported: [&'static str; 3],
    /// RFC 9207.
    pub authorization_response_iss_parameter_supported: bool,
    /// Requests as objects are not read.
    pub request_parameter_supported: bool,
    /// Requests by reference are not fetched.
    pub request_uri_parameter_supported: bool,
    /// The claims parameter is not read.
    pub claims_parameter_supported: bool,
}

/// `GET /.well-known/oauth-authorization-server`: as `/.well-known/openid-configuration`, for OAuth clients (RFC 8414 §3).
///
/// # Errors
/// 503 without `PUBLIC_URL`.
pub async fn read_oauth(cx: &Cx) -> Result<ProviderMetadata, Problem> {
    read(cx).await
}

/// `GET /.well-known/openid-configuration`: what the provider can, and where (OpenID Connect Discovery 1.0 §4).
///
/// # Errors
/// 503 without `PUBLIC_URL`.
pub async fn read(cx: &Cx) -> Result<ProviderMetadata, Problem> {
    let issuer = issuer(cx)?;
    let at = |path: &str| format!("{issuer}{path}");
    let all = [AuthMethod::None, AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    Ok(ProviderMetadata {
        authorization_endpoint: at("/oauth/authorize"),
        token_endpoint: at("/oauth/token"),
        userinfo_endpoint: at("/oauth/userinfo"),
        revocation_endpoint: at("/oauth/revoke"),
        introspection_endpoint: at("/oauth/introspect"),
        device_authorization_endpoint: at("/oauth/device"),
        registration_endpoint: (Registration::of(cx) != Registration::Off).then(|| at("/oauth/register")),
        jwks_uri: at("/oauth/jwks"),
        scopes_supported: scopes::known(),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: GrantType::ALL.to_vec(),
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["EdDSA"],
        token_endpoint_auth_methods_supported: all,
        introspection_endpoint_auth_methods_supported: [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost],
        revocation_endpoint_auth_methods_supported: all,
        code_challenge_methods_supported: ["S256"],
        claims_supported: [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "at_hash",
            "name",
            "locale",
            "email",
            "email_verified",
        ],
        acr_values_supported: crate::identity::ACR,
        ui_locales_supported: ["en", "zh-CN"],
        prompt_values_supported: ["none", "login", "consent"],
        authorization_response_iss_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        claims_parameter_supported: false,
        issuer,
    })
}

/// `GET /oauth/jwks`: the keys of our tokens, as at `/.well-known/jwks.json`, so that this function answers alone.
///
/// # Errors
/// 503 when no keys are configured.
pub async fn keys(cx: &Cx) -> Result<KeySet, Problem> {
    settings(cx).map(|settings| settings.keys.public())
}

/// How this API is protected (RFC 9728 §2).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProtectedResource {
    /// This API.
    pub resource: String,
    /// Who gives tokens for it.
    pub authorization_servers: [String; 1],
    /// What opens rows here.
    pub scopes_supported: Vec<&'static str>,
    /// `header`: `Authorization: Bearer`.
    pub bearer_methods_supported: [&'static str; 1],
}

/// `GET /.well-known/oauth-protected-resource`: where clients of this API get tokens, MCP clients for example.
///
/// # Errors
/// 503 without `PUBLIC_URL`.
pub async fn resource(cx: &Cx) -> Result<ProtectedResource, Problem> {
    let issuer = issuer(cx)?;
    let scopes_supported = scopes::known().into_iter().filter(|name| scopes::opens_rows(name)).collect();
    Ok(ProtectedResource {
        resource: issuer.clone(),
        authorization_servers: [issuer],
        scopes_supported,
        bearer_methods_supported: ["header"],
    })
}
