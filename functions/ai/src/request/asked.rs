//! What a client asks, in whichever form it comes: JSON, or a form with a file.

use crate::admission::bounds::Bounds;
use crate::endpoint::Endpoint;
use crate::money::usage::Units;
use crate::provider::target::Target;
use crate::request::form::Form;
use crate::request::patch::UpstreamBody;
use crate::request::{BodyError, Request};

/// Milliseconds of sound that a byte stands for at most: few recordings have less than six kilobits a second.
const MS_A_BYTE: (u64, u64) = (8, 6);

/// Milliseconds that a prediction is believed to take at most: as long as a call may.
const LONGEST_PREDICTION_MS: u64 = 600_000;

/// A request on its way to a model.
#[derive(Debug, Clone)]
pub enum Asked<'a> {
    /// JSON.
    Json(Request<'a>),
    /// A form; only sound comes in one.
    Form(Form<'a>),
}

impl Asked<'_> {
    /// The route it came by.
    #[must_use]
    pub const fn endpoint(&self) -> Endpoint {
        match self {
            Self::Json(request) => request.endpoint,
            Self::Form(_) => Endpoint::Transcriptions,
        }
    }

    /// The model's name as the client wrote it.
    #[must_use]
    pub fn model(&self) -> &str {
        match self {
            Self::Json(request) => &request.model,
            Self::Form(form) => form.model,
        }
    }

    /// The client wants a stream.
    #[must_use]
    pub const fn stream(&self) -> bool {
        match self {
            Self::Json(request) => request.stream,
            Self::Form(form) => form.stream,
        }
    }

    /// The answer is passed on as it comes: a stream, or sound.
    #[must_use]
    pub fn flows(&self) -> bool {
        self.stream() || self.endpoint() == Endpoint::Speech
    }

    /// The usage chunk of the stream is for the gateway alone.
    #[must_use]
    pub fn withholds_usage(&self) -> bool {
        matches!(self, Self::Json(request) if request.withhold_usage())
    }

    /// The media type it goes upstream with.
    #[must_use]
    pub const fn media(&self) -> &str {
        match self {
            Self::Json(_) => "application/json",
            Self::Form(form) => form.media,
        }
    }

    /// The body as it came.
    #[must_use]
    pub const fn body(&self) -> &[u8] {
        match self {
            Self::Json(request) => request.text().as_bytes(),
            Self::Form(form) => form.body,
        }
    }

    /// The body as text; a form has none.
    #[must_use]
    pub const fn text(&self) -> &str {
        match self {
            Self::Json(request) => request.text(),
            Self::Form(_) => "",
        }
    }

    /// The body for a target.
    ///
    /// # Errors
    /// [`BodyError`] when the provider's data refuses a value.
    pub fn upstream_body(&self, target: &Target) -> Result<UpstreamBody, BodyError> {
        match self {
            Self::Json(request) => request.upstream_body(target),
            Self::Form(form) => {
                Ok(form.with_model(&target.model).map_or(UpstreamBody::Unchanged, UpstreamBody::Changed))
            }
        }
    }

    /// The most it can use at a target.
    #[must_use]
    pub fn bounds(&self, target: &Target) -> Bounds {
        match self {
            Self::Json(request) => {
                let mut bounds = Bounds::of(request, target.limits);
                if target.upstream.path(Endpoint::Predictions).is_some() {
                    // Where time is billed, nobody knows beforehand how much of it.
                    bounds.units.milliseconds = LONGEST_PREDICTION_MS;
                }
                bounds
            }
            Self::Form(form) => {
                let (context, output) = target.limits.map_or((0, 0), |limits| (limits.context, limits.max_output));
                let milliseconds = form.file_bytes.saturating_mul(MS_A_BYTE.0) / MS_A_BYTE.1;
                let units = Units { milliseconds, calls: 1, ..Units::default() };
                Bounds { units, ..Bounds::of_tokens(context, output) }
            }
        }
    }
}
