//! The way of a call: read, plan, screen, reserve, try, forward, settle.

use std::cell::Cell;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{read_body, require_json};
use shared::head::HeaderName;
use shared::ledger::{Attempt, Status};
use shared::platform::{Answer, Bytes, Incoming};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};
use shared::stream::Filter;

use crate::admission;
use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::call::attempt::{Sending, Tried, attempt};
use crate::call::deadlines::{self, Deadlines};
use crate::call::kept::{self, Found, Leading};
use crate::call::reply::{failed, gone, media_of, refused, refused_with, told, with_cost};
use crate::call::screen::Watch;
use crate::endpoint::Endpoint;
use crate::fault::failure::Failure;
use crate::guard::Decision;
use crate::money::units;
use crate::money::usage::{self, UsagePointers};
use crate::provider::target::Target;
use crate::registry;
use crate::registry::way::Draw;
use crate::request::Request;
use crate::request::asked::Asked;
use crate::request::form::Form;
use crate::request::patch::UpstreamBody;
use crate::route::breaker::Allowed;
use crate::route::plan::Plan;
use crate::route::tries::{Candidate, Next, Tries, candidates};
use crate::route::watch;
use crate::stream::filter::ChatFilter;
use crate::stream::glance::glance;
use crate::stream::open::OpenFilter;
use crate::stream::scan::{Options, Scanner};

/// Nobody is waited for longer than this, in milliseconds, before a second try: the client can do that itself.
const LONGEST_WAIT_MS: u64 = 1_000;

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
    match Request::read(endpoint, &body) {
        Ok(request) => serve(cx, caller, &Asked::Json(request)).await,
        Err(error) => Ok(refused(&error)),
    }
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
        Err(error) => Ok(refused(&error)),
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
            Err(error) => Ok(refused(&error)),
        },
        Err(error) => {
            Call::new(cx, caller, asked, &plan).watched(watch).unmade(Status::Failed, None);
            Ok(refused(&error))
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
    let mut bodies = Vec::with_capacity(plan.targets.len());
    for target in &plan.targets {
        match asked.upstream_body(target) {
            Ok(body) => bodies.push(body),
            Err(error) => return Ok(refused(&error)),
        }
    }
    let deadlines = Deadlines::of(cx);
    let call = Call::new(cx, caller, asked, plan).watched(watch.clone());
    let (leading, mark) = match kept::find(cx, caller, asked, plan, call.id()).await {
        Found::Answer(answer, how) => {
            call.unmade(Status::Succeeded, Some(how));
            return Ok(kept::again(answer, how, cx.platform.now_ms()));
        }
        Found::Lead(leading) => (Some(leading), Some("miss")),
        Found::Bypass => (None, Some("bypass")),
        Found::Unasked => (None, None),
    };
    let lease_ends_ms = cx.platform.now_ms() + deadlines::lease_ms(cx, deadlines);
    admission::reserve(cx, call.worst_case(lease_ends_ms), lease_ends_ms).await?;
    let serving =
        Serving { cx, asked, plan, bodies: &bodies, deadlines, watch: watch.as_ref(), leading: Cell::new(leading) };
    let reply = serving.run(call, spread(caller.user_id())).await;
    Ok(match mark {
        Some(mark) => reply.header("X-Cache", mark),
        None => reply,
    })
}

/// A number for a text, the same every time (FNV-1a): which of a provider's keys a person's calls begin with.
fn spread(text: &str) -> usize {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    usize::try_from(hash).unwrap_or(0)
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
    if !admission::may_use(caller, asked.model()) {
        plan.targets.retain(|target| admission::may_use(caller, &target.model));
    }
    let named = plan.targets.len();
    plan.targets.retain(|target| target.provider().path(asked.endpoint()).is_some());
    match (named, plan.targets.is_empty()) {
        (0, _) => Err(unknown(asked.model())),
        (_, true) => Err(Problem::from(Code::ModelNotFound).detail(format!(
            "The model `{}` has no route `{}`.",
            asked.model(),
            asked.endpoint().name()
        ))),
        _ => Ok(plan),
    }
}

/// All who could answer have failed too often, until then.
struct Resting {
    until_ms: u64,
}

/// What does not change while a call is served.
struct Serving<'a> {
    cx: &'a Cx,
    asked: &'a Asked<'a>,
    plan: &'a Plan,
    bodies: &'a [UpstreamBody],
    deadlines: Deadlines,
    watch: Option<&'a Watch>,
    /// The right to make the answer for those who wait for it; taken by the answer.
    leading: Cell<Option<Leading>>,
}

impl Serving<'_> {
    /// Tries until somebody answers, nobody is left, or the time is over.
    async fn run(&self, mut call: Call, start: usize) -> Reply {
        let keys: Vec<usize> = self.plan.targets.iter().map(|target| target.upstream.keys.len()).collect();
        let order = match self.in_order(candidates(&keys, start)).await {
            Ok(order) => order,
            Err(resting) => return self.unasked(call, &resting),
        };
        let mut tries = Tries::new(order, LONGEST_WAIT_MS);
        let Some(mut candidate) = tries.first() else { return gone() };
        loop {
            let Some(target) = self.plan.targets.get(candidate.target) else { return gone() };
            call = call.aimed(candidate.target);
            let tried = self.attempt(&mut call, candidate, target).await;
            let name = self.name(candidate);
            let Some(lesson) = tried.lesson() else {
                watch::well(self.cx, &name);
                return self.answer(call, target, tried);
            };
            watch::ill(self.cx, &name, lesson.class, lesson.wait_ms);
            let next = if self.left_ms() == 0 {
                Next::Stop
            } else {
                tries.after(lesson, u32::from_le_bytes(self.cx.platform.random()))
            };
            let Next::Try(following, pause_ms) = next else { return self.lost(call, target, &tried) };
            if tried.may_have_cost() {
                // What it cost is booked; another try is another call, and needs room in the budget of its own.
                let again = call.again(self.cx);
                call.estimated(Status::Failed, Seen::default()).book_later();
                let lease_ends_ms = self.cx.platform.now_ms() + deadlines::lease_ms(self.cx, self.deadlines);
                if admission::reserve(self.cx, again.worst_case(lease_ends_ms), lease_ends_ms).await.is_err() {
                    return named(failed(&tried), target);
                }
                call = again;
            }
            if pause_ms > 0 {
                self.cx.platform.pause(pause_ms).await;
            }
            candidate = following;
        }
    }

    /// Those whose breakers are closed, in their order; then those that rest; and one that is to be tried again first,
    /// if nobody else tries it already.
    async fn in_order(&self, all: Vec<Candidate>) -> Result<Vec<Candidate>, Resting> {
        watch::sync(self.cx);
        let (mut order, mut rather, mut until_ms) = (Vec::new(), Vec::new(), u64::MAX);
        for candidate in all {
            let name = self.name(candidate);
            match watch::allows(self.cx, &name) {
                Allowed::Yes => order.push(candidate),
                Allowed::Rather => rather.push(candidate),
                Allowed::Probe if watch::may_probe(self.cx, &name).await => order.insert(0, candidate),
                Allowed::Probe => until_ms = until_ms.min(self.cx.platform.now_ms() + 1_000),
                Allowed::No(until) => until_ms = until_ms.min(until),
            }
        }
        order.append(&mut rather);
        if order.is_empty() { Err(Resting { until_ms }) } else { Ok(order) }
    }

    /// What the breaker knows a candidate by: the provider and its key's name.
    fn name(&self, candidate: Candidate) -> String {
        let Some(target) = self.plan.targets.get(candidate.target) else { return String::new() };
        let key = candidate.key.and_then(|i| target.upstream.keys.get(i)).map_or("", |key| key.id.as_str());
        format!("{}/{key}", target.provider().id)
    }

    /// Nobody was asked: all have failed too often just now.
    fn unasked(&self, call: Call, resting: &Resting) -> Reply {
        call.refused(Status::Failed).book_later();
        let seconds = resting.until_ms.saturating_sub(self.cx.platform.now_ms()).div_ceil(1_000).max(1);
        let failure = Failure::Resting;
        told(failure.status(), &failure.body()).header("Retry-After", seconds.to_string())
    }

    fn left_ms(&self) -> u32 {
        let passed = self.cx.platform.now_ms().saturating_sub(self.cx.now_ms());
        self.deadlines.total.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    async fn attempt(&self, call: &mut Call, candidate: Candidate, target: &Target) -> Tried {
        let key = candidate.key.and_then(|i| target.upstream.keys.get(i));
        let body = match self.bodies.get(candidate.target) {
            Some(UpstreamBody::Changed(bytes)) => bytes,
            _ => self.asked.body(),
        };
        let sending = Sending {
            endpoint: self.asked.endpoint(),
            target,
            key,
            body,
            media: self.asked.media(),
            stream: self.asked.flows(),
            deadlines: self.deadlines,
            left_ms: self.left_ms().min(target.timeout_ms.unwrap_or(u32::MAX)).max(1),
        };
        let after_ms = call.age_ms();
        let tried = attempt(self.cx, &sending).await;
        let (outcome, status) = tried.outcome();
        call.tried(Attempt {
            provider: target.provider().id.clone(),
            model: target.model.clone(),
            key: key.map(|key| key.id.clone()),
            outcome,
            status,
            after_ms,
            took_ms: call.age_ms().saturating_sub(after_ms),
        });
        tried
    }

    /// Somebody answered, or the client left.
    fn answer(&self, call: Call, target: &Target, tried: Tried) -> Reply {
        let reply = match tried {
            Tried::Begun(answer) => self.stream(call, target, answer),
            Tried::Whole(media, bytes, handle) => self.plain(call, target, media, &bytes, handle),
            _ => {
                call.estimated(Status::ClientLeft, Seen::default()).book_later();
                gone()
            }
        };
        named(reply, target)
    }

    /// Nobody answered.
    fn lost(&self, call: Call, target: &Target, tried: &Tried) -> Reply {
        let settling = if tried.may_have_cost() {
            call.estimated(Status::Failed, Seen::default())
        } else {
            call.refused(Status::Failed)
        };
        settling.book_later();
        named(failed(tried), target)
    }

    fn stream(&self, call: Call, target: &Target, answer: Answer) -> Reply {
        let endpoint = self.asked.endpoint();
        let events = endpoint.converses() || self.asked.stream();
        let media = if events { "text/event-stream" } else { media_of(answer.header("content-type").as_deref()) };
        let pointers = UsagePointers::of(endpoint, &target.provider().usage);
        let (platform, fate) = (self.cx.platform.background(), call.fate());
        let filter: Box<dyn Filter> = if endpoint.converses() {
            let scanner = Scanner::new(Options::new(pointers, self.asked.withholds_usage()));
            Box::new(ChatFilter::new(scanner, call, platform))
        } else {
            let (units, events) = (call.units(), self.asked.stream().then_some(pointers));
            Box::new(OpenFilter::new(call, platform, units, events))
        };
        let filter = match self.watch.filter(|_| events) {
            Some(watch) => watch.filter(filter),
            None => filter,
        };
        let filter = match self.leading.take().filter(|_| events) {
            Some(leading) => leading.filter(filter, target, fate),
            None => filter,
        };
        let relay = answer.relay(&self.cx.platform, filter, self.deadlines.idle, self.left_ms().max(1));
        Reply::new(200, media, Body::Stream(relay))
    }

    /// Passes a plain answer on, by handle, after a look at its usage.
    fn plain(&self, call: Call, target: &Target, media: &'static str, bytes: &[u8], handle: Bytes) -> Reply {
        let endpoint = self.asked.endpoint();
        let pointers = UsagePointers::of(endpoint, &target.provider().usage);
        let reported = usage::of_reply(bytes, &pointers);
        // Without usage the estimate is the one its stream would get.
        let seen = Seen { written_bytes: glance(bytes).written_bytes, written_events: 0 };
        let decision = self.watch.map_or(Decision::Pass, |watch| watch.reply(media, bytes));
        let status = if matches!(decision, Decision::Blocked(_)) { Status::Failed } else { Status::Succeeded };
        let settling = call.ended(status, reported, units::of_reply(endpoint, bytes), seen);
        let told = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let (reply, text) = match decision {
            Decision::Pass => (Reply::new(200, media, Body::Handle(handle)), None),
            Decision::Changed(changed) => {
                let text = told(&changed);
                (Reply::new(200, media, Body::Bytes(changed)), text)
            }
            Decision::Blocked(error) => {
                self.leading.take();
                (refused_with(422, &error), None)
            }
        };
        if let Some(leading) = self.leading.take()
            && let Some(text) = text.or_else(|| told(bytes))
        {
            leading.keep_later(target, text);
        }
        let reply = with_cost(reply, &settling);
        settling.book_later();
        reply
    }
}

fn named(reply: Reply, target: &Target) -> Reply {
    reply.header("X-Model", target.model.clone()).header("X-Provider", target.provider().id.clone())
}
