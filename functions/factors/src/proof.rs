//! What becomes of a code that somebody gives: whether it is right, and the statements that use it up. Nothing here
//! is told before the attempt was counted (`throttle`).

use shared::cx::Cx;
use shared::db::Statement;
use shared::problem::{Code as ProblemCode, Problem};
use shared::vault;

use crate::model::Code;
use crate::{recovery, reseal_store, store, totp};

/// A right code, not used up yet.
pub(crate) struct Proof {
    /// `totp`, `recovery_code`.
    pub(crate) method: &'static str,
    /// Uses the code up; a batch with these fails when another request did.
    pub(crate) uses: Vec<Statement>,
}

/// The parts a secret is sealed under: of another user it opens nothing.
const PURPOSE: &[u8] = b"totp";

/// Seals the secret of this user's app.
pub(crate) async fn seal(cx: &Cx, user_id: &str, secret: &[u8]) -> Result<String, Problem> {
    vault::seal(cx, &[PURPOSE, user_id.as_bytes()], &hex(secret)).await
}

/// Opens it.
pub(crate) async fn open(cx: &Cx, user_id: &str, sealed: &str) -> Result<Vec<u8>, Problem> {
    let text = vault::open(cx, &[PURPOSE, user_id.as_bytes()], sealed).await?;
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let secret: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
    secret.ok_or_else(|| Problem::internal("a sealed secret is not hexadecimal"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Checks a code. `kept` is the sealed secret and the last time step that was taken, where an app is on; a
/// recovery code is only looked for when it is used up.
///
/// # Errors
/// 401 for a code that is not right now, or was taken before.
pub(crate) async fn check(
    cx: &Cx,
    user_id: &str,
    code: &Code,
    kept: Option<(&str, u64)>,
    proof: &str,
) -> Result<Proof, Problem> {
    match code {
        Code::Totp(digits) => {
            let (sealed, last_step) = kept.ok_or(ProblemCode::CodeRefused)?;
            let secret = open(cx, user_id, sealed).await?;
            let step = totp::matching_step(&secret, digits, cx.now_ms(), last_step).ok_or(ProblemCode::CodeRefused)?;
            let mut uses = Vec::from(store::use_totp(user_id, step, proof));
            if !vault::is_current(cx, sealed) {
                // The key was replaced; what is written anyway is sealed anew, so that the old one can go.
                uses.push(reseal_store::reseal(user_id, sealed, &seal(cx, user_id, &secret).await?));
            }
            Ok(Proof { method: "totp", uses })
        }
        Code::Recovery(code) => {
            let hash = recovery::hash(user_id, code);
            let uses = store::use_recovery(user_id, &hash, proof, cx.now_ms());
            Ok(Proof { method: "recovery_code", uses: uses.into() })
        }
    }
}
