//! What a person decides about an app's request. The page sends the request as it stands in its address, with the
//! page's mark, and the person's own access token: no cookie can decide, and nothing but a page of ours has the mark.
//! Everything about the request is checked again here.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use shared::accounts::events::{Detail, Kind, event};
use shared::accounts::{settings, tokens};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Json;
use shared::problem::{Code, Problem};

use crate::client::{ClientRow, GrantType};
use crate::consent_store::{self as consents, Decider, Remembered};
use crate::form::Fields;
use crate::issuer::{issuer, resources};
use crate::redirect::is_exclusive;
use crate::request::{self, Provider, Request, Way};
use crate::scopes::{OFFLINE, Scopes};
use crate::store::{self, CODE_MS, NewCode, NewGrant};
use crate::{client_store, ticket};

/// What a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Choice {
    /// Nothing yet: go on if it was allowed before.
    Ask,
    /// Yes.
    Allow,
    /// No.
    Deny,
}

/// `POST /v1/oauth/authorize`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Decision {
    /// The query of the page, as it stands in its address.
    pub query: String,
    /// The page's mark.
    pub ticket: String,
    /// What the person decides.
    pub choice: Choice,
}

/// What comes of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Step {
    /// The browser goes on.
    Done,
    /// The person is to be asked.
    ConsentRequired,
    /// The person is to sign in anew: the app wants a newer proof.
    LoginRequired,
}

/// The reply to a decision.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Decided {
    /// What comes of it.
    pub status: Step,
    /// Where the browser goes on, when it is done.
    pub redirect_to: Option<String>,
    /// Who decides, as they know themselves.
    pub account: String,
}

/// What the decision is about.
struct Matter {
    client: ClientRow,
    decider: Decider,
    remembered: Scopes,
    way: Way,
    request: Request,
    shown_at: u64,
}

/// `POST /v1/oauth/authorize`: what the page of an app's request asks and does for the person who is signed in there.
///
/// # Errors
/// 422 for a request that no page of ours showed, or that has been changed or too long ago; 401 when the session has
/// ended.
pub async fn decide(cx: &Cx, caller: Rc<Caller>, Json(decision): Json<Decision>) -> Result<Decided, Problem> {
    let issuer = issuer(cx)?;
    let matter = load(cx, &caller, &decision, &issuer).await?;
    let account = matter.decider.account().to_owned();
    let status = step(&matter, decision.choice, cx.now_ms());
    if status != Step::Done {
        return Ok(Decided { status, redirect_to: None, account });
    }
    let redirect_to = match decision.choice {
        Choice::Deny => matter.way.answer(&issuer, &[("error", "access_denied")]),
        Choice::Ask | Choice::Allow => {
            let code = allow(cx, &caller, &matter, decision.choice == Choice::Allow).await?;
            matter.way.answer(&issuer, &[("code", &code)])
        }
    };
    Ok(Decided { status, redirect_to: Some(redirect_to), account })
}

async fn load(cx: &Cx, caller: &Caller, decision: &Decision, issuer: &str) -> Result<Matter, Problem> {
    let forged = || Problem::invalid("/ticket", "refused", "is not of this request, or too old: open the page anew");
    let shown_at = ticket::shown_at(cx, &decision.ticket, &decision.query)?.ok_or_else(forged)?;
    let fields = Fields::read(&decision.query);
    let client_id = fields.get("client_id").unwrap_or_default();
    let batch = vec![
        client_store::client(client_id),
        consents::decider(&caller.claims.sid, caller.user_id()),
        consents::consent(caller.user_id(), client_id),
    ];
    let mut rows = cx.platform.db().batch(batch).await?;
    let client: Option<ClientRow> = rows.take(0)?.into_iter().next();
    let decider = rows.take::<Decider>(1)?.into_iter().next().ok_or(Code::Unauthenticated)?;
    let remembered = rows.take::<Remembered>(2)?.into_iter().next();
    let unfit = |detail: &str| Problem::invalid("/query", "refused", detail);
    let way =
        request::way(&fields, client.as_ref()).map_err(|_| unfit("is of no app, or leads to no address of it"))?;
    let client = client.ok_or_else(|| unfit("is of no app"))?;
    let provider = Provider { issuer, resources: &resources(cx) };
    let request = request::read(&fields, &client, &provider).map_err(|refused| unfit(refused.description))?;
    let remembered = remembered.map(|kept| Scopes::stored(&kept.scopes)).unwrap_or_default();
    Ok(Matter { client, decider, remembered, way, request, shown_at })
}

/// What comes of a choice. Pure.
fn step(matter: &Matter, choice: Choice, now: u64) -> Step {
    let Matter { client, decider, remembered, way, request, shown_at } = matter;
    let since = decider.authenticated_at;
    let too_old = request.max_age.is_some_and(|age| since.saturating_add(age.saturating_mul(1000)) < now);
    if choice == Choice::Deny {
        return Step::Done;
    }
    if too_old || (request.wants_login && since < *shown_at) {
        return Step::LoginRequired;
    }
    // Where others can be at the address, nobody knows that it is the app of the last time (RFC 8252 §8.6).
    let is_known = client.is_verified() && (!client.is_public() || is_exclusive(&way.redirect_uri));
    let allowed = is_known && !request.wants_consent && request.scopes.within(remembered);
    if choice == Choice::Allow || allowed { Step::Done } else { Step::ConsentRequired }
}

/// Writes what was allowed; the code that stands for it.
async fn allow(cx: &Cx, caller: &Caller, matter: &Matter, remember: bool) -> Result<String, Problem> {
    let Matter { client, decider, remembered, way, request, .. } = matter;
    let (settings, now, user) = (settings(cx)?, cx.now_ms(), caller.user_id());
    let offline = request.scopes.has(OFFLINE) && client.may(GrantType::RefreshToken);
    let scopes = request.scopes.filter(|name| offline || name != OFFLINE).to_string();
    let (grant_id, code) = (cx.new_id("grt"), new_code(cx));
    let grant = NewGrant {
        id: &grant_id,
        client_id: &client.id,
        user_id: Some(user),
        session_id: Some(&caller.claims.sid),
        scopes: &scopes,
        resource: request.resource.as_deref(),
        offline,
        authenticated_at: decider.authenticated_at,
        methods: &decider.methods,
        now,
        expires_at: now + CODE_MS + settings.access_s * 1000,
    };
    let new = NewCode {
        hash: &tokens::hash(&code),
        grant_id: &grant_id,
        client_id: &client.id,
        redirect_uri: &way.redirect_uri,
        challenge: &request.challenge,
        nonce: request.nonce.as_deref(),
        now,
    };
    let detail = Detail(&[("client_id", &client.id), ("grant_id", &grant_id), ("scopes", &scopes)]);
    let mut batch = vec![store::add_grant(&grant), store::add_code(&new), event(cx, Kind::AppAllowed, user, &detail)];
    if remember {
        let all = remembered.with(&request.scopes).to_string();
        batch.push(consents::remember(&cx.new_id("cns"), user, &client.id, &all, now));
    }
    cx.platform.db().batch(batch).await?;
    Ok(code)
}

fn new_code(cx: &Cx) -> String {
    format!("oc_{}", Base64UrlUnpadded::encode_string(&cx.platform.random::<32>()))
}
