//! Devices without a browser of their own (RFC 8628): they show a short code, and their person types it on our page,
//! where they are signed in. Not here: what a device gets when it polls (`token`).

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use shared::accounts::{settings, tokens};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::Json;
use shared::platform::Rows;
use shared::problem::{Code, Problem};
use shared::vault;

use crate::client::GrantType;
use crate::client_auth::authenticate;
use crate::consent_store::{self, Decider};
use crate::decision::Choice;
use crate::device_consent_store::{self as consents, TriedRow, WaitRow, WaitingRow};
use crate::device_store::{self, INTERVAL_S, LIFE_MS, NewDevice};
use crate::form::{Form, given};
use crate::issuer::{issuer, resource_of, resources};
use crate::refusal::refused;
use crate::scopes::{OFFLINE, Scopes};

/// The letters of a code that people type: no vowels, so that no words come of it (RFC 8628 §6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many there are: 34 bits.
const LENGTH: usize = 8;

/// A device that asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeviceRequest {
    /// The app, unless it is named in `Authorization`.
    pub client_id: Option<String>,
    /// Its secret, for `client_secret_post`.
    pub client_secret: Option<String>,
    /// What it wants, with spaces between; all it is registered for but `offline_access` unless named.
    pub scope: Option<String>,
    /// Whom the access token is for (RFC 8707).
    pub resource: Option<String>,
}

/// What a device shows and polls with (RFC 8628 §3.2).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeviceReply {
    /// What it polls with.
    pub device_code: String,
    /// What its person types.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// Where, with the code in it, for a QR code.
    pub verification_uri_complete: String,
    /// Seconds the person has.
    pub expires_in: u64,
    /// Seconds between two polls.
    pub interval: u64,
}

/// `POST /oauth/device`.
///
/// # Errors
/// 401 for an app that did not prove who it is, 400 for what it may not ask for.
pub async fn begin(cx: &Cx, Form(asked): Form<DeviceRequest>) -> Result<DeviceReply, Problem> {
    let client = authenticate(cx, asked.client_id.as_ref(), asked.client_secret.as_ref()).await?;
    if !client.may(GrantType::DeviceCode) {
        return Err(refused("unauthorized_client", "The app is not registered for devices."));
    }
    let issuer = issuer(cx)?;
    let scopes = match given(asked.scope.as_ref()) {
        Some(text) => Scopes::read(text).map_err(|detail| refused("invalid_scope", format!("scope {detail}.")))?,
        None => client.scopes().filter(|name| name != OFFLINE),
    };
    if scopes.is_empty() || !scopes.within(&client.scopes()) {
        return Err(refused("invalid_scope", "scope has nothing, or something that the app is not registered for."));
    }
    let resource = resource_of(given(asked.resource.as_ref()), &issuer, &resources(cx))
        .map_err(|_| refused("invalid_target", "resource is no server that tokens are given for."))?;
    let device_code = format!("odc_{}", Base64UrlUnpadded::encode_string(&cx.platform.random::<32>()));
    let user_code = user_code(cx.platform.random());
    let new = NewDevice {
        hash: &tokens::hash(&device_code),
        user_code: &keyed(cx, &user_code)?,
        client_id: &client.id,
        scopes: &scopes.to_string(),
        resource: resource.as_deref(),
        now: cx.now_ms(),
    };
    cx.platform.db().run(device_store::add(&new)).await.map_err(taken)?;
    let (first, second) = user_code.split_at_checked(LENGTH / 2).unwrap_or((&user_code, ""));
    let shown = format!("{first}-{second}");
    Ok(DeviceReply {
        device_code,
        verification_uri: format!("{issuer}/device"),
        // Behind `#`, so that no server's log has it.
        verification_uri_complete: format!("{issuer}/device#{shown}"),
        user_code: shown,
        expires_in: LIFE_MS / 1000,
        interval: INTERVAL_S,
    })
}

/// Two devices with one code, which happens once in 2^34: the second one tries again.
fn taken(error: shared::db::DbError) -> Problem {
    match error {
        error if error.violates("user_code") => {
            Problem::from(Code::Unavailable).because("a user code was drawn twice").header("Retry-After", "1")
        }
        error => error.into(),
    }
}

/// A code of random letters. 256 is no multiple of 20: two random bytes a letter make the difference too small to use.
fn user_code(random: [u8; LENGTH * 2]) -> String {
    let letter = |pair: &[u8]| {
        let number = pair.iter().fold(0_usize, |n, byte| (n << 8) | usize::from(*byte));
        LETTERS.get(number % LETTERS.len()).map_or('B', |letter| char::from(*letter))
    };
    random.chunks(2).map(letter).collect()
}

/// What was typed, as it was drawn: capitals, without what stands between.
fn typed(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).take(LENGTH + 1).collect()
}

fn keyed(cx: &Cx, user_code: &str) -> Result<String, Problem> {
    let key = vault::key(cx, &[b"oidc user code", user_code.as_bytes()])?;
    Ok(Base64UrlUnpadded::encode_string(&key))
}

/// `POST /v1/oauth/device`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeviceDecision {
    /// What the device shows; dashes, spaces and small letters do no harm.
    pub user_code: String,
    /// What the person decides; `ask` tells who asks.
    pub choice: Choice,
}

/// Who asks, and what came of it.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeviceDecided {
    /// Whether it is decided.
    pub decided: bool,
    /// What the app is called.
    pub client_name: String,
    /// Whether an administrator registered it.
    pub client_verified: bool,
    /// What it wants.
    pub scopes: Vec<String>,
    /// Who decides, as they know themselves.
    pub account: String,
}

/// `POST /v1/oauth/device`: tells who asks with a code, and allows or refuses it. A person's wrong codes are slowed
/// down: five a day are free, then each waits twice as long as the one before.
///
/// # Errors
/// 404 for a code that no device waits with, 429 after too many of these.
pub async fn decide(
    cx: &Cx,
    caller: Rc<Caller>,
    Json(decision): Json<DeviceDecision>,
) -> Result<DeviceDecided, Problem> {
    let (now, user) = (cx.now_ms(), caller.user_id());
    let code = keyed(cx, &typed(&decision.user_code))?;
    let subject = format!("device {user}");
    let mut batch = Vec::from(consents::attempt(&subject, now));
    batch.extend([consents::waiting(&code, now), consent_store::decider(&caller.claims.sid, user)]);
    let mut rows = cx.platform.db().batch(batch).await?;
    allowed(cx, &mut rows)?;
    let found = rows.take::<WaitingRow>(2)?.into_iter().next().ok_or(Code::NotFound)?;
    let decider = rows.take::<Decider>(3)?.into_iter().next().ok_or(Code::Unauthenticated)?;
    let mut batch = vec![consents::take_back(&subject)];
    match decision.choice {
        Choice::Ask => {}
        Choice::Allow => batch.extend(allow(cx, &caller, &code, &found, &decider)?),
        Choice::Deny => batch.push(consents::deny(&code, now)),
    }
    let last = batch.len().saturating_sub(1);
    let mut rows = cx.platform.db().batch(batch).await?;
    let decided = decision.choice != Choice::Ask;
    if decided && rows.take::<One>(last)?.is_empty() {
        return Err(Code::NotFound.into());
    }
    Ok(DeviceDecided {
        decided,
        client_name: found.name,
        client_verified: found.verified != 0,
        scopes: Scopes::stored(&found.scopes).names().to_vec(),
        account: decider.account().to_owned(),
    })
}

fn allowed(cx: &Cx, rows: &mut Rows) -> Result<(), Problem> {
    if !rows.take::<TriedRow>(0)?.is_empty() {
        return Ok(());
    }
    let next_at = rows.take::<WaitRow>(1)?.into_iter().next().map_or(0, |wait| wait.next_at);
    let seconds = next_at.saturating_sub(cx.now_ms()).div_ceil(1000).max(1);
    Err(Problem::from(Code::RateLimited).detail("Too many wrong codes.").header("Retry-After", seconds.to_string()))
}

fn allow(
    cx: &Cx,
    caller: &Caller,
    code: &str,
    found: &WaitingRow,
    decider: &Decider,
) -> Result<Vec<shared::db::Statement>, Problem> {
    let settings = settings(cx)?;
    let kinds: Vec<GrantType> = shared::json::read(&found.grant_types).unwrap_or_default();
    let wanted = Scopes::stored(&found.scopes);
    let offline = wanted.has(OFFLINE) && kinds.contains(&GrantType::RefreshToken);
    let scopes = wanted.filter(|name| offline || name != OFFLINE).to_string();
    let consent = consents::Consent {
        user_code: code,
        grant_id: &cx.new_id("grt"),
        user_id: caller.user_id(),
        session_id: &caller.claims.sid,
        scopes: &scopes,
        offline,
        authenticated_at: decider.authenticated_at,
        methods: &decider.methods,
        expires_at: cx.now_ms() + LIFE_MS + settings.access_s * 1000,
    };
    Ok(consents::allow(cx, &consent, &found.client_id))
}

#[cfg(test)]
mod tests {
    use super::{typed, user_code};

    #[test]
    fn codes_are_eight_letters_and_read_however_they_are_typed() {
        let code = user_code([0, 19, 0, 0, 1, 0, 255, 255, 0, 1, 0, 2, 0, 3, 0, 4]);
        assert_eq!(code, "ZBVTCDFG");
        for text in ["ZBVT-CDFG", "zbvt cdfg", " zbvt–cdfg "] {
            assert_eq!(typed(text), code, "{text}");
        }
        assert_eq!(typed(&"x".repeat(100)).len(), 9);
    }
}
