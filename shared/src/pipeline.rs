//! The way of a request, the same in every function, so that one deployed alone is
//! as safe as behind the gateway:
//! ids and trace → row → caller → limit → handler → reply or problem → headers → log line.

use std::rc::Rc;

use crate::auth;
use crate::challenge;
use crate::config::Config;
use crate::cors;
use crate::cx::Cx;
use crate::etag;
use crate::extract::{JSON_LIMIT, read_body};
use crate::head::{Head, HeaderName};
use crate::idempotency::{self, Kept, Outcome};
use crate::limit;
use crate::log::{self, Line, Metadata};
use crate::platform::{Incoming, Outgoing, Platform};
use crate::problem::{Code, Problem};
use crate::reply::{Body, Cache, Reply};
use crate::route::{Limit, Row, Who};
use crate::table::{Found, Table, allow};
use crate::time;
use crate::tus;

/// Answers one request.
pub async fn serve(
    table: &'static Table,
    head: Head,
    body: Incoming,
    platform: Platform,
    config: Rc<Config>,
) -> Outgoing {
    let mut cx = Cx::new(table.service, head, body, platform, config);
    let outcome = match (find(table, &mut cx), table.fallback) {
        (Ok(Route::Row(row)), _) => answer(&cx, row).await,
        (Ok(Route::Preflight), _) => Ok(preflight(table, &cx)),
        (Ok(Route::Nothing), Some(fallback)) => fallback(&cx).await,
        (Ok(Route::Nothing), None) => Err(Code::NotFound.into()),
        (Err(problem), _) => Err(problem),
    };
    finish(&cx, outcome)
}

/// Where a request goes.
enum Route {
    Row(&'static Row),
    /// `OPTIONS` on a path that exists.
    Preflight,
    Nothing,
}

fn find(table: &'static Table, cx: &mut Cx) -> Result<Route, Problem> {
    match table.find(cx.head.method(), cx.head.path()) {
        Found::Row(row, params) => {
            cx.row = Some(row);
            cx.dialect.set(row.dialect);
            cx.params = params;
            Ok(Route::Row(row))
        }
        Found::WrongMethod(_) if cx.head.method() == "OPTIONS" => Ok(Route::Preflight),
        Found::WrongMethod(rows) => {
            let allowed = allow(&rows);
            if let Some(row) = rows.first() {
                cx.dialect.set(row.dialect);
            }
            Err(Problem::from(Code::MethodNotAllowed).header("Allow", allowed))
        }
        Found::Nothing => Ok(Route::Nothing),
    }
}

fn preflight(table: &Table, cx: &Cx) -> Reply {
    let allowed = match table.find("OPTIONS", cx.head.path()) {
        Found::WrongMethod(rows) => {
            if rows.iter().any(|row| row.marks.tus) {
                let reply = cors::preflight(&cx.head, &cx.config.cors_origins, &allow(&rows));
                return tus::capabilities(reply, &cx.platform).header("Tus-Resumable", tus::VERSION);
            }
            allow(&rows)
        }
        _ => String::new(),
    };
    cors::preflight(&cx.head, &cx.config.cors_origins, &allowed)
}

async fn answer(cx: &Cx, row: &'static Row) -> Result<Reply, Problem> {
    auth::pass(cx, row).await?;
    count(cx, row).await?;
    if row.marks.once && cx.head.header(HeaderName::IdempotencyKey).is_some() {
        return once(cx, row).await;
    }
    (row.call)(cx).await
}

/// Counts the call and refuses it when there were too many.
async fn count(cx: &Cx, row: &Row) -> Result<(), Problem> {
    match row.limit {
        Limit::None => Ok(()),
        // A job was let in when it was made; how fast it goes its queue decides, and it takes nothing of what its maker may call.
        Limit::Normal if cx.caller().is_some_and(|caller| caller.errand) => Ok(()),
        Limit::Normal => {
            cx.add_header("RateLimit-Policy", limit::NORMAL_POLICY.to_owned());
            let key = cx.caller().map_or_else(|| cx.network(), |caller| caller.user_id().to_owned());
            if cx.platform.within_local_limit(&key).await {
                return Ok(());
            }
            Err(Problem::from(Code::RateLimited).header("Retry-After", "60"))
        }
        Limit::Strict => {
            let key = format!("{} {} {}", row.method.as_str(), row.path, cx.network());
            let verdict = cx.platform.strict_limit(&key, cx.now_ms()).await?;
            for (name, value) in limit::headers(&verdict) {
                cx.add_header(name, value);
            }
            if verdict.allowed {
                return challenge::demand(cx, row, &verdict).await;
            }
            Err(Problem::from(Code::RateLimited).header("Retry-After", verdict.reset_s.to_string()))
        }
    }
}

/// Runs a handler under its idempotency key. The body is read here and put back.
async fn once(cx: &Cx, row: &Row) -> Result<Reply, Problem> {
    let limit = if row.marks.slow { Incoming::LARGEST } else { JSON_LIMIT };
    let body = read_body(cx, limit).await?;
    let outcome = idempotency::claim(cx, &body).await?;
    cx.body.put_back(body);
    let claim = match outcome {
        Outcome::None => return (row.call)(cx).await,
        Outcome::Replay(reply) => return Ok(reply),
        Outcome::First(claim) => claim,
    };
    let result = (row.call)(cx).await;
    if let Ok(Reply { body: Body::Stream(relay), .. }) = &result {
        relay.keep_under(claim);
        return result;
    }
    // Before the reply leaves: a retry that follows it must find it.
    if let Err(cause) = claim.finish(&cx.platform, Kept::of(cx, result.as_ref())).await {
        log::event(cx.service, "error", "idempotency", "a reply was not kept", Some(&cause));
    }
    result
}

/// Adds what every reply has, and writes the log line.
fn finish(cx: &Cx, outcome: Result<Reply, Problem>) -> Outgoing {
    let (mut reply, code, cause) = match outcome {
        Ok(reply) => (validate(cx, reply), None, None),
        Err(problem) => {
            let (media, body) = problem.body(cx.dialect.get(), &cx.trace.request_id, cx.head.path());
            let mut reply = Reply::new(problem.status(), media, Body::Text(body));
            reply.headers = problem.headers;
            (reply, Some(problem.code.facts().1), problem.cause)
        }
    };
    let elapsed = cx.platform.now_ms().saturating_sub(cx.now_ms());
    reply.headers.extend(cx.take_headers());
    reply.headers.push(("X-Request-Id", cx.trace.request_id.clone()));
    reply.headers.push(("Server-Timing", server_timing(cx, elapsed)));
    if let Some(origin) = cors::allowed_origin(&cx.head, &cx.config.cors_origins) {
        reply.headers.push(("Access-Control-Allow-Origin", origin.to_owned()));
        reply.headers.push(("Access-Control-Expose-Headers", cors::EXPOSED_HEADERS.to_owned()));
    }
    if cx.row.is_some_and(|row| row.marks.tus) {
        reply.headers.push(("Tus-Resumable", tus::VERSION.to_owned()));
    }
    let line = line(cx, reply.status, code, cause.as_deref(), elapsed);
    let is_head = cx.head.method() == "HEAD";
    Outgoing::new(reply, base_headers, is_head, line)
}

/// Headers that depend on the kind of reply alone; the platform keeps them per kind.
fn base_headers(media: &str, cache: Cache, policy: &str) -> Vec<(&'static str, String)> {
    let cache = match cache {
        Cache::Never => "no-store".to_owned(),
        Cache::Asked => "private, no-cache".to_owned(),
        Cache::Public(seconds) => format!("public, max-age={seconds}"),
    };
    let mut headers = vec![
        ("Cache-Control", cache),
        ("Content-Security-Policy", policy.to_owned()),
        ("Cross-Origin-Resource-Policy", "cross-origin".to_owned()),
        ("Referrer-Policy", "no-referrer".to_owned()),
        ("Strict-Transport-Security", "max-age=63072000; includeSubDomains".to_owned()),
        ("Vary", "Origin".to_owned()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
    ];
    if !media.is_empty() {
        headers.push(("Content-Type", media.to_owned()));
    }
    headers
}

/// `ETag` and 304 for public reads (RFC 9110 §15.4.5).
fn validate(cx: &Cx, mut reply: Reply) -> Reply {
    let Some(row) = cx.row.filter(|row| row.marks.cached && row.who == Who::Public) else { return reply };
    debug_assert_eq!(row.method.as_str(), "GET");
    let Body::Text(text) = &reply.body else { return reply };
    let tag = etag::of(text.as_bytes());
    reply.cache = Cache::Public(300);
    if cx.head.header(HeaderName::IfNoneMatch).is_some_and(|sent| etag::matches(sent, &tag)) {
        reply.status = 304;
        reply.body = Body::Empty;
    }
    reply.header("ETag", tag)
}

fn server_timing(cx: &Cx, elapsed: u64) -> String {
    let trips = cx.platform.round_trips();
    if trips.is_empty() { format!("app;dur={elapsed}") } else { format!("app;dur={elapsed}, io;desc=\"{trips}\"") }
}

fn line(cx: &Cx, status: u16, code: Option<&str>, cause: Option<&str>, elapsed: u64) -> String {
    let caller = cx.caller();
    let trips = cx.platform.round_trips();
    let level = match status {
        500.. => "error",
        400.. => "warn",
        _ => "info",
    };
    let line = Line {
        timestamp: time::rfc3339(cx.now_ms()),
        level,
        service: cx.service,
        trace_id: &cx.trace.trace_id,
        user_id: caller.as_deref().map(|c| c.user_id()),
        action: cx.row.map_or("none", |row| row.handler),
        message: code.unwrap_or("ok"),
        metadata: Metadata {
            request_id: &cx.trace.request_id,
            span_id: &cx.trace.span_id,
            method: cx.head.method(),
            path: cx.head.path(),
            status: Some(status),
            duration_ms: Some(elapsed),
            round_trips: (!trips.is_empty()).then_some(trips),
            ip: Some(cx.network()),
            user_agent: cx.head.header(HeaderName::UserAgent),
            actor_id: caller.as_deref().and_then(|c| c.claims.act.as_ref()).map(|actor| actor.sub.as_str()),
            code,
            cause,
        },
    };
    line.to_json()
}
