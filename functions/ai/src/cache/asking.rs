//! Asking the objects of answers. A cache that fails is none: the call is made, and a warning is logged.

use coordination::answers::{Claim, Near, Put};
use coordination::vector::Vector;
use shared::cx::Cx;
use shared::log;
use shared::platform::{Platform, Target};
use shared::problem::Problem;
use shared::trace::push_hex;
use shared::vault;

use crate::cache::answer::{Answer, LONGEST_ANSWER, calls_tools};
use crate::cache::wish::{Semantic, Wish};

/// Milliseconds an object has for what is not a wait.
const DEADLINE_MS: u32 = 5_000;
/// How often somebody asks again whose leader is gone.
const TRIES: u32 = 3;
/// Milliseconds a call has to make an answer before another one makes it, unless `AI_CACHE_LEASE_MS` says otherwise.
const LEASE_MS: u32 = 120_000;

/// What two requests must agree in to have the same answer.
#[derive(Debug, Clone, Copy)]
pub struct Deciding<'a> {
    /// Whose the answer is: the organisation.
    pub org: &'a str,
    /// The route's path and form: `chat`, `chat stream`, `chat stream usage`.
    pub form: &'a str,
    /// What the model's name means: provider, model and their versions.
    pub target: &'a str,
    /// Headers and settings (a guard's document) that change the answer.
    pub further: &'a str,
    /// The canonical request.
    pub request: &'a str,
}

/// Where one answer is kept, or will be.
#[derive(Debug, Clone)]
pub struct Place {
    object: String,
    key: String,
    seal: [u8; 32],
    holder: String,
    wish: Wish,
    lease_ms: u32,
}

/// What was found there.
#[derive(Debug)]
pub enum Turn {
    /// The answer.
    Hit(Answer),
    /// The answer of a call that was being made.
    Coalesced(Answer),
    /// None: this call makes it, and must say what became of it.
    Lead,
    /// None, and none is kept of this call.
    Alone,
}

impl Place {
    /// The place of an answer. `holder` is the call's id.
    ///
    /// # Errors
    /// 503 without `STORE_KEY`.
    pub fn of(cx: &Cx, deciding: &Deciding<'_>, holder: &str, wish: Wish) -> Result<Self, Problem> {
        let Deciding { org, form, target, further, request } = deciding;
        let all = [org, form, target, further, request].map(|part| part.as_bytes());
        let [org, form, target, further, request] = all;
        let key = hex(&vault::key(cx, &[b"answer", org, form, target, further, request])?);
        let seal = vault::key(cx, &[b"sealed answer", org, key.as_bytes()])?;
        let lease = cx.platform.var("AI_CACHE_LEASE_MS").and_then(|text| text.parse().ok());
        let object = format!("{}:{}", deciding.org, key.get(..2).unwrap_or_default());
        Ok(Self { object, key, seal, holder: holder.to_owned(), wish, lease_ms: lease.unwrap_or(LEASE_MS) })
    }

    /// Asks for the answer, waits for it where somebody is making it.
    pub async fn ask(&self, platform: &Platform) -> Turn {
        let (key, holder) = (self.key.clone(), self.holder.clone());
        let claim = Claim { key, holder, lease_ms: u64::from(self.lease_ms), read: self.wish.read }.to_text();
        let object = Target::Object("ANSWERS", &self.object);
        for _ in 0..TRIES {
            let deadline_ms = self.lease_ms.saturating_add(DEADLINE_MS);
            match platform.ask(object, "http://answers/claim", &claim, deadline_ms).await {
                Ok((201, _)) => return Turn::Lead,
                Ok((200, sealed)) => return self.open(platform, &sealed).await.map_or(Turn::Lead, Turn::Hit),
                Ok((203, sealed)) => return self.open(platform, &sealed).await.map_or(Turn::Alone, Turn::Coalesced),
                Ok((409, _)) => {}
                Ok((410, _)) => return Turn::Alone,
                other => {
                    warn("claim", &format!("{other:?}"));
                    return Turn::Alone;
                }
            }
        }
        Turn::Alone
    }

    async fn open(&self, platform: &Platform, sealed: &str) -> Option<Answer> {
        let opened = platform.unseal(&self.seal, sealed).await;
        let answer = opened.ok().and_then(|text| Answer::of_text(&text));
        if answer.is_none() {
            warn("open", "what is kept cannot be read");
        }
        answer
    }

    /// Keeps the answer if it may be kept, and lets those have it who wait for it.
    pub async fn keep(self, platform: &Platform, answer: &Answer) {
        let may = answer.text.len() <= LONGEST_ANSWER && (self.wish.tools || !calls_tools(answer.text.as_bytes()));
        if !may {
            return self.give_up(platform).await;
        }
        let sealed = match platform.seal(&self.seal, &answer.to_text()).await {
            Ok(sealed) => sealed,
            Err(cause) => {
                warn("seal", &cause);
                return self.give_up(platform).await;
            }
        };
        let put = Put { key: self.key.clone(), ttl_s: self.wish.ttl_s, near: None, sealed: &sealed }.to_text();
        say(platform, &self.object, "http://answers/put", &put).await;
    }

    /// There will be no answer to keep; those who wait make their own.
    pub async fn give_up(self, platform: &Platform) {
        say(platform, &self.object, "http://answers/give_up", &format!("{} {}", self.key, self.holder)).await;
    }
}

/// Where answers to questions that mean the same are kept.
#[derive(Debug, Clone)]
pub struct Neighbourhood {
    object: String,
    scope: String,
    seal: [u8; 32],
    threshold: u32,
    ttl_s: u64,
    tools: bool,
    vector: Vector,
}

impl Neighbourhood {
    /// The answers to questions that agree in all but the question itself (`deciding.request` is without it), and the
    /// question's own vector.
    ///
    /// # Errors
    /// 503 without `STORE_KEY`.
    pub fn of(
        cx: &Cx,
        deciding: &Deciding<'_>,
        vector: Vector,
        semantic: &Semantic,
        wish: Wish,
    ) -> Result<Self, Problem> {
        let Deciding { org, form, target, further, request } = deciding;
        let parts = [org, form, target, further, request, &semantic.model.as_str()].map(|part| part.as_bytes());
        let [org, form, target, further, request, model] = parts;
        let scope = hex(&vault::key(cx, &[b"near", org, form, target, further, request, model])?);
        let seal = vault::key(cx, &[b"sealed near", org, scope.as_bytes()])?;
        let object = format!("{}:near:{}", deciding.org, scope.get(..2).unwrap_or_default());
        let (threshold, Wish { ttl_s, tools, .. }) = (semantic.threshold, wish);
        Ok(Self { object, scope, seal, threshold, ttl_s, tools, vector })
    }

    /// The answer to the question that is nearest, if one is near enough.
    pub async fn ask(&self, platform: &Platform) -> Option<Answer> {
        let near = Near { scope: self.scope.clone(), threshold: self.threshold, vector: self.vector.to_text() };
        let object = Target::Object("ANSWERS", &self.object);
        match platform.ask(object, "http://answers/near", &near.to_text(), DEADLINE_MS).await {
            Ok((200, sealed)) => {
                let text = platform.unseal(&self.seal, &sealed).await.ok()?;
                Answer::of_text(&text)
            }
            Ok((404 | 410, _)) => None,
            other => {
                warn("near", &format!("{other:?}"));
                None
            }
        }
    }

    /// Keeps the answer under the question, if it may be kept. `id` is the call's.
    pub async fn keep(self, platform: &Platform, id: &str, answer: &Answer) {
        if answer.text.len() > LONGEST_ANSWER || (!self.tools && calls_tools(answer.text.as_bytes())) {
            return;
        }
        let Ok(sealed) = platform.seal(&self.seal, &answer.to_text()).await else { return };
        let near = Some((self.scope.clone(), self.vector.to_text()));
        let put = Put { key: id.to_owned(), ttl_s: self.ttl_s, near, sealed: &sealed }.to_text();
        say(platform, &self.object, "http://answers/put", &put).await;
    }
}

async fn say(platform: &Platform, object: &str, url: &str, body: &str) {
    let said = platform.ask(Target::Object("ANSWERS", object), url, body, DEADLINE_MS).await;
    if !matches!(said, Ok((204, _))) {
        warn("say", &format!("{said:?}"));
    }
}

fn warn(what: &str, cause: &str) {
    log::event("ai", "warn", "cache", what, Some(cause));
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    push_hex(&mut text, bytes);
    text
}
