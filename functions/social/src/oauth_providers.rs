//! The services one can sign in with: what is known of them is data, and which of them a deployment uses is
//! configuration. No request can name an issuer or a URL. Not here: talking to them.

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::cx::Cx;
use shared::problem::{Code, Problem};
use shared::secret::Secret;

const KNOWN: &str = include_str!("../data/providers.json");

/// How a service tells who somebody is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// By a signed `id_token` (OpenID Connect Core 1.0), found by discovery.
    #[default]
    Oidc,
    /// By asking GitHub's API, which knows no `id_token`.
    Github,
}

/// How the client proves itself at the token endpoint (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// In the body.
    #[default]
    Post,
    /// In `Authorization: Basic`.
    Basic,
}

/// A key that signs the client's secret anew for each exchange, as Apple wants it (ES256).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientKey {
    /// `iss` of the secret: the team.
    pub team_id: String,
    /// `kid` of its header.
    pub key_id: String,
    /// The private key: PKCS #8 in PEM, as it was downloaded, or its base64.
    pub private_key: Secret,
}

/// A service, with what this deployment is to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name in paths and in the database.
    pub id: String,
    /// The name for people.
    #[serde(default)]
    pub name: String,
    /// How it tells who somebody is.
    #[serde(default)]
    pub kind: Kind,
    /// `iss`, to the letter.
    pub issuer: String,
    /// The API's origin, where it is not the issuer's.
    #[serde(default)]
    pub api: String,
    /// What is asked for, with spaces between.
    pub scopes: String,
    /// How the answer comes back; none: in the query.
    #[serde(default)]
    pub response_mode: Option<String>,
    /// Whether its word that an address is verified is believed.
    #[serde(default)]
    pub verifies_email: bool,
    /// This deployment's name there.
    pub client_id: String,
    /// And its secret.
    #[serde(default)]
    pub client_secret: Option<Secret>,
    /// Or the key that makes one.
    #[serde(default)]
    pub client_key: Option<ClientKey>,
    /// How it is shown.
    #[serde(default)]
    pub client_auth: ClientAuth,
}

/// The provider of this name.
///
/// # Errors
/// 404 for one that is not configured, 503 when the setting cannot be used.
pub fn named(cx: &Cx, id: &str) -> Result<Provider, Problem> {
    let unusable = |cause: String| Problem::from(Code::Unavailable).because(format!("OAUTH_PROVIDERS: {cause}"));
    let local = cx.config.is_local();
    let provider = match (cx.platform.var("OAUTH_PROVIDERS"), cx.platform.var("SIMULATOR_URL")) {
        (Some(text), _) => find(&text, id).map_err(unusable)?,
        (None, Some(url)) if local => simulated(&url).filter(|provider| provider.id == id),
        (None, _) => None,
    };
    let provider = provider.ok_or(Code::NotFound)?;
    let secure = |url: &str| url.starts_with("https://") || (local && url.starts_with("http://"));
    if secure(&provider.issuer) && (provider.api.is_empty() || secure(&provider.api)) {
        Ok(provider)
    } else {
        Err(unusable(format!("{id} is not https")))
    }
}

/// One of `[{"id": "google", "client_id": "…", …}]`: what is set wins over what is known of it.
///
/// # Errors
/// What is wrong, without values.
pub fn find(configured: &str, id: &str) -> Result<Option<Provider>, String> {
    let list = |text: &str| shared::json::read::<Vec<Map<String, Value>>>(text).map_err(|_| "no list of objects");
    let by_id =
        |list: Vec<Map<String, Value>>| list.into_iter().find(|one| one.get("id").and_then(Value::as_str) == Some(id));
    let Some(own) = by_id(list(configured)?) else { return Ok(None) };
    let mut whole = by_id(list(KNOWN)?).unwrap_or_else(|| {
        let usual = [("scopes", "openid email profile")];
        usual.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
    });
    whole.extend(own);
    // The message names members and never a value.
    serde_json::from_value(Value::Object(whole))
        .map(Some)
        .map_err(|_| format!("{id} lacks a member, or has an unknown one"))
}

/// The issuer that `tests/simulator` has, for local stacks that configure none.
fn simulated(url: &str) -> Option<Provider> {
    let own = format!(
        r#"[{{"id":"simulated","name":"Simulated","issuer":"{url}/issuer","client_id":"selvage",
        "client_secret":"simulated-client-secret","verifies_email":true}}]"#
    );
    find(&own, "simulated").ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::{ClientAuth, Kind, find};

    #[test]
    fn what_is_known_of_a_provider_needs_no_configuration() {
        let google = find(r#"[{"id":"google","client_id":"c","client_secret":"s"}]"#, "google").unwrap().unwrap();
        assert_eq!((google.issuer.as_str(), google.kind), ("https://accounts.google.com", Kind::Oidc));
        let github = find(r#"[{"id":"github","client_id":"c"}]"#, "github").unwrap().unwrap();
        assert_eq!((github.kind, github.client_auth), (Kind::Github, ClientAuth::Post));
    }

    #[test]
    fn another_issuer_is_believed_about_addresses_only_when_told_so() {
        let own = r#"[{"id":"own","issuer":"https://id.example","client_id":"c"}]"#;
        assert!(!find(own, "own").unwrap().unwrap().verifies_email);
    }

    #[test]
    fn only_configured_providers_exist_and_mistakes_are_told() {
        assert!(find("[]", "google").unwrap().is_none());
        for broken in ["{", "{}", r#"[{"id":"own"}]"#, r#"[{"id":"google","client_id":"c","clientsecret":"s"}]"#] {
            let id = if broken.contains("own") { "own" } else { "google" };
            assert!(find(broken, id).is_err(), "{broken}");
        }
    }
}
