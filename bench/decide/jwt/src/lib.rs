//! Verifies the bearer token of a request with the key in `KEY`, by the algorithm the crate is built
//! for, and answers with its subject. Nothing is remembered: every request pays for its signature.
//! Built without an algorithm it only reads the header and answers, which is what the others cost beside.

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> Result<Response> {
    let header = request.headers().get("authorization")?.unwrap_or_default();
    let token = header.strip_prefix("Bearer ").unwrap_or_default();
    match subject(token, &env.var("KEY")?.to_string()) {
        Some(subject) => Response::ok(subject),
        None => Response::error("refused", 401),
    }
}

#[cfg(not(any(feature = "eddsa", feature = "es256")))]
fn subject(token: &str, _: &str) -> Option<String> {
    token.get(..20).map(str::to_owned)
}

#[cfg(any(feature = "eddsa", feature = "es256"))]
#[derive(serde::Serialize, serde::Deserialize)]
struct Claims {
    sub: String,
}

#[cfg(feature = "eddsa")]
fn subject(token: &str, key: &str) -> Option<String> {
    let bytes: [u8; 32] = decode(key)?.try_into().ok()?;
    verify(jwt_compact::alg::Ed25519, &ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok()?, token)
}

#[cfg(feature = "es256")]
fn subject(token: &str, key: &str) -> Option<String> {
    verify(jwt_compact::alg::Es256, &p256::ecdsa::VerifyingKey::from_sec1_bytes(&decode(key)?).ok()?, token)
}

#[cfg(any(feature = "eddsa", feature = "es256"))]
fn decode(text: &str) -> Option<Vec<u8>> {
    use base64ct::{Base64UrlUnpadded, Encoding};
    Base64UrlUnpadded::decode_vec(text).ok()
}

#[cfg(any(feature = "eddsa", feature = "es256"))]
fn verify<A: jwt_compact::Algorithm>(algorithm: A, key: &A::VerifyingKey, token: &str) -> Option<String> {
    use jwt_compact::{AlgorithmExt, UntrustedToken};
    let untrusted = UntrustedToken::new(token).ok()?;
    let token = algorithm.validator::<Claims>(key).validate(&untrusted).ok()?;
    let alive = token.claims().expiration.is_some_and(|end| end.timestamp_millis() > worker::Date::now().as_millis() as i64);
    alive.then(|| token.claims().custom.sub.clone())
}
