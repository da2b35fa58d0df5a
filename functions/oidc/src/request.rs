//! An authorisation request: what is asked, or how it is refused. What is wrong with the app or the address is told
//! to the person and never sent on; all else is told to the app (RFC 6749 §4.1.2.1). Pure.

use crate::client::{ClientRow, GrantType};
use crate::form::{Fields, with_query};
use crate::issuer::resource_of;
use crate::redirect::is_registered;
use crate::scopes::{OFFLINE, Scopes};

/// Bytes of a state or a nonce.
const LONGEST: usize = 2048;

/// What is told to the person: the request is not one that an app of ours would send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsafe {
    /// There is no such app.
    Client,
    /// The address is not one the app registered.
    Redirect,
}

/// A refusal that the app is told.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// RFC 6749 §4.1.2.1.
    pub error: &'static str,
    /// For the app's developer.
    pub description: &'static str,
}

/// Where the answer goes.
#[derive(Debug, PartialEq, Eq)]
pub struct Way {
    /// One of the app's addresses.
    pub redirect_uri: String,
    /// What the app wants to see again.
    pub state: Option<String>,
}

impl Way {
    /// The address with the answer; `iss` says whose it is (RFC 9207).
    pub fn answer(&self, issuer: &str, parts: &[(&str, &str)]) -> String {
        let mut all = parts.to_vec();
        all.extend(self.state.as_deref().map(|state| ("state", state)));
        all.push(("iss", issuer));
        with_query(&self.redirect_uri, &all)
    }

    /// The address with a refusal.
    pub fn refuse(&self, issuer: &str, refused: &Refused) -> String {
        self.answer(issuer, &[("error", refused.error), ("error_description", refused.description)])
    }
}

/// What an app asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// What it wants.
    pub scopes: Scopes,
    /// RFC 7636, S256.
    pub challenge: String,
    /// What it wants to see in the ID token.
    pub nonce: Option<String>,
    /// Whom access tokens are to be for; `None`: us.
    pub resource: Option<String>,
    /// The person is to sign in anew.
    pub wants_login: bool,
    /// The person is to be asked anew.
    pub wants_consent: bool,
    /// Nobody is to be asked anything.
    pub silent: bool,
    /// Seconds since the last proof.
    pub max_age: Option<u64>,
}

/// What we are, for a request.
#[derive(Debug)]
pub struct Provider<'a> {
    /// Our address.
    pub issuer: &'a str,
    /// Other servers that tokens can be for.
    pub resources: &'a [String],
}

/// Where the answer to a request goes, if anywhere.
///
/// # Errors
/// What is told to the person instead.
pub fn way(fields: &Fields, client: Option<&ClientRow>) -> Result<Way, Unsafe> {
    let client = client.filter(|_| !fields.repeats("client_id")).ok_or(Unsafe::Client)?;
    let asked = fields.get("redirect_uri").filter(|_| !fields.repeats("redirect_uri")).ok_or(Unsafe::Redirect)?;
    if !is_registered(&client.redirect_uris(), client.application_type, asked) {
        return Err(Unsafe::Redirect);
    }
    let state = fields.get("state").filter(|state| state.len() <= LONGEST && !fields.repeats("state"));
    Ok(Way { redirect_uri: asked.to_owned(), state: state.map(str::to_owned) })
}

/// What is asked for.
///
/// # Errors
/// What the app is told.
pub fn read(fields: &Fields, client: &ClientRow, provider: &Provider<'_>) -> Result<Request, Refused> {
    let refuse = |error, description| Err(Refused { error, description });
    if fields.has_repeats() {
        return refuse("invalid_request", "A parameter is there twice.");
    }
    for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        if fields.get(name).is_some() {
            return refuse(error, "Requests as objects are not read here.");
        }
    }
    if fields.get("response_type") != Some("code") {
        return refuse("unsupported_response_type", "response_type must be code.");
    }
    if fields.get("response_mode").is_some_and(|mode| mode != "query") {
        return refuse("invalid_request", "response_mode must be query.");
    }
    if !client.may(GrantType::AuthorizationCode) {
        return refuse("unauthorized_client", "The app is not registered for authorization_code.");
    }
    let long = |name: &str| fields.get(name).is_some_and(|value| value.len() > LONGEST);
    if long("state") || long("nonce") {
        return refuse("invalid_request", "state or nonce is too long.");
    }
    let challenge = challenge(fields)?;
    let scopes = scopes(fields, client)?;
    let resource = resource_of(fields.get("resource"), provider.issuer, provider.resources).map_err(|_| Refused {
        error: "invalid_target",
        description: "resource is no server that tokens are given for.",
    })?;
    let prompt: Vec<&str> = fields.get("prompt").unwrap_or_default().split(' ').filter(|p| !p.is_empty()).collect();
    let silent = prompt.contains(&"none");
    if silent && prompt.len() > 1 {
        return refuse("invalid_request", "prompt has none and something else.");
    }
    let max_age = match fields.get("max_age").map(str::parse::<u64>) {
        Some(Err(_)) => return refuse("invalid_request", "max_age is no number of seconds."),
        Some(Ok(seconds)) => Some(seconds),
        None => None,
    };
    Ok(Request {
        scopes,
        challenge,
        nonce: fields.get("nonce").map(str::to_owned),
        resource,
        // Choosing an account is signing in: there is one at a time.
        wants_login: prompt.contains(&"login") || prompt.contains(&"select_account"),
        wants_consent: prompt.contains(&"consent"),
        silent,
        max_age,
    })
}

/// PKCE is demanded of every app (RFC 9700 §2.1.1), and `plain` is none.
fn challenge(fields: &Fields) -> Result<String, Refused> {
    let refuse = |description| Err(Refused { error: "invalid_request", description });
    let Some(challenge) = fields.get("code_challenge") else {
        return refuse("code_challenge is missing: PKCE is demanded of every app.");
    };
    if fields.get("code_challenge_method") != Some("S256") {
        return refuse("code_challenge_method must be S256.");
    }
    let fits = challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fits { Ok(challenge.to_owned()) } else { refuse("code_challenge is no SHA-256 in base64url.") }
}

fn scopes(fields: &Fields, client: &ClientRow) -> Result<Scopes, Refused> {
    let refused = |description| Refused { error: "invalid_scope", description };
    let allowed = client.scopes();
    let scopes = match fields.get("scope") {
        Some(text) => Scopes::read(text).map_err(|_| refused("scope is no list of scopes."))?,
        // RFC 6749 §3.3: what is usual for the app, but nothing that outlives the session.
        None => allowed.filter(|name| name != OFFLINE),
    };
    if !scopes.within(&allowed) {
        return Err(refused("scope has something that the app is not registered for."));
    }
    if scopes.is_empty() { Err(refused("scope asks for nothing.")) } else { Ok(scopes) }
}
