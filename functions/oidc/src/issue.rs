//! The tokens of apps: what is in them, how they are signed, and how they are read back. An access token (RFC 9068)
//! is for this API or for another server, never for both; an ID token (OpenID Connect Core 1.0 §2) opens nothing.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use jwt_compact::Claims;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};
use shared::accounts::Settings;
use shared::auth::jwt::{self, Signed};
use shared::auth::{TOKEN_TYPE, audience_of_apps};
use shared::cx::Cx;
use shared::problem::{Code, Problem};
use shared::time;

use crate::client::ClientRow;
use crate::identity::{acr, amr};
use crate::issuer::issuer;
use crate::scopes::{OPENID, Scopes, opens_rows};
use crate::store::GrantRow;

/// A token longer than this is not ours.
const LONGEST: usize = 4096;

/// What an app's access token says, beside `iat` and `exp` (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AppClaims {
    /// Our address.
    pub iss: String,
    /// Whom it is for: this API, or another server.
    pub aud: String,
    /// The person's id, or the app's in its own name.
    pub sub: String,
    /// The app.
    pub client_id: String,
    /// With spaces between.
    pub scope: String,
    /// What of it opens rows here; not there for another server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// None: every token for this API says which there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<[String; 0]>,
    /// Empty, for the same reason: what the person is called is told by userinfo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The token's own id.
    pub jti: String,
    /// The grant.
    pub sid: String,
    /// The person's epoch.
    pub epoch: u64,
}

/// What an ID token says, beside `iat` and `exp`.
#[derive(Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    auth_time: u64,
    acr: &'static str,
    amr: Vec<&'static str>,
    at_hash: String,
}

/// The reply of the token endpoint (RFC 6749 §5.1).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Tokens {
    /// What opens rows.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds the access token lives.
    pub expires_in: u64,
    /// With spaces between.
    pub scope: String,
    /// What gets the next ones, once; with `offline_access`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Who the person is; with `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

/// The tokens of a grant. `scopes` are those of the access token.
///
/// # Errors
/// 503 without a signing key or `PUBLIC_URL`.
pub async fn issue(
    cx: &Cx,
    settings: &Settings,
    client: &ClientRow,
    grant: &GrantRow,
    scopes: &Scopes,
    refresh_token: Option<String>,
) -> Result<Tokens, Problem> {
    let issuer = issuer(cx)?;
    let subject = grant.user_id.as_deref().unwrap_or(&client.id);
    let own = grant.resource.is_none();
    let claims = AppClaims {
        iss: issuer.clone(),
        aud: grant.resource.clone().unwrap_or_else(|| audience_of_apps(&cx.config)),
        sub: subject.to_owned(),
        client_id: client.id.clone(),
        scope: scopes.to_string(),
        permissions: own.then(|| scopes.filter(|name| grant.user_id.is_some() && opens_rows(name)).names().to_vec()),
        roles: own.then_some([]),
        email: own.then(String::new),
        jti: cx.new_id("tok"),
        sid: grant.id.clone(),
        epoch: grant.epoch,
    };
    let access_token = sign(cx, settings, TOKEN_TYPE, claims).await?;
    let id_token = match scopes.has(OPENID) && grant.user_id.is_some() {
        true => {
            let methods: Vec<String> = shared::json::read(&grant.methods).unwrap_or_default();
            let claims = IdClaims {
                iss: &issuer,
                sub: subject,
                aud: &client.id,
                nonce: grant.nonce.as_deref(),
                auth_time: grant.authenticated_at / 1000,
                acr: acr(&methods),
                amr: amr(&methods),
                at_hash: at_hash(&access_token),
            };
            Some(sign(cx, settings, "JWT", claims).await?)
        }
        false => None,
    };
    Ok(Tokens {
        access_token,
        token_type: "Bearer",
        expires_in: settings.access_s,
        scope: scopes.to_string(),
        refresh_token,
        id_token,
    })
}

async fn sign<T: Serialize>(cx: &Cx, settings: &Settings, kind: &str, claims: T) -> Result<String, Problem> {
    let key = settings.keys.current().ok_or_else(|| Problem::from(Code::Unavailable).because("no signing key"))?;
    let mut claims = Claims::new(claims);
    claims.issued_at = Some(time::utc(cx.now_ms()));
    claims.expiration = Some(time::utc(cx.now_ms() + settings.access_s * 1000));
    jwt::sign(&cx.platform, key, kind, &claims).await
}

/// OpenID Connect Core 1.0 §3.1.3.6; the hash of Ed25519 is SHA-512.
fn at_hash(token: &str) -> String {
    let digest = Sha512::digest(token);
    Base64UrlUnpadded::encode_string(digest.get(..32).unwrap_or_default())
}

/// An access token of ours.
#[derive(Debug)]
pub struct Issued {
    /// What it says.
    pub claims: AppClaims,
    /// Seconds since 1970.
    pub issued_at: u64,
    /// Seconds since 1970.
    pub expires_at: u64,
}

/// Reads an access token of an app; `None` for every other text, whatever is wrong with it. Whether its grant lives
/// only the database knows.
pub async fn read(cx: &Cx, token: &str) -> Option<Issued> {
    let token = Some(token).filter(|token| token.len() <= LONGEST)?;
    let Signed { times, claims } = jwt::check::<AppClaims>(&cx.platform, &cx.config.keys, TOKEN_TYPE, token).await?;
    let own = claims.iss == issuer(cx).ok()?;
    // From the second it names on it is good for nothing (RFC 7519 §4.1.4).
    let lives = cx.now_ms() < times.exp.checked_mul(1000)?;
    (own && lives).then_some(Issued { claims, issued_at: times.iat, expires_at: times.exp })
}

/// A new refresh token: 256 random bits.
pub fn new_refresh(cx: &Cx) -> String {
    refresh_of(&cx.platform.random::<32>())
}

/// The successor of a refresh token: HMAC-SHA-256 of it, so that a retry gets the same one although only hashes are
/// stored. Another one than of a person's own session, whatever the token.
///
/// # Errors
/// 500 for a key that cannot be one, which `settings` refuses before.
pub fn successor(settings: &Settings, token: &str) -> Result<String, Problem> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&settings.refresh_key).map_err(Problem::internal)?;
    mac.update(b"oidc refresh\0");
    mac.update(token.as_bytes());
    Ok(refresh_of(&mac.finalize().into_bytes()))
}

fn refresh_of(bytes: &[u8]) -> String {
    format!("ort_{}", Base64UrlUnpadded::encode_string(bytes))
}

/// PKCE's `S256` of a verifier; `None` for what is no verifier (RFC 7636 §4.1).
pub fn challenge_of(verifier: &str) -> Option<String> {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let fits = (43..=128).contains(&verifier.len()) && verifier.bytes().all(letter);
    fits.then(|| Base64UrlUnpadded::encode_string(&Sha256::digest(verifier)))
}

#[cfg(test)]
mod tests {
    use super::{at_hash, challenge_of};

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge.as_deref(), Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert_eq!(challenge_of("short"), None);
        assert_eq!(challenge_of(&"x".repeat(129)), None);
        assert_eq!(challenge_of(&format!("{} ", "x".repeat(50))), None);
    }

    #[test]
    fn the_hash_of_a_token_is_half_a_sha_512() {
        assert_eq!(at_hash("x").len(), 43);
    }
}
