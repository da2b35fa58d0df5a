//! Apps that sign people in with us, as they are stored. Not here: what may be registered (`metadata`), and how an
//! app proves who it is (`client_auth`).

use serde::{Deserialize, Serialize};

use crate::scopes::Scopes;

/// Where an app runs (OpenID Connect Registration 1.0 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Application {
    /// On servers, or in a browser at an address of its own.
    Web,
    /// On a person's machine.
    Native,
}

impl Application {
    /// The name it is stored by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }
}

/// How an app proves who it is at the token endpoint (RFC 7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum AuthMethod {
    /// It cannot keep a secret: a public client.
    None,
    /// Its secret in `Authorization: Basic`.
    ClientSecretBasic,
    /// Its secret in the form.
    ClientSecretPost,
}

impl AuthMethod {
    /// The name it is stored by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }
}

/// How an app gets tokens (RFC 7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum GrantType {
    /// RFC 6749 §4.1, with PKCE always.
    #[serde(rename = "authorization_code")]
    AuthorizationCode,
    /// RFC 6749 §6.
    #[serde(rename = "refresh_token")]
    RefreshToken,
    /// RFC 6749 §4.4.
    #[serde(rename = "client_credentials")]
    ClientCredentials,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// The grant with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name)
    }
}

/// An app as stored.
#[derive(Clone, Debug, Deserialize)]
pub struct ClientRow {
    /// `cli_…`.
    pub id: String,
    /// What people are told it is called.
    pub name: String,
    /// Lower-hex SHA-256; `None`: a public client.
    pub secret_hash: Option<String>,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
    /// Where it runs.
    pub application_type: Application,
    /// JSON array.
    pub redirect_uris: String,
    /// JSON array.
    pub grant_types: String,
    /// With spaces between.
    pub scopes: String,
    /// Its home page.
    pub client_uri: Option<String>,
    /// 1 when an administrator registered it.
    pub verified: u8,
    /// Milliseconds.
    pub created_at: u64,
}

impl ClientRow {
    /// Where it may have the browser sent back to.
    pub fn redirect_uris(&self) -> Vec<String> {
        shared::json::read(&self.redirect_uris).unwrap_or_default()
    }

    /// How it may get tokens.
    pub fn grant_types(&self) -> Vec<GrantType> {
        shared::json::read(&self.grant_types).unwrap_or_default()
    }

    /// Whether it may get tokens in this way.
    pub fn may(&self, grant: GrantType) -> bool {
        self.grant_types().contains(&grant)
    }

    /// What it may ask for.
    pub fn scopes(&self) -> Scopes {
        Scopes::stored(&self.scopes)
    }

    /// Whether an administrator registered it.
    pub const fn is_verified(&self) -> bool {
        self.verified != 0
    }

    /// Whether it cannot keep a secret.
    pub fn is_public(&self) -> bool {
        self.auth_method == AuthMethod::None
    }
}
