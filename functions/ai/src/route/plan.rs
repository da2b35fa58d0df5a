//! What a name leads to: who is asked, in this order, and how.

use crate::provider::target::Target;

/// Who is asked for one call.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The route that made the choice; `None` where the name is a model's own.
    pub route: Option<String>,
    /// The variant of that route.
    pub variant: Option<String>,
    /// Who is asked, in this order: the next one when the one before cannot answer.
    pub targets: Vec<Target>,
    /// Who is asked, too, without the client hearing of it.
    pub shadow: Option<Target>,
    /// After so many milliseconds without a first byte the next one is asked as well.
    pub hedge_ms: Option<u32>,
    /// What the client is told when nobody answers, in place of an error.
    pub degraded: Option<String>,
    /// The route's guard, as JSON.
    pub guard: Option<String>,
    /// The route's cache, as JSON.
    pub cache: Option<String>,
    /// What is said is kept.
    pub capture: bool,
}

impl Plan {
    /// The plan of a model that is called by its own name.
    #[must_use]
    pub fn of(target: Target) -> Self {
        Self { targets: vec![target], ..Self::default() }
    }
}
