//! The messages of a conversation, a branch at a time.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Path, Query};
use shared::page::{self, Page};
use shared::problem::{Code, Problem};

use super::message_model::{Message, MessageQuery, MessageRow};
use super::message_store;

/// `GET /v1/conversations/{id}/messages`: from the end of the branch to its beginning.
///
/// # Errors
/// 404 for another's, and for a branch that is not there.
pub async fn list(
    cx: &Cx,
    caller: Rc<Caller>,
    Path(id): Path,
    Query(query): Query<MessageQuery>,
) -> Result<Page<Message>, Problem> {
    let (user, end) = (caller.user_id(), query.branch.as_deref());
    let before = page::after(cx, query.cursor.as_deref())?;
    let page = message_store::branch(user, &id, before.as_deref(), end, query.limit.to_read());
    let mut rows = cx.platform.db().batch(vec![message_store::door(user, &id, end), page]).await?;
    rows.take::<One>(0)?.into_iter().next().ok_or(Code::NotFound)?;
    page::page(cx, query.limit, rows.take::<MessageRow>(1)?, |row| row.id.clone(), Message::from)
}
