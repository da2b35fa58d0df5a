//! What a call can cost at each target of its plan, worked out before it is made.

use std::sync::Arc;

use crate::admission::bounds::Bounds;
use crate::money::price::Price;
use crate::provider::target::Target;
use crate::request::asked::Asked;

/// What a call can cost at one target.
#[derive(Clone)]
pub(super) struct Quote {
    pub(super) model: String,
    pub(super) provider: String,
    pub(super) priced_as: Option<String>,
    pub(super) bounds: Bounds,
    pub(super) price: Option<Arc<Price>>,
}

impl Quote {
    pub(super) fn of(asked: &Asked<'_>, target: &Target, now_ms: u64) -> Self {
        Self {
            model: target.model.clone(),
            provider: target.provider().id.clone(),
            priced_as: target.priced_elsewhere(),
            bounds: asked.bounds(target),
            price: target.price(now_ms),
        }
    }

    pub(super) fn worst_case(&self) -> Option<u64> {
        self.bounds.worst_case(self.price.as_deref())
    }
}
