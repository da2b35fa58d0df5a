//! Verifying an access token. One seen before costs a lookup: verified tokens are
//! kept in the isolate, in two generations of bounded size.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::app::audience;
use super::claims::{AccessClaims, Caller};
use super::jwt::{self, Signed};
use crate::cx::Cx;

/// The `typ` of our access tokens (RFC 9068 §2.1): no other token of ours opens a row.
pub const TOKEN_TYPE: &str = "at+jwt";

/// A token longer than this is not ours.
const LONGEST_TOKEN: usize = 4096;
/// Milliseconds by which the clock of the issuer may be ahead of ours.
const SKEW_MS: u64 = 60_000;
/// Tokens in a generation; two generations live.
const GENERATION: usize = 512;

#[derive(Default)]
struct Seen {
    young: HashMap<Box<str>, Rc<Caller>>,
    old: HashMap<Box<str>, Rc<Caller>>,
}

thread_local! {
    static SEEN: RefCell<Seen> = RefCell::default();
}

/// The caller of a valid token; `None` for every other, whatever is wrong with it.
pub(super) async fn token(cx: &Cx, token: &str) -> Option<Rc<Caller>> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    if let Some(caller) = recall(token) {
        return lives(&caller, cx.now_ms()).then_some(caller);
    }
    let caller = Rc::new(verify(cx, token).await?);
    remember(token, &caller);
    lives(&caller, cx.now_ms()).then_some(caller)
}

fn lives(caller: &Caller, now_ms: u64) -> bool {
    now_ms < caller.expires_ms
}

fn recall(token: &str) -> Option<Rc<Caller>> {
    SEEN.with_borrow(|seen| seen.young.get(token).or_else(|| seen.old.get(token)).cloned())
}

fn remember(token: &str, caller: &Rc<Caller>) {
    SEEN.with_borrow_mut(|seen| {
        if seen.young.len() >= GENERATION {
            seen.old = std::mem::take(&mut seen.young);
        }
        seen.young.insert(token.into(), Rc::clone(caller));
    });
}

async fn verify(cx: &Cx, token: &str) -> Option<Caller> {
    let Signed { times, claims } = jwt::check::<AccessClaims>(&cx.platform, &cx.config.keys, TOKEN_TYPE, token).await?;
    let ms = |seconds: u64| seconds.checked_mul(1000);
    let (now, expires_ms) = (cx.now_ms(), ms(times.exp)?);
    if expires_ms <= now || now < ms(times.nbf)? || now.saturating_add(SKEW_MS) < ms(times.iat)? {
        return None;
    }
    let own = claims.iss == cx.config.issuer && claims.aud == cx.config.issuer;
    // An app's token names the provider's address as its issuer (RFC 9068 §2.2); the audience says that it is for us.
    let key = match own {
        true => None,
        false if claims.aud == audience(&cx.config) => Some(super::app::grant(&claims)),
        false => return None,
    };
    Some(Caller { claims, expires_ms, key, errand: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(id: &str) -> Rc<Caller> {
        let claims = AccessClaims {
            iss: String::new(),
            aud: String::new(),
            sub: id.to_owned(),
            email: String::new(),
            roles: vec![],
            permissions: vec![],
            jti: String::new(),
            sid: String::new(),
            epoch: 0,
            act: None,
        };
        Rc::new(Caller { claims, expires_ms: 1000, key: None, errand: false })
    }

    fn check(token: &str) -> Option<String> {
        recall(token).map(|caller| caller.user_id().to_owned())
    }

    #[test]
    fn two_generations_of_tokens_are_remembered_and_no_more() {
        for i in 0..=GENERATION * 2 {
            remember(&format!("token {i}"), &caller(&i.to_string()));
        }
        assert_eq!(check("token 0"), None);
        assert_eq!(check("token 512").as_deref(), Some("512"), "the older generation");
        assert_eq!(check("token 1024").as_deref(), Some("1024"), "the younger one");
        assert_eq!(SEEN.with_borrow(|seen| seen.old.len()), GENERATION);
    }

    #[test]
    fn a_caller_lives_until_the_token_expires() {
        assert!(lives(&caller("usr_1"), 999));
        assert!(!lives(&caller("usr_1"), 1000));
    }
}
