//! Eight routes by `routes!`, as in every function, with all that comes with it: ids and trace, security
//! headers, CORS, limits, problems, one log line a request.

#![cfg(target_arch = "wasm32")]

use serde::Serialize;
use shared::cx::Cx;
use shared::extract::Path;
use shared::problem::Problem;
use shared::routes;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The reply of every row.
#[derive(Serialize)]
pub struct Answer {
    status: &'static str,
    route: &'static str,
    id: String,
}

async fn plain(_: &Cx) -> Result<Answer, Problem> {
    Ok(Answer { status: "ok", route: "plain", id: String::new() })
}

async fn with_id(_: &Cx, Path(id): Path) -> Result<Answer, Problem> {
    Ok(Answer { status: "ok", route: "with_id", id })
}

routes! { "bench":
    GET    "/healthz"               public none problem => plain()       -> 200 Answer;
    GET    "/v1/orders"             public none problem => plain()       -> 200 Answer;
    POST   "/v1/orders"             public none problem => plain()       -> 200 Answer;
    GET    "/v1/orders/{id}"        public none problem => with_id(Path) -> 200 Answer;
    DELETE "/v1/orders/{id}"        public none problem => with_id(Path) -> 200 Answer;
    POST   "/v1/orders/{id}/refund" public none problem => with_id(Path) -> 200 Answer;
    GET    "/v1/users/{id}"         public none problem => with_id(Path) -> 200 Answer;
    GET    "/v1/users"              public none problem => plain()       -> 200 Answer;
}

/// The `fetch` event.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: worker::Env, context: JsValue) -> JsValue {
    shared::platform::enter(&TABLE, request, env, context)
}
