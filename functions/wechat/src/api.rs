//! What WeChat is asked, and what its answers mean. `session_key` is not even read: nothing here decrypts
//! what a mini-program sends, so it never leaves WeChat's reply.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::accounts::OneTimeCode;
use shared::accounts::remote::Question;
use shared::cx::Cx;
use shared::problem::{Code, Problem};

use crate::apps::{App, Apps};

/// What every answer of WeChat may hold. Without `errcode` it is a success.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// 0 is a success.
    pub errcode: i64,
    /// For people, and for the log.
    pub errmsg: String,
}

/// What an `errcode` means to a client (developers.weixin.qq.com, "auth.code2Session" and "getPhoneNumber").
///
/// # Errors
/// 401 for a code that is invalid, used or expired, 429 and 503 with `Retry-After`, 403 for a person whom
/// WeChat has blocked, 502 for everything else.
pub fn judge(verdict: &Verdict) -> Result<(), Problem> {
    let problem: Problem = match verdict.errcode {
        0 => return Ok(()),
        40029 | 40163 | 41008 => Code::CodeRefused.into(),
        // A minute is what WeChat counts in.
        45009 | 45011 => Problem::from(Code::RateLimited).header("Retry-After", "60"),
        40226 => Code::ProviderBlocked.into(),
        -1 => Problem::from(Code::Unavailable).header("Retry-After", "1"),
        40013 | 40125 | 41002 | 41004 | 40001 | 40014 | 42001 => Code::UpstreamRefusedUs.into(),
        _ => Code::UpstreamFailed.into(),
    };
    Err(problem.because(format!("WeChat: {} {}", verdict.errcode, verdict.errmsg)))
}

/// A person, as one mini-program knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WechatPerson {
    /// Theirs in this app.
    pub openid: String,
    /// Theirs in all apps of one Open Platform account; `None` while the app belongs to none.
    pub union_id: Option<String>,
}

#[derive(Deserialize)]
struct CodeSession {
    #[serde(flatten)]
    verdict: Verdict,
    openid: Option<String>,
    unionid: Option<String>,
}

/// `jscode2session`: exchanges the code of `wx.login` for who it is.
///
/// # Errors
/// As `judge` and `ask`.
pub async fn person_of(cx: &Cx, apps: &Apps, app: &App, code: &OneTimeCode) -> Result<WechatPerson, Problem> {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let url = apps.url(&format!(
        "/sns/jscode2session?appid={}&secret={}&js_code={}&grant_type=authorization_code",
        encoded(&app.app_id),
        encoded(app.secret.expose()),
        encoded(code.as_str())
    ));
    let session: CodeSession = ask(cx, "GET", &url, None).await?;
    judge(&session.verdict)?;
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let openid = filled(session.openid)
        .ok_or_else(|| Problem::from(Code::UpstreamInvalid).because("WeChat: a session without an openid"))?;
    Ok(WechatPerson { openid, union_id: filled(session.unionid) })
}

/// Asks WeChat and reads its JSON.
///
/// # Errors
/// 504 when WeChat does not answer in time, 502 when it cannot be reached or read.
pub(crate) async fn ask<T: DeserializeOwned>(
    cx: &Cx,
    method: &str,
    url: &str,
    body: Option<&[u8]>,
) -> Result<T, Problem> {
    let headers = &[("content-type", "application/json"), ("accept", "application/json")];
    Question { service: "WeChat", method, url, headers, body }.json(cx).await
}
