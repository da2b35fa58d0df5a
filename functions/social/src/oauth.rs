//! Signing in with another service: begin, come back, complete.

use serde::Deserialize;
use shared::accounts::settings;
use shared::accounts::sign_in::{self, SignIn};
use shared::accounts::tokens::hash;
use shared::cx::Cx;
use shared::extract::{JSON_LIMIT, Json, Path, Query, read_body};
use shared::problem::{Code, Problem};
use shared::reply::Reply;

use crate::oauth_exchange::form_of;
use crate::oauth_model::{CallbackQuery, OauthAnswer, OauthBegun, OauthStart};
use crate::{oauth_accounts, oauth_flow, oauth_store as store};

/// `POST /v1/auth/oauth/{provider}`. Says where to send the browser, and gives the binding that only this client
/// gets to know: without it nobody can complete the sign-in, and so nobody can be made to complete another
/// person's.
///
/// # Errors
/// 404 for a provider that is not configured, 422 for a page that is not allowed, 502 and 504 when the provider
/// fails.
pub async fn begin(cx: &Cx, Path(provider): Path, Json(start): Json<OauthStart>) -> Result<OauthBegun, Problem> {
    oauth_flow::begin(cx, &provider, &start.redirect_to, None).await
}

#[derive(Deserialize)]
struct WhereTo {
    redirect_to: String,
}

/// `GET /v1/auth/oauth/{provider}/callback`. Where the provider sends the browser: it goes on to the page that the
/// client named when it began, with what the provider said behind `#`. Nothing is signed in and nothing used up
/// by it.
///
/// # Errors
/// 401 for a state that is unknown, used, expired or another provider's.
pub async fn pass_on(cx: &Cx, Path(provider): Path, Query(said): Query<CallbackQuery>) -> Result<Reply, Problem> {
    go_on(cx, &provider, &said).await
}

/// `POST /v1/auth/oauth/{provider}/callback`. As `GET`, for providers that answer with a form, such as Apple.
///
/// # Errors
/// 401 for a state that is unknown, used, expired or another provider's; 422 for what is no form.
pub async fn pass_form_on(cx: &Cx, Path(provider): Path) -> Result<Reply, Problem> {
    let body = read_body(cx, JSON_LIMIT).await?;
    let said = CallbackQuery::of_form(&body)?;
    go_on(cx, &provider, &said).await
}

async fn go_on(cx: &Cx, provider: &str, said: &CallbackQuery) -> Result<Reply, Problem> {
    let statement = store::where_to(&hash(&said.state), provider, cx.now_ms());
    let found: Option<WhereTo> = cx.platform.db().first(statement).await?;
    let page = found.ok_or(Code::CodeRefused)?.redirect_to;
    let mut parts = vec![("state", said.state.as_str())];
    let others = [("code", &said.code), ("iss", &said.iss), ("error", &said.error)];
    parts.extend(others.iter().filter_map(|(name, value)| value.as_deref().map(|value| (*name, value))));
    Ok(Reply::empty(303).header("Location", format!("{page}#{}", form_of(&parts))))
}

/// `POST /v1/auth/oauth/complete`. Exchanges the code and signs in.
///
/// # Errors
/// 401 for a state, binding, code, issuer or token that is not of this sign-in, 403 for a suspended account, 502
/// and 504 when the provider fails.
pub async fn complete(cx: &Cx, Json(answer): Json<OauthAnswer>) -> Result<SignIn, Problem> {
    let settings = settings(cx)?;
    let (provider, told) = oauth_flow::finish(cx, &answer, None).await?;
    let (user, also) = oauth_accounts::enter(cx, &provider, &told).await?;
    sign_in::may_sign_in(&settings, &user)?;
    sign_in::begin(cx, &settings, &user, &provider.id, also).await
}
