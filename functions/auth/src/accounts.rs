//! Accounts: register, read one's own, read what one's token says.

use std::rc::Rc;

use shared::accounts::events::{Detail, Kind, event};
use shared::accounts::{NewSession, User, UserRow, settings, store as stored, tokens};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::DbError;
use shared::extract::Json;
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
    let phc = password::hash(cx, new.password.secret()).await?;
    let now = cx.now_ms();
    let (user_id, session_id, refresh) = (cx.new_id("usr"), cx.new_id("ses"), tokens::new_refresh(cx));
    let user = NewUser {
        id: &user_id,
        email: new.email.as_str(),
        name: new.name.as_str(),
        locale: new.locale.as_ref().map_or("en", |l| l.as_str()),
        password: &phc,
        verified_at: None,
        now,
    };
    if settings.verification_required {
        let registered = event(cx, Kind::Registered, &user_id, &Detail(&[]));
        return match cx.platform.db().batch(vec![store::add_user(&user), registered]).await {
            Ok(_) => accepted(),
            Err(error) if error.violates("users.email") => accepted(),
            Err(error) => Err(error.into()),
        };
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
    Reply::json(201, &tokens::reply(cx, &settings, &row, &session_id, refresh)?)
}

fn accepted() -> Result<Reply, Problem> {
    Reply::json(202, &Accepted { status: "verification_required" })
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
