//! What an access token says, and who is calling with it or with an API key.

use serde::{Deserialize, Serialize};

use super::scope::Scope;

/// Who really acts, where it is not the token's subject (RFC 8693 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The administrator's id, `usr_…`.
    pub sub: String,
}

/// The claims of an access token, beside `iat` and `exp` (RFC 7519 §4.1, RFC 9068 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The deployment that issued it.
    pub iss: String,
    /// Who it is for: the same deployment.
    pub aud: String,
    /// The user's id, `usr_…`.
    pub sub: String,
    /// The user's address when the token was made; empty for an account without one, and in tokens of apps.
    pub email: String,
    /// The user's roles when the token was made; none in tokens of apps.
    pub roles: Vec<String>,
    /// The scopes of rows that the roles open, `use:ai`; `*:*` for all. Not what the user may do in organisations:
    /// that is asked of the database. In tokens of apps the scopes that open rows here.
    pub permissions: Vec<String>,
    /// The token's own id.
    pub jti: String,
    /// The session it belongs to, `ses_…`; of an app's token the grant, `grt_…`.
    pub sid: String,
    /// The user's epoch when the token was made: it grows when rights are taken away.
    pub epoch: u64,
    /// The administrator who acts in the user's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

/// A signed-in caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token's claims.
    pub claims: AccessClaims,
    /// When the token or key ends, milliseconds since 1970.
    pub expires_ms: u64,
    /// The API key, where the caller came with one instead of an access token, or the grant of an app.
    pub key: Option<Key>,
    /// Whether a job of theirs calls, which they need not be there for.
    pub errand: bool,
}

/// The API key a caller came with, or what a person allowed the app that calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `key_…`, or `grt_…` of an app's grant.
    pub id: String,
    /// What it is allowed.
    pub scopes: Vec<Scope>,
    /// The models it opens; `None`: all.
    pub models: Option<Vec<String>>,
    /// Its limits in JSON (`budget::Limits`), as its row had them; `None`: it never had any.
    pub limits: Option<String>,
    /// The organisation that pays for its calls; `None`: its owner does.
    pub organisation_id: Option<String>,
}

impl Caller {
    /// The user's id.
    pub fn user_id(&self) -> &str {
        &self.claims.sub
    }

    /// Who really acts: an administrator in the user's place, or the user.
    pub fn actor_id(&self) -> &str {
        self.claims.act.as_ref().map_or(self.user_id(), |actor| actor.sub.as_str())
    }

    /// The organisation that pays: that of the key, or the person alone, who is an organisation of one.
    pub fn org_id(&self) -> &str {
        let paying = self.key.as_ref().and_then(|key| key.organisation_id.as_deref());
        paying.unwrap_or(&self.claims.sub)
    }

    /// The API key's id, when the caller came with one; the grant's, when the caller is an app.
    pub fn key_id(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.id.as_str())
    }
}
