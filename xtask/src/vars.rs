//! Which function gets which variable: secrets go only where they are used. Not
//! here: the values.

use crate::dev_vars::Vars;
use crate::workspace::FUNCTIONS;

const EVERY: &[&str] = FUNCTIONS;
/// Those that see access tokens.
const VERIFIERS: &[&str] = &[
    "gateway",
    "auth",
    "links",
    "factors",
    "passkeys",
    "users",
    "organisations",
    "guests",
    "ai",
    "registry",
    "usage",
    "talk",
    "files",
    "shares",
    "ingest",
    "pictures",
    "analyses",
    "batches",
    "evaluations",
    "tuning",
    "social",
    "wechat",
    "audit",
    "oidc",
];
/// Those where a sign-in can end.
const ISSUERS: &[&str] = &["auth", "links", "factors", "passkeys", "guests", "social", "wechat", "oidc"];

/// Those with rows that may demand a proof of work.
const CHALLENGERS: &[&str] = &["auth", "links", "guests"];

/// Every variable with the functions that read it.
const READERS: &[(&str, &[&str])] = &[
    ("ENVIRONMENT", EVERY),
    ("CORS_ORIGINS", EVERY),
    ("JWT_ISSUER", VERIFIERS),
    ("SESSION_CHECK", VERIFIERS),
    ("STRICT_QUOTA", VERIFIERS),
    ("SIGNATURE_WINDOW_SECONDS", VERIFIERS),
    ("CHALLENGE", CHALLENGERS),
    ("CHALLENGE_BITS", CHALLENGERS),
    ("AUTH_JWKS", VERIFIERS),
    ("AUTH_KEYS", ISSUERS),
    ("REFRESH_KEY", ISSUERS),
    (
        "STORE_KEY",
        &[
            "auth",
            "links",
            "factors",
            "users",
            "organisations",
            "guests",
            "ai",
            "registry",
            "usage",
            "talk",
            "files",
            "shares",
            "ingest",
            "pictures",
            "analyses",
            "batches",
            "evaluations",
            "tuning",
            "social",
            "wechat",
            "audit",
            "oidc",
        ],
    ),
    ("EMAIL_VERIFICATION", ISSUERS),
    ("ACCESS_TOKEN_SECONDS", ISSUERS),
    ("REFRESH_TOKEN_SECONDS", ISSUERS),
    ("TOTP_ISSUER", &["factors", "passkeys"]),
    ("PASSKEY_RP_ID", &["passkeys"]),
    ("PASSKEY_ORIGINS", &["passkeys"]),
    ("LINK_KEY", &["auth", "links", "organisations", "guests", "mail"]),
    ("FILES_MAX_COUNT", &["files", "ingest"]),
    ("FILES_MAX_BYTES", &["files", "ingest"]),
    ("SCAN_URL", &["files", "shares", "ingest"]),
    ("UPLOAD_MAX_BYTES", &["ingest"]),
    ("R2_S3_URL", &["ingest"]),
    ("R2_ACCESS_KEY_ID", &["ingest"]),
    ("R2_SECRET_ACCESS_KEY", &["ingest"]),
    ("PICTURE_MAX_PIXELS", &["pictures"]),
    ("SCAN_SECRET", &["shares"]),
    ("FILES_TRASH_DAYS", &["files"]),
    ("GUESTS", &["guests"]),
    ("GUEST_SCOPES", ISSUERS),
    ("GUEST_DAYS", &["guests"]),
    ("PUBLIC_URL", &["mail", "social", "oidc", "shares", "pictures"]),
    ("MAIL_SENDER", &["mail"]),
    ("MAIL_FROM", &["mail"]),
    ("MAIL_RETRY_SECONDS", &["mail"]),
    ("MAIL_HTTP_URL", &["mail"]),
    ("MAIL_HTTP_AUTHORIZATION", &["mail"]),
    ("MAIL_HTTP_BODY", &["mail"]),
    ("SMTP_HOST", &["mail"]),
    ("SMTP_PORT", &["mail"]),
    ("SMTP_SECURITY", &["mail"]),
    ("SMTP_USERNAME", &["mail"]),
    ("SMTP_PASSWORD", &["mail"]),
    ("PEPPERS", &["hash"]),
    ("AUDIT_KEYS", &["audit"]),
    ("PASSWORD_RANGE_URL", &["hash"]),
    ("ANALYSES_MODEL", &["analyses"]),
    ("OPENAI_API_KEY", &["ai", "tuning"]),
    ("OPENAI_BASE_URL", &["ai", "tuning"]),
    ("MOONSHOT_API_KEY", &["ai"]),
    ("MOONSHOT_BASE_URL", &["ai"]),
    ("ANTHROPIC_API_KEY", &["ai"]),
    ("ANTHROPIC_BASE_URL", &["ai"]),
    ("MOONSHOT_CN_API_KEY", &["ai"]),
    ("MOONSHOT_CN_BASE_URL", &["ai"]),
    ("DEEPSEEK_API_KEY", &["ai"]),
    ("DEEPSEEK_BASE_URL", &["ai"]),
    ("DASHSCOPE_API_KEY", &["ai"]),
    ("DASHSCOPE_BASE_URL", &["ai"]),
    ("DASHSCOPE_CN_API_KEY", &["ai"]),
    ("DASHSCOPE_CN_BASE_URL", &["ai"]),
    ("GEMINI_API_KEY", &["ai"]),
    ("GEMINI_BASE_URL", &["ai"]),
    ("WORKERS_AI_API_TOKEN", &["ai"]),
    ("WORKERS_AI_BASE_URL", &["ai"]),
    ("WORKERS_AI_STAND_IN_URL", &["ai"]),
    ("REPLICATE_API_TOKEN", &["ai"]),
    ("REPLICATE_BASE_URL", &["ai"]),
    ("OLLAMA_API_KEY", &["ai"]),
    ("OLLAMA_BASE_URL", &["ai"]),
    ("VLLM_API_KEY", &["ai"]),
    ("VLLM_BASE_URL", &["ai"]),
    ("COMPATIBLE_BASE_URL", &["ai"]),
    ("COMPATIBLE_API_KEY", &["ai"]),
    ("COMPATIBLE_MODELS", &["ai"]),
    ("SIMULATOR_URL", &["ai", "tuning", "social", "wechat"]),
    ("AI_DEADLINES", &["ai"]),
    ("AI_BREAKER_FAILURES", &["ai"]),
    ("ADMISSION_LEASE_MS", &["ai"]),
    ("AI_GUARD", &["ai"]),
    ("AI_CACHE", &["ai"]),
    ("AI_CACHE_LEASE_MS", &["ai"]),
    ("DEFAULT_BUDGET_NANO_USD", &["ai"]),
    ("DEFAULT_CONCURRENCY", &["ai"]),
    ("CONVERSATION_MODEL", &["talk"]),
    ("CONVERSATION_TITLES", &["talk"]),
    ("CONVERSATION_RETENTION_DAYS", &["talk"]),
    ("WECHAT_APPS", &["wechat"]),
    ("WECHAT_BASE_URL", &["wechat"]),
    ("OAUTH_PROVIDERS", &["social"]),
    ("OAUTH_REDIRECTS", &["social"]),
    ("OIDC_REGISTRATION", &["oidc"]),
    ("OIDC_RESOURCES", &["oidc"]),
    ("FUNCTION_DEADLINE_MS", &["gateway"]),
];

/// Variables that choose a real provider; without one the simulator answers.
pub(crate) const PROVIDERS: &[&str] = &[
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "MOONSHOT_API_KEY",
    "MOONSHOT_CN_API_KEY",
    "DEEPSEEK_API_KEY",
    "DASHSCOPE_API_KEY",
    "DASHSCOPE_CN_API_KEY",
    "GEMINI_API_KEY",
    "WORKERS_AI_BASE_URL",
    "REPLICATE_API_TOKEN",
    "OLLAMA_BASE_URL",
    "VLLM_BASE_URL",
    "COMPATIBLE_BASE_URL",
];

/// Secrets: they are set with `wrangler secret`, never written into a `wrangler.toml`.
const SECRETS: &[&str] = &[
    "AUTH_JWKS",
    "AUTH_KEYS",
    "REFRESH_KEY",
    "STORE_KEY",
    "LINK_KEY",
    "MAIL_HTTP_AUTHORIZATION",
    "SMTP_PASSWORD",
    "PEPPERS",
    "AUDIT_KEYS",
    "R2_SECRET_ACCESS_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "MOONSHOT_API_KEY",
    "MOONSHOT_CN_API_KEY",
    "DEEPSEEK_API_KEY",
    "DASHSCOPE_API_KEY",
    "DASHSCOPE_CN_API_KEY",
    "GEMINI_API_KEY",
    "WORKERS_AI_API_TOKEN",
    "REPLICATE_API_TOKEN",
    "OLLAMA_API_KEY",
    "VLLM_API_KEY",
    "COMPATIBLE_API_KEY",
    "WECHAT_APPS",
    "OAUTH_PROVIDERS",
];

/// The variables of one function. One that nobody is known to read goes to all:
/// it is not one of our secrets.
pub(crate) fn of_function(function: &str, all: &Vars) -> Vars {
    let reads = |name: &str| match READERS.iter().find(|(known, _)| *known == name) {
        Some((_, readers)) => readers.contains(&function),
        None => true,
    };
    all.iter().filter(|(name, _)| reads(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The names of the secrets one function reads.
pub(crate) fn secrets_of(function: &str) -> Vec<&'static str> {
    let readers = READERS.iter().filter(|(_, readers)| readers.contains(&function));
    readers.map(|(name, _)| *name).filter(|name| SECRETS.contains(name)).collect()
}

/// Whether a real provider is configured.
pub(crate) fn has_provider(all: &Vars) -> bool {
    PROVIDERS.iter().any(|name| all.get(*name).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::{READERS, has_provider, of_function, secrets_of};
    use crate::dev_vars::parse;

    #[test]
    fn a_variable_stands_here_once() {
        let mut names: Vec<&str> = READERS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn a_private_key_reaches_those_alone_who_sign() {
        let all = parse("AUTH_KEYS=[]\nPEPPERS=[]\nAUTH_JWKS={}\n");
        for issuer in ["auth", "links", "factors", "passkeys", "guests", "social", "wechat", "oidc"] {
            assert!(of_function(issuer, &all).contains_key("AUTH_KEYS"), "{issuer}");
        }
        for other in ["gateway", "hash", "users", "organisations", "mail", "ai", "usage"] {
            assert!(!of_function(other, &all).contains_key("AUTH_KEYS"), "{other}");
        }
        assert_eq!(of_function("hash", &all).keys().collect::<Vec<_>>(), ["PEPPERS"]);
    }

    #[test]
    fn an_unknown_variable_reaches_every_function() {
        let all = parse("FEATURE=on\n");
        assert!(of_function("hash", &all).contains_key("FEATURE"));
    }

    #[test]
    fn an_empty_provider_key_configures_nothing() {
        assert!(!has_provider(&parse("OPENAI_API_KEY=\n")));
        assert!(has_provider(&parse("COMPATIBLE_BASE_URL=http://127.0.0.1:11434\n")));
    }

    #[test]
    fn secrets_are_named_per_function() {
        assert_eq!(secrets_of("hash"), ["PEPPERS"]);
        assert_eq!(secrets_of("usage"), ["AUTH_JWKS", "STORE_KEY"]);
    }
}
