//! What the client is told when nobody answers, where the route says so: its text, in the client's dialect, and marked
//! (`X-Degraded`), so that nobody takes it for a model's.

use shared::reply::{Body, Reply};

use crate::call::outgoing::said;
use crate::call::serving::Serving;
use crate::dialect::{self, Dialect, Stream};

impl Serving<'_> {
    /// The reply in place of an error; `None` where the route has none, or nobody converses.
    pub(super) fn degraded(&self) -> Option<Reply> {
        let text = self.plan.degraded.as_ref()?;
        let client = Dialect::of(self.asked.endpoint())?;
        let said = said(self.cx, self.asked, client);
        let word = |text: &str| serde_json::to_string(text).ok();
        let (id, model, text) = (word(&said.id)?, word(self.asked.model())?, word(text)?);
        let head = format!(r#""id":{id},"created":{},"model":{model}"#, said.created_s);
        let reply = if self.asked.stream() {
            let chunk = |delta: &str, reason: &str| {
                format!(
                    r#"{{{head},"object":"chat.completion.chunk","choices":[{{"index":0,"delta":{delta},"finish_reason":{reason}}}]}}"#
                )
            };
            let chunks = [
                chunk(&format!(r#"{{"role":"assistant","content":{text}}}"#), "null"),
                chunk("{}", r#""stop""#),
                "[DONE]".to_owned(),
            ];
            let mut events = Vec::new();
            if client == Dialect::Chat {
                chunks.iter().for_each(|data| events.extend(format!("data: {data}\n\n").into_bytes()));
            } else {
                let mut stream = Stream::new(Dialect::Chat, client, said, false);
                chunks.iter().for_each(|data| stream.push(None, data, &mut events));
                stream.end(&mut events);
            }
            Reply::new(200, "text/event-stream", Body::Bytes(events))
        } else {
            let plain = format!(
                r#"{{{head},"object":"chat.completion","choices":[{{"index":0,"message":{{"role":"assistant","content":{text}}},"finish_reason":"stop"}}]}}"#
            );
            let bytes = match client {
                Dialect::Chat => plain.into_bytes(),
                _ => dialect::reply(Dialect::Chat, client, &plain, &said).ok()?,
            };
            Reply::new(200, "application/json", Body::Bytes(bytes))
        };
        Some(reply.header("X-Degraded", "true"))
    }
}
