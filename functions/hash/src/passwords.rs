//! Making and checking hashes.

use shared::cx::Cx;
use shared::extract::Json;
use shared::health::{self, Health};
use shared::problem::{Code, Problem};

use crate::argon::{self, Peppers};
use crate::leaked;
use crate::model::{Check, Checked, Made, Make};
use crate::older::Older;
use crate::phc::{Phc, TODAY};

fn peppers(cx: &Cx) -> Result<Peppers, Problem> {
    let peppers = Peppers::read(&cx.platform.var("PEPPERS").unwrap_or_default());
    match peppers.current() {
        Some(_) => Ok(peppers),
        None => Err(Problem::from(Code::Unavailable).because("PEPPERS is empty or unreadable")),
    }
}

/// `GET /readyz`: there is a pepper.
///
/// # Errors
/// 503 without one.
pub(crate) async fn ready(cx: &Cx) -> Result<Health, Problem> {
    peppers(cx)?;
    health::live(cx).await
}

/// `POST /make`: the hash of a new password, unless it is a leaked one.
///
/// # Errors
/// 503 without a pepper.
pub(crate) async fn make(cx: &Cx, Json(ask): Json<Make>) -> Result<Made, Problem> {
    let (peppers, password) = (peppers(cx)?, ask.password.expose());
    if leaked::is_leaked(cx, password).await {
        return Ok(Made { phc: None, leaked: true });
    }
    let phc = argon::make(&peppers, password, cx.platform.random());
    let phc = phc.ok_or_else(|| Problem::internal("Argon2id refused its parameters"))?;
    Ok(Made { phc: Some(phc.write()), leaked: false })
}

/// `POST /check`: compares in constant time. Without a readable stored hash one is computed all the same,
/// so that time does not tell whether an account exists.
///
/// # Errors
/// 503 without a pepper.
pub(crate) async fn check(cx: &Cx, Json(ask): Json<Check>) -> Result<Checked, Problem> {
    let peppers = peppers(cx)?;
    let password = ask.password.expose();
    if let Some(older) = ask.phc.as_deref().and_then(Older::read) {
        let matches = older.fits(password);
        return Ok(Checked { matches, rehashed: todays(cx, &peppers, password, matches) });
    }
    let Some(stored) = ask.phc.as_deref().and_then(Phc::read) else {
        let _ = argon::make(&peppers, password, cx.platform.random());
        return Ok(Checked { matches: false, rehashed: None });
    };
    let computed =
        argon::compute(&peppers, password, stored.pepper.as_deref(), &stored.salt, stored.cost, stored.hash.len());
    let matches = computed.is_some_and(|hash| shared::secret::same(&hash, &stored.hash));
    let outdated = stored.cost != TODAY || stored.pepper.as_deref() != peppers.current();
    Ok(Checked { matches, rehashed: todays(cx, &peppers, password, matches && outdated) })
}

/// A hash by today's standard, where one is wanted.
fn todays(cx: &Cx, peppers: &Peppers, password: &str, wanted: bool) -> Option<String> {
    let phc = if wanted { argon::make(peppers, password, cx.platform.random()) } else { None };
    phc.map(|phc| phc.write())
}
