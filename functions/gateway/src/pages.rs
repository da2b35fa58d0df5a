//! The pages that describe the whole: the API description, the reference, and the forms
//! behind one-time links. All are constants; none loads from elsewhere.

use shared::cx::Cx;
use shared::problem::Problem;
use shared::reply::{Body, Reply};

const OPENAPI: &str = include_str!("generated/openapi.json");
const DOCS: &str = include_str!("generated/docs.html");
const DOCS_CSS: &str = include_str!("pages/docs.css");
const CLAIM: &str = include_str!("pages/claim.html");
const CLAIM_JS: &str = include_str!("pages/claim.js");
const VERIFY: &str = include_str!("pages/verify.html");
const RESET: &str = include_str!("pages/reset.html");
const MAGIC: &str = include_str!("pages/magic.html");
const CHANGE_EMAIL: &str = include_str!("pages/change-email.html");
const INVITATION: &str = include_str!("pages/invitation.html");
const INVITATION_JS: &str = include_str!("pages/invitation.js");
const LINK_JS: &str = include_str!("pages/link.js");

/// Everything from this origin, nothing from any other, nothing inline.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn page(media: &'static str, text: &str) -> Result<Reply, Problem> {
    let mut reply = Reply::new(200, media, Body::Text(text.to_owned()));
    reply.policy = PAGE_POLICY;
    Ok(reply)
}

/// `GET /v1/openapi.json`.
pub(crate) async fn openapi(_: &Cx) -> Result<Reply, Problem> {
    page("application/json", OPENAPI)
}

/// `GET /docs`.
pub(crate) async fn docs(_: &Cx) -> Result<Reply, Problem> {
    page("text/html; charset=utf-8", DOCS)
}

/// `GET /docs.css`.
pub(crate) async fn docs_css(_: &Cx) -> Result<Reply, Problem> {
    page("text/css; charset=utf-8", DOCS_CSS)
}

/// `GET /claim`: the token stands behind `#` and is not sent by opening the page.
pub(crate) async fn claim(_: &Cx) -> Result<Reply, Problem> {
    page("text/html; charset=utf-8", CLAIM)
}

/// `GET /claim.js`.
pub(crate) async fn claim_js(_: &Cx) -> Result<Reply, Problem> {
    page("text/javascript; charset=utf-8", CLAIM_JS)
}

/// `GET /verify`: a mailed link leads here; opening it changes nothing, its button does.
pub(crate) async fn verify(_: &Cx) -> Result<Reply, Problem> {
    page("text/html; charset=utf-8", VERIFY)
}

/// `GET /reset`: a mailed link leads here; opening it changes nothing, its button does.
pub(crate) async fn reset(_: &Cx) -> Result<Reply, Problem> {
    page("text/html; charset=utf-8", RESET)
}

/// `GET /magic`: a mailed link leads here; opening it changes nothing, its button does.
pub(crate) async fn magic(_: &Cx) -> Result<Reply, Problem> {
    page("text/html; charset=utf-8", MAGIC)
}

/// `GET /change-email`: a mailed link leads here; opening it changes nothing, its button does.
pub(crate) async fn change_email(_: &Cx) -> Result<Reply, Problem> {
    page("text/html; charset=utf-8", CHANGE_EMAIL)
}

/// `GET /invitation`: a mailed link leads here; opening it changes nothing, its buttons do.
pub(crate) async fn invitation(_: &Cx) -> Result<Reply, Problem> {
    page("text/html; charset=utf-8", INVITATION)
}

/// `GET /invitation.js`.
pub(crate) async fn invitation_js(_: &Cx) -> Result<Reply, Problem> {
    page("text/javascript; charset=utf-8", INVITATION_JS)
}

/// `GET /link.js`.
pub(crate) async fn link_js(_: &Cx) -> Result<Reply, Problem> {
    page("text/javascript; charset=utf-8", LINK_JS)
}
