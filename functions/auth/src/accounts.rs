//! Accounts: register, read one's own, read what one's token says.

use std::rc::Rc;

use shared::accounts::device;
use shared::accounts::drafts::{self, Draft};
use shared::accounts::events::{Detail, Kind, event, event_when};
use shared::accounts::links::Purpose;
use shared::accounts::{Locale, NewSession, User, UserRow, settings, store as stored, tokens};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::DbError;
use shared::extract::Json;
use shared::head::HeaderName;
use shared::problem::{Code, Problem};
use shared::reply::Reply;
use shared::time;

use crate::model::{Accepted, Registration, TokenClaims};
use crate::password;
use crate::store::{self, NewUser};

/// `POST /v1/auth/register`. Where addresses must be verified the answer is the same 202, after the same
/// work, for known and unknown addresses; otherwise 201 with tokens.
///
/// # Errors
/// 409 for a known address, where no verification is required.
pub async fn create(cx: &Cx, Json(new): Json<Registration>) -> Result<Reply, Problem> {
    let settings = settings(cx)?;
    let draft = if settings.verification_required { Some(Draft::new(cx, Purpose::Verify)?) } else { None };
    let phc = password::hash(cx, new.password.secret()).await?;
    let now = cx.now_ms();
    let (user_id, session_id, refresh) = (cx.new_id("usr"), cx.new_id("ses"), tokens::new_refresh(cx));
    let user = NewUser {
        id: &user_id,
        email: new.email.as_str(),
        name: new.name.as_str(),
        locale: new.locale.as_ref().map_or_else(|| preferred_language(cx), |l| l.as_str()),
        password: &phc,
        verified_at: None,
        now,
    };
    if let Some(draft) = draft {
        let registered = event_when(cx, store::REGISTERED, Kind::Registered, Some(&user_id), &Detail(&[]), []);
        let mut batch = vec![store::add_user_if_new(&user), registered];
        batch.extend(drafts::ask_after_registration(&draft.link(), user.email));
        drafts::write(cx, batch).await?;
        return Reply::json(202, &Accepted { status: "verification_required" });
    }
    let refresh_hash = tokens::hash(&refresh);
    let expires_at = now + settings.refresh_s * 1000;
    let session = NewSession {
        id: &session_id,
        user_id: &user_id,
        refresh_hash: &refresh_hash,
        methods: "[\"password\"]",
        now,
        expires_at,
    };
    let [add_session, add_refresh] = stored::add_session(cx, &session);
    let registered = event(cx, Kind::Registered, &user_id, &Detail(&[("session_id", &session_id)]));
    let batch = vec![store::add_user(&user), add_session, add_refresh, registered, stored::user_by_id(&user_id)];
    let mut rows = cx.platform.db().batch(batch).await.map_err(taken)?;
    let row = rows.take::<UserRow>(4)?.into_iter().next();
    let row = row.ok_or_else(|| Problem::internal("the new user was not found"))?;
    device::remember(cx, &user_id);
    Reply::json(201, &tokens::reply(cx, &settings, &row, &session_id, refresh).await?)
}

/// The first language that the client prefers (RFC 9110 §12.5.4), if it is a tag; `en` otherwise.
fn preferred_language(cx: &Cx) -> &str {
    let first = cx.head.header(HeaderName::AcceptLanguage).unwrap_or_default();
    let tag = first.split([',', ';']).next().unwrap_or_default().trim();
    if Locale::try_from(tag.to_owned()).is_ok() { tag } else { "en" }
}

fn taken(error: DbError) -> Problem {
    if error.violates("users.email") { Code::EmailTaken.into() } else { error.into() }
}

/// `GET /v1/auth/me`.
///
/// # Errors
/// 401 when the account is gone.
pub async fn read(cx: &Cx, caller: Rc<Caller>) -> Result<User, Problem> {
    let row: Option<UserRow> = cx.platform.db().first(stored::user_by_id(caller.user_id())).await?;
    row.map(|row| tokens::user(&row)).ok_or_else(|| Code::Unauthenticated.into())
}

/// `GET /v1/auth/token`: what the caller's access token says; no I/O.
///
/// # Errors
/// None beyond the row's own.
pub async fn token(_: &Cx, caller: Rc<Caller>) -> Result<TokenClaims, Problem> {
    let claims = &caller.claims;
    Ok(TokenClaims {
        sub: claims.sub.clone(),
        email: claims.email.clone(),
        roles: claims.roles.clone(),
        permissions: claims.permissions.clone(),
        session_id: claims.sid.clone(),
        expires_at: time::rfc3339(caller.expires_ms),
    })
}
