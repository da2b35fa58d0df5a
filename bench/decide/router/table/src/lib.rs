//! Eight routes by a constant table on matchit, and nothing around them: what `routes!` comes to
//! without the pipeline.

use std::cell::OnceCell;

use serde::Serialize;
use worker::{Context, Env, Headers, Request, Response, ResponseBody, Result, event};

#[derive(Serialize)]
struct Answer<'a> {
    status: &'static str,
    route: &'static str,
    id: &'a str,
}

type Handler = fn(&str) -> String;

fn json(answer: &Answer<'_>) -> String {
    serde_json::to_string(answer).unwrap_or_default()
}

fn plain(_: &str) -> String {
    json(&Answer { status: "ok", route: "plain", id: "" })
}

fn with_id(id: &str) -> String {
    json(&Answer { status: "ok", route: "with_id", id })
}

const ROWS: [(&str, &str, Handler); 8] = [
    ("GET", "/healthz", plain),
    ("GET", "/v1/orders", plain),
    ("POST", "/v1/orders", plain),
    ("GET", "/v1/orders/{id}", with_id),
    ("DELETE", "/v1/orders/{id}", with_id),
    ("POST", "/v1/orders/{id}/refund", with_id),
    ("GET", "/v1/users/{id}", with_id),
    ("GET", "/v1/users", plain),
];

type Index = matchit::Router<Vec<(&'static str, Handler)>>;

fn index() -> Index {
    let mut router = Index::new();
    for (_, path, _) in ROWS {
        let rows = ROWS.iter().filter(|row| row.1 == path).map(|row| (row.0, row.2)).collect();
        // The second row of a path finds the path taken, by all of its rows.
        let _ = router.insert(path, rows);
    }
    router
}

/// The path of an absolute URL; parsing all of it would cost 60 kB of tables.
fn path_of(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    let start = url[after..].find('/').map_or(url.len(), |at| after + at);
    let end = url[start..].find(['?', '#']).map_or(url.len(), |at| start + at);
    &url[start..end]
}

#[event(fetch)]
async fn fetch(request: Request, _: Env, _: Context) -> Result<Response> {
    thread_local! {
        static INDEX: OnceCell<Index> = const { OnceCell::new() };
    }
    let url = request.inner().url();
    let method = request.inner().method();
    let text = INDEX.with(|slot| {
        let found = slot.get_or_init(index).at(path_of(&url)).ok()?;
        let (_, handler) = found.value.iter().find(|(name, _)| *name == method)?;
        Some(handler(found.params.get("id").unwrap_or("")))
    });
    let Some(text) = text else { return Response::error("nothing here", 404) };
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    Ok(Response::from_body(ResponseBody::Body(text.into_bytes()))?.with_headers(headers))
}
