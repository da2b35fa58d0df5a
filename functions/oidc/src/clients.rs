//! Apps, as administrators register and change them. A secret is shown once. Not here: apps that register themselves
//! (`registration`).

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use shared::accounts::events::Kind;
use shared::accounts::store::SessionId;
use shared::accounts::{settings, tokens};
use shared::auth::{Caller, leave_hints};
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};
use shared::time;

use crate::client::{Application, AuthMethod, ClientRow, GrantType};
use crate::client_store::{self as store, NewClient};
use crate::metadata::{Metadata, Misfit};

/// `POST /v1/oauth/clients` and `PUT /v1/oauth/clients/{id}`: all that is known of an app.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ClientWish {
    /// What people are told it is called: 1 to 100 characters on one line.
    pub client_name: Option<String>,
    /// Where it may have the browser sent back to; compared letter by letter.
    pub redirect_uris: Vec<String>,
    /// How it gets tokens; `authorization_code` and `refresh_token` unless named.
    pub grant_types: Option<Vec<GrantType>>,
    /// How it proves who it is; `client_secret_basic` unless named.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// Where it runs; `web` unless named.
    pub application_type: Option<Application>,
    /// What it may ask for, with spaces between; `openid profile email offline_access` unless named.
    pub scope: Option<String>,
    /// Its home page, https.
    pub client_uri: Option<String>,
}

impl From<ClientWish> for Metadata {
    fn from(wish: ClientWish) -> Self {
        Self {
            client_name: wish.client_name,
            redirect_uris: wish.redirect_uris,
            grant_types: wish.grant_types,
            response_types: None,
            token_endpoint_auth_method: wish.token_endpoint_auth_method,
            application_type: wish.application_type,
            scope: wish.scope,
            client_uri: wish.client_uri,
        }
    }
}

/// An app that signs people in with us.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Client {
    /// `cli_…`: its `client_id`.
    pub id: String,
    /// What people are told it is called.
    pub client_name: String,
    /// Where it may have the browser sent back to.
    pub redirect_uris: Vec<String>,
    /// How it gets tokens.
    pub grant_types: Vec<GrantType>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: AuthMethod,
    /// Where it runs.
    pub application_type: Application,
    /// What it may ask for, with spaces between.
    pub scope: String,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Whether an administrator registered or changed it; people are warned of others.
    pub verified: bool,
    /// RFC 3339.
    pub created_at: String,
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        Self {
            redirect_uris: row.redirect_uris(),
            grant_types: row.grant_types(),
            verified: row.is_verified(),
            id: row.id,
            client_name: row.name,
            token_endpoint_auth_method: row.auth_method,
            application_type: row.application_type,
            scope: row.scopes,
            client_uri: row.client_uri,
            created_at: time::rfc3339(row.created_at),
        }
    }
}

/// An app with a secret that was just made.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ClientWithSecret {
    /// The app.
    pub client: Client,
    /// Its secret, shown this once; null for a public client, or when it stays as it was.
    pub client_secret: Option<String>,
}

/// A new secret: 256 random bits.
pub fn new_secret(cx: &Cx) -> String {
    format!("ocs_{}", Base64UrlUnpadded::encode_string(&cx.platform.random::<32>()))
}

fn invalid(misfit: Misfit) -> Problem {
    Problem::invalid(misfit.pointer, "invalid", misfit.detail)
}

/// `POST /v1/oauth/clients`: registers an app. Its secret is in this reply and nowhere else.
///
/// # Errors
/// 422 for what cannot be registered.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<ClientWish>) -> Result<ClientWithSecret, Problem> {
    let registered = Metadata::from(wish).check().map_err(invalid)?;
    let id = cx.new_id("cli");
    let secret = (registered.auth_method != AuthMethod::None).then(|| new_secret(cx));
    let secret_hash = secret.as_deref().map(tokens::hash);
    let new = NewClient {
        id: &id,
        registered: &registered,
        secret_hash: secret_hash.as_deref(),
        verified: true,
        now: cx.now_ms(),
    };
    let added = store::add(&new).map_err(Problem::internal)?;
    let noted = store::noted(cx, Kind::AppRegistered, caller.user_id(), &id);
    let mut rows = cx.platform.db().batch(vec![added, noted, store::client(&id)]).await?;
    let row = rows.take::<ClientRow>(2)?.into_iter().next().ok_or(Code::NotFound)?;
    Ok(ClientWithSecret { client: row.into(), client_secret: secret })
}

/// `GET /v1/oauth/clients`: every app, newest first; those that registered themselves, too.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<PageQuery>) -> Result<Page<Client>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let rows: Vec<ClientRow> = cx.platform.db().all(store::clients(before.as_deref(), query.limit.to_read())).await?;
    page::page(cx, query.limit, rows, |row| row.id.clone(), Client::from)
}

/// `GET /v1/oauth/clients/{id}`.
///
/// # Errors
/// 404 for no app.
pub async fn read(cx: &Cx, Path(id): Path) -> Result<Client, Problem> {
    let row: Option<ClientRow> = cx.platform.db().first(store::client(&id)).await?;
    row.map(Client::from).ok_or_else(|| Code::NotFound.into())
}

/// `PUT /v1/oauth/clients/{id}`: replaces what is known of an app, and counts it as looked at. Its secret stays; one
/// that was a public client and is no more gets one.
///
/// # Errors
/// 404 for no app, 422 for what cannot be registered.
pub async fn change(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(wish): Json<ClientWish>,
) -> Result<ClientWithSecret, Problem> {
    let before: Option<ClientRow> = cx.platform.db().first(store::client(&id)).await?;
    let before = before.ok_or(Code::NotFound)?;
    let registered = Metadata::from(wish).check().map_err(invalid)?;
    let needs = registered.auth_method != AuthMethod::None;
    let secret = (needs && before.secret_hash.is_none()).then(|| new_secret(cx));
    let secret_hash = secret.as_deref().map(tokens::hash);
    let changed = store::change(&id, &registered, secret_hash.as_deref()).map_err(Problem::internal)?;
    let noted = store::noted(cx, Kind::AppChanged, caller.user_id(), &id);
    let mut rows = cx.platform.db().batch(vec![changed, noted, store::client(&id)]).await?;
    let row = rows.take::<ClientRow>(2)?.into_iter().next().ok_or(Code::NotFound)?;
    Ok(ClientWithSecret { client: row.into(), client_secret: secret })
}

/// `POST /v1/oauth/clients/{id}/secret`: another secret in the place of the one there is, at once. What the app was
/// allowed goes on.
///
/// # Errors
/// 404 for no app, 422 for a public client.
pub async fn renew_secret(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<ClientWithSecret, Problem> {
    let secret = new_secret(cx);
    let noted = store::noted(cx, Kind::AppChanged, caller.user_id(), &id);
    let batch = vec![store::set_secret(&id, &tokens::hash(&secret)), store::client(&id), noted];
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<ClientRow>(1)?.into_iter().next().ok_or(Code::NotFound)?;
    if rows.take::<One>(0)?.is_empty() {
        return Err(Problem::invalid("", "public", "is a public client, which has no secret"));
    }
    Ok(ClientWithSecret { client: row.into(), client_secret: Some(secret) })
}

/// `DELETE /v1/oauth/clients/{id}`: removes an app; everything it was allowed ends.
///
/// # Errors
/// 404 for no app.
pub async fn remove(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    let mut batch = vec![store::noted(cx, Kind::AppRemoved, caller.user_id(), &id)];
    batch.extend(store::remove(&id));
    let mut rows = cx.platform.db().batch(batch).await?;
    let ended: Vec<SessionId> = rows.take(1)?;
    if rows.take::<One>(2)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    tell_kv(cx, ended);
    Ok(())
}

/// Leaves hints that grants have ended, for rows that do not ask D1.
pub(crate) fn tell_kv(cx: &Cx, ended: Vec<SessionId>) {
    let access_s = settings(cx).map_or(600, |settings| settings.access_s);
    leave_hints(cx, ended.into_iter().map(|grant| grant.id).collect(), access_s);
}
