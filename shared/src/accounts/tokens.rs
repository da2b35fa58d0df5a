//! Making tokens: the signed access token, and refresh tokens of which only hashes are kept.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use jwt_compact::Claims;
use sha2::{Digest, Sha256};

use super::{Settings, TokenReply, User, UserRow};
use crate::auth::{AccessClaims, Actor, Scope, TOKEN_TYPE, jwt};
use crate::cx::Cx;
use crate::problem::{Code, Problem};
use crate::time;

/// A new refresh token: 256 random bits.
pub fn new_refresh(cx: &Cx) -> String {
    refresh_of(&cx.platform.random::<32>())
}

/// A new token of a sign-in that waits for its second factor: 256 random bits.
pub fn new_pending(cx: &Cx) -> String {
    format!("pt_{}", Base64UrlUnpadded::encode_string(&cx.platform.random::<32>()))
}

fn refresh_of(bytes: &[u8]) -> String {
    format!("rt_{}", Base64UrlUnpadded::encode_string(bytes))
}

/// The successor of a refresh token: HMAC-SHA-256 of it, so that a retry gets the same one
/// although only hashes are stored.
pub fn successor(settings: &Settings, token: &str) -> Result<String, Problem> {
    successor_by(&settings.refresh_key, token)
}

/// The successors of a refresh token under every key, the current one first: one of them was given, if the token was
/// used while an older key was the current one.
///
/// # Errors
/// As `successor`.
pub fn successors(settings: &Settings, token: &str) -> Result<Vec<String>, Problem> {
    let keys = std::iter::once(&settings.refresh_key).chain(&settings.older_refresh_keys);
    keys.map(|key| successor_by(key, token)).collect()
}

fn successor_by(key: &[u8], token: &str) -> Result<String, Problem> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Problem::internal)?;
    mac.update(token.as_bytes());
    Ok(refresh_of(&mac.finalize().into_bytes()))
}

/// What is stored of a one-time value: lower-hex SHA-256. The values have 256 random bits,
/// so no salt and no slow hash is needed.
pub fn hash(token: &str) -> String {
    let mut text = String::with_capacity(64);
    crate::trace::push_hex(&mut text, &Sha256::digest(token));
    text
}

/// The reply that signs `row`'s user in to a session.
pub async fn reply(
    cx: &Cx,
    settings: &Settings,
    row: &UserRow,
    session: &str,
    refresh_token: String,
) -> Result<TokenReply, Problem> {
    Ok(TokenReply {
        user: user(row),
        access_token: access(cx, settings, row, session, &Own { actor: None, seconds: settings.access_s }).await?,
        token_type: "Bearer",
        expires_in: settings.access_s,
        refresh_token,
        refresh_expires_in: settings.refresh_s,
    })
}

/// The user as the owner sees it.
pub fn user(row: &UserRow) -> User {
    User {
        id: row.id.clone(),
        email: row.address().map(str::to_owned),
        name: row.name.clone(),
        roles: row.roles(),
        created_at: time::rfc3339(row.created_at),
    }
}

/// An access token for an administrator who acts in this session as its user, for `seconds`; there is no refresh
/// token with it.
///
/// # Errors
/// 503 without a signing key.
pub async fn in_place_of(
    cx: &Cx,
    settings: &Settings,
    row: &UserRow,
    session: &str,
    actor: &str,
    seconds: u64,
) -> Result<String, Problem> {
    access(cx, settings, row, session, &Own { actor: Some(actor), seconds }).await
}

/// What differs from one access token of a session to another.
struct Own<'a> {
    /// Who acts, where it is not the user.
    actor: Option<&'a str>,
    /// The token's life.
    seconds: u64,
}

async fn access(cx: &Cx, settings: &Settings, row: &UserRow, session: &str, own: &Own<'_>) -> Result<String, Problem> {
    let key = settings.keys.current().ok_or_else(|| Problem::from(Code::Unavailable).because("no signing key"))?;
    let roles = row.roles();
    let claims = AccessClaims {
        iss: cx.config.issuer.clone(),
        aud: cx.config.issuer.clone(),
        sub: row.id.clone(),
        email: row.address().unwrap_or_default().to_owned(),
        permissions: permissions(&roles, &settings.guest_scopes),
        roles,
        jti: cx.new_id("tok"),
        sid: session.to_owned(),
        epoch: row.epoch,
        act: own.actor.map(|id| Actor { sub: id.to_owned() }),
    };
    let mut claims = Claims::new(claims);
    claims.issued_at = Some(time::utc(cx.now_ms()));
    claims.expiration = Some(time::utc(cx.now_ms() + own.seconds * 1000));
    jwt::sign(&cx.platform, key, TOKEN_TYPE, &claims).await
}

/// The role of people without an address who were let in all the same.
pub const GUEST: &str = "guest";

/// The scopes that roles open. A guest's are the deployment's choice, `guest_scopes` with commas between: anybody
/// makes as many guests as they like, and each has a budget.
pub fn permissions(roles: &[String], guest_scopes: &str) -> Vec<String> {
    let has = |wanted: &str| roles.iter().any(|role| role == wanted);
    let of = |scopes: &mut dyn Iterator<Item = Scope>| scopes.map(|scope| scope.as_str().to_owned()).collect();
    if has("admin") {
        vec!["*:*".to_owned()]
    } else if has(GUEST) {
        let open = |scope: &Scope| guest_scopes.split(',').any(|name| name.trim() == scope.as_str());
        of(&mut Scope::ALL.into_iter().filter(open))
    } else {
        of(&mut Scope::ALL.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::permissions;

    #[test]
    fn a_guest_opens_what_the_deployment_says_and_others_everything() {
        let check = |roles: &[&str], guests: &str, wanted: &[&str]| {
            let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
            assert_eq!(permissions(&roles, guests), wanted);
        };
        check(&[], "", &["use:ai", "read:usage", "use:files"]);
        check(&["support"], "use:ai", &["use:ai", "read:usage", "use:files"]);
        check(&["admin", "guest"], "", &["*:*"]);
        check(&["guest"], "", &[]);
        check(&["guest"], "read:usage, use:everything", &["read:usage"]);
    }
}
