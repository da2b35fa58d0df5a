//! The access token of a mini-program, which WeChat wants for calls about its users. Asked for at
//! `stable_token`: it gives the same token to everybody while that lives, so isolates do not end each other's.
//! Kept in the isolate; in KV, sealed, as a hint for other isolates. No answer is wrong without either.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use shared::cx::Cx;
use shared::problem::{Code, Problem};
use shared::vault;

use crate::api::{Verdict, ask, judge};
use crate::apps::{App, Apps};

/// A token is not used in its last minutes: a call under way must not see it end.
const MARGIN_MS: u64 = 300_000;

#[derive(Clone, Serialize, Deserialize)]
struct Token {
    text: String,
    until_ms: u64,
}

thread_local! {
    static KEPT: RefCell<Vec<(String, Token)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Serialize)]
struct Question<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
    force_refresh: bool,
}

#[derive(Deserialize)]
struct Granted {
    #[serde(flatten)]
    verdict: Verdict,
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

/// A token that lives, from wherever it is known.
///
/// # Errors
/// As `api::ask` and `judge`.
pub(crate) async fn current(cx: &Cx, apps: &Apps, app: &App) -> Result<String, Problem> {
    let lives = |token: &Token| token.until_ms > cx.now_ms();
    if let Some(token) = kept(&app.app_id).filter(lives) {
        return Ok(token.text);
    }
    if let Some(token) = hinted(cx, app).await.filter(lives) {
        keep(&app.app_id, &token);
        return Ok(token.text);
    }
    fetch(cx, apps, app, false).await
}

/// Another token than the one WeChat has just refused.
///
/// # Errors
/// As `current`.
pub(crate) async fn renewed(cx: &Cx, apps: &Apps, app: &App, refused: &str) -> Result<String, Problem> {
    let token = fetch(cx, apps, app, false).await?;
    // WeChat still gives what it refuses: only force helps, which it allows twenty times a day.
    if token == refused { fetch(cx, apps, app, true).await } else { Ok(token) }
}

async fn fetch(cx: &Cx, apps: &Apps, app: &App, force_refresh: bool) -> Result<String, Problem> {
    let secret = app.secret.expose();
    let question = Question { grant_type: "client_credential", appid: &app.app_id, secret, force_refresh };
    let body = serde_json::to_vec(&question).map_err(Problem::internal)?;
    let granted: Granted = ask(cx, "POST", &apps.url("/cgi-bin/stable_token"), Some(&body)).await?;
    judge(&granted.verdict)?;
    if granted.access_token.is_empty() {
        return Err(Problem::from(Code::UpstreamInvalid).because("WeChat: no access token"));
    }
    let lives_ms = granted.expires_in.saturating_mul(1000).saturating_sub(MARGIN_MS);
    let token = Token { text: granted.access_token, until_ms: cx.now_ms().saturating_add(lives_ms) };
    keep(&app.app_id, &token);
    hint(cx, app, &token, lives_ms / 1000).await;
    Ok(token.text)
}

fn kept(app_id: &str) -> Option<Token> {
    KEPT.with_borrow(|all| all.iter().find(|(id, _)| id == app_id).map(|(_, token)| token.clone()))
}

fn keep(app_id: &str, token: &Token) {
    // Each test on the host is an isolate of its own.
    if cfg!(target_arch = "wasm32") {
        KEPT.with_borrow_mut(|all| {
            all.retain(|(id, _)| id != app_id);
            all.push((app_id.to_owned(), token.clone()));
        });
    }
}

fn place(app: &App) -> String {
    format!("wechat-token:{}", app.app_id)
}

/// What an app's token is sealed for.
const PURPOSE: &[u8] = b"wechat access token";

async fn hinted(cx: &Cx, app: &App) -> Option<Token> {
    let sealed = cx.platform.kv().get(&place(app)).await.ok()??;
    let text = vault::open(cx, &[PURPOSE, app.app_id.as_bytes()], &sealed).await.ok()?;
    shared::json::read(&text).ok()
}

/// Leaves the token for other isolates; without `STORE_KEY` nothing is kept in KV.
async fn hint(cx: &Cx, app: &App, token: &Token, ttl_s: u64) {
    let Ok(text) = serde_json::to_string(token) else { return };
    let Ok(sealed) = vault::seal(cx, &[PURPOSE, app.app_id.as_bytes()], &text).await else { return };
    let (platform, place) = (cx.platform.background(), place(app));
    cx.platform.wait_until(async move {
        if let Err(cause) = platform.kv().put(&place, &sealed, ttl_s).await {
            shared::log::event("wechat", "warn", "access_token", "the hint in KV was not written", Some(&cause));
        }
    });
}
