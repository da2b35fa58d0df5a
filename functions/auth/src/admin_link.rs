//! The first administrator: a one-time link, printed by a command of whoever holds the
//! database, is exchanged for an account with the role `admin`. Opening the link changes
//! nothing; sending the form does.

use shared::accounts::sign_in::{self, SignIn};
use shared::accounts::{NewSession, UserRow, settings, store as stored, tokens};
use shared::cx::Cx;
use shared::db::One;
use shared::extract::Json;
use shared::problem::{Code, Problem};

use crate::model::AdminLink;
use crate::store;
use crate::{end_store, password, sessions};

/// `POST /v1/auth/claim`. An existing account with the link's address is made administrator, with the new
/// password; its older sessions and API keys end. Where it has a second factor, that is asked for first.
///
/// # Errors
/// 401 for a link that is unknown, used or expired.
pub async fn consume(cx: &Cx, Json(link): Json<AdminLink>) -> Result<SignIn, Problem> {
    let settings = settings(cx)?;
    let hash = tokens::hash(link.token.expose());
    let now = cx.now_ms();
    // Asked first, so that guessing costs us no hash; decided below, where one of many wins.
    let usable: Option<One> = cx.platform.db().first(store::link(&hash, now)).await?;
    usable.ok_or(Code::LinkRefused)?;
    let phc = password::hash(cx, link.password.secret()).await?;
    let (user_id, session_id, refresh) = (cx.new_id("usr"), cx.new_id("ses"), tokens::new_refresh(cx));
    let refresh_hash = tokens::hash(&refresh);
    let expires_at = now + settings.refresh_s * 1000;
    let session = NewSession {
        id: &session_id,
        user_id: &user_id,
        refresh_hash: &refresh_hash,
        methods: "[\"admin_link\"]",
        now,
        expires_at,
    };
    let mut batch = store::consume_link(&hash, &user_id, &phc, &session);
    let last = batch.len() - 1;
    // Only the winner's session is named in the link, so these do nothing for others.
    batch.push(stored::used_here(cx, &session_id));
    batch.push(end_store::end_keys_before_admin(&hash, &session_id, now));
    batch.push(end_store::end_grants_before_admin(&hash, &session_id, now));
    batch.push(end_store::claimed(cx, &hash, &session_id));
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<UserRow>(last)?.into_iter().next().ok_or(Code::LinkRefused)?;
    let ended: Vec<stored::SessionId> = rows.take(last - 1)?;
    sessions::tell_kv(cx, ended.into_iter().map(|session| session.id).collect());
    if row.has_second_factor() {
        return sign_in::begin(cx, &settings, &row, "admin_link", Vec::new()).await;
    }
    tokens::reply(cx, &settings, &row, &session_id, refresh).await.map(SignIn::Tokens)
}
