//! The public keys of our tokens.

use shared::accounts::settings;
use shared::auth::keys::KeySet;
use shared::cx::Cx;
use shared::problem::Problem;

/// `GET /.well-known/jwks.json` (RFC 7517 §5): every key whose tokens are accepted, the signing one first.
///
/// # Errors
/// 503 when no keys are configured.
pub async fn read(cx: &Cx) -> Result<KeySet, Problem> {
    settings(cx).map(|settings| settings.keys.public())
}
