//! What goes to a target: by which of its routes, with which body, and what could not be said there.

use std::cell::OnceCell;

use shared::cx::Cx;

use crate::admission::bounds::UNKNOWN_MAX_OUTPUT;
use crate::dialect::{self, Dialect, Said, prediction, run};
use crate::endpoint::Endpoint;
use crate::provider::configured::Upstream;
use crate::provider::target::Target;
use crate::request::asked::Asked;
use crate::request::patch::UpstreamBody;
use crate::request::{BodyError, Request};

/// The request as one target gets it.
pub(super) struct Outgoing {
    /// The target's route.
    pub(super) endpoint: Endpoint,
    /// The body.
    pub(super) body: UpstreamBody,
    /// What the target's dialect cannot say, by the client's names.
    pub(super) dropped: Vec<String>,
}

/// The request as each target of a plan gets it: made when the target is asked, so a call that goes well makes one.
pub(super) struct Bodies<'a> {
    asked: &'a Asked<'a>,
    targets: &'a [Target],
    made: Vec<OnceCell<Result<Outgoing, BodyError>>>,
}

impl<'a> Bodies<'a> {
    /// For these targets; nothing is made yet.
    pub(super) fn new(asked: &'a Asked<'a>, targets: &'a [Target]) -> Self {
        Self { asked, targets, made: targets.iter().map(|_| OnceCell::new()).collect() }
    }

    /// What goes to this target; `None` where its dialect or its provider's data cannot say it.
    pub(super) fn of(&self, target: usize) -> Option<&Outgoing> {
        self.made(target)?.as_ref().ok()
    }

    /// Why nobody can be asked: what the first target refuses, where all of them refuse something.
    pub(super) fn refusal(&self) -> Option<&BodyError> {
        if (0..self.made.len()).any(|target| self.of(target).is_some()) {
            return None;
        }
        self.error(0)
    }

    /// What this target refuses.
    pub(super) fn error(&self, target: usize) -> Option<&BodyError> {
        self.made(target)?.as_ref().err()
    }

    fn made(&self, target: usize) -> Option<&Result<Outgoing, BodyError>> {
        let (cell, target) = (self.made.get(target)?, self.targets.get(target)?);
        Some(cell.get_or_init(|| Outgoing::of(self.asked, target)))
    }
}

/// By which of its routes a provider can answer: the client's own, or one of another dialect.
pub(super) fn way_out(asked: Endpoint, upstream: &Upstream) -> Option<Endpoint> {
    let further: &[Endpoint] = match asked {
        Endpoint::Chat => &[Endpoint::Responses, Endpoint::Messages, Endpoint::Run, Endpoint::Predictions],
        Endpoint::Messages => &[Endpoint::Chat, Endpoint::Responses, Endpoint::Run, Endpoint::Predictions],
        Endpoint::Responses => &[Endpoint::Chat, Endpoint::Messages, Endpoint::Run, Endpoint::Predictions],
        Endpoint::Embeddings => &[Endpoint::Run],
        Endpoint::Images => &[Endpoint::Predictions],
        _ => &[],
    };
    [asked].iter().chain(further).copied().find(|endpoint| upstream.path(*endpoint).is_some())
}

impl Outgoing {
    /// The request for a target that has a way out.
    ///
    /// # Errors
    /// [`BodyError`] when the provider's data refuses a value, or its dialect cannot say it.
    pub(super) fn of(asked: &Asked<'_>, target: &Target) -> Result<Self, BodyError> {
        let endpoint = way_out(asked.endpoint(), &target.upstream).unwrap_or(asked.endpoint());
        if let Asked::Json(request) = asked {
            let body = match (endpoint, asked.endpoint()) {
                (Endpoint::Run, Endpoint::Embeddings) => Some(run::embedding(request, &target.model)),
                (Endpoint::Predictions, Endpoint::Images) => Some(prediction::pictures(request)?),
                _ => None,
            };
            if let Some(body) = body {
                return Ok(Self { endpoint, body, dropped: Vec::new() });
            }
        }
        let (Some(client), Some(upstream)) = (Dialect::of(asked.endpoint()), Dialect::of(endpoint)) else {
            return Ok(Self { endpoint, body: asked.upstream_body(target)?, dropped: Vec::new() });
        };
        if endpoint == Endpoint::Predictions {
            let translated = dialect::predicted(client, asked.text())?;
            let body = UpstreamBody::Changed(translated.body);
            return Ok(Self { endpoint, body, dropped: translated.dropped });
        }
        if client == upstream {
            return Ok(Self { endpoint, body: asked.upstream_body(target)?, dropped: Vec::new() });
        }
        let most = target.limits.map_or(UNKNOWN_MAX_OUTPUT, |limits| limits.max_output);
        let translated = dialect::request(client, upstream, asked.text(), &target.model, most)?;
        // What the provider's data says holds for what it gets.
        let patched = Request::read(endpoint, &translated.body)?.upstream_body(target)?;
        let body = match patched {
            UpstreamBody::Unchanged => UpstreamBody::Changed(translated.body),
            changed @ UpstreamBody::Changed(_) => changed,
        };
        Ok(Self { endpoint, body, dropped: translated.dropped })
    }

    /// The client's dialect and the target's, where they differ.
    pub(super) fn translation(&self, asked: &Asked<'_>) -> Option<(Dialect, Dialect)> {
        let (client, upstream) = (Dialect::of(asked.endpoint())?, Dialect::of(self.endpoint)?);
        // A bound model answers almost as in a chat, and a prediction is made one.
        let almost = matches!(self.endpoint, Endpoint::Run | Endpoint::Predictions);
        (client != upstream || almost).then_some((client, upstream))
    }
}

/// What a translated reply says of itself.
pub(super) fn said(cx: &Cx, asked: &Asked<'_>, client: Dialect) -> Said {
    let (prefix, text) = match client {
        Dialect::Chat => ("chatcmpl", ""),
        Dialect::Messages => ("msg", ""),
        Dialect::Responses => ("resp", asked.text()),
    };
    let id = cx.new_id(prefix);
    let id = if client == Dialect::Chat { id.replacen('_', "-", 1) } else { id };
    Said { id, model: asked.model().to_owned(), created_s: cx.now_ms() / 1_000, asked: text.to_owned() }
}
