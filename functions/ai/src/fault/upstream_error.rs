//! An upstream's error reply, as our client gets it and as the gateway acts on it.
//!
//! What an error means is data (`provider::ErrorRule`). Only errors that are the client's
//! own fault keep the upstream's words; whatever concerns our key, account or quota there is
//! said in ours. Transport faults are in `failure`.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::fault::failure::{ErrorBody, Failure};
use crate::json::pointer;
use crate::provider::{Class, ErrorRule, Provider, Show, providers};

/// Longer bodies (bytes) are not looked at.
const MAX_BODY: usize = 64 * 1024;

/// Longer messages (characters) are cut.
const MAX_MESSAGE: usize = 1_000;

/// A `Retry-After` beyond this many seconds is not passed on.
const MAX_RETRY_AFTER: u64 = 3_600;

/// Beginnings of words that name keys and accounts.
const SECRET_PREFIXES: [&str; 6] = ["sk-", "ak-", "org-", "org_", "proj_", "proj-"];

/// A word this long that begins so is masked; shorter ones are ordinary words.
const SECRET_LEN: usize = 8;

/// What becomes of an upstream's error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamError {
    /// The status our client gets.
    pub status: u16,
    /// The body our client gets.
    pub body: ErrorBody,
    /// Seconds for a `Retry-After` header.
    pub retry_after: Option<u64>,
    /// Seconds for which the provider asked us to wait.
    pub wait_s: Option<u64>,
    /// The status the provider answered with.
    pub upstream_status: u16,
    /// What the gateway may do.
    pub class: Class,
}

impl UpstreamError {
    /// Maps a reply with a status that is no success.
    ///
    /// `retry_after` is the upstream's header; only whole seconds up to an hour are passed
    /// on. The body may be anything: HTML, cut off, not UTF-8.
    #[must_use]
    pub fn of(provider: &Provider, status: u16, retry_after: Option<&str>, body: &[u8]) -> Self {
        let (upstream_status, said) = (status, Said::read(body));
        let rule = rule(provider, status, &said);
        let (class, show) = rule.map_or((Class::GiveUp, None), |rule| (rule.class, Some(rule.show)));
        let (status, body) = match show {
            // A 404 that is no error of the API is a wrong base URL, not a wrong request.
            Some(Show::Pass) if status != 404 || said.message.is_some() => (status, said.passed(status)),
            Some(Show::RateLimited) => (429, ours(429)),
            Some(Show::Overloaded) => (503, ours(503)),
            Some(Show::Unavailable) => (502, ours(502)),
            Some(Show::Auth) => (502, ours(401)),
            Some(Show::Quota) => (502, ours(402)),
            // Redirects and statuses no rule knows.
            Some(Show::Pass) | None => (Failure::InvalidReply.status(), Failure::InvalidReply.body()),
        };
        let waits = matches!(status, 429 | 502 | 503);
        let wait_s = retry_after.and_then(seconds);
        Self { status, body, retry_after: wait_s.filter(|_| waits), wait_s, upstream_status, class }
    }
}

/// The error body in our own words, by the status that describes it best.
pub(crate) fn ours(about: u16) -> ErrorBody {
    let (kind, code, message) = match about {
        401 => ("upstream_error", "upstream_auth", "The model's provider refused this service's credentials."),
        402 => ("upstream_error", "upstream_quota", "This service's account at the model's provider is exhausted."),
        429 => (
            "rate_limit_error",
            "upstream_rate_limited",
            "The model's provider limits the rate of requests; try again later.",
        ),
        503 => ("upstream_error", "upstream_overloaded", "The model's provider is overloaded; try again later."),
        _ => ("upstream_error", "upstream_error", "The model's provider failed to answer."),
    };
    ErrorBody { message: message.to_owned(), kind: kind.to_owned(), param: None, code: Some(code.to_owned()) }
}

/// The first rule that fits: the provider's own, then those for all.
fn rule<'p>(provider: &'p Provider, status: u16, said: &Said) -> Option<&'p ErrorRule> {
    let fits = |rule: &&ErrorRule| {
        let (first, last) = rule.status;
        let kind = rule.kind.as_deref();
        (first..=last).contains(&status)
            && (kind.is_none() || [&said.kind, &said.code, &said.reason].iter().any(|word| kind == word.as_deref()))
            && rule.says.as_deref().is_none_or(|says| said.message.as_deref().is_some_and(|text| text.contains(says)))
    };
    provider.errors.iter().chain(&providers().errors).find(fits)
}

fn seconds(header: &str) -> Option<u64> {
    let seconds = header.trim().parse::<u64>().ok()?;
    (seconds <= MAX_RETRY_AFTER).then_some(seconds)
}

/// What an error body says, as far as it can be read.
#[derive(Debug, Default)]
struct Said {
    message: Option<String>,
    kind: Option<String>,
    param: Option<String>,
    code: Option<String>,
    /// A word that is told beside the code.
    reason: Option<String>,
}

impl Said {
    /// Reads `{"error": {…}}`, `{"error": "…"}` (Ollama), `[{"error": {…}}]` (Gemini), `{"errors": [{…}]}`
    /// (Cloudflare), `{"message": …}` (vLLM) and `{"detail": …}` (Replicate).
    fn read(body: &[u8]) -> Self {
        let Some(json) = body.get(..body.len().min(MAX_BODY)).and_then(|head| std::str::from_utf8(head).ok()) else {
            return Self::default();
        };
        let places = ["/error", "/0/error", "/errors/0"];
        let error = places.iter().find_map(|place| pointer::at(json, place)).map_or(json, RawValue::get);
        let field = |name: &str| pointer::at(error, name).and_then(text);
        let whole = || shared::json::read::<&RawValue>(error).ok().and_then(text);
        Self {
            message: field("/message").or_else(|| field("/detail")).or_else(whole),
            // A number as status is no kind: it repeats HTTP's.
            kind: field("/type").or_else(|| pointer::string(pointer::at(error, "/status")?).map(Cow::into_owned)),
            param: field("/param"),
            code: field("/code").or_else(|| field("/internalCode")),
            reason: field("/details/0/reason"),
        }
    }

    /// The upstream's own error, without what is not the client's business.
    fn passed(self, status: u16) -> ErrorBody {
        let message = self.message.filter(|message| !message.trim().is_empty());
        let message =
            message.unwrap_or_else(|| format!("The model's provider refused the request with status {status}."));
        let short = |field: Option<String>| field.filter(|text| text.len() <= 128).map(|text| masked(&text));
        ErrorBody {
            message: masked(&message).chars().take(MAX_MESSAGE).collect(),
            kind: short(self.kind).unwrap_or_else(|| "invalid_request_error".to_owned()),
            param: short(self.param),
            code: short(self.code),
        }
    }
}

/// A string's text, or a number's (some servers have numeric codes).
fn text(raw: &RawValue) -> Option<String> {
    if let Some(text) = pointer::string(raw) {
        return Some(text.into_owned());
    }
    let number = raw.get().starts_with(|c: char| c == '-' || c.is_ascii_digit());
    number.then(|| raw.get().to_owned())
}

/// The text with words that look like keys or account ids replaced by `***`.
fn masked(text: &str) -> String {
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let secret = word.len() >= SECRET_LEN && SECRET_PREFIXES.iter().any(|start| word.starts_with(start));
        out.push_str(if secret { "***" } else { word });
        let next = after.find(in_word).unwrap_or(after.len());
        let (between, after) = after.split_at(next);
        out.push_str(between);
        rest = after;
    }
    out
}
