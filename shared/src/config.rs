//! What a deployment sets and every function reads: environment, CORS, the keys
//! that verify tokens. Read once an isolate, because reading a variable crosses
//! into JavaScript.

use crate::auth::keys::VerifyingKeys;

/// When the session of an access token is asked for, beside the rows that always do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionCheck {
    /// Only rows marked `session` and `admin` ask D1; others trust the token until it expires.
    #[default]
    Sensitive,
    /// Other rows ask KV for a hint that the session has ended: refused within KV's propagation, 60 s or more.
    Hint,
    /// Every row asks D1: for profiles with long-lived access tokens.
    Every,
}

/// When a proof of work is demanded on rows that may demand one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Challenge {
    /// Never: who came too often waits.
    Off,
    /// Where somebody came often, or guesses at an account.
    #[default]
    Suspicious,
    /// Of everybody.
    Always,
}

/// The common settings.
pub struct Config {
    /// `local`, `staging` or `production`.
    pub environment: String,
    /// Origins that browsers may call from; `*` for any. Empty: none.
    pub cors_origins: Vec<String>,
    /// `iss` and `aud` of our tokens.
    pub issuer: String,
    /// The keys that verify access tokens.
    pub keys: VerifyingKeys,
    /// See `SessionCheck`.
    pub session_check: SessionCheck,
    /// Seconds for which a signed request may be used, before and after it says it was made.
    pub signature_window_s: u64,
    /// When a proof of work is demanded.
    pub challenge: Challenge,
    /// The least zero bits of a proof of work.
    pub challenge_bits: u32,
}

impl Config {
    /// Reads the settings. What is missing has the safe meaning: no CORS, no keys, production.
    pub fn read(var: impl Fn(&str) -> Option<String>) -> Self {
        let list = |name: &str| -> Vec<String> {
            let text = var(name).unwrap_or_default();
            text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
        };
        let local = var("ENVIRONMENT").as_deref() == Some("local");
        Self {
            environment: var("ENVIRONMENT").unwrap_or_else(|| "production".to_owned()),
            cors_origins: list("CORS_ORIGINS"),
            issuer: var("JWT_ISSUER").unwrap_or_else(|| "selvage".to_owned()),
            keys: VerifyingKeys::read(&var("AUTH_JWKS").unwrap_or_default()),
            session_check: match var("SESSION_CHECK").as_deref() {
                Some("every") => SessionCheck::Every,
                Some("hint") => SessionCheck::Hint,
                _ => SessionCheck::Sensitive,
            },
            signature_window_s: var("SIGNATURE_WINDOW_SECONDS").and_then(|text| text.parse().ok()).unwrap_or(300),
            challenge: match var("CHALLENGE").as_deref() {
                Some("off") => Challenge::Off,
                Some("always") => Challenge::Always,
                // A developer's own network is every client's.
                None if local => Challenge::Off,
                _ => Challenge::Suspicious,
            },
            challenge_bits: var("CHALLENGE_BITS").and_then(|text| text.parse().ok()).unwrap_or(16).clamp(1, 26),
        }
    }

    /// Whether this is a developer's machine.
    pub fn is_local(&self) -> bool {
        self.environment == "local"
    }
}
