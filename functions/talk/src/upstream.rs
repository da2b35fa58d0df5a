//! Calling the AI function in the caller's name: with their own credentials and in their trace, so that it admits,
//! counts and charges them as if they had called. Nothing here may do more than they may.

use serde::Serialize;
use shared::cx::Cx;
use shared::head::HeaderName;
use shared::platform::{Answer, Call, FirstError, Platform, SendError, Target};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};
use shared::stream::{End, Ending, Filter, Forward};

use crate::prompt::render::{Parameters, Said};

/// Milliseconds until the head of a stream must be here. The AI function sends it with the first words, and gives up
/// before that by its own deadlines.
pub const HEAD_MS: u32 = 140_000;
/// Milliseconds for a plain answer.
pub const PLAIN_MS: u32 = 630_000;
/// Milliseconds between two chunks.
pub const IDLE_MS: u32 = 140_000;
/// Milliseconds for a stream.
pub const TOTAL_MS: u32 = 1_800_000;
/// Bytes of a plain answer.
pub const LONGEST_REPLY: usize = 16 * 1024 * 1024;

/// What of the AI function's head goes on to the client.
const PASSED: [&str; 5] = ["X-Cost-Nano-Usd", "X-Model", "X-Provider", "X-Cache", "Retry-After"];

/// What a model is asked.
pub struct Asking<'a> {
    /// The model.
    pub model: &'a str,
    /// What is said.
    pub messages: &'a [Said],
    /// Further members.
    pub parameters: &'a Parameters,
    /// Whether the answer is a stream.
    pub stream: bool,
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    messages: &'a [Said],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
}

impl Asking<'_> {
    /// The body of the request.
    fn body(&self) -> Result<String, Problem> {
        let question = Question { model: self.model, messages: self.messages, stream: self.stream };
        let mut json = serde_json::to_string(&question).map_err(Problem::internal)?;
        json.pop();
        for (name, value) in self.parameters {
            json.push(',');
            json.push_str(&serde_json::to_string(name).map_err(Problem::internal)?);
            json.push(':');
            json.push_str(value.get());
        }
        json.push('}');
        Ok(json)
    }
}

/// The AI function, as this caller reaches it.
#[derive(Clone)]
pub struct Upstream {
    platform: Platform,
    credential: (&'static str, String),
    trace: String,
    /// The request that the call belongs to, as the ledger will have it.
    pub request_id: String,
}

impl Upstream {
    /// For this request.
    ///
    /// # Errors
    /// 403 for a request that is signed: a signature is of one request and cannot be passed on.
    pub fn of(cx: &Cx) -> Result<Self, Problem> {
        let header = |name| cx.head.header(name).map(str::to_owned);
        // As the door reads them: another scheme than `Bearer` says nothing to it.
        let bearer = |value: &String| value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
        let authorization = header(HeaderName::Authorization).filter(bearer).map(|value| ("authorization", value));
        let credential = authorization.or_else(|| header(HeaderName::XApiKey).map(|value| ("x-api-key", value)));
        let signed = "A signed request cannot be passed on to a model: use an access token or a key with a text.";
        Ok(Self {
            platform: cx.platform.clone(),
            credential: credential.ok_or_else(|| Problem::from(Code::Forbidden).detail(signed))?,
            trace: cx.trace.traceparent(),
            request_id: cx.trace.request_id.clone(),
        })
    }

    /// The same for work that nobody waits for.
    #[must_use]
    pub fn background(&self) -> Self {
        Self { platform: self.platform.background(), ..self.clone() }
    }

    /// Asks, and waits for the head of the answer; `with_client` ends the call when the client leaves.
    ///
    /// # Errors
    /// `Ok(Err(_))` when there is no answer; `Err` when the request cannot be written.
    pub async fn ask(
        &self,
        asking: &Asking<'_>,
        ms: u32,
        with_client: bool,
    ) -> Result<Result<Answer, SendError>, Problem> {
        let body = asking.body()?;
        let headers = [
            ("content-type", "application/json"),
            (self.credential.0, self.credential.1.as_str()),
            ("traceparent", self.trace.as_str()),
            ("x-request-id", self.request_id.as_str()),
        ];
        let call = Call {
            target: Target::Service("AI"),
            method: "POST",
            url: "http://ai/v1/chat/completions",
            headers: &headers,
            body: Some(body.as_bytes()),
            deadline_ms: ms,
            ends_with_client: with_client,
        };
        Ok(self.platform.send(&call).await)
    }

    /// Asks and passes the answer on as it came: its status, its bytes, and what its head says of the call.
    ///
    /// # Errors
    /// 503 when the function is not there, 504 when it says nothing.
    pub async fn pass(&self, cx: &Cx, asking: &Asking<'_>) -> Result<Reply, Problem> {
        let ms = if asking.stream { HEAD_MS } else { PLAIN_MS };
        let answer = match self.ask(asking, ms, true).await? {
            Ok(answer) => answer,
            Err(SendError::Left) => return Ok(Reply::empty(499)),
            Err(error) => return Err(unreached(&error)),
        };
        let status = answer.status();
        let headers = passed_on(&answer);
        let mut reply = if asking.stream && (200..300).contains(&status) {
            match answer.first_chunk(HEAD_MS).await {
                Ok(()) => {}
                Err(FirstError::Left) => return Ok(Reply::empty(499)),
                Err(error) => return Err(silent(&error)),
            }
            let relay = answer.relay(&cx.platform, Box::new(AsItIs), IDLE_MS, TOTAL_MS);
            Reply::new(status, "text/event-stream", Body::Stream(relay))
        } else {
            match answer.read(LONGEST_REPLY, PLAIN_MS).await {
                Ok(Ok((_, handle))) => Reply::new(status, "application/json", Body::Handle(handle)),
                Ok(Err(error)) => return Err(Problem::from(Code::UpstreamInvalid).because(format!("{error:?}"))),
                Err(SendError::Left) => return Ok(Reply::empty(499)),
                Err(error) => return Err(unreached(&error)),
            }
        };
        reply.headers.extend(headers);
        Ok(reply)
    }
}

/// What of the answer's head goes on to the client.
pub fn passed_on(answer: &Answer) -> Vec<(&'static str, String)> {
    PASSED.iter().filter_map(|name| answer.header(name).map(|value| (*name, value))).collect()
}

/// What the client is told when there was no answer.
pub fn unreached(error: &SendError) -> Problem {
    match error {
        SendError::Deadline => Code::UpstreamTimeout.into(),
        SendError::Left | SendError::Unreachable(_) => {
            Problem::from(Code::Unavailable).because(format!("the AI function: {error:?}")).header("Retry-After", "1")
        }
    }
}

/// What the client is told when a stream had a head and nothing more.
pub fn silent(error: &FirstError) -> Problem {
    match error {
        FirstError::Deadline => Code::UpstreamTimeout.into(),
        _ => Problem::from(Code::UpstreamFailed).because(format!("a stream without a chunk: {error:?}")),
    }
}

/// The model where nobody names one: `CONVERSATION_MODEL`.
pub fn default_model(cx: &Cx) -> String {
    cx.platform.var("CONVERSATION_MODEL").unwrap_or_else(|| "chat-default".to_owned())
}

/// What is written where the stream broke off on its way from the AI function, which itself never ends one silently.
pub const BROKEN_EVENT: &[u8] =
    b"\n\ndata: {\"error\":{\"message\":\"The answer broke off.\",\"type\":\"server_error\",\
\"param\":null,\"code\":\"upstream_failed\"}}\n\n";

/// Forwards every chunk as it is.
struct AsItIs;

impl Filter for AsItIs {
    fn push(&mut self, _: &[u8]) -> Forward {
        Forward::Whole
    }

    fn end(&mut self, how: End) -> Ending {
        let tail = if matches!(how, End::Finished | End::Left) { Vec::new() } else { BROKEN_EVENT.to_vec() };
        Ending { tail, then: Box::pin(async {}) }
    }
}
