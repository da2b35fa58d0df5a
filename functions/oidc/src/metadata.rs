//! What may be registered of an app (RFC 7591 §2), by an administrator or by the app itself. Pure.

use serde::Deserialize;

use crate::client::{Application, AuthMethod, GrantType};
use crate::redirect::registrable;
use crate::scopes::{Scopes, USUAL, is_personal};

/// Addresses an app has at most.
const MOST_REDIRECTS: usize = 20;

/// What an app says of itself. What is not named has the meaning of RFC 7591 §2.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Metadata {
    /// What people are told it is called: 1 to 100 characters on one line.
    pub client_name: Option<String>,
    /// Where it may have the browser sent back to; compared letter by letter.
    pub redirect_uris: Vec<String>,
    /// How it gets tokens; `authorization_code` and `refresh_token` unless named.
    pub grant_types: Option<Vec<GrantType>>,
    /// `code` alone.
    pub response_types: Option<Vec<String>>,
    /// How it proves who it is; `client_secret_basic` unless named.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// Where it runs; `web` unless named.
    pub application_type: Option<Application>,
    /// What it may ask for, with spaces between; `openid profile email offline_access` unless named.
    pub scope: Option<String>,
    /// Its home page, https.
    pub client_uri: Option<String>,
}

/// What an app is registered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// What people are told it is called.
    pub name: String,
    /// Where it may have the browser sent back to.
    pub redirect_uris: Vec<String>,
    /// How it gets tokens.
    pub grant_types: Vec<GrantType>,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
    /// Where it runs.
    pub application: Application,
    /// What it may ask for.
    pub scopes: Scopes,
    /// Its home page.
    pub client_uri: Option<String>,
}

/// Why an app cannot be registered so: the member, RFC 7591's error, and the rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Misfit {
    /// RFC 6901 pointer.
    pub pointer: String,
    /// RFC 7591 §3.2.2.
    pub error: &'static str,
    /// The rule.
    pub detail: &'static str,
}

fn misfit(pointer: &str, detail: &'static str) -> Misfit {
    Misfit { pointer: pointer.to_owned(), error: "invalid_client_metadata", detail }
}

impl Metadata {
    /// What the app is to be registered with.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(self) -> Result<Registered, Misfit> {
        let application = self.application_type.unwrap_or(Application::Web);
        let auth_method = self.token_endpoint_auth_method.unwrap_or(AuthMethod::ClientSecretBasic);
        let usual = || vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
        let mut grant_types = self.grant_types.unwrap_or_else(usual);
        grant_types.dedup();
        let with_code = grant_types.contains(&GrantType::AuthorizationCode);
        let types = self.response_types.unwrap_or_else(|| vec!["code".to_owned()]);
        if grant_types.is_empty() || grant_types.len() > GrantType::ALL.len() {
            return Err(misfit("/grant_types", "names no way to get tokens, or one twice"));
        }
        if types.iter().any(|kind| kind != "code") {
            return Err(misfit("/response_types", "must be code alone"));
        }
        if grant_types.contains(&GrantType::ClientCredentials) && auth_method == AuthMethod::None {
            return Err(misfit("/grant_types", "has client_credentials, which a public client has not"));
        }
        redirects(&self.redirect_uris, application, with_code)?;
        let scopes = self.scope.as_deref().unwrap_or(USUAL);
        Ok(Registered {
            name: name(self.client_name.as_deref())?,
            redirect_uris: self.redirect_uris,
            scopes: Scopes::read(scopes).map_err(|detail| misfit("/scope", detail))?,
            client_uri: page(self.client_uri)?,
            grant_types,
            auth_method,
            application,
        })
    }
}

fn redirects(uris: &[String], application: Application, with_code: bool) -> Result<(), Misfit> {
    let refused = |pointer: String, detail| Misfit { pointer, error: "invalid_redirect_uri", detail };
    if uris.len() > MOST_REDIRECTS {
        return Err(refused("/redirect_uris".to_owned(), "has more than 20 addresses"));
    }
    if with_code && uris.is_empty() {
        return Err(refused("/redirect_uris".to_owned(), "is missing"));
    }
    for (at, uri) in uris.iter().enumerate() {
        registrable(uri, application).map_err(|detail| refused(format!("/redirect_uris/{at}"), detail))?;
    }
    Ok(())
}

fn name(name: Option<&str>) -> Result<String, Misfit> {
    let name = name.unwrap_or_default().trim();
    // Letters that turn the direction of a text could make another name of it on the page that asks people.
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let fits = (1..=100).contains(&name.chars().count()) && !name.chars().any(|c| c.is_control() || turns(c));
    if fits { Ok(name.to_owned()) } else { Err(misfit("/client_name", "must have 1 to 100 characters, on one line")) }
}

fn page(uri: Option<String>) -> Result<Option<String>, Misfit> {
    let fits =
        uri.as_deref().is_none_or(|uri| uri.starts_with("https://") && registrable(uri, Application::Web).is_ok());
    if fits { Ok(uri) } else { Err(misfit("/client_uri", "is no https address")) }
}

/// Whether an app may have this scope in its own name.
pub fn is_own(scope: &str) -> bool {
    !is_personal(scope)
}

#[cfg(test)]
mod tests {
    use super::Metadata;
    use crate::client::{Application, AuthMethod, GrantType};

    fn metadata(json: &str) -> Metadata {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_not_named_has_the_usual_meaning() {
        let known = metadata(r#"{"client_name":" App ","redirect_uris":["https://a.example/cb"],"unknown":1}"#);
        let known = known.check().unwrap();
        assert_eq!((known.name.as_str(), known.application), ("App", Application::Web));
        assert_eq!(known.auth_method, AuthMethod::ClientSecretBasic);
        assert_eq!(known.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
        assert!(known.scopes.has("openid") && !known.scopes.has("use:ai"));
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        let check =
            |json: &str, pointer: &str| assert_eq!(metadata(json).check().unwrap_err().pointer, pointer, "{json}");
        check(r#"{"client_name":"A"}"#, "/redirect_uris");
        check(r#"{"redirect_uris":["https://a.example"]}"#, "/client_name");
        check(r#"{"client_name":"A\u202eB","redirect_uris":["https://a.example"]}"#, "/client_name");
        check(r#"{"client_name":"A","redirect_uris":["https://a.example","ftp://b"]}"#, "/redirect_uris/1");
        check(
            r#"{"client_name":"A","redirect_uris":["https://a.example"],"response_types":["token"]}"#,
            "/response_types",
        );
        check(r#"{"client_name":"A","redirect_uris":["https://a.example"],"grant_types":[]}"#, "/grant_types");
        check(r#"{"client_name":"A","redirect_uris":["https://a.example"],"scope":"\""}"#, "/scope");
        check(r#"{"client_name":"A","redirect_uris":["https://a.example"],"client_uri":"http://a"}"#, "/client_uri");
        let public = r#"{"client_name":"A","grant_types":["client_credentials"],"token_endpoint_auth_method":"none"}"#;
        check(public, "/grant_types");
    }
}
