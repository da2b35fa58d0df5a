//! Invitations: send, list, take back, look at, accept. A token is in the letter and nowhere else; whoever accepts
//! has it, and is signed in to an account with the very address, proven.

use std::rc::Rc;

use shared::accounts::drafts::Draft;
use shared::accounts::links::Purpose;
use shared::accounts::{letters, tokens};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Path, PathPair, Query};
use shared::page::{self, Page, PageQuery};
use shared::problem::{Code, Problem};

use crate::invitation_model::{Invitation, InvitationPreview, InvitationRow, InvitationToken, InvitationWish, OpenRow};
use crate::invitation_store::{self, NewInvitation};
use crate::model::{Organisation, OrganisationRow};
use crate::store::{self, Door};

/// `POST /v1/organisations/{id}/invitations`: a letter with a link that works once within a week. The answer is the
/// same whether the address has an account. A new invitation to an address ends the older one.
///
/// # Errors
/// 404 and 403 as everywhere; 403 for a role beyond one's own and while one's own address is unproven; 422 for an
/// unknown role and beyond 100 open invitations.
pub async fn create(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Json(wish): Json<InvitationWish>,
) -> Result<Invitation, Problem> {
    let draft = Draft::new(cx, Purpose::Invite)?;
    let new = NewInvitation {
        caller: caller.user_id(),
        organisation: &id,
        email: wish.email.as_str(),
        role: wish.role.as_str(),
    };
    let batch = invitation_store::invite(cx, &new, &draft.link());
    let mut rows = cx.platform.db().batch(batch).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "/role")?;
    let row = rows.take::<InvitationRow>(5)?.into_iter().next().ok_or(Code::NotFound)?;
    // Where the address had its letters of this hour there is none of this id, and nothing is sent.
    letters::hand_over(cx, vec![draft.link().letter_id.to_owned()]);
    Ok(row.into())
}

/// `GET /v1/organisations/{id}/invitations`: the open ones that the caller reaches, newest first.
///
/// # Errors
/// 404 for an organisation that the caller does not reach.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<PageQuery>,
) -> Result<Page<Invitation>, Problem> {
    let before = page::after(cx, query.cursor.as_deref())?;
    let user = caller.user_id();
    let listed = invitation_store::list(user, &id, before.as_deref(), cx.now_ms(), query.limit.to_read());
    let mut rows = cx.platform.db().batch(vec![store::door(user, &id), listed]).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "")?;
    page::page(cx, query.limit, rows.take::<InvitationRow>(1)?, |row| row.id.clone(), Invitation::from)
}

/// `GET /v1/organisations/{id}/invitations/{invitation_id}`.
///
/// # Errors
/// 404 for one that the caller does not reach, or that is open no more.
pub async fn read(cx: &Cx, caller: Rc<Caller>, PathPair(id, invitation): PathPair) -> Result<Invitation, Problem> {
    let statement = invitation_store::read(caller.user_id(), &id, &invitation, cx.now_ms());
    let row: Option<InvitationRow> = cx.platform.db().first(statement).await?;
    row.map(Invitation::from).ok_or_else(|| Code::NotFound.into())
}

/// `DELETE /v1/organisations/{id}/invitations/{invitation_id}`: takes it back.
///
/// # Errors
/// 404 and 403 as everywhere.
pub async fn revoke(cx: &Cx, caller: Rc<Caller>, PathPair(id, invitation): PathPair) -> Result<(), Problem> {
    let batch = invitation_store::revoke(cx, caller.user_id(), &id, &invitation);
    let mut rows = cx.platform.db().batch(batch).await?;
    Door::pass(rows.take::<Door>(0)?.into_iter().next(), "")
}

/// `POST /v1/invitations/preview`: which organisation it is, before one decides. Uses nothing up.
///
/// # Errors
/// 403 for an invitation that this account cannot accept.
pub async fn preview(
    cx: &Cx,
    caller: Rc<Caller>,
    Json(body): Json<InvitationToken>,
) -> Result<InvitationPreview, Problem> {
    let statement = invitation_store::open(&tokens::hash(body.token.expose()), caller.user_id(), cx.now_ms());
    let row: Option<OpenRow> = cx.platform.db().first(statement).await?;
    row.map(InvitationPreview::from).ok_or_else(|| Code::InvitationRefused.into())
}

/// `POST /v1/invitations/accept`: of many at once exactly one is answered by 200. Who is a member already keeps
/// their role.
///
/// # Errors
/// 403 for an invitation that this account cannot accept: unknown, used, taken back, expired, to another or an
/// unproven address, or from somebody who may not invite any more.
pub async fn accept(cx: &Cx, caller: Rc<Caller>, Json(body): Json<InvitationToken>) -> Result<Organisation, Problem> {
    let (hash, user) = (tokens::hash(body.token.expose()), caller.user_id());
    let open: Option<OpenRow> = cx.platform.db().first(invitation_store::open(&hash, user, cx.now_ms())).await?;
    let open = open.ok_or(Code::InvitationRefused)?;
    let batch = invitation_store::accept(cx, &hash, user, &open.organisation_id, &cx.new_id("use"));
    let mut rows = cx.platform.db().batch(batch).await?;
    let row = rows.take::<OrganisationRow>(3)?.into_iter().next();
    row.map(Organisation::from).ok_or_else(|| Code::InvitationRefused.into())
}
