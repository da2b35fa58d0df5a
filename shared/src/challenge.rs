//! Proofs of work: what a client solves before a row does work for it that many could ask for. A challenge is a
//! signed text of which nothing is kept; its solution is a number behind it, with which SHA-256 of the whole begins
//! with so many zero bits. Each is good for one use. Not here: the row that hands challenges out (`auth`).

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::config::Challenge as Mode;
use crate::cx::Cx;
use crate::db::One;
use crate::limit::Verdict;
use crate::problem::{Code, Problem};
use crate::route::Row;
use crate::{sql, vault};

/// Every statement of this module, for the test that prepares them.
pub const ALL: &[&str] = &[USE];

/// Uses a challenge up; a row comes back for the first use alone.
const USE: &str = "INSERT INTO used_proofs (hash, expires_at) VALUES (?1, ?2) \
ON CONFLICT (hash) DO NOTHING RETURNING 1 AS one";

/// Seconds a challenge may be used.
pub const LIFE_S: u64 = 300;
/// The header that carries a solved challenge.
pub const HEADER: &str = "selvage-proof";
/// Longer ones are not read.
const LONGEST: usize = 160;
/// At most so many bits more are demanded of who comes often.
const MOST_EXTRA: u32 = 5;

/// A challenge, to be solved.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Challenge {
    /// The text. Find a number, so that the digest of `<challenge>.<number>` begins with `bits` zero bits, and send that
    /// as `Selvage-Proof`.
    pub challenge: String,
    /// `SHA-256`.
    pub algorithm: &'static str,
    /// The least zero bits. A row that demands more says so in `Selvage-Challenge`.
    pub bits: u32,
    /// Seconds until it can be used no more.
    pub expires_in: u64,
}

/// A fresh challenge for the caller's network.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub fn new(cx: &Cx) -> Result<Challenge, Problem> {
    let nonce = Base64UrlUnpadded::encode_string(&cx.platform.random::<16>());
    let body = format!("pw1.{}.{nonce}", cx.now_ms() / 1000 + LIFE_S);
    let network = cx.network();
    let key = vault::key(cx, &parts(&body, &network))?;
    let challenge = format!("{body}.{}", Base64UrlUnpadded::encode_string(key.split_at(16).0));
    Ok(Challenge { challenge, algorithm: "SHA-256", bits: cx.config.challenge_bits, expires_in: LIFE_S })
}

/// What is signed, with 128 bits. The network is in it: who solves for others has to be where they are.
fn parts<'a>(body: &'a str, network: &'a str) -> [&'a [u8]; 3] {
    [b"challenge", body.as_bytes(), network.as_bytes()]
}

/// A challenge of ours with its solution.
struct Solved {
    /// Lower-hex SHA-256 of the challenge alone: another solution is no other challenge.
    hash: String,
    bits: u32,
    expires_ms: u64,
}

/// Reads what was sent; `None` for what was never ours, is another network's or has ended.
fn read(cx: &Cx, sent: &str) -> Option<Solved> {
    let (challenge, solution) = sent.rsplit_once('.')?;
    let (body, signed) = challenge.rsplit_once('.')?;
    let expires: u64 = body.strip_prefix("pw1.")?.split('.').next()?.parse().ok()?;
    let expires_ms = expires.saturating_mul(1000);
    let plain = !solution.is_empty() && solution.bytes().all(|b| b.is_ascii_alphanumeric());
    let signed = Base64UrlUnpadded::decode_vec(signed).ok()?;
    let lives = sent.len() <= LONGEST && plain && expires_ms > cx.now_ms();
    if !lives || !vault::signed(cx, &parts(body, &cx.network()), &signed) {
        return None;
    }
    let mut hash = String::with_capacity(64);
    crate::trace::push_hex(&mut hash, &Sha256::digest(challenge));
    Some(Solved { hash, bits: zero_bits(&Sha256::digest(sent)), expires_ms })
}

fn zero_bits(digest: &[u8]) -> u32 {
    let zeros = digest.iter().take_while(|byte| **byte == 0).count();
    let next = digest.get(zeros).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(zeros).unwrap_or(0).saturating_mul(8).saturating_add(next)
}

/// Demands a proof of work where the row may and the deployment does; one that was sent is used up in any case.
///
/// # Errors
/// 428 without one that is good enough.
pub(crate) async fn demand(cx: &Cx, row: &Row, verdict: &Verdict) -> Result<(), Problem> {
    let mode = cx.config.challenge;
    if !row.marks.proof || mode == Mode::Off {
        return Ok(());
    }
    let wanted = wanted(mode, cx.config.challenge_bits, verdict);
    let Some(sent) = cx.platform.request_header(HEADER) else {
        return wanted.map_or(Ok(()), |bits| Err(required(bits)));
    };
    let least = wanted.unwrap_or(cx.config.challenge_bits);
    let Some(solved) = read(cx, &sent) else {
        return Err(required(least).detail("This challenge is not ours, has ended, or was made for another network."));
    };
    if solved.bits < least {
        return Err(required(least).detail(format!("{least} zero bits are wanted; this has {}.", solved.bits)));
    }
    let first: Option<One> = cx.platform.db().first(sql!(USE, solved.hash, solved.expires_ms)).await?;
    if first.is_none() {
        return Err(required(least).detail("This challenge was used before."));
    }
    cx.proof_bits.set(solved.bits);
    Ok(())
}

/// The bits that are demanded of a network that has so much of its quota left.
fn wanted(mode: Mode, base: u32, verdict: &Verdict) -> Option<u32> {
    let used = verdict.quota.saturating_sub(verdict.remaining);
    let extra = used.saturating_mul(MOST_EXTRA) / verdict.quota.max(1);
    let often = used > verdict.quota / 2;
    (mode == Mode::Always || often).then(|| base.saturating_add(extra))
}

/// 428, with how much work is wanted.
pub fn required(bits: u32) -> Problem {
    Problem::from(Code::ProofRequired).header("Selvage-Challenge", format!("sha-256;bits={bits}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::testing::check_sql;

    #[test]
    fn every_statement_prepares() {
        check_sql(ALL);
    }

    #[test]
    fn zero_bits_are_counted_from_the_front() {
        assert_eq!(zero_bits(&[0x80, 0]), 0);
        assert_eq!(zero_bits(&[0, 0x10, 0]), 11);
        assert_eq!(zero_bits(&[0, 0]), 16);
    }

    #[test]
    fn who_comes_often_has_more_to_do() {
        let bits = |mode, remaining| wanted(mode, 16, &Verdict { allowed: true, quota: 20, remaining, reset_s: 1 });
        assert_eq!((bits(Mode::Suspicious, 19), bits(Mode::Suspicious, 10)), (None, None));
        assert_eq!((bits(Mode::Suspicious, 9), bits(Mode::Suspicious, 0)), (Some(18), Some(21)));
        assert_eq!((bits(Mode::Always, 19), bits(Mode::Always, 0)), (Some(16), Some(21)));
    }
}
