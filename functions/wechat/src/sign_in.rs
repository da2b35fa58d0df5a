//! Signing in with the code of a mini-program. Not here: what WeChat is asked (`api`), and which account
//! a person is led to (`person`).

use shared::accounts::events::{Kind, event};
use shared::accounts::identities::{self, Subject};
use shared::accounts::identities_store::{NewUser, add_user, touch};
use shared::accounts::sign_in::{self, SignIn};
use shared::accounts::store::placeholder;
use shared::accounts::{UserRow, settings};
use shared::cx::Cx;
use shared::db::{DbError, Statement};
use shared::extract::Json;
use shared::problem::{Code, Problem};

use crate::api::{self, WechatPerson};
use crate::apps::{App, Apps};
use crate::model::WechatCode;
use crate::person::{Found, Step, next};
use crate::store;

/// How often what was read may have changed by the time it is written: each step is tried anew from what stands
/// then. A person signs in with a few apps at once, not with a hundred.
const ATTEMPTS: usize = 6;

/// `POST /v1/auth/wechat`. Exchanges the code of `wx.login` for a session. Whoever is new gets an account without
/// an address; whoever is known in another app of the same Open Platform account enters that account.
///
/// # Errors
/// 401 for a code that is unknown, used or older than five minutes, 403 for a suspended account or a person whom
/// WeChat has blocked, 404 where WeChat is not set up, 429 when WeChat counts too many, 502 and 504 when WeChat
/// fails.
pub async fn create(cx: &Cx, Json(request): Json<WechatCode>) -> Result<SignIn, Problem> {
    let settings = settings(cx)?;
    let apps = Apps::read(cx)?;
    let app = apps.choose(request.app_id.as_deref())?;
    let person = api::person_of(cx, &apps, app, &request.code).await?;
    let entered = enter(cx, app, &person, &request).await?;
    sign_in::may_sign_in(&settings, &entered.user)?;
    sign_in::begin(cx, &settings, &entered.user, "wechat", entered.also).await
}

/// Whose session is to begin, and what is written with it.
struct Entered {
    user: UserRow,
    also: Vec<Statement>,
}

/// Goes from step to step until the person's identity leads to an account.
async fn enter(cx: &Cx, app: &App, person: &WechatPerson, request: &WechatCode) -> Result<Entered, Problem> {
    let union_id = person.union_id.as_deref();
    for _ in 0..ATTEMPTS {
        let mut rows = cx.platform.db().batch(store::find_wechat(&app.app_id, &person.openid, union_id)).await?;
        let found: Vec<Found> = rows.take(0)?;
        let user: Option<UserRow> = rows.take(1)?.into_iter().next();
        let statements = match (next(&found, union_id), user) {
            (Step::Enter { identity, apart_from }, Some(user)) => {
                return Ok(Entered { also: noted(cx, identity, apart_from), user });
            }
            (Step::Refuse, _) => return Err(Code::Suspended.into()),
            (step, _) => changes(cx, &step, app, person, request),
        };
        match cx.platform.db().batch(statements).await {
            // Somebody was quicker: what they wrote is read now.
            Ok(_) | Err(DbError::Constraint(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::from(Code::Unavailable).because("WeChat: the accounts kept changing").header("Retry-After", "1"))
}

fn noted(cx: &Cx, identity: &Found, apart_from: Option<&str>) -> Vec<Statement> {
    let mut also = vec![touch(&identity.identity_id, cx.now_ms())];
    also.extend(apart_from.map(|other| {
        let detail = [("provider", "wechat"), ("other_user_id", other)];
        event(cx, Kind::AccountsKeptApart, &identity.user_id, &detail)
    }));
    also
}

/// What a step writes, in one transaction.
fn changes(cx: &Cx, step: &Step<'_>, app: &App, person: &WechatPerson, request: &WechatCode) -> Vec<Statement> {
    let union_id = person.union_id.as_deref();
    match step {
        Step::Create => {
            let id = cx.new_id("usr");
            let locale = request.locale.as_ref().map_or("zh-CN", |locale| locale.as_str());
            let email = placeholder(&id);
            let name = request.name.as_str();
            let user = NewUser { id: &id, email: &email, name, locale, verified_at: None, now: cx.now_ms() };
            let registered = event(cx, Kind::Registered, &id, &[("method", "wechat")]);
            let mut all = vec![add_user(&user), registered];
            all.extend(link(cx, &id, app, person));
            all
        }
        Step::Join { user_id } => link(cx, user_id, app, person),
        Step::Note { identity } => vec![store::note_union(&identity.identity_id, union_id.unwrap_or_default())],
        Step::Merge { identity, kept, absorbed } => {
            let mut all = store::merge(absorbed, kept, cx.now_ms());
            // Refused by the database, and everything with it, if the account could not be closed.
            all.push(store::note_union(&identity.identity_id, union_id.unwrap_or_default()));
            let detail = [("provider", "wechat"), ("kept", kept), ("closed", absorbed)];
            all.extend([*kept, *absorbed].map(|user| event(cx, Kind::AccountsMerged, user, &detail)));
            all
        }
        Step::Enter { .. } | Step::Refuse => Vec::new(),
    }
}

/// The statements that make the person's identity lead to an account.
fn link(cx: &Cx, user_id: &str, app: &App, person: &WechatPerson) -> Vec<Statement> {
    let (subject, union_id) = (person.openid.as_str(), person.union_id.as_deref());
    let of = Subject { provider: "wechat", realm: &app.app_id, subject, union_id, label: "" };
    identities::link(cx, user_id, &of)
}
