//! Whether letters can be sent.

use shared::cx::Cx;
use shared::health::{self, Health};
use shared::problem::{Code, Problem};

use crate::configured;

/// `GET /readyz`: D1 answers, and a sender is configured.
///
/// # Errors
/// 503; what is missing stands in the log.
pub async fn read(cx: &Cx) -> Result<Health, Problem> {
    configured::read(&cx.platform).map_err(|cause| Problem::from(Code::Unavailable).because(cause))?;
    health::ready(cx).await
}
