//! How the registry changes: it is read whole, changed, checked whole, and written as one revision. Of two changes
//! that began at the same revision one is written; the other begins anew, or is refused where it said what it had seen.

use catalogue::registry::documents::{Change, Documents};
use catalogue::registry::revision::{self, Head, LONGEST, NewRevision, TAKEN};
use catalogue::registry::{Fault, Kind, Registry, Where, faults};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::problem::{Code, Problem};

use crate::refusal;
use crate::store;

/// How often a change begins anew when others were quicker.
const TRIES: u32 = 8;

/// What a change is to come to.
pub enum Wish<'w> {
    /// One entry put or, without a text, removed.
    Entry(Kind, &'w str, Option<&'w str>),
    /// Another registry in the place of this one.
    Whole(&'w Documents),
    /// The one of an earlier revision.
    Restored(&'w Documents, u64),
}

/// The registry after a change.
#[derive(Debug)]
pub struct Done {
    /// The revision it has now.
    pub revision: u64,
    /// What changed; nothing when it was so already.
    pub changes: Vec<Change>,
}

/// What the registry is now.
///
/// # Errors
/// 503 when the database fails.
pub async fn current(cx: &Cx) -> Result<(u64, Documents), Problem> {
    let head: Head = cx.platform.db().first(revision::head()).await?.unwrap_or_default();
    Ok((head.revision, head.documents().map_err(Problem::internal)?))
}

/// A stored registry.
///
/// # Errors
/// 500 when it cannot be read, which nothing that was written here can cause.
pub fn documents(body: &str) -> Result<Documents, Problem> {
    if body.is_empty() {
        return Ok(Documents::default());
    }
    Documents::from_json(body).map_err(Problem::internal)
}

/// Makes a change and tells its revision in `ETag`.
///
/// # Errors
/// 404 for an entry to remove that is not there, 412 when the registry is not at the revision of `If-Match`, 413 for a
/// registry that is too large, 422 for what does not fit together.
pub async fn make(cx: &Cx, caller: &Caller, wish: &Wish<'_>) -> Result<Done, Problem> {
    let seen = cx.platform.request_header("if-match").filter(|tag| tag.trim() != "*");
    for _ in 0..TRIES {
        let (revision, before) = current(cx).await?;
        if seen.as_deref().is_some_and(|tag| tag.trim() != etag(revision)) {
            cx.add_header("ETag", etag(revision));
            return Err(Code::RevisionChanged.into());
        }
        let after = decide(&before, wish)?;
        let changes = before.changes_to(&after);
        if changes.is_empty() {
            cx.add_header("ETag", etag(revision));
            return Ok(Done { revision, changes });
        }
        check(cx, wish, &after, &changes)?;
        let next = revision + 1;
        match write(cx, caller, wish, next, &after, &changes).await {
            Ok(()) => {
                cx.add_header("ETag", etag(next));
                return Ok(Done { revision: next, changes });
            }
            // Somebody else has this number: what they wrote is looked at.
            Err(error) if error.violates(TAKEN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::from(Code::Unavailable).because("the registry kept changing").header("Retry-After", "1"))
}

/// A revision as an entity tag (RFC 9110 §8.8.3).
pub fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

/// Where this deployment is, for what is allowed on a developer's machine alone.
pub fn place(cx: &Cx) -> Where {
    if cx.config.environment == "local" { Where::Local } else { Where::Deployed }
}

fn decide(before: &Documents, wish: &Wish<'_>) -> Result<Documents, Problem> {
    let mut after = before.clone();
    match *wish {
        Wish::Whole(documents) | Wish::Restored(documents, _) => return Ok(documents.clone()),
        Wish::Entry(kind, id, Some(text)) => {
            let (id, text) = (id.to_owned(), text.to_owned());
            after.put(catalogue::registry::documents::Document { kind, id, text });
        }
        Wish::Entry(kind, id, None) => {
            if !after.remove(kind, id) {
                return Err(Code::NotFound.into());
            }
        }
    }
    Ok(after)
}

fn check(cx: &Cx, wish: &Wish<'_>, after: &Documents, changes: &[Change]) -> Result<(), Problem> {
    let text = after.to_json();
    if text.len() > LONGEST {
        let detail = format!("The whole registry may have {LONGEST} bytes.");
        return Err(Problem::from(Code::PayloadTooLarge).detail(detail));
    }
    let registry = Registry::from_json(&text).map_err(Problem::internal)?;
    let sent = match *wish {
        Wish::Entry(kind, id, _) => Some((kind, id)),
        Wish::Whole(_) | Wish::Restored(..) => None,
    };
    let mut found = faults(&registry, place(cx));
    // What was charged before is brought back as it was: that is what history is for.
    if !matches!(wish, Wish::Restored(..)) {
        found.extend(refusal::rewritten_prices(changes, cx.now_ms()).into_iter().map(|id| Fault {
            kind: Kind::Price,
            index: after.index(Kind::Price, id).unwrap_or_default(),
            pointer: String::new(),
            code: "begun",
            reason: "has begun and can only end: add a price with another version",
        }));
    }
    if found.is_empty() { Ok(()) } else { Err(refusal::of_entry(&found, sent, after)) }
}

async fn write(
    cx: &Cx,
    caller: &Caller,
    wish: &Wish<'_>,
    revision: u64,
    after: &Documents,
    changes: &[Change],
) -> Result<(), shared::db::DbError> {
    let new = NewRevision {
        revision,
        at: cx.now_ms(),
        actor_id: caller.user_id(),
        restored: match *wish {
            Wish::Restored(_, revision) => Some(revision),
            _ => None,
        },
        body: &after.to_json(),
    };
    cx.platform.db().batch(store::revise(cx, &new, changes)).await.map(|_| ())
}
