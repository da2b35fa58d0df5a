//! Passwords: asking the `hash` function, and whether it can be asked.

use shared::accounts::password::DEADLINE_MS;
pub(crate) use shared::accounts::password::{check, hash};
use shared::cx::Cx;
use shared::health::{self, Health};
use shared::platform::{Call, Target};
use shared::problem::{Code, Problem};

/// `GET /readyz`: D1 answers, there are keys, and the hash function is ready, too.
pub(crate) async fn ready(cx: &Cx) -> Result<Health, Problem> {
    shared::accounts::settings(cx)?;
    let call = Call {
        target: Target::Service("HASH"),
        method: "GET",
        url: "http://hash/readyz",
        headers: &[],
        body: None,
        deadline_ms: DEADLINE_MS,
        ends_with_client: false,
    };
    match cx.platform.send(&call).await {
        Ok(answer) if answer.status() == 200 => health::ready(cx).await,
        Ok(answer) => Err(Problem::from(Code::Unavailable).because(format!("hash answered {}", answer.status()))),
        Err(error) => Err(Problem::from(Code::Unavailable).because(format!("hash: {error:?}"))),
    }
}
