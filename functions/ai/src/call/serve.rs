//! The way of a call: read, plan, screen, reserve, try, forward, settle.

use std::cell::Cell;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{read_body, require_json};
use shared::head::HeaderName;
use shared::ledger::Status;
use shared::platform::Incoming;
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};

use crate::admission;
use crate::call::Call;
use crate::call::capture::Capture;
use crate::call::deadlines::Deadlines;
use crate::call::kept::{self, Found};
use crate::call::outgoing::{Bodies, way_out};
use crate::call::reply::refused;
use crate::call::screen::Watch;
use crate::call::serving::Serving;
use crate::dialect::Dialect;
use crate::endpoint::Endpoint;
use crate::registry;
use crate::registry::choose::number_of;
use crate::registry::way::Draw;
use crate::request::Request;
use crate::request::asked::Asked;
use crate::request::form::Form;
use crate::route::plan::Plan;

/// A form may have this many bytes: OpenAI takes sound of 25 MiB.
const LONGEST_FORM: usize = 26 * 1024 * 1024;

/// Calls a model. The most it can cost is reserved before the provider is called; what it did cost is in
/// `X-Cost-Nano-Usd` of a plain reply and in the usage report.
///
/// # Errors
/// 400 for a body that cannot be read, 402 when the budget does not cover it, 404 for an unknown model, 429
/// for too many calls at once, 502 and 504 when no provider answers in time.
pub(super) async fn create(cx: &Cx, caller: &Caller, endpoint: Endpoint) -> Result<Reply, Problem> {
    require_json(cx)?;
    let body = read_body(cx, Incoming::LARGEST).await?;
    let reply = match Request::read(endpoint, &body) {
        Ok(request) => serve(cx, caller, &Asked::Json(request)).await?,
        Err(error) => refused(Dialect::of_errors(endpoint), &error),
    };
    Ok(match Dialect::of_errors(endpoint) {
        Dialect::Messages => with_request_id(cx, reply),
        _ => reply,
    })
}

/// An error of Anthropic's dialect names the request in its body, too.
fn with_request_id(cx: &Cx, mut reply: Reply) -> Reply {
    if reply.status >= 400
        && let Body::Text(text) = &mut reply.body
        && text.ends_with('}')
    {
        // An id has no characters that JSON would escape.
        text.truncate(text.len() - 1);
        text.push_str(&[",\"request_id\":\"", &cx.trace.request_id, "\"}"].concat());
    }
    reply
}

/// The same for a form with a file.
///
/// # Errors
/// As [`create`].
pub(super) async fn create_of_form(cx: &Cx, caller: &Caller) -> Result<Reply, Problem> {
    let media = cx.head.header(HeaderName::ContentType).unwrap_or_default();
    let body = read_body(cx, LONGEST_FORM).await?;
    match Form::read(media, &body) {
        Ok(form) => serve(cx, caller, &Asked::Form(form)).await,
        Err(error) => Ok(refused(Dialect::Chat, &error)),
    }
}

async fn serve(cx: &Cx, caller: &Caller, asked: &Asked<'_>) -> Result<Reply, Problem> {
    let plan = plan(cx, caller, asked).await?;
    let watch = Watch::of(cx, &plan)?;
    let screened = match &watch {
        None => Ok(None),
        Some(watch) => watch.request(cx, caller, asked).await,
    };
    match screened {
        Ok(None) => make(cx, caller, asked, &plan, watch).await,
        Ok(Some(masked)) => match Request::read(asked.endpoint(), &masked) {
            Ok(request) => make(cx, caller, &Asked::Json(request), &plan, watch).await,
            Err(error) => Ok(refused(Dialect::of_errors(asked.endpoint()), &error)),
        },
        Err(error) => {
            Call::new(cx, caller, asked, &plan).watched(watch).unmade(Status::Failed, None);
            Ok(refused(Dialect::of_errors(asked.endpoint()), &error))
        }
    }
}

/// Gives the answer again that is kept, or calls.
async fn make(
    cx: &Cx,
    caller: &Caller,
    asked: &Asked<'_>,
    plan: &Plan,
    watch: Option<Watch>,
) -> Result<Reply, Problem> {
    let bodies = Bodies::new(asked, &plan.targets);
    if let Some(error) = bodies.refusal() {
        return Ok(refused(Dialect::of_errors(asked.endpoint()), error));
    }
    let deadlines = Deadlines::of(cx);
    let call = Call::new(cx, caller, asked, plan).watched(watch.clone());
    let capture = Capture::of(cx, caller, asked, plan, call.id());
    let captured = |reply| match capture {
        Some(capture) => capture.reply(reply),
        None => reply,
    };
    let (leading, mark) = match kept::find(cx, caller, asked, plan, call.id()).await {
        Found::Answer(answer, how) => {
            call.unmade(Status::Succeeded, Some(how));
            return Ok(captured(kept::again(answer, how, cx.platform.now_ms())));
        }
        Found::Lead(leading) => (Some(leading), Some("miss")),
        Found::Bypass => (None, Some("bypass")),
        Found::Unasked => (None, None),
    };
    call.reserve(cx, deadlines).await?;
    let (watch, leading) = (watch.as_ref(), Cell::new(leading));
    let serving = Serving { cx, asked, plan, bodies: &bodies, deadlines, watch, leading };
    serving.shadow(caller).await;
    let reply = captured(serving.run(call, number_of(caller.user_id())).await);
    Ok(match mark {
        Some(mark) => reply.header("X-Cache", mark),
        None => reply,
    })
}

/// Who is asked: those of the plan who have this route, and whom the caller's key opens.
pub(super) async fn plan(cx: &Cx, caller: &Caller, asked: &Asked<'_>) -> Result<Plan, Problem> {
    let unknown = |name: &str| {
        Problem::from(Code::ModelNotFound).detail(format!("The model `{name}` does not exist, or you may not use it."))
    };
    let draw = Draw {
        user: caller.user_id(),
        key: caller.key_id(),
        body: asked.text(),
        header: &|name| cx.platform.request_header(name),
        random: u64::from_le_bytes(cx.platform.random()),
    };
    let catalogue = registry::current(cx).await;
    let mut plan = catalogue.plan(asked.model(), &draw).map_err(|error| unknown(&error.name))?;
    plan.targets.retain(|target| target.is_open_to(caller.org_id()));
    plan.shadow = plan.shadow.filter(|target| target.is_open_to(caller.org_id()));
    let header = || cx.platform.request_header("selvage-capture");
    plan.capture = catalogue.captures(caller.org_id(), plan.capture, header);
    if !admission::may_use(caller, asked.model()) {
        plan.targets.retain(|target| admission::may_use(caller, &target.model));
    }
    let named = plan.targets.len();
    plan.targets.retain(|target| way_out(asked.endpoint(), &target.upstream).is_some());
    match (named, plan.targets.is_empty()) {
        (0, _) => Err(unknown(asked.model())),
        (_, true) if asked.endpoint() == Endpoint::CountTokens => {
            Err(Problem::from(Code::NotOffered).detail("The model's provider counts no tokens, and nobody else can."))
        }
        (_, true) => Err(Problem::from(Code::ModelNotFound).detail(format!(
            "The model `{}` has no route `{}`.",
            asked.model(),
            asked.endpoint().name()
        ))),
        _ => Ok(plan),
    }
}
