//! Asking another model the same, without the client hearing of it: what it answers is let go, what it cost and how it
//! went is recorded beside the call that was answered. It is paid by the same caller and needs room in the budget.

use shared::auth::Caller;

use crate::call::Call;
use crate::call::hedge::{Beside, trying};
use crate::call::outgoing::{Outgoing, way_out};
use crate::call::serving::Serving;
use crate::json::splice::Splice;
use crate::request::Request;
use crate::request::asked::Asked;
use crate::route::plan::Plan;

impl Serving<'_> {
    /// Asks the plan's shadow behind the request, where it has one. That it fails changes nothing.
    pub(super) async fn shadow(&self, caller: &Caller) {
        let (Some(target), Asked::Json(request)) = (&self.plan.shadow, self.asked) else { return };
        if way_out(request.endpoint, &target.upstream).is_none() {
            return;
        }
        // Nobody reads its stream: it is asked for a plain answer, which tells its usage at once.
        let text = plain(request);
        let Ok(request) = Request::read(request.endpoint, text.as_bytes()) else { return };
        let asked = Asked::Json(request);
        let Ok(outgoing) = Outgoing::of(&asked, target) else { return };
        let call = Call::new(self.cx, caller, &asked, &Plan::of(target.clone())).in_role("shadow").aimed(0);
        if call.reserve(self.cx, self.deadlines).await.is_err() {
            return;
        }
        let body = outgoing.body.or(asked.body());
        let sending = self.to(target, target.upstream.keys.first(), outgoing.endpoint, body, false);
        let trying = trying(self.cx.platform.background(), crate::call::attempt::Sending { stays: true, ..sending });
        let beside = Beside { call, target: target.clone(), endpoint: outgoing.endpoint };
        self.cx.platform.wait_until(async move { beside.book(trying.await) });
    }
}

/// The body of the same request for a plain answer.
fn plain(request: &Request<'_>) -> String {
    let mut splice = Splice::default();
    for (name, value) in [("stream", "false"), ("stream_options", "null")] {
        if let Some(member) = request.member(name) {
            splice.replace(member.value_at.clone(), value);
        }
    }
    String::from_utf8(splice.apply(request.text())).unwrap_or_default()
}
