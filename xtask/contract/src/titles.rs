//! The rows' names for people. A row without one is called after its handler.

use shared::route::Row;

/// By operation id.
const TITLES: &[(&str, &str)] = &[
    ("auth.keys.read", "Public keys of the tokens"),
    ("auth.accounts.create", "Register"),
    ("auth.sessions.create", "Log in"),
    ("auth.sessions.refresh", "Get the next tokens"),
    ("auth.sessions.end", "Log out"),
    ("auth.accounts.read", "Who am I"),
    ("auth.accounts.token", "What my token says"),
    ("auth.admin_link.consume", "Become the first administrator"),
    ("links.asking.verification", "Send the verification again"),
    ("links.proofs.verify", "Verify the address"),
    ("links.asking.change", "Ask to change the address"),
    ("links.proofs.change", "Confirm the new address"),
    ("links.asking.forgot", "Forgot the password"),
    ("links.proofs.reset", "Set a new password"),
    ("links.asking.magic", "Ask for a sign-in link"),
    ("links.proofs.magic", "Sign in by link"),
    ("mail.mailbox.list", "Local mailbox"),
    ("mail.mailbox.read", "A letter of it"),
    ("factors.mfa.read", "My second factor"),
    ("factors.mfa.begin", "Begin an authenticator app"),
    ("factors.mfa.remove", "Turn the second factor off"),
    ("factors.mfa.confirm", "Turn the second factor on"),
    ("factors.mfa.renew", "New recovery codes"),
    ("factors.verify.create", "Give the second factor"),
    ("factors.step_up.create", "Prove again who I am"),
    ("passkeys.passkeys.options", "Begin a passkey"),
    ("passkeys.passkeys.create", "Keep a passkey"),
    ("passkeys.passkeys.list", "My passkeys"),
    ("passkeys.passkeys.read", "Read a passkey"),
    ("passkeys.passkeys.remove", "Remove a passkey"),
    ("passkeys.sign_in.options", "Begin to sign in with a passkey"),
    ("passkeys.sign_in.create", "Sign in with a passkey"),
    ("users.devices.list", "List my sessions"),
    ("users.devices.end", "End a session"),
    ("users.profile.read", "Read my profile"),
    ("users.profile.change", "Change my profile"),
    ("users.profile.delete", "Delete my account"),
    ("users.profile.export", "Export my data"),
    ("users.admin.list", "Find people"),
    ("users.admin.read", "Read an account"),
    ("users.admin.suspend", "Suspend an account"),
    ("users.admin.restore", "Restore an account"),
    ("users.admin.set_roles", "Set roles"),
    ("users.admin.events", "What happened to an account"),
    ("users.keys.create", "Make an API key"),
    ("users.keys.list", "List API keys"),
    ("users.keys.read", "Read an API key"),
    ("users.keys.change", "Change an API key"),
    ("users.keys.revoke", "Revoke an API key"),
    ("ai.models.list", "List models"),
    ("ai.models.read", "Read a model"),
    ("ai.chat.create", "Chat"),
    ("usage.reports.read", "What calls cost"),
    ("social.oauth.begin", "Begin to sign in with another service"),
    ("social.oauth.pass_on", "Come back from the service"),
    ("social.oauth.pass_form_on", "Come back from a service that posts a form"),
    ("social.oauth.complete", "Complete the sign-in"),
    ("social.identities.list", "Who I am at other services"),
    ("social.identities.begin", "Begin to link an identity"),
    ("social.identities.complete", "Link it"),
    ("social.identities.delete", "Unlink an identity"),
    ("wechat.sign_in.create", "Sign in with WeChat"),
    ("wechat.phone.create", "Set my telephone number with WeChat"),
    ("wechat.identities.link", "Link my WeChat"),
    ("audit.keys.read", "Keys of the audit chain"),
    ("audit.own.list", "What happened to my account"),
    ("audit.admin.list", "Security events"),
    ("audit.admin.head", "The signed end of the audit chain"),
    ("audit.admin.export", "Export the audit chain"),
    ("audit.admin.seal", "Seal the audit chain now"),
    ("gateway.health.live", "Alive"),
    ("gateway.ready.read", "Ready"),
    ("gateway.pages.openapi", "API description"),
    ("gateway.pages.docs", "Reference page"),
    ("gateway.pages.docs_css", "Its style sheet"),
    ("gateway.pages.claim", "Administrator's form"),
    ("gateway.pages.claim_js", "Its script"),
    ("gateway.pages.verify", "Page behind a verification link"),
    ("gateway.pages.reset", "Page behind a reset link"),
    ("gateway.pages.magic", "Page behind a sign-in link"),
    ("gateway.pages.change_email", "Page behind a link to change the address"),
    ("gateway.pages.link_js", "Their script"),
];

/// The name of a row, in sentence case.
pub(crate) fn of(id: &str, row: &Row) -> String {
    match TITLES.iter().find(|(of, _)| *of == id) {
        Some((_, title)) => (*title).to_owned(),
        None => from_handler(row.handler),
    }
}

/// `orders::read` → `Read orders`.
fn from_handler(handler: &str) -> String {
    let mut words = handler.split("::").map(|word| word.trim().replace('_', " "));
    let (module, verb) = (words.next().unwrap_or_default(), words.last().unwrap_or_default());
    let mut letters = verb.chars();
    let verb: String = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    format!("{verb} {module}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_name_is_called_after_its_handler() {
        assert_eq!(from_handler("admin_orders::read"), "Read admin orders");
    }
}
