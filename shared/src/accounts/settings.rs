//! What a deployment sets for the functions that sign people in: signing keys, lifetimes, verification.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::auth::keys::SigningKeys;
use crate::cx::Cx;
use crate::problem::{Code, Problem};
use crate::secret::keys_of;

/// The settings, read once an isolate.
pub struct Settings {
    /// The keys that sign access tokens.
    pub keys: SigningKeys,
    /// Derives the successor of a refresh token.
    pub refresh_key: Vec<u8>,
    /// What derived successors before it was replaced: a retry gets the one that was given.
    pub older_refresh_keys: Vec<Vec<u8>>,
    /// Seconds an access token lives.
    pub access_s: u64,
    /// Seconds a refresh token lives.
    pub refresh_s: u64,
    /// The scopes that guests' tokens have, with commas between.
    pub guest_scopes: String,
    /// Whether an address must be verified before the first sign-in.
    pub verification_required: bool,
}

thread_local! {
    static SETTINGS: OnceCell<Rc<Settings>> = const { OnceCell::new() };
}

/// The settings.
///
/// # Errors
/// 503 when the keys are missing: nothing can be signed.
pub fn settings(cx: &Cx) -> Result<Rc<Settings>, Problem> {
    let settings = if cfg!(target_arch = "wasm32") {
        SETTINGS.with(|slot| Rc::clone(slot.get_or_init(|| Rc::new(read(cx)))))
    } else {
        Rc::new(read(cx))
    };
    let complete = settings.keys.current().is_some() && settings.refresh_key.len() >= 32;
    if complete {
        Ok(settings)
    } else {
        Err(Problem::from(Code::Unavailable).because("AUTH_KEYS or REFRESH_KEY is missing or unreadable"))
    }
}

fn read(cx: &Cx) -> Settings {
    let var = |name| cx.platform.var(name);
    let mut refresh_keys = keys_of(&var("REFRESH_KEY").unwrap_or_default()).into_iter();
    let seconds = |name, default| var(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    Settings {
        keys: SigningKeys::read(&var("AUTH_KEYS").unwrap_or_default()),
        refresh_key: refresh_keys.next().unwrap_or_default(),
        older_refresh_keys: refresh_keys.collect(),
        access_s: seconds("ACCESS_TOKEN_SECONDS", 600),
        refresh_s: seconds("REFRESH_TOKEN_SECONDS", 30 * 86_400),
        guest_scopes: var("GUEST_SCOPES").unwrap_or_default(),
        // Anything but an explicit `off` means required: the safe reading of a missing setting.
        verification_required: var("EMAIL_VERIFICATION").as_deref() != Some("off"),
    }
}
