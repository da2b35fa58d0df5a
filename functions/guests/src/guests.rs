//! Guests: an account without an address, and how it gets one. Its id and all its data stay.

use std::rc::Rc;

use shared::accounts::drafts::Draft;
use shared::accounts::events::{Detail, Kind, event};
use shared::accounts::links::Purpose;
use shared::accounts::store::{placeholder, user_by_id};
use shared::accounts::{Locale, NewSession, TokenReply, UserRow, letters, password, settings, store as stored, tokens};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::DbError;
use shared::extract::{Json, OptionalJson};
use shared::head::HeaderName;
use shared::problem::{Code, Problem};
use shared::reply::Reply;

use crate::model::{Accepted, GuestWish, Upgrade};
use crate::store::{self, Door};

/// How a guest proved who they are.
const METHODS: &str = "[\"guest\"]";

/// `POST /v1/auth/anonymous`: an account without an address, and its tokens. Who loses them has lost the account.
///
/// # Errors
/// 403 unless the deployment lets guests in.
pub async fn create(cx: &Cx, OptionalJson(wish): OptionalJson<GuestWish>) -> Result<TokenReply, Problem> {
    if cx.platform.var("GUESTS").as_deref() != Some("on") {
        return Err(Problem::from(Code::Forbidden).detail("Nobody is let in here without an address."));
    }
    let settings = settings(cx)?;
    let (id, session_id, refresh) = (cx.new_id("usr"), cx.new_id("ses"), tokens::new_refresh(cx));
    let (now, refresh_hash) = (cx.now_ms(), tokens::hash(&refresh));
    let session = NewSession {
        id: &session_id,
        user_id: &id,
        refresh_hash: &refresh_hash,
        methods: METHODS,
        now,
        expires_at: now + settings.refresh_s * 1000,
    };
    let locale = wish.locale.as_ref().map_or_else(|| preferred_language(cx), |locale| locale.as_str());
    let [add_session, add_refresh] = stored::add_session(cx, &session);
    let detail = Detail(&[("session_id", &session_id), ("method", tokens::GUEST)]);
    let batch = vec![
        store::add(&id, &placeholder(&id), wish.name.as_str(), locale, now),
        add_session,
        add_refresh,
        event(cx, Kind::Registered, &id, &detail),
        user_by_id(&id),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<UserRow>(4)?.into_iter().next();
    let row = row.ok_or_else(|| Problem::internal("the new guest was not found"))?;
    tokens::reply(cx, &settings, &row, &session_id, refresh).await
}

/// The first language that the client prefers (RFC 9110 §12.5.4), if it is a tag; `en` otherwise.
fn preferred_language(cx: &Cx) -> &str {
    let first = cx.head.header(HeaderName::AcceptLanguage).unwrap_or_default();
    let tag = first.split([',', ';']).next().unwrap_or_default().trim();
    if Locale::try_from(tag.to_owned()).is_ok() { tag } else { "en" }
}

/// `POST /v1/auth/anonymous/upgrade`: an address and a password for a guest. Where addresses must be verified the
/// answer is the same 202, after the same work, for known and unknown addresses, and the account changes when the
/// link in the letter is used (`POST /v1/auth/email/change/confirm`); otherwise it changes now, 200.
///
/// # Errors
/// 403 for whoever is no guest; 409 for a known address, where no verification is required.
pub async fn upgrade(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<Upgrade>) -> Result<Reply, Problem> {
    let settings = settings(cx)?;
    if settings.verification_required { ask(cx, &caller, &wish).await } else { change(cx, &caller, &wish).await }
}

async fn ask(cx: &Cx, caller: &Caller, wish: &Upgrade) -> Result<Reply, Problem> {
    let draft = Draft::new(cx, Purpose::Change)?;
    let phc = password::hash(cx, wish.password.secret()).await?;
    let batch = store::ask_to_become(&draft.link(), caller.user_id(), wish.email.as_str(), &phc);
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await?;
    enter(rows.take::<Door>(0)?.into_iter().next())?;
    let written: Vec<stored::SessionId> = rows.take(last)?;
    letters::hand_over(cx, written.into_iter().map(|letter| letter.id).collect());
    Reply::json(202, &Accepted { status: "verification_required" })
}

async fn change(cx: &Cx, caller: &Caller, wish: &Upgrade) -> Result<Reply, Problem> {
    let phc = password::hash(cx, wish.password.secret()).await?;
    let mut batch = store::become_known(cx, caller.user_id(), wish.email.as_str(), &phc);
    batch.push(user_by_id(caller.user_id()));
    let mut rows = cx.platform.db().batch(batch).await.map_err(taken)?;
    enter(rows.take::<Door>(0)?.into_iter().next())?;
    let row = rows.take::<UserRow>(3)?.into_iter().next().ok_or(Code::Unauthenticated)?;
    Reply::json(200, &tokens::user(&row))
}

fn enter(door: Option<Door>) -> Result<(), Problem> {
    match door {
        Some(Door { guest: 1 }) => Ok(()),
        _ => Err(Problem::from(Code::Forbidden).detail("This account is not a guest's.")),
    }
}

fn taken(error: DbError) -> Problem {
    if error.violates("users.email") { Code::EmailTaken.into() } else { error.into() }
}

/// Days after which a guest who has not come back is deleted, unless `GUEST_DAYS` says otherwise.
pub const GUEST_DAYS: u64 = 30;

/// The statements of the sweep, from the setting and now.
pub fn sweep(days: Option<String>, now_ms: u64) -> Vec<shared::db::Statement> {
    let days = days.and_then(|text| text.parse().ok()).filter(|days| *days > 0).unwrap_or(GUEST_DAYS);
    store::sweep(now_ms.saturating_sub(days.saturating_mul(shared::time::DAY_MS)), now_ms)
}
