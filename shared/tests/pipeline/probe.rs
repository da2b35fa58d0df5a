//! The function under test: one row of each kind, and ways to call them.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures::future::LocalBoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::auth::Caller;
use shared::config::Config;
use shared::cx::Cx;
use shared::extract::{Json, Path, Query};
use shared::head::{Head, HeaderName};
use shared::platform::testing::Bench;
use shared::platform::{Incoming, Outgoing};
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};
use shared::{health, pipeline, routes};

use crate::bodies::Note;
use crate::round_trips::visit;
use crate::streams::relay;

routes! { "probe":
    GET    "/healthz"         public  none   problem                => health::live()             -> 200 health::Health;
    GET    "/readyz"          public  none   problem                => health::ready()            -> 200 health::Health;
    GET    "/v1/page"         public  none   problem   [cached]     => page()                     -> 200 Page;
    POST   "/v1/page"         public  none   problem   [once]       => add(Json<Wish>)            -> 201 Added;
    GET    "/v1/notes"        user    normal problem                => list(Query<Range>)         -> 200 Range;
    POST   "/v1/notes"        user    normal problem                => keep(Json<Note>)           -> 201 Page;
    GET    "/v1/notes/{id}"   session normal problem                => read(Rc<Caller>, Path)     -> 200 Added;
    PUT    "/v1/notes/{id}"   session none   problem                => read(Rc<Caller>, Path)     -> 200 Added;
    PATCH  "/v1/notes/{id}"   session none   problem                => read(Rc<Caller>, Path)     -> 200 Added;
    DELETE "/v1/notes/{id}"   session none   problem                => delete(Path)               -> 204 ();
    GET    "/v1/public/{id}"  public  none   problem                => read(Rc<Caller>, Path)     -> 200 Added;
    GET    "/v1/all"          admin   none   problem                => page()                     -> 200 Page;
    GET    "/v1/ai"           user(use:ai)       none problem       => page()                     -> 200 Page;
    GET    "/v1/errand"       user(use:ai errands) normal problem   => page()                     -> 200 Page;
    POST   "/v1/ai"           user(use:ai)       none problem [once] => add(Json<Wish>)           -> 201 Added;
    POST   "/v1/ai-slow"      user(use:ai)       none openai  [slow] => add(Json<Wish>)           -> 201 Added;
    GET    "/v1/open"         open(use:files)    none problem       => visitor(Option<Rc<Caller>>) -> 200 Visitor;
    GET    "/v1/sum"          session(read:usage) none problem      => page()                     -> 200 Page;
    GET    "/v1/fresh"        session(use:ai)    none problem [fresh] => page()                  -> 200 Page;
    GET    "/v1/never-keys"   admin(use:ai)      none problem       => page()                     -> 200 Page;
    POST   "/v1/once"         user    none   problem   [once]       => add(Json<Wish>)            -> 201 Added;
    POST   "/v1/also"         user    none   problem   [once]       => add(Json<Wish>)            -> 201 Added;
    POST   "/v1/never"        user    none   problem                => add(Json<Wish>)            -> 201 Added;
    POST   "/v1/raw"          user    none   problem   [once]       => raw(Json<Wish>)            -> 200 Reply;
    POST   "/v1/stream"       user    none   openai    [once, slow] => relay(Json<Wish>)          -> 200 Reply;
    POST   "/v1/visits"       user    none   problem                => visit()                    -> 204 ();
    POST   "/v1/strict"       public  strict problem                => add(Json<Wish>)            -> 201 Added;
    POST   "/v1/proof"        public  strict problem   [proof]      => add(Json<Wish>)            -> 201 Added;
    POST   "/v1/openai"       user    strict openai                 => add(Json<Wish>)            -> 201 Added;
    POST   "/v1/anthropic"    user    strict anthropic              => add(Json<Wish>)            -> 201 Added;
}

/// Who reads an open page.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Visitor {
    id: Option<String>,
}

/// Says who reads.
///
/// # Errors
/// None.
pub(crate) async fn visitor(_: &Cx, caller: Option<Rc<Caller>>) -> Result<Visitor, Problem> {
    Ok(Visitor { id: caller.map(|caller| caller.user_id().to_owned()) })
}

/// A page that never changes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Page {
    text: &'static str,
}

/// Which notes.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Range {
    from: u32,
    to: u32,
}

/// What a handler is asked to do.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// `ok`, or the way to fail.
    pub(crate) wish: String,
}

/// Something that was made; each one has an id of its own.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Added {
    id: String,
}

async fn page(_: &Cx) -> Result<Page, Problem> {
    Ok(Page { text: "always the same" })
}

async fn list(_: &Cx, Query(range): Query<Range>) -> Result<Range, Problem> {
    Ok(range)
}

async fn keep(_: &Cx, Json(_): Json<Note>) -> Result<Page, Problem> {
    page_text("kept")
}

fn page_text(text: &'static str) -> Result<Page, Problem> {
    Ok(Page { text })
}

async fn read(_: &Cx, _: Rc<Caller>, Path(id): Path) -> Result<Added, Problem> {
    Ok(Added { id })
}

async fn delete(_: &Cx, Path(_): Path) -> Result<(), Problem> {
    Ok(())
}

thread_local! {
    static OPEN: Cell<bool> = const { Cell::new(false) };
}

/// Lets handlers go on that wait.
pub(crate) fn open_the_gate() {
    OPEN.set(true);
}

async fn add(cx: &Cx, Json(wish): Json<Wish>) -> Result<Added, Problem> {
    match wish.wish.as_str() {
        "wait" => poll_fn(|_| if OPEN.get() { Poll::Ready(()) } else { Poll::Pending }).await,
        "unavailable" => return Err(Problem::from(Code::Unavailable).because("the other side is down")),
        "internal" => return Err(Problem::internal("a secret cause")),
        "placed" => cx.add_header("Location", "/v1/things/1".to_owned()),
        "detail" => return Err(Problem::from(Code::BudgetExhausted).detail("Nothing is left.")),
        _ => {}
    }
    Ok(Added { id: cx.new_id("thg") })
}

async fn raw(cx: &Cx, Json(wish): Json<Wish>) -> Result<Reply, Problem> {
    let id = cx.new_id("thg");
    Ok(match wish.wish.as_str() {
        "bytes" => Reply::new(200, "application/json", Body::Bytes(id.into_bytes())),
        "binary" => Reply::new(200, "application/json", Body::Bytes(vec![0xff, 0xfe])),
        "large" => Reply::new(200, "application/json", Body::Text(id.repeat(50_000))),
        "refused" => Reply::new(400, "application/json", Body::Text(id)),
        "empty" => Reply::empty(204),
        "placed" => Reply::new(201, "application/json", Body::Text(id)).header("Location", "/v1/things/2"),
        _ => Reply::new(200, "application/json", Body::Text(id)),
    })
}

/// The probe with these variables.
pub(crate) fn probe(vars: &[(&str, &str)]) -> Bench {
    Bench::new(&TABLE, vars)
}

thread_local! {
    static BEARER: RefCell<(u64, String)> = RefCell::default();
}

/// `Authorization` of the user `usr_1`, signed once for each time: signing is slow without optimisation.
fn bearer(bench: &Bench) -> String {
    BEARER.with_borrow_mut(|(at, bearer)| {
        if *at != bench.now_ms() {
            *at = bench.now_ms();
            *bearer = format!("Bearer {}", bench.token("usr_1", &[]));
        }
        bearer.clone()
    })
}

/// A request by a signed-in user, with a JSON body and further headers.
pub(crate) fn call(bench: &Bench, method: &str, path: &str, headers: &[(HeaderName, &str)], body: &str) -> Outgoing {
    let bearer = bearer(bench);
    let mut all = vec![(HeaderName::Authorization, bearer.as_str())];
    all.extend_from_slice(headers);
    bench.request(method, path, &all, body)
}

/// As `call`, not yet run: the test polls it.
pub(crate) fn begin(bench: &Bench, path: &str, key: &str, body: &str) -> LocalBoxFuture<'static, Outgoing> {
    let bearer = bearer(bench);
    let headers = [
        (HeaderName::Authorization, bearer.as_str()),
        (HeaderName::ContentType, "application/json"),
        (HeaderName::IdempotencyKey, key),
    ];
    let head = Head::of(bench.now_ms(), "POST", &format!("http://test{path}"), &headers);
    let platform = bench.platform();
    let config = Rc::new(Config::read(|name| platform.var(name)));
    let body = Incoming::of(body.as_bytes().to_vec());
    Box::pin(pipeline::serve(&TABLE, head, body, platform, config))
}

/// A reply's JSON; null when it is none.
pub(crate) fn json(out: &Outgoing) -> serde_json::Value {
    serde_json::from_slice(&out.body).unwrap_or_default()
}

/// A user with a living session, as `Bench::token` names them.
pub(crate) fn add_user(bench: &Bench) {
    bench.execute(
        "INSERT INTO users (id, email, created_at) VALUES ('usr_1', 'someone@example.com', 0);
         INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ('ses_1', 'usr_1', 0, 9000000000000);",
    );
}
