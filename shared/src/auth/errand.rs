//! Tokens of errand: what a job calls with when whoever made it is not there. One is minted by a function of ours for some
//! calls, lives for minutes, and opens only rows that ask for it (`user(use:ai errands)`). It is a MAC under `STORE_KEY` with a
//! domain of its own; whoever mints one asks the database first whether the account lives, and the key or the app that made
//! the job. Not here: sessions and roles. An errand has neither.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use super::claims::{AccessClaims, Caller, Key};
use super::scope::Scope;
use super::{GRANT_STATE, KEY_STATE, key, refused};
use crate::cx::Cx;
use crate::db::Statement;
use crate::platform::Platform;
use crate::problem::{Code, Problem};
use crate::route::{Row, Who};
use crate::secret::same;
use crate::{sql, vault};

/// What every token of errand begins with.
pub const PREFIX: &str = "er-slv1-";
/// Milliseconds that one lives at most, whatever it says.
pub const LONGEST_LIFE_MS: u64 = 5 * 60_000;
/// The domain of the MAC: nothing else that `STORE_KEY` makes is made of it.
const DOMAIN: &[u8] = b"errand";
/// A longer one was not made here.
const LONGEST: usize = 8_192;

/// One row when the person lives, for jobs that a person made without a key.
pub const PERSON_STATE: &str = "SELECT status AS status FROM users WHERE id = ?1";

/// Lets an errand in, or refuses it.
pub type Door = for<'a> fn(&'a Cx, &'a Row, &'a str) -> Result<(), Problem>;

/// Who made a job, as the job remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maker {
    /// `usr_…`.
    pub user_id: String,
    /// `key_…` or `grt_…`, where a program made it.
    pub key_id: Option<String>,
    /// What it may do: what its maker could when they made it.
    pub scopes: Vec<Scope>,
}

/// What the database says of a maker now.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Living {
    status: Option<String>,
    user_id: Option<String>,
    scopes: Option<String>,
    models: Option<String>,
    limits: Option<String>,
    organisation_id: Option<String>,
    expires_at: Option<u64>,
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    /// The function that takes it.
    aud: String,
    /// The deployment.
    iss: String,
    user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<String>,
    scopes: Vec<Scope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<String>,
    /// What the calls are for: `batch`.
    purpose: String,
    /// The job.
    job: String,
    /// Milliseconds since 1970.
    expires: u64,
}

/// What a token is for.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'a> {
    /// The function that is to take it: `ai`.
    pub audience: &'a str,
    /// What the calls are for: `batch`.
    pub purpose: &'a str,
    /// The job.
    pub job: &'a str,
    /// Milliseconds that it lives, five minutes at most.
    pub life_ms: u64,
}

impl Maker {
    /// Whoever calls, as a job of theirs is to remember them.
    ///
    /// # Errors
    /// 403 for an administrator in somebody's place: what goes on when they are gone would be nobody's.
    pub fn of(caller: &Caller) -> Result<Self, Problem> {
        if caller.claims.act.is_some() {
            return Err(Code::ImpersonationRefused.into());
        }
        let scopes = match &caller.key {
            Some(key) => key.scopes.clone(),
            None => Scope::ALL.into_iter().filter(|scope| scope.is_among(&caller.claims.permissions)).collect(),
        };
        Ok(Self { user_id: caller.user_id().to_owned(), key_id: caller.key_id().map(str::to_owned), scopes })
    }

    /// Asks whether the maker lives: a row of `Living`, or none.
    pub fn statement(&self) -> Statement {
        match self.key_id.as_deref() {
            Some(id) if id.starts_with("grt_") => sql!(GRANT_STATE, id, self.user_id.as_str()),
            Some(id) => sql!(KEY_STATE, id),
            None => sql!(PERSON_STATE, self.user_id.as_str()),
        }
    }

    /// A token for this errand; `None` when the account, the key or the app is no more, or may no more call.
    ///
    /// # Errors
    /// 503 without `STORE_KEY`.
    pub fn mint(
        &self,
        platform: &Platform,
        living: Option<Living>,
        errand: &Errand<'_>,
    ) -> Result<Option<String>, Problem> {
        let now = platform.now_ms();
        let Some(said) = living.and_then(|living| self.said(living, platform, errand, now)) else { return Ok(None) };
        let said = serde_json::to_vec(&said).map_err(Problem::internal)?;
        let macs = vault::keys_on(platform, &[DOMAIN, &said])?;
        let mac = macs.first().ok_or_else(|| Problem::internal("no key"))?;
        let [said, mac] = [said.as_slice(), mac].map(Base64UrlUnpadded::encode_string);
        Ok(Some(format!("{PREFIX}{said}.{mac}")))
    }

    fn said(&self, living: Living, platform: &Platform, errand: &Errand<'_>, now: u64) -> Option<Said> {
        let is_key = self.key_id.as_deref().is_some_and(|id| !id.starts_with("grt_"));
        let alive = match is_key {
            true => living.user_id.as_deref() == Some(&self.user_id) && living.expires_at.is_none_or(|at| now < at),
            false => living.status.as_deref() == Some("active"),
        };
        let mut scopes = self.scopes.clone();
        if is_key {
            let names: Vec<String> = crate::json::read(living.scopes.as_deref().unwrap_or("[]")).unwrap_or_default();
            scopes.retain(|scope| Scope::named(&names).contains(scope));
        }
        // A list that cannot be read opens nothing.
        let models = living.models.map(|models| crate::json::read(&models).unwrap_or_default());
        (alive && !scopes.is_empty()).then(|| Said {
            aud: errand.audience.to_owned(),
            iss: issuer(platform),
            user: self.user_id.clone(),
            key: self.key_id.clone(),
            organisation: living.organisation_id,
            scopes,
            models,
            limits: living.limits,
            purpose: errand.purpose.to_owned(),
            job: errand.job.to_owned(),
            expires: now.saturating_add(errand.life_ms.min(LONGEST_LIFE_MS)),
        })
    }
}

/// The door of rows that ask for errands.
///
/// # Errors
/// 401 for every text that is not a living token for this function, 403 without the scope; 503 without `STORE_KEY`.
pub fn door(cx: &Cx, row: &Row, token: &str) -> Result<(), Problem> {
    let said = read(cx, token)?.ok_or_else(|| refused("invalid_token"))?;
    let scope = row.scope.filter(|scope| scope.is_held(&said.scopes) && row.who == Who::User && !row.marks.fresh);
    cx.set_caller(Rc::new(caller(said)));
    if scope.is_some() { Ok(()) } else { Err(key::insufficient(row.scope)) }
}

/// What a token says, where it is one of ours, for this function, and lives.
fn read(cx: &Cx, token: &str) -> Result<Option<Said>, Problem> {
    let parts = || {
        let (said, mac) = token.strip_prefix(PREFIX).filter(|rest| rest.len() <= LONGEST)?.split_once('.')?;
        Some((Base64UrlUnpadded::decode_vec(said).ok()?, Base64UrlUnpadded::decode_vec(mac).ok()?))
    };
    let Some((bytes, mac)) = parts() else { return Ok(None) };
    if !vault::keys(cx, &[DOMAIN, &bytes])?.iter().any(|own| same(own, &mac)) {
        return Ok(None);
    }
    let now = cx.now_ms();
    let lives = |said: &Said| now < said.expires && said.expires <= now.saturating_add(LONGEST_LIFE_MS + SKEW_MS);
    let ours = |said: &Said| said.aud == cx.service && said.iss == cx.config.issuer;
    Ok(serde_json::from_slice(&bytes).ok().filter(|said| lives(said) && ours(said)))
}

/// Milliseconds by which the clock of whoever minted it may be ahead of ours.
const SKEW_MS: u64 = 60_000;

fn caller(said: Said) -> Caller {
    let claims = AccessClaims {
        iss: said.iss.clone(),
        aud: said.iss,
        sub: said.user,
        email: String::new(),
        roles: Vec::new(),
        permissions: said.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        jti: said.job,
        sid: String::new(),
        epoch: 0,
        act: None,
    };
    let Said { scopes, models, limits, organisation: organisation_id, .. } = said;
    let key = said.key.map(|id| Key { id, scopes, models, limits, organisation_id });
    Caller { claims, expires_ms: said.expires, key, errand: true }
}

fn issuer(platform: &Platform) -> String {
    platform.var("JWT_ISSUER").unwrap_or_else(|| "selvage".to_owned())
}
