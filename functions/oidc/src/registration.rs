//! Apps that register themselves (RFC 7591), where `OIDC_REGISTRATION` allows it: `open` to anyone, `admin` with the
//! access token of an administrator, or not at all. Such apps are never verified, and people are told so.

use serde::Serialize;
use shared::accounts::events::Kind;
use shared::accounts::tokens;
use shared::auth;
use shared::cx::Cx;
use shared::extract::Json;
use shared::problem::{Code, Problem};
use shared::route::{Method, Row};

use crate::client::{Application, AuthMethod, GrantType};
use crate::client_store::{self as store, NewClient};
use crate::clients::new_secret;
use crate::metadata::Metadata;
use crate::refusal::refused;

/// Who may register an app by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Nobody; the endpoint does not exist.
    Off,
    /// Who has the access token of an administrator (RFC 7591 §3, an initial access token).
    Admin,
    /// Anyone.
    Open,
}

impl Registration {
    /// `OIDC_REGISTRATION`; what is missing or unknown means off.
    pub fn of(cx: &Cx) -> Self {
        match cx.platform.var("OIDC_REGISTRATION").as_deref() {
            Some("open") => Self::Open,
            Some("admin") => Self::Admin,
            _ => Self::Off,
        }
    }
}

/// What a registered app is told (RFC 7591 §3.2.1).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RegisteredClient {
    /// `cli_…`.
    pub client_id: String,
    /// Seconds since 1970.
    pub client_id_issued_at: u64,
    /// Its secret, shown this once; not there for a public client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// 0: it does not expire. Not there for a public client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret_expires_at: Option<u64>,
    /// What people are told it is called.
    pub client_name: String,
    /// Where it may have the browser sent back to.
    pub redirect_uris: Vec<String>,
    /// How it gets tokens.
    pub grant_types: Vec<GrantType>,
    /// `code`.
    pub response_types: Vec<&'static str>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: AuthMethod,
    /// Where it runs.
    pub application_type: Application,
    /// What it may ask for, with spaces between.
    pub scope: String,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
}

/// `POST /oauth/register`. Members that are not known are ignored (RFC 7591 §2). There is no way to change an app by
/// itself later: it registers anew.
///
/// # Errors
/// 404 where registration is off, 401 and 403 where it is for administrators, 400 for what cannot be registered.
pub async fn create(cx: &Cx, Json(metadata): Json<Metadata>) -> Result<RegisteredClient, Problem> {
    match Registration::of(cx) {
        Registration::Off => return Err(Code::NotFound.into()),
        Registration::Admin => auth::pass(cx, administrators()?).await?,
        Registration::Open => {}
    }
    let known = metadata.check().map_err(|misfit| {
        refused(misfit.error, format!("{} {}.", misfit.pointer.trim_start_matches('/'), misfit.detail))
    })?;
    let id = cx.new_id("cli");
    let secret = (known.auth_method != AuthMethod::None).then(|| new_secret(cx));
    let secret_hash = secret.as_deref().map(tokens::hash);
    let (now, caller) = (cx.now_ms(), cx.caller());
    let new = NewClient { id: &id, registered: &known, secret_hash: secret_hash.as_deref(), verified: false, now };
    let mut batch = vec![store::add(&new).map_err(Problem::internal)?];
    batch.extend(caller.iter().map(|admin| store::noted(cx, Kind::AppRegistered, admin.user_id(), &id)));
    cx.platform.db().batch(batch).await?;
    Ok(RegisteredClient {
        client_id: id,
        client_id_issued_at: now / 1000,
        client_secret_expires_at: secret.is_some().then_some(0),
        client_secret: secret,
        client_name: known.name,
        redirect_uris: known.redirect_uris,
        grant_types: known.grant_types,
        response_types: vec!["code"],
        token_endpoint_auth_method: known.auth_method,
        application_type: known.application,
        scope: known.scopes.to_string(),
        client_uri: known.client_uri,
    })
}

/// The row that administrators register apps by: whoever it lets in may do so here.
fn administrators() -> Result<&'static Row, Problem> {
    let is_it = |row: &&Row| row.method == Method::Post && row.path == "/v1/oauth/clients";
    crate::TABLE.rows.iter().find(is_it).ok_or_else(|| Problem::internal("the row of administrators is gone"))
}
