//! Readiness of the whole: every function is asked, all at once.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::cx::Cx;
use shared::platform::{Call, Target};
use shared::problem::{Code, Problem};

use crate::dispatch::Function;
use crate::map::FUNCTIONS;

/// A function that takes longer is not ready.
const DEADLINE_MS: u32 = 3_000;

/// The reply of `GET /readyz`.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Readiness {
    /// `ok`.
    pub status: &'static str,
    /// Each function's own answer.
    pub functions: BTreeMap<&'static str, &'static str>,
}

/// `GET /readyz`.
///
/// # Errors
/// 503 that names the functions which are not ready.
pub(crate) async fn read(cx: &Cx) -> Result<Readiness, Problem> {
    let asked = shared::futures::join_all(FUNCTIONS.iter().map(|function| ask(cx, function))).await;
    let functions: BTreeMap<_, _> = asked.into_iter().collect();
    let missing: Vec<&str> = functions.iter().filter(|(_, state)| **state != "ok").map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(Readiness { status: "ok", functions });
    }
    Err(Problem::from(Code::Unavailable)
        .detail(format!("Not ready: {}.", missing.join(", ")))
        .header("Retry-After", "5"))
}

async fn ask(cx: &Cx, function: &Function) -> (&'static str, &'static str) {
    let trace = cx.trace.traceparent();
    let call = Call {
        target: Target::Service(function.binding),
        method: "GET",
        url: "http://function/readyz",
        headers: &[("traceparent", &trace)],
        body: None,
        deadline_ms: DEADLINE_MS,
        ends_with_client: false,
    };
    let state = match cx.platform.send(&call).await {
        Ok(answer) if answer.status() == 200 => "ok",
        Ok(_) => "not ready",
        Err(_) => "down",
    };
    (function.name, state)
}
