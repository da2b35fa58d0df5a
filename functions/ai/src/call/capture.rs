//! What was said in a call, for those who want it kept: masked, cut, sealed, and handed to the queue behind the reply.
//! Headers are no part of it. Not here: who wants it (`plan.capture`), where it is kept (`functions/usage`).

use std::pin::Pin;

use shared::auth::Caller;
use shared::capture::{Captured, MOST_PIECES, PIECE_BYTES, Part, Piece, sealing};
use shared::cx::Cx;
use shared::platform::Platform;
use shared::reply::{Body, Reply};
use shared::stream::{End, Ending, Filter, Forward};
use shared::{log, vault};

use crate::call::screen::Watch;
use crate::endpoint::Endpoint;
use crate::request::asked::Asked;
use crate::route::plan::Plan;

/// Bytes of one side that are kept.
const MOST: usize = PIECE_BYTES * MOST_PIECES;
/// So many more are read: what stands across the cut is masked before it is cut.
const SLACK: usize = 1_024;

/// A call that is captured.
pub(super) struct Capture {
    platform: Platform,
    endpoint: Endpoint,
    /// Its pieces, but for what differs among them.
    piece: Piece,
    request: Vec<u8>,
}

impl Capture {
    /// `None` where nobody wants it.
    pub(super) fn of(cx: &Cx, caller: &Caller, asked: &Asked<'_>, plan: &Plan, call_id: &str) -> Option<Self> {
        if !plan.capture {
            return None;
        }
        let piece = Piece {
            call_id: call_id.to_owned(),
            part: Part::Request,
            piece: 0,
            org_id: caller.org_id().to_owned(),
            user_id: caller.user_id().to_owned(),
            request_id: cx.trace.request_id.clone(),
            media: String::new(),
            cut: false,
            sealed: String::new(),
            at_ms: cx.platform.now_ms(),
        };
        // A form holds sound.
        let request = asked.text().as_bytes();
        let request = request.get(..MOST + SLACK).unwrap_or(request).to_vec();
        Some(Self { platform: cx.platform.background(), endpoint: asked.endpoint(), piece, request })
    }

    /// The same reply, which is kept once it is sent.
    pub(super) fn reply(self, reply: Reply) -> Reply {
        let text = reply.media == "application/json" || reply.media.starts_with("text/");
        let bytes = match &reply.body {
            Body::Stream(relay) if text => {
                relay.behind(|inner| {
                    Box::new(Capturing { inner, media: reply.media, said: Vec::new(), capture: Some(self) })
                });
                return reply.header("X-Capture", "on");
            }
            Body::Text(text) => text.as_bytes().to_vec(),
            Body::Bytes(bytes) if text => bytes.clone(),
            Body::Handle(handle) if text => handle.to_vec(),
            _ => Vec::new(),
        };
        let platform = self.platform.clone();
        platform.wait_until(self.keep(reply.media, bytes));
        reply.header("X-Capture", "on")
    }

    fn keep(mut self, media: &'static str, said: Vec<u8>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(async move {
            let request = std::mem::take(&mut self.request);
            let sides = [(Part::Request, "application/json", request), (Part::Reply, media, said)];
            for (part, media, bytes) in sides {
                if let Err(cause) = self.side(part, media, bytes).await {
                    log::event("ai", "error", "capture", "what was said was not kept", Some(&cause));
                }
            }
        })
    }

    async fn side(&mut self, part: Part, media: &str, bytes: Vec<u8>) -> Result<(), String> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (text, cut) = masked(media, &bytes, self.endpoint);
        self.piece.part = part;
        media.clone_into(&mut self.piece.media);
        let mut rest = text.as_str();
        for place in 0.. {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
            // An empty one is told, too: something was there, and could not be kept.
            self.piece.sealed = if piece.is_empty() { String::new() } else { self.sealed(part, place, piece).await? };
            self.piece.piece = place;
            self.piece.cut = cut;
            let message = Captured { captured: self.piece.clone() };
            let message = serde_json::to_string(&message).map_err(|error| error.to_string())?;
            self.platform.enqueue("USAGE", &[message]).await?;
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        Ok(())
    }
}

impl Capture {
    async fn sealed(&self, part: Part, place: u8, text: &str) -> Result<String, String> {
        let place = [place];
        let parts = sealing(&self.piece.call_id, part, &place);
        let sealed = vault::seal_on(&self.platform, &parts, text).await;
        sealed.map_err(|problem| problem.cause.unwrap_or_default())
    }
}

/// What is kept of one side: masked, and whether it was cut. What cannot be masked is not kept.
fn masked(media: &str, bytes: &[u8], endpoint: Endpoint) -> (String, bool) {
    let long = bytes.len() >= MOST + SLACK;
    let bytes = bytes.get(..MOST + SLACK).unwrap_or(bytes);
    // Half a character at the end is cut off with the rest.
    let whole = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let Some(mut text) = Watch::masking().and_then(|watch| watch.masked(media, whole, long, endpoint)) else {
        return (String::new(), true);
    };
    let cut = long || text.len() > MOST || whole.len() < bytes.len();
    text.truncate(text.floor_char_boundary(MOST));
    (text, cut)
}

/// Keeps a stream while it is forwarded.
struct Capturing {
    inner: Box<dyn Filter>,
    media: &'static str,
    said: Vec<u8>,
    capture: Option<Capture>,
}

impl Capturing {
    fn keep(&mut self, bytes: &[u8]) {
        let room = (MOST + SLACK).saturating_sub(self.said.len());
        self.said.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}

impl Filter for Capturing {
    fn push(&mut self, chunk: &[u8]) -> Forward {
        let forward = self.inner.push(chunk);
        match &forward {
            Forward::Whole => self.keep(chunk),
            Forward::Bytes(bytes) | Forward::Stop(bytes) => self.keep(bytes),
            Forward::Nothing => {}
        }
        forward
    }

    fn end(&mut self, how: End) -> Ending {
        let Ending { tail, then } = self.inner.end(how);
        self.keep(&tail);
        let said = std::mem::take(&mut self.said);
        let keeping = self.capture.take().map(|capture| capture.keep(self.media, said));
        let then = Box::pin(async move {
            // What it cost comes first.
            then.await;
            if let Some(keeping) = keeping {
                keeping.await;
            }
        });
        Ending { tail, then }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(media: &str, said: &str) -> (String, bool) {
        masked(media, said.as_bytes(), Endpoint::Chat)
    }

    #[test]
    fn what_stands_across_the_cut_is_masked_before_it_is_cut() {
        let long = format!("{}13800138000 {}", "a ".repeat(MOST / 2 - 3), "b".repeat(2 * SLACK));
        let (text, cut) = kept("application/json", &long);
        assert!(cut && text.len() == MOST && !text.contains("138"), "{}", &text[text.len() - 20..]);
    }

    #[test]
    fn json_that_fits_is_masked_text_by_text_and_stays_json() {
        let said = r#"{"messages":[{"content":"tell alice\u0040example.com"}],"user":"u-1"}"#;
        let masked = r#"{"messages":[{"content":"tell [email]"}],"user":"u-1"}"#;
        assert_eq!(kept("application/json", said), (masked.to_owned(), false));
    }

    #[test]
    fn a_character_cut_in_half_is_left_out() {
        let long = "é".repeat(MOST);
        let (text, cut) = kept("text/plain", &long);
        assert!(cut && text.len() == MOST && text.chars().all(|one| one == 'é'));
    }

    #[test]
    fn of_a_stream_events_that_came_to_their_end_are_kept() {
        // What was held back when it broke off goes on in an event of its own.
        let whole = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n";
        let (text, cut) = kept("text/event-stream", &format!("{whole}data: {{\"torn"));
        assert!(!cut && text.contains("hi") && text.ends_with("}\n\n") && !text.contains("torn"), "{text}");
    }
}
