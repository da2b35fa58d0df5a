//! The cache of a call: whether it is wanted, what is found there, and keeping the answer. What is the same request, and
//! for how long an answer is kept, is decided in `cache`.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use shared::auth::Caller;
use shared::cx::Cx;
use shared::ledger::Status;
use shared::platform::Platform;
use shared::reply::{Body, Reply};
use shared::stream::{End, Ending, Filter, Forward, Transcript};

use crate::cache::answer::{Answer, LONGEST_ANSWER};
use crate::cache::asking::{Deciding, Neighbourhood, Place, Turn};
use crate::cache::canonical::{canonical, question};
use crate::cache::near;
use crate::cache::wish::{RouteCache, Semantic, Wish};
use crate::call::aside;
use crate::call::screen::document;
use crate::endpoint::Endpoint;
use crate::provider::target::Target;
use crate::request::Request;
use crate::request::asked::Asked;
use crate::route::plan::Plan;

/// Milliseconds a model has to make a vector.
const VECTOR_MS: u32 = 5_000;

/// What the cache says to a call.
pub(super) enum Found {
    /// An answer, and how it was found: `hit`, `coalesced` or `semantic`.
    Answer(Answer, &'static str),
    /// There is none; this call's is kept.
    Lead(Leading),
    /// It was asked for and has nothing to do with this call.
    Bypass,
    /// Nobody asked for it.
    Unasked,
}

/// Looks for the answer, where somebody asked for that.
pub(super) async fn find(cx: &Cx, caller: &Caller, asked: &Asked<'_>, plan: &Plan, call_id: &str) -> Found {
    let Asked::Json(request) = asked else { return Found::Unasked };
    let header = cx.platform.request_header("selvage-cache");
    let route = plan.cache.clone().or_else(|| cx.platform.var("AI_CACHE"));
    if header.is_none() && route.is_none() {
        return Found::Unasked;
    }
    let route = route.and_then(|text| RouteCache::read(&text).ok());
    let control = cx.platform.request_header("cache-control");
    let Some(wish) = Wish::of(header.as_deref(), control.as_deref(), route.as_ref()) else { return Found::Bypass };
    let semantic = route.as_ref().and_then(|route| route.semantic.as_ref());
    Asking { cx, caller, request, plan, call_id, wish }.ask(semantic).await.unwrap_or(Found::Bypass)
}

struct Asking<'a> {
    cx: &'a Cx,
    caller: &'a Caller,
    request: &'a Request<'a>,
    plan: &'a Plan,
    call_id: &'a str,
    wish: Wish,
}

impl Asking<'_> {
    /// `None` for requests and deployments that have nothing to do with a cache.
    async fn ask(&self, semantic: Option<&Semantic>) -> Option<Found> {
        if !self.request.endpoint.answers_json() {
            return None;
        }
        let canonical = canonical(self.request.text())?;
        let place = self.with_deciding(&canonical, |deciding| Place::of(self.cx, deciding, self.call_id, self.wish))?;
        let background = self.cx.platform.background();
        match place.ask(&self.cx.platform).await {
            Turn::Hit(answer) => Some(Found::Answer(answer, "hit")),
            Turn::Coalesced(answer) => Some(Found::Answer(answer, "coalesced")),
            Turn::Alone => None,
            Turn::Lead => {
                let (call_id, stream) = (self.call_id.to_owned(), self.request.stream);
                let mut leading = Leading { place: Some(place), near: None, call_id, stream, platform: background };
                leading.near = self.near(semantic).await;
                if self.wish.read
                    && let Some(near) = &leading.near
                    && let Some(answer) = near.ask(&self.cx.platform).await
                {
                    return Some(Found::Answer(answer, "semantic"));
                }
                Some(Found::Lead(leading))
            }
        }
    }

    /// The answers to questions that mean the same, where the route wants that and the request asks one.
    async fn near(&self, semantic: Option<&Semantic>) -> Option<Neighbourhood> {
        let semantic = semantic.filter(|_| self.request.endpoint.converses())?;
        let (rest, said) = question(self.request.text())?;
        let (model, said) = (serde_json::to_string(&semantic.model).ok()?, serde_json::to_string(&said).ok()?);
        let body = format!(r#"{{"model":{model},"input":{said}}}"#);
        let reply = aside::ask(self.cx, self.caller, Endpoint::Embeddings, &body, "cache", VECTOR_MS).await?;
        let vector = near::of_reply(&reply)?;
        self.with_deciding(&rest, |deciding| Neighbourhood::of(self.cx, deciding, vector, semantic, self.wish))
    }

    fn with_deciding<T, E>(&self, request: &str, make: impl FnOnce(&Deciding<'_>) -> Result<T, E>) -> Option<T> {
        let Self { request: asked, plan, .. } = self;
        let usage = if asked.include_usage { " usage" } else { "" };
        let form = format!("{}{}{usage}", asked.endpoint.name(), if asked.stream { " stream" } else { "" });
        let mut target = plan.route.clone().unwrap_or_default();
        for one in &plan.targets {
            target.push('\n');
            target.push_str(&one.provider().id);
            target.push('/');
            target.push_str(&one.model);
            for name in &one.provider().pass {
                if let Some(value) = self.cx.platform.request_header(name) {
                    target.push_str(&["\n", name, ":", &value].concat());
                }
            }
        }
        let guard = document(self.cx, plan).unwrap_or_default();
        let org = self.caller.org_id();
        make(&Deciding { org, form: &form, target: &target, further: &guard, request }).ok()
    }
}

/// The reply with an answer that is given again.
pub(super) fn again(answer: Answer, how: &'static str, now_ms: u64) -> Reply {
    let media = if answer.stream { "text/event-stream" } else { "application/json" };
    let age = now_ms.saturating_sub(answer.made_ms) / 1_000;
    let reply = Reply::new(200, media, Body::Text(answer.text));
    let reply = if answer.stream { reply } else { reply.header("X-Cost-Nano-Usd", "0") };
    reply
        .header("X-Cache", how)
        .header("Age", age.to_string())
        .header("X-Model", answer.model)
        .header("X-Provider", answer.provider)
}

/// The right to make an answer. Where it is dropped, those who wait for the answer make their own.
pub(super) struct Leading {
    place: Option<Place>,
    near: Option<Neighbourhood>,
    call_id: String,
    stream: bool,
    platform: Platform,
}

impl Leading {
    /// Keeps what the client got.
    fn keep(mut self, target: &Target, text: String) -> Pin<Box<dyn Future<Output = ()>>> {
        let (place, near) = (self.place.take(), self.near.take());
        let (platform, call_id) = (self.platform.clone(), self.call_id.clone());
        let (model, provider) = (target.model.clone(), target.provider().id.clone());
        let answer = Answer { stream: self.stream, model, provider, made_ms: platform.now_ms(), text };
        Box::pin(async move {
            if let Some(place) = place {
                place.keep(&platform, &answer).await;
            }
            if let Some(near) = near {
                near.keep(&platform, &call_id, &answer).await;
            }
        })
    }

    /// Keeps a plain answer, without anybody waiting.
    pub(super) fn keep_later(self, target: &Target, text: String) {
        let platform = self.platform.clone();
        platform.wait_until(self.keep(target, text));
    }

    /// The same filter with the cache behind it. `fate` is where the call says how it ended.
    pub(super) fn filter(
        self,
        inner: Box<dyn Filter>,
        target: &Target,
        fate: Rc<Cell<Option<Status>>>,
    ) -> Box<dyn Filter> {
        Box::new(Keeping { inner, leading: Some((self, target.clone())), kept: Transcript::new(LONGEST_ANSWER), fate })
    }
}

impl Drop for Leading {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            let platform = self.platform.clone();
            let work = async move { place.give_up(&platform).await };
            self.platform.wait_until(Box::pin(work) as Pin<Box<dyn Future<Output = ()>>>);
        }
    }
}

/// Keeps a stream while it is forwarded.
struct Keeping {
    inner: Box<dyn Filter>,
    leading: Option<(Leading, Target)>,
    kept: Transcript,
    fate: Rc<Cell<Option<Status>>>,
}

impl Filter for Keeping {
    fn push(&mut self, chunk: &[u8]) -> Forward {
        let forward = self.inner.push(chunk);
        self.kept.saw(chunk, &forward);
        if matches!(forward, Forward::Stop(_)) {
            // What the filter gave up is no answer.
            self.leading = None;
        }
        forward
    }

    fn end(&mut self, how: End) -> Ending {
        let Ending { tail, then } = self.inner.end(how);
        self.kept.add(&tail);
        let text = if self.fate.get() == Some(Status::Succeeded) { self.kept.text() } else { None };
        // Without a text the right is dropped here, and with it given up.
        let keeping = self.leading.take().zip(text).map(|((leading, target), text)| leading.keep(&target, text));
        let then = Box::pin(async move {
            if let Some(keeping) = keeping {
                keeping.await;
            }
            then.await;
        });
        Ending { tail, then }
    }
}
