//! For whom passkeys are: a domain and the origins of its pages, as the deployment configures them. Without them there
//! are no passkeys: nothing about a request may choose them.

use shared::cx::Cx;
use shared::problem::{Code, Problem};

use crate::webauthn::RelyingParty;

/// The relying party.
///
/// # Errors
/// 503 where none is configured.
pub(crate) fn read(cx: &Cx) -> Result<RelyingParty, Problem> {
    let var = |name: &str| cx.platform.var(name).unwrap_or_default();
    let id = var("PASSKEY_RP_ID");
    let origins = var("PASSKEY_ORIGINS");
    let origins: Vec<String> =
        origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned).collect();
    if id.is_empty() || origins.is_empty() {
        return Err(Problem::from(Code::Unavailable).because("PASSKEY_RP_ID or PASSKEY_ORIGINS is not set"));
    }
    Ok(RelyingParty { id, origins })
}

/// What browsers and apps call us.
pub(crate) fn name(cx: &Cx) -> String {
    cx.platform.var("TOTP_ISSUER").unwrap_or_else(|| cx.config.issuer.clone())
}
