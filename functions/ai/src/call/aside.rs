//! A call that the gateway makes for itself while it serves a client's: a judge, a vector of a question. It is paid by
//! the same caller, admitted and recorded as any other, and tried once.

use std::borrow::Cow;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::ledger::Status;

use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::call::attempt::{Sending, Tried, attempt};
use crate::call::deadlines::Deadlines;
use crate::call::outgoing::{Outgoing, said};
use crate::call::serve::plan;
use crate::dialect::{self, Dialect};
use crate::endpoint::Endpoint;
use crate::money::usage::{self, UsagePointers};
use crate::request::Request;
use crate::request::asked::Asked;
use crate::stream::glance::glance_reply;

/// The plain reply to `body`; `None` when there is none, for whatever reason. `role` is what the record says of it.
pub(super) async fn ask(
    cx: &Cx,
    caller: &Caller,
    endpoint: Endpoint,
    body: &str,
    role: &'static str,
    timeout_ms: u32,
) -> Option<String> {
    let asked = Asked::Json(Request::read(endpoint, body.as_bytes()).ok()?);
    let plan = plan(cx, caller, &asked).await.ok()?;
    let target = plan.targets.first()?;
    let outgoing = Outgoing::of(&asked, target).ok()?;
    let deadlines = Deadlines { total: timeout_ms, ..Deadlines::of(cx) };
    let call = Call::new(cx, caller, &asked, &plan).in_role(role);
    call.reserve(cx, deadlines).await.ok()?;
    let sending = Sending {
        endpoint: outgoing.endpoint,
        target: Cow::Borrowed(target),
        key: target.upstream.keys.first().map(Cow::Borrowed),
        body: Cow::Borrowed(outgoing.body.or(body.as_bytes())),
        media: Cow::Borrowed(asked.media()),
        stream: false,
        same: false,
        deadlines,
        left_ms: timeout_ms,
        stays: false,
    };
    let tried = attempt(&cx.platform, &sending).await;
    let Tried::Whole(_, bytes, _) = tried else {
        let settling = match tried.may_have_cost() || matches!(tried, Tried::Left) {
            true => call.estimated(Status::Failed, Seen::default()),
            false => call.refused(Status::Failed),
        };
        settling.book_later();
        return None;
    };
    let pointers = UsagePointers::of(outgoing.endpoint, &target.provider().usage);
    let spoken = Dialect::of(outgoing.endpoint).unwrap_or_default();
    let seen = Seen { written_bytes: glance_reply(spoken, &bytes).written_bytes, written_events: 0 };
    call.ended(Status::Succeeded, usage::of_reply(&bytes, &pointers), None, seen).book_later();
    let answer = match outgoing.translation(&asked) {
        None => bytes,
        Some((client, upstream)) => {
            dialect::reply(upstream, client, std::str::from_utf8(&bytes).ok()?, &said(cx, &asked, client)).ok()?
        }
    };
    String::from_utf8(answer).ok()
}
