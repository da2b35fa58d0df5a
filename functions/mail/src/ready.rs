//! Whether letters can be sent.

use shared::cx::Cx;
use shared::db::One;
use shared::health::{self, Health};
use shared::problem::{Code, Problem};
use shared::sql;

use crate::configured;

/// `GET /readyz`: D1 answers, and a sender is configured.
///
/// # Errors
/// 503; what is missing stands in the log.
pub async fn read(cx: &Cx) -> Result<Health, Problem> {
    configured::read(&cx.platform).map_err(|cause| Problem::from(Code::Unavailable).because(cause))?;
    let _: Option<One> = cx.platform.db().first(sql!("SELECT 1 AS one")).await?;
    health::live(cx).await
}
