//! `GET /v1/analyses/{id}/events`: what becomes of an analysis as server-sent events (HTML Living Standard §9.2), for who
//! waits for it. Each event is the analysis as it is then, so nothing is missed by who comes late: the number of an event is
//! the version of what it shows. The database is asked every few seconds, less often the longer it takes.

use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Path;
use shared::platform::{Live, Pen, Platform};
use shared::problem::Problem;
use shared::reply::{Body, Reply};
use uploads::Owner;

use crate::analyses::find;
use crate::columns;
use crate::row::Found;
use crate::store;

/// Looks in a stream at most, with those that come quickly: with the reply's own they stay below the fifty statements that a
/// request may have on the platform's free plan.
const MOST_LOOKS: u32 = 40;
/// Looks that follow each other quickly.
const QUICK_LOOKS: u32 = 15;
const QUICK_MS: u32 = 1_000;
const SLOW_MS: u32 = 3_000;
/// Looks without news after which a line is sent all the same, so that nobody between us takes the stream for dead.
const SILENT_LOOKS: u32 = 5;

/// `GET /v1/analyses/{id}/events`.
///
/// # Errors
/// 404 for another's; 503 when the database fails.
pub async fn read(cx: &Cx, caller: Rc<Caller>, Path(id): Path) -> Result<Reply, Problem> {
    let row = find(cx, &caller, &id).await?;
    let seen: u64 = cx.platform.request_header("last-event-id").and_then(|id| id.trim().parse().ok()).unwrap_or(0);
    if row.status.has_ended() && seen >= row.version {
        // By this a browser's EventSource comes back no more.
        return Ok(Reply::empty(204));
    }
    let platform = cx.platform.background();
    let live = Live::new(&cx.platform, Box::new(move |pen| Box::pin(tell(platform, caller, row, seen, pen))));
    Ok(Reply::new(200, "text/event-stream", Body::Live(live)))
}

/// Tells what is new until it has ended, the client leaves, or it took long enough: then the client comes back by itself.
async fn tell(platform: Platform, caller: Rc<Caller>, mut row: Found, mut seen: u64, pen: Pen) {
    let (id, owner) = (row.id.clone(), Owner::of(&caller));
    if !pen.write("retry: 2000\n\n").await {
        return;
    }
    let mut silent = 0;
    for look in 0..MOST_LOOKS {
        let (version, has_ended) = (row.version, row.status.has_ended());
        let text = match version > seen {
            true => event(&row),
            false if silent >= SILENT_LOOKS => ": still at it\n\n".to_owned(),
            false => String::new(),
        };
        silent = if text.is_empty() { silent + 1 } else { 0 };
        seen = seen.max(version);
        let listens = text.is_empty() || pen.write(&text).await;
        if has_ended || !listens {
            return;
        }
        platform.pause(if look < QUICK_LOOKS { QUICK_MS } else { SLOW_MS }).await;
        // It was deleted, or the database cannot be asked: whoever comes back is told so.
        let Ok(Some(now)) = columns::last(&platform, vec![store::read(owner, &id)]).await else { return };
        row = Found::from(now);
    }
}

/// One event: `status` while it goes on, `done` when it has ended.
fn event(row: &Found) -> String {
    let name = if row.status.has_ended() { "done" } else { "status" };
    // The database writes JSON in one line.
    format!("id: {}\nevent: {name}\ndata: {}\n\n", row.version, row.shown)
}
