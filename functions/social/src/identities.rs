//! One's identities: who one is at other services, and so the ways into one's account beside the password. Not here: linking
//! one's WeChat (`functions/wechat`).

use std::rc::Rc;

use shared::accounts::events::{Kind, event};
use shared::accounts::identities::{Identity, attach};
use shared::accounts::identities_store::IdentityRow;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Path};
use shared::problem::{Code, Problem};

use crate::oauth_accounts::identity_of;
use crate::oauth_flow;
use crate::oauth_model::{IdentityList, LinkStart, OauthAnswer, OauthBegun};
use crate::oauth_store::{self as store, Ways};

/// `GET /v1/auth/identities`.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, caller: Rc<Caller>) -> Result<IdentityList, Problem> {
    let rows: Vec<IdentityRow> = cx.platform.db().all(store::identities(caller.user_id())).await?;
    Ok(IdentityList { data: rows.into_iter().map(Identity::from).collect(), next_cursor: None })
}

/// `POST /v1/auth/identities`. Begins to link an identity to the caller's account, as a sign-in begins.
///
/// # Errors
/// 404 for a provider that is not configured, 422 for a page that is not allowed, 502 and 504 when the provider
/// fails.
pub async fn begin(cx: &Cx, caller: Rc<Caller>, Json(start): Json<LinkStart>) -> Result<OauthBegun, Problem> {
    oauth_flow::begin(cx, &start.provider, &start.redirect_to, Some(caller.user_id())).await
}

/// `POST /v1/auth/identities/complete`. Links the identity. Who completes must be who began.
///
/// # Errors
/// 401 for a state, binding, code, issuer or token that is not of this link, 403 while the account's address is
/// not verified, 409 when the identity is another account's, 502 and 504 when the provider fails.
pub async fn complete(cx: &Cx, caller: Rc<Caller>, Json(answer): Json<OauthAnswer>) -> Result<Identity, Problem> {
    let (provider, told) = oauth_flow::finish(cx, &answer, Some(caller.user_id())).await?;
    attach(cx, caller.user_id(), &identity_of(&provider, &told)).await
}

/// `DELETE /v1/auth/identities/{id}`.
///
/// # Errors
/// 404 for an identity that is not the caller's, 409 for the last way into the account.
pub async fn delete(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<(), Problem> {
    let user = caller.user_id();
    let ways: Option<Ways> = cx.platform.db().first(store::ways_in(user, &id)).await?;
    if ways.ok_or(Code::NotFound)?.others == 0 {
        return Err(Code::LastWayIn.into());
    }
    let mut batch = store::remove(user, &id);
    batch.push(event(cx, Kind::IdentityUnlinked, user, &[("identity_id", id.as_str())]));
    let removed = cx.platform.db().batch(batch).await;
    removed.map(|_| ()).map_err(|error| match error {
        error if error.violates("identities.") => Code::LastWayIn.into(),
        error => error.into(),
    })
}
