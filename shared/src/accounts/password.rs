//! Asks the `hash` function: one round trip to another isolate, where Argon2id may take its time.

use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::platform::Target;
use crate::problem::{Code, Problem};
use crate::secret::Secret;

/// Milliseconds. Hashing takes some 30 ms; a queue of sign-ins may wait before it.
pub const DEADLINE_MS: u32 = 10_000;

#[derive(Serialize)]
struct Make<'a> {
    password: &'a str,
}

#[derive(Deserialize)]
struct Made {
    phc: Option<String>,
    #[serde(default)]
    leaked: bool,
}

#[derive(Serialize)]
struct Check<'a> {
    password: &'a str,
    phc: Option<&'a str>,
}

/// What the hash function says of a password.
#[derive(Deserialize)]
pub struct Checked {
    /// Whether it is the right one.
    pub matches: bool,
    /// A hash by today's standard, when the stored one is older.
    pub rehashed: Option<String>,
}

/// The PHC string of a new password.
///
/// # Errors
/// 422 for a password that stands in a list of leaked ones, 503 when the hash function does not answer.
pub async fn hash(cx: &Cx, password: &Secret) -> Result<String, Problem> {
    let made: Made = ask(cx, "http://hash/make", &Make { password: password.expose() }).await?;
    if made.leaked {
        return Err(Code::PasswordLeaked.into());
    }
    made.phc.ok_or_else(|| unavailable("hash made none".to_owned()))
}

/// Checks a password. Without a stored hash the same work is done and the answer is no.
///
/// # Errors
/// 503 when the hash function does not answer.
pub async fn check(cx: &Cx, password: &Secret, phc: Option<&str>) -> Result<Checked, Problem> {
    ask(cx, "http://hash/check", &Check { password: password.expose(), phc }).await
}

fn unavailable(cause: String) -> Problem {
    Problem::from(Code::Unavailable).because(cause).header("Retry-After", "1")
}

async fn ask<T: for<'de> Deserialize<'de>>(cx: &Cx, url: &str, question: &impl Serialize) -> Result<T, Problem> {
    let body = serde_json::to_string(question).map_err(Problem::internal)?;
    let answer = cx.platform.ask(Target::Service("HASH"), url, &body, DEADLINE_MS).await;
    let (status, text) = answer.map_err(|error| unavailable(format!("hash: {error:?}")))?;
    if status != 200 {
        return Err(unavailable(format!("hash answered {status}")));
    }
    crate::json::read(&text).map_err(|error| unavailable(format!("hash: {error}")))
}
