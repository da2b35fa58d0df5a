//! The telephone number of a person, as WeChat has verified it.

use std::rc::Rc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use shared::accounts::events::{Kind, event};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Json;
use shared::problem::{Code, Problem};
use shared::time;

use crate::api::{Verdict, ask, judge};
use crate::apps::{App, Apps};
use crate::model::{PhoneCode, VerifiedPhone};
use crate::{access_token, store};

#[derive(Serialize)]
struct Question<'a> {
    code: &'a str,
}

#[derive(Deserialize)]
struct Told {
    #[serde(flatten)]
    verdict: Verdict,
    phone_info: Option<PhoneInfo>,
}

/// WeChat's own names; `phoneNumber` is left out, because it has no country code in China and one elsewhere.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhoneInfo {
    pure_phone_number: String,
    country_code: CountryCode,
    watermark: Watermark,
}

/// Seen as text and as a number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum CountryCode {
    Text(String),
    Number(u32),
}

#[derive(Debug, Deserialize)]
struct Watermark {
    appid: String,
}

/// `POST /v1/auth/wechat/phone`. Exchanges the code of the button `getPhoneNumber` for the number, which WeChat
/// has verified, and sets it as the caller's. It replaces an earlier one, and is no way to sign in.
///
/// # Errors
/// 401 for a code that is unknown, used or older than five minutes, 404 where WeChat is not set up, 429 when
/// WeChat counts too many, 502 and 504 when WeChat fails.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(request): Json<PhoneCode>) -> Result<VerifiedPhone, Problem> {
    let apps = Apps::read(cx)?;
    let app = apps.choose(request.app_id.as_deref())?;
    let told = phone_of(cx, &apps, app, request.code.as_str()).await?;
    let number = number(&told, app)?;
    let (user, now) = (caller.user_id(), cx.now_ms());
    let noted = event(cx, Kind::PhoneVerified, user, &[("source", "wechat")]);
    cx.platform.db().batch(vec![store::set_phone(user, &number, "wechat", now), noted]).await?;
    Ok(VerifiedPhone { phone_number: number, verified_at: time::rfc3339(now) })
}

async fn phone_of(cx: &Cx, apps: &Apps, app: &App, code: &str) -> Result<PhoneInfo, Problem> {
    let token = access_token::current(cx, apps, app).await?;
    let mut told = asked(cx, apps, &token, code).await?;
    // The token was ended early; WeChat judges it before it looks at the code, so the code is still good.
    if matches!(told.verdict.errcode, 40001 | 40014 | 42001) {
        let token = access_token::renewed(cx, apps, app, &token).await?;
        told = asked(cx, apps, &token, code).await?;
    }
    judge(&told.verdict)?;
    told.phone_info.ok_or_else(|| Problem::from(Code::UpstreamInvalid).because("WeChat: no telephone number"))
}

async fn asked(cx: &Cx, apps: &Apps, token: &str, code: &str) -> Result<Told, Problem> {
    let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
    let url = apps.url(&format!("/wxa/business/getuserphonenumber?access_token={token}"));
    let body = serde_json::to_vec(&Question { code }).map_err(Problem::internal)?;
    ask(cx, "POST", &url, Some(&body)).await
}

/// The number in E.164 (ITU-T E.164 §6.2.1: at most fifteen digits, the first one not zero).
fn number(info: &PhoneInfo, app: &App) -> Result<String, Problem> {
    let unusable = |cause: &str| Problem::from(Code::UpstreamInvalid).because(format!("WeChat: {cause}"));
    if info.watermark.appid != app.app_id {
        return Err(unusable("the number was told to another app"));
    }
    let country = match &info.country_code {
        CountryCode::Text(text) => text.clone(),
        CountryCode::Number(number) => number.to_string(),
    };
    let digits = format!("{}{}", country.trim_start_matches('+'), info.pure_phone_number);
    let fits = (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0')
        && !country.is_empty();
    if fits { Ok(format!("+{digits}")) } else { Err(unusable("a number that is not E.164")) }
}

#[cfg(test)]
mod tests {
    use shared::secret::Secret;

    use super::{App, PhoneInfo, number};

    fn check(json: &str) -> Result<String, u16> {
        let app = App { app_id: "wx1".to_owned(), secret: Secret::new(String::new()) };
        let info: PhoneInfo = serde_json::from_str(json).unwrap();
        number(&info, &app).map_err(|problem| problem.status())
    }

    #[test]
    fn numbers_are_stored_in_e_164() {
        for (json, e164) in [
            (r#"{"purePhoneNumber":"13800138000","countryCode":"86","watermark":{"appid":"wx1"}}"#, "+8613800138000"),
            (r#"{"purePhoneNumber":"13800138000","countryCode":86,"watermark":{"appid":"wx1"}}"#, "+8613800138000"),
            (r#"{"purePhoneNumber":"2025550143","countryCode":"+1","watermark":{"appid":"wx1"}}"#, "+12025550143"),
        ] {
            assert_eq!(check(json).as_deref(), Ok(e164));
        }
    }

    #[test]
    fn what_is_no_number_or_another_apps_is_refused() {
        for json in [
            r#"{"purePhoneNumber":"1380 0138000","countryCode":"86","watermark":{"appid":"wx1"}}"#,
            r#"{"purePhoneNumber":"13800138000","countryCode":"","watermark":{"appid":"wx1"}}"#,
            r#"{"purePhoneNumber":"13800138000","countryCode":"0","watermark":{"appid":"wx1"}}"#,
            r#"{"purePhoneNumber":"1380013800013800","countryCode":"86","watermark":{"appid":"wx1"}}"#,
            r#"{"purePhoneNumber":"13800138000","countryCode":"86","watermark":{"appid":"wx2"}}"#,
        ] {
            assert_eq!(check(json), Err(502), "{json}");
        }
    }
}
