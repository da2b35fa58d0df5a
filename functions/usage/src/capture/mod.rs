//! What was said in a call, where somebody asked for it to be kept: pieces that come sealed by the queue, and reading
//! them. Who asks for that is in `settings`; how long they are kept, in `store`.

pub mod model;
pub mod settings;
pub mod store;

use std::rc::Rc;

use shared::auth::Caller;
use shared::capture::{Part, sealing};
use shared::cx::Cx;
use shared::extract::Path;
use shared::problem::{Code, Problem};
use shared::{time, vault};

use self::model::{Capture, PieceRow, Said};

/// `GET /v1/calls/{id}/capture`: what was said in a call, by its id or its `X-Request-Id`. One's own; of calls an
/// organisation paid for, where a role there may `read` a `capture`. Reading another's is noted among the security events
/// of that account. Administrators of the deployment read none.
///
/// # Errors
/// 404 where nothing is kept, or it is another's; 503 without `STORE_KEY`.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Capture, Problem> {
    let user = caller.user_id();
    let batch = vec![store::pieces(user, &id, cx.now_ms()), store::note_read(cx, user, &id)];
    let rows: Vec<PieceRow> = cx.platform.db().batch(batch).await?.take(0)?;
    let first = rows.first().ok_or(Code::NotFound)?;
    Ok(Capture {
        call_id: first.call_id.clone(),
        request_id: first.request_id.clone(),
        captured_at: time::rfc3339(first.captured_at),
        expires_at: time::rfc3339(first.expires_at),
        request: said(cx, &rows, Part::Request).await?,
        reply: said(cx, &rows, Part::Reply).await?,
    })
}

/// One side of it; `None` where nothing of it was text, or it is still on its way.
async fn said(cx: &Cx, rows: &[PieceRow], part: Part) -> Result<Option<Said>, Problem> {
    let pieces: Vec<&PieceRow> = rows.iter().filter(|row| row.part == part).collect();
    let Some(first) = pieces.first() else { return Ok(None) };
    let (mut text, mut cut) = (String::new(), false);
    for (place, row) in (0_u8..).zip(&pieces) {
        // One that has not come yet leaves a gap: what stands behind it is not told as if it followed.
        if row.piece != place {
            cut = true;
            break;
        }
        // Nothing of it could be kept.
        if !row.sealed.is_empty() {
            text.push_str(&vault::open(cx, &sealing(&row.call_id, part, &[place]), &row.sealed).await?);
        }
        cut |= row.cut == 1;
    }
    Ok(Some(Said { media: first.media.clone(), text, cut }))
}
