//! What becomes of an answer: a stream is read beside its way through, a plain one before it is passed on; either is
//! translated where the client speaks otherwise, screened, kept, and settled.

use std::sync::Arc;

use shared::ledger::Status;
use shared::platform::{Answer, Bytes};
use shared::reply::{Body, Reply};
use shared::stream::Filter;

use crate::admission::bounds::Seen;
use crate::call::Call;
use crate::call::outgoing::said;
use crate::call::prediction::Prediction;
use crate::call::reply::{media_of, refused_with, told, with_cost};
use crate::call::serving::Serving;
use crate::dialect::{self, Dialect, Stream, prediction, run};
use crate::endpoint::Endpoint;
use crate::fault::failure::Failure;
use crate::guard::Decision;
use crate::money::units;
use crate::money::usage::{self, UsagePointers};
use crate::provider::target::Target;
use crate::request::asked::Asked;
use crate::stream::filter::ChatFilter;
use crate::stream::glance::glance_reply;
use crate::stream::open::OpenFilter;
use crate::stream::prediction::PredictionFilter;
use crate::stream::scan::{Options, Scanner};

/// Who answered, and how.
pub(super) struct By<'a> {
    pub(super) target: &'a Target,
    /// The target's route.
    pub(super) endpoint: Endpoint,
    /// The client's dialect and the target's, where they differ.
    pub(super) translation: Option<(Dialect, Dialect)>,
}

impl Serving<'_> {
    pub(super) fn stream(&self, call: Call, by: &By<'_>, answer: Answer, prediction: Option<Prediction>) -> Reply {
        let events = by.endpoint.converses() || self.asked.stream();
        let media = if events { "text/event-stream" } else { media_of(answer.header("content-type").as_deref()) };
        let pointers = UsagePointers::of(by.endpoint, &by.target.provider().usage);
        let (platform, fate) = (self.cx.platform.background(), call.fate());
        let filter: Box<dyn Filter> = match Dialect::of(by.endpoint) {
            Some(spoken) => {
                let withhold = by.translation.is_none() && self.asked.withholds_usage();
                let scanner = Scanner::new(Options::new(Arc::clone(&pointers), withhold).spoken(spoken));
                let scanner = match by.translation {
                    Some((client, upstream)) => {
                        let said = said(self.cx, self.asked, client);
                        scanner.translated_by(Stream::new(upstream, client, said, !self.asked.withholds_usage()))
                    }
                    None => scanner,
                };
                let filter = ChatFilter::new(scanner, call, platform, self.dialect());
                match prediction {
                    Some(prediction) => Box::new(PredictionFilter::new(filter.told_later(prediction, pointers))),
                    None => Box::new(filter),
                }
            }
            None => {
                let (units, events) = (call.units(), self.asked.stream().then_some(pointers));
                Box::new(OpenFilter::new(call, platform, units, events))
            }
        };
        let filter = match self.watch.filter(|_| events) {
            Some(watch) => watch.filter(filter, self.asked.endpoint()),
            None => filter,
        };
        let filter = match self.leading.take().filter(|_| events) {
            Some(leading) => leading.filter(filter, by.target, fate),
            None => filter,
        };
        let relay = answer.relay(&self.cx.platform, filter, self.deadlines.idle, self.left_ms().max(1));
        Reply::new(200, media, Body::Stream(relay))
    }

    /// Passes a plain answer on, by handle where it stays as it is, after a look at its usage.
    pub(super) fn plain(&self, call: Call, by: &By<'_>, media: &'static str, bytes: &[u8], handle: Bytes) -> Reply {
        let pointers = UsagePointers::of(by.endpoint, &by.target.provider().usage);
        let predicted = match by.endpoint {
            Endpoint::Predictions => prediction::answer(self.asked.endpoint(), &String::from_utf8_lossy(bytes)),
            _ => None,
        };
        let bytes = predicted.as_deref().map_or(bytes, str::as_bytes);
        let reported = usage::of_reply(bytes, &pointers);
        // Without usage the estimate is the one its stream would get.
        let seen = if reported.is_some() { Seen::default() } else { seen_of(by.endpoint, bytes) };
        let units = units::of_reply(by.endpoint, bytes);
        let Ok(translated) = self.translated(by, bytes) else {
            call.ended(Status::Failed, reported, units, seen).book_later();
            let failure = Failure::InvalidReply;
            return told(self.dialect(), failure.status(), &failure.body());
        };
        let answer = translated.as_deref().unwrap_or(bytes);
        let decision = self.watch.map_or(Decision::Pass, |watch| watch.reply(media, answer));
        let (reply, text, status) = match decision {
            Decision::Pass => match translated {
                None => (Reply::new(200, media, Body::Handle(handle)), self.text_to_keep(bytes), Status::Succeeded),
                Some(bytes) => {
                    let text = self.text_to_keep(&bytes);
                    (Reply::new(200, media, Body::Bytes(bytes)), text, Status::Succeeded)
                }
            },
            Decision::Changed(changed) => {
                let text = self.text_to_keep(&changed);
                (Reply::new(200, media, Body::Bytes(changed)), text, Status::Succeeded)
            }
            Decision::Blocked(error) => (refused_with(self.dialect(), 422, &error), None, Status::Failed),
        };
        // Without a text the right to make the answer is dropped, and with it given up.
        if let Some((leading, text)) = self.leading.take().zip(text) {
            leading.keep_later(by.target, text);
        }
        let settling = match by.endpoint {
            Endpoint::CountTokens => call.refused(status),
            _ => call.ended(status, reported, units, seen),
        };
        let reply = with_cost(reply, &settling);
        settling.book_later();
        reply
    }

    /// The answer as it is kept, where somebody wants that.
    fn text_to_keep(&self, bytes: &[u8]) -> Option<String> {
        let leading = self.leading.take()?;
        self.leading.set(Some(leading));
        String::from_utf8(bytes.to_vec()).ok()
    }

    /// The answer in the client's dialect; `None` where it is that already.
    fn translated(&self, by: &By<'_>, bytes: &[u8]) -> Result<Option<Vec<u8>>, ()> {
        let json = std::str::from_utf8(bytes).map_err(|_| ())?;
        if let (Endpoint::Run, Asked::Json(request)) = (by.endpoint, self.asked)
            && request.endpoint == Endpoint::Embeddings
        {
            return run::vectors(json, request).map(Some).ok_or(());
        }
        let Some((client, upstream)) = by.translation else {
            // What a prediction became is not what came.
            return Ok((by.endpoint == Endpoint::Predictions).then(|| bytes.to_vec()));
        };
        let said = said(self.cx, self.asked, client);
        dialect::reply(upstream, client, json, &said).map(Some).map_err(|_| ())
    }
}

/// What the model wrote, of a reply that says nothing of its usage.
fn seen_of(endpoint: Endpoint, bytes: &[u8]) -> Seen {
    let spoken = Dialect::of(endpoint).unwrap_or_default();
    Seen { written_bytes: glance_reply(spoken, bytes).written_bytes, written_events: 0 }
}
