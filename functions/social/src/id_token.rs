//! Whether an `id_token` is what it says (OpenID Connect Core 1.0 §3.1.3.7). Pure: the signature is checked by the
//! platform with the key that is chosen here, and the key fixes the algorithm.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::platform::Signing;

/// Longer ones are not looked at.
const LONGEST: usize = 16 * 1024;
/// How much another clock may differ, in seconds.
const SKEW_S: u64 = 60;
/// A token that was made longer ago is not of this sign-in, in seconds.
const OLDEST_S: u64 = 3_600;

/// Why a token is refused, for the log.
pub type Refusal = &'static str;

/// One public key of an issuer (RFC 7517 §4). Members of other kinds of keys are not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: String,
    n: String,
    e: String,
    x: String,
    y: String,
}

impl Jwk {
    /// Its name.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// How it signs, and the members that are the key; `None` for a key that signs nothing here. RSA keys have at
    /// least 2,048 bits (RFC 7518 §3.3).
    fn usable(&self) -> Option<(Signing, Value)> {
        let (signing, key) = match (self.kty.as_str(), self.crv.as_str()) {
            ("RSA", _) => {
                let bytes = Base64UrlUnpadded::decode_vec(&self.n).ok()?;
                let strong = bytes.iter().skip_while(|byte| **byte == 0).count() >= 256;
                (Signing::Rs256, strong.then(|| json!({ "kty": "RSA", "n": self.n, "e": self.e }))?)
            }
            ("EC", "P-256") => (Signing::Es256, json!({ "kty": "EC", "crv": "P-256", "x": self.x, "y": self.y })),
            ("OKP", "Ed25519") => (Signing::EdDsa, json!({ "kty": "OKP", "crv": "Ed25519", "x": self.x })),
            _ => return None,
        };
        let meant = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        let named = self.alg.as_deref().is_none_or(|alg| alg == signing.as_str());
        (meant && named).then_some((signing, key))
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// A token, taken apart and not yet believed.
#[derive(Debug)]
pub struct Unverified<'a> {
    alg: String,
    kid: Option<String>,
    /// What is signed.
    pub signed: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
    claims: Vec<u8>,
}

/// Takes a token apart.
///
/// # Errors
/// When it is none, or demands what is not understood (RFC 7515 §4.1.11).
pub fn read(token: &str) -> Result<Unverified<'_>, Refusal> {
    let (signed, signature) = token.rsplit_once('.').filter(|_| token.len() <= LONGEST).ok_or("it is no token")?;
    let (header, claims) = signed.split_once('.').ok_or("it is no token")?;
    let bytes = |text: &str| Base64UrlUnpadded::decode_vec(text).map_err(|_| "it is not base64url");
    let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| "its header cannot be read")?;
    if header.crit.is_some() {
        return Err("it demands an extension");
    }
    let (signature, claims) = (bytes(signature)?, bytes(claims)?);
    Ok(Unverified { alg: header.alg, kid: header.kid, signed, signature, claims })
}

impl Unverified<'_> {
    /// The name of its key.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key of that name and how it signs; without a name the only key there is.
    ///
    /// # Errors
    /// When there is none, or its algorithm is not the token's.
    pub fn key(&self, keys: &[Jwk]) -> Result<(Signing, String), Refusal> {
        let mut usable = keys.iter().filter(|key| self.kid.is_none() || key.kid == self.kid).filter_map(Jwk::usable);
        let (signing, key) = usable.next().ok_or("its key is not the issuer's")?;
        if usable.next().is_some() {
            return Err("its key cannot be told from others");
        }
        if signing.as_str() != self.alg {
            return Err("its algorithm is not its key's");
        }
        Ok((signing, key.to_string()))
    }

    /// The claims, once the signature was right.
    ///
    /// # Errors
    /// When one of them is not as it must be.
    pub fn claims(&self, expected: &Expected<'_>) -> Result<Claims, Refusal> {
        let claims: Claims = serde_json::from_slice(&self.claims).map_err(|_| "its claims cannot be read")?;
        let (iss, client) = (expected.issuer, expected.client_id);
        let (audience, several) = match &claims.aud {
            Audience::One(one) => (one == client, false),
            Audience::Many(many) => (many.iter().any(|one| one == client), many.len() != 1),
        };
        let now = expected.now_ms / 1000;
        let rules = [
            (claims.iss == iss, "iss is another issuer"),
            (audience, "aud is another client"),
            (!several || claims.azp.is_some(), "several audiences and no azp"),
            (claims.azp.as_deref().is_none_or(|azp| azp == client), "azp is another client"),
            (claims.exp.saturating_add(SKEW_S) > now, "it has expired"),
            (claims.iat <= now + SKEW_S, "iat is in the future"),
            (claims.iat.saturating_add(OLDEST_S) > now, "iat is long ago"),
            (claims.nbf.is_none_or(|nbf| nbf <= now + SKEW_S), "nbf is in the future"),
            (same(claims.nonce.as_deref(), expected.nonce), "nonce is another sign-in's"),
            ((1..=255).contains(&claims.sub.len()), "sub is empty or too long"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, refusal)) => Err(refusal),
            None => Ok(claims),
        }
    }
}

fn same(said: Option<&str>, expected: &str) -> bool {
    said.is_some_and(|said| shared::secret::same(said.as_bytes(), expected.as_bytes()))
}

/// What the claims must say.
pub struct Expected<'a> {
    /// To the letter.
    pub issuer: &'a str,
    /// This deployment's name at the issuer.
    pub client_id: &'a str,
    /// Of this sign-in.
    pub nonce: &'a str,
    /// Milliseconds.
    pub now_ms: u64,
}

/// The claims that are looked at. Times are whole numbers: a text is refused.
#[derive(Debug, Deserialize)]
pub struct Claims {
    iss: String,
    /// Who it is, at the issuer.
    pub sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: u64,
    iat: u64,
    nbf: Option<u64>,
    nonce: Option<String>,
    /// The address, verified or not.
    pub email: Option<String>,
    email_verified: Option<Truth>,
    /// How to call the person.
    pub name: Option<String>,
}

impl Claims {
    /// Whether the issuer says that the address is verified. Apple says so in text.
    pub fn says_verified(&self) -> bool {
        match &self.email_verified {
            Some(Truth::Plain(value)) => *value,
            Some(Truth::Text(text)) => text == "true",
            None => false,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Truth {
    Plain(bool),
    Text(String),
}
