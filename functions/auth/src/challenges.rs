//! Handing out challenges: what rows that demand a proof of work take. How one is checked is in `shared::challenge`.

use shared::challenge::{self, Challenge};
use shared::cx::Cx;
use shared::problem::Problem;

/// `POST /v1/auth/challenge`. Nothing is kept of it: what is solved is checked by its signature, and used once.
///
/// # Errors
/// 503 without `STORE_KEY`.
pub async fn create(cx: &Cx) -> Result<Challenge, Problem> {
    challenge::new(cx)
}
