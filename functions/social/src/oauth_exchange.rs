//! From a code to who somebody is: the token endpoint, and then the `id_token` or GitHub's API.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;
use shared::accounts::remote::Question;
use shared::accounts::{Email, Name};
use shared::cx::Cx;
use shared::platform::Signing;
use shared::problem::{Code, Problem};

use crate::oauth_providers::{ClientAuth, ClientKey, Kind, Provider};
use crate::oauth_state::Derived;
use crate::oidc::Description;
use crate::{github, linking, oidc};

/// Who somebody is, by a service's word.
#[derive(Debug)]
pub struct Told {
    /// At the service.
    pub subject: String,
    /// The address, if it counts: `linking::counts`.
    pub email: Option<Email>,
    /// What the service calls the person, to show the owner.
    pub label: String,
    /// How to call the person.
    pub name: Name,
}

impl Told {
    /// Takes over what a service says, in the shapes that accounts have.
    pub(crate) fn new(subject: String, email: Option<&str>, label: Option<&str>, name: Option<&str>) -> Self {
        let text = label.unwrap_or_default();
        let label = text.get(..text.floor_char_boundary(254)).unwrap_or_default().to_owned();
        let name = name.and_then(|name| Name::try_from(name.to_owned()).ok()).unwrap_or_default();
        Self { subject, email: email.and_then(|email| Email::try_from(email.to_owned()).ok()), label, name }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    id_token: Option<String>,
    access_token: Option<String>,
    error: Option<String>,
}

/// Where codes are exchanged and browsers are sent.
///
/// # Errors
/// As `oidc::description`.
pub async fn endpoints(cx: &Cx, provider: &Provider) -> Result<Description, Problem> {
    match provider.kind {
        Kind::Oidc => oidc::description(cx, provider).await,
        Kind::Github => Ok(github::description(provider)),
    }
}

/// Exchanges the code.
///
/// # Errors
/// 401 for a code or token that is refused, 502 and 504 when the service fails.
pub async fn told(
    cx: &Cx,
    provider: &Provider,
    description: &Description,
    code: &str,
    redirect_uri: &str,
    derived: &Derived,
) -> Result<Told, Problem> {
    let tokens = exchange(cx, provider, &description.token_endpoint, code, redirect_uri, &derived.verifier).await?;
    let lacking = |what: &str| Problem::from(Code::UpstreamInvalid).because(format!("{}: no {what}", provider.id));
    match provider.kind {
        Kind::Oidc => {
            let token = tokens.id_token.ok_or_else(|| lacking("id_token"))?;
            let claims = oidc::verified(cx, provider, description, &token, &derived.nonce).await?;
            let said = claims.email.as_deref();
            let email = linking::counts(said, claims.says_verified(), provider.verifies_email);
            Ok(Told::new(claims.sub.clone(), email, said, claims.name.as_deref()))
        }
        Kind::Github => {
            let token = tokens.access_token.ok_or_else(|| lacking("access_token"))?;
            github::told(cx, provider, &token).await
        }
    }
}

async fn exchange(
    cx: &Cx,
    provider: &Provider,
    url: &str,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Result<Tokens, Problem> {
    let secret = client_secret(cx, provider).await?;
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ];
    let authorization = match (provider.client_auth, &secret) {
        (ClientAuth::Basic, Some(secret)) => Some(basic(&provider.client_id, secret)),
        (_, secret) => {
            form.push(("client_id", &provider.client_id));
            form.extend(secret.iter().map(|secret| ("client_secret", secret.as_str())));
            None
        }
    };
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
    headers.extend(authorization.iter().map(|value| ("authorization", value.as_str())));
    let body = form_of(&form);
    let question =
        Question { service: &provider.id, method: "POST", url, headers: &headers, body: Some(body.as_bytes()) };
    let (status, bytes) = question.ask(cx).await?;
    let tokens: Option<Tokens> = serde_json::from_slice(&bytes).ok();
    // GitHub tells its errors with 200.
    match (status, tokens) {
        (200, Some(Tokens { error: None, id_token, access_token })) => {
            Ok(Tokens { id_token, access_token, error: None })
        }
        (_, Some(Tokens { error: Some(error), .. })) => Err(question.failed(meaning(&error), &error)),
        _ => Err(question.failed(Code::UpstreamFailed, &format!("status {status}"))),
    }
}

/// RFC 6749 §5.2, and GitHub's own words.
fn meaning(error: &str) -> Code {
    match error {
        "invalid_grant" | "bad_verification_code" => Code::CodeRefused,
        "invalid_client" | "unauthorized_client" | "incorrect_client_credentials" => Code::UpstreamRefusedUs,
        _ => Code::UpstreamFailed,
    }
}

/// `name=value&…`, as forms are sent.
pub(crate) fn form_of(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

/// RFC 6749 §2.3.1: both are form-encoded first.
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("Basic {}", Base64::encode_string(format!("{}:{}", encoded(id), encoded(secret)).as_bytes()))
}

async fn client_secret(cx: &Cx, provider: &Provider) -> Result<Option<String>, Problem> {
    match (&provider.client_secret, &provider.client_key) {
        (Some(secret), _) => Ok(Some(secret.expose().to_owned())),
        (None, Some(key)) => signed_secret(cx, provider, key).await.map(Some),
        (None, None) => Ok(None),
    }
}

/// A secret that lives five minutes: a JWT with the issuer as audience (developer.apple.com, "Creating a client secret").
async fn signed_secret(cx: &Cx, provider: &Provider, key: &ClientKey) -> Result<String, Problem> {
    let now = cx.now_ms() / 1000;
    let part = |value: serde_json::Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let header = part(json!({ "alg": "ES256", "kid": key.key_id }));
    let claims = json!({ "iss": key.team_id, "iat": now, "exp": now + 300, "aud": provider.issuer,
        "sub": provider.client_id });
    let signed = format!("{header}.{}", part(claims));
    let lines = key.private_key.expose().lines().filter(|line| !line.starts_with("-----"));
    let pkcs8: String = lines.flat_map(|line| line.chars().filter(|c| !c.is_whitespace())).collect();
    let signature = cx.platform.sign(Signing::Es256, &pkcs8, signed.as_bytes()).await;
    let unusable =
        |cause: String| Problem::from(Code::Unavailable).because(format!("{}: client_key: {cause}", provider.id));
    Ok(format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature.map_err(unusable)?)))
}
