//! GitHub, which is OAuth without OpenID Connect: who somebody is stands in its API. Only the primary address is
//! looked at, and only when GitHub has verified it.

use serde::Deserialize;
use shared::accounts::remote::Question;
use shared::cx::Cx;
use shared::problem::Problem;

use crate::linking;
use crate::oauth_exchange::Told;
use crate::oauth_providers::Provider;
use crate::oidc::Description;

#[derive(Deserialize)]
struct User {
    /// Never given to anybody else, unlike the login.
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// Its endpoints, which no document tells.
pub(crate) fn description(provider: &Provider) -> Description {
    let issuer = provider.issuer.trim_end_matches('/');
    Description {
        authorization_endpoint: format!("{issuer}/login/oauth/authorize"),
        token_endpoint: format!("{issuer}/login/oauth/access_token"),
        ..Description::default()
    }
}

/// Who the access token is of.
///
/// # Errors
/// 502 and 504 when GitHub fails.
pub(crate) async fn told(cx: &Cx, provider: &Provider, access_token: &str) -> Result<Told, Problem> {
    let authorization = format!("Bearer {access_token}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("accept", "application/vnd.github+json"),
        // GitHub refuses calls without one.
        ("user-agent", "selvage"),
    ];
    let (me, addresses) = (format!("{}/user", provider.api), format!("{}/user/emails", provider.api));
    let ask = |url| Question { service: &provider.id, method: "GET", url, headers: &headers, body: None };
    let user: User = ask(&me).json(cx).await?;
    let all: Vec<Address> = ask(&addresses).json(cx).await?;
    let primary = all.iter().find(|address| address.primary);
    let email = primary.and_then(|one| linking::counts(Some(&one.email), one.verified, provider.verifies_email));
    Ok(Told::new(user.id.to_string(), email, Some(&user.login), user.name.as_deref()))
}
