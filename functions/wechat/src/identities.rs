//! Linking one's WeChat by somebody who is signed in. Not here: listing and unlinking (`functions/social`).

use std::rc::Rc;

use shared::accounts::identities::{Identity, Subject, attach};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Json;
use shared::problem::Problem;

use crate::api;
use crate::apps::Apps;
use crate::model::WechatLink;

/// `POST /v1/auth/identities/wechat`. Links the person behind a code of `wx.login` to the caller's account.
///
/// # Errors
/// 401 for a code that is unknown, used or older than five minutes, 403 while the account's address is not
/// verified, 404 where WeChat is not set up, 409 when the person is another account here, 429 when WeChat counts
/// too many, 502 and 504 when WeChat fails.
pub async fn link(cx: &Cx, caller: Rc<Caller>, Json(request): Json<WechatLink>) -> Result<Identity, Problem> {
    let apps = Apps::read(cx)?;
    let app = apps.choose(request.app_id.as_deref())?;
    let person = api::person_of(cx, &apps, app, &request.code).await?;
    let subject = Subject {
        provider: "wechat",
        realm: &app.app_id,
        subject: &person.openid,
        union_id: person.union_id.as_deref(),
        label: "",
    };
    attach(cx, caller.user_id(), &subject).await
}
