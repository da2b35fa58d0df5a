//! The same handler behind an access token and behind nothing, with all that comes with a row: ids and trace,
//! security headers, the limiter, one log line a request.

#![cfg(target_arch = "wasm32")]

use serde::Serialize;
use shared::cx::Cx;
use shared::problem::Problem;
use shared::routes;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The reply of both rows.
#[derive(Serialize)]
pub struct Answer {
    status: &'static str,
}

async fn read(_: &Cx) -> Result<Answer, Problem> {
    Ok(Answer { status: "ok" })
}

routes! { "bench":
    GET "/v1/public" public normal problem => read() -> 200 Answer;
    GET "/v1/user"   user   normal problem => read() -> 200 Answer;
}

/// The `fetch` event.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: worker::Env, context: JsValue) -> JsValue {
    shared::platform::enter(&TABLE, request, env, context)
}
