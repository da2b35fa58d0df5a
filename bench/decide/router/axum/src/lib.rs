//! Eight routes by axum, as `worker` documents it, and nothing around them: no ids, no log line.

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use tower_service::Service;
use worker::{Context, Env, HttpRequest, Result, event};

#[derive(Serialize)]
struct Answer {
    status: &'static str,
    route: &'static str,
    id: String,
}

async fn plain() -> Json<Answer> {
    Json(Answer { status: "ok", route: "plain", id: String::new() })
}

async fn with_id(Path(id): Path<String>) -> Json<Answer> {
    Json(Answer { status: "ok", route: "with_id", id })
}

fn router() -> Router {
    Router::new()
        .route("/healthz", get(plain))
        .route("/v1/orders", get(plain).post(plain))
        .route("/v1/orders/{id}", get(with_id).delete(with_id))
        .route("/v1/orders/{id}/refund", post(with_id))
        .route("/v1/users/{id}", get(with_id))
        .route("/v1/users", get(plain))
}

#[event(fetch)]
async fn fetch(request: HttpRequest, _: Env, _: Context) -> Result<axum::http::Response<axum::body::Body>> {
    thread_local! {
        static ROUTER: Router = router();
    }
    let mut router = ROUTER.with(Clone::clone);
    Ok(router.call(request).await?)
}
