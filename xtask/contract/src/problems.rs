//! The section of problem codes: the pages that the `type` of a problem leads to.

use shared::problem::Code;

use crate::html::{escape, prose};

/// What to do, by code. A test holds this list to the enum.
const ADVICE: &[(&str, &str)] = &[
    ("malformed_request", "The body is not JSON, broke off, or a header cannot be used. `detail` says which."),
    ("validation_failed", "Mend the values listed in `errors` and send the request again."),
    (
        "unauthenticated",
        "The access token is missing, expired, or its session has ended. Refresh it, or sign in again.",
    ),
    ("invalid_credentials", "The answer is the same for an unknown address and for a wrong password."),
    ("refresh_refused", "The refresh token was used before, its session has ended, or it is unknown. Sign in again."),
    ("signature_refused", "`detail` says why, `Accept-Signature` what must be signed. Sign each request anew."),
    ("link_refused", "One-time links work once and for a limited time. Ask for a new one."),
    ("sign_in_refused", "A sign-in waits five minutes and takes five codes. Sign in from the beginning."),
    ("code_refused", "Each code is good for one use. Wait for the app's next one, or give a recovery code."),
    ("passkey_refused", "`detail` names the check. Ask for fresh options and try again, or sign in another way."),
    ("budget_exhausted", "No provider was called. Raise the budget, or wait for the next period."),
    ("forbidden", "You are known, and lack the role or permission that this row asks for."),
    ("impersonation_refused", "An administrator in your place may not do this, and you need not: sign in yourself."),
    ("invitation_refused", "Sign in with the verified address that was invited, or ask for another invitation."),
    ("suspended", "Only an administrator can lift a suspension."),
    ("email_unverified", "Follow the link in the mail, then sign in."),
    ("step_up_required", "Prove who you are with `POST /v1/auth/step-up` by one of `methods`, then call again."),
    ("provider_blocked", "The other service decides this, and tells the person why."),
    ("not_found", "The path does not exist, or it names an object that is not yours."),
    ("model_not_found", "List the models that you may use, and name one of them."),
    ("conversation_busy", "Wait until the answer before is complete, and say it again."),
    ("conversation_full", "Begin another conversation."),
    ("not_offered", "Ask for another model: the provider of this one has no such route."),
    ("method_not_allowed", "`Allow` names the methods of this path."),
    ("email_taken", "Sign in instead."),
    ("factor_exists", "Turn the one that is on off before you begin another."),
    ("identity_taken", "Sign in by it to use that account, and unlink it there to link it here."),
    ("last_way_in", "Link another one, or set a password first."),
    ("slug_taken", "Choose another short name."),
    ("last_owner", "Make somebody else an owner first, or delete the organisation."),
    ("role_in_use", "Give its members another role first."),
    (
        "revision_changed",
        "Somebody changed it meanwhile. Read it again, decide again, and send the new `ETag` in `If-Match`.",
    ),
    ("idempotency_in_progress", "Wait a moment, then send the same request with the same key again."),
    ("idempotency_mismatch", "Use a new `Idempotency-Key` for every new request."),
    ("password_leaked", "Others have used it, and lists of such passwords are tried first. Choose another."),
    ("not_a_picture", "Send a PNG, JPEG, GIF, WebP or AVIF: its content decides, not its name."),
    ("picture_too_large", "Make it smaller first; `detail` says what is too much."),
    ("picture_unreadable", "Upload the picture again: it is torn or damaged."),
    (
        "proof_required",
        "Solve a challenge of `POST /v1/auth/challenge` to the bits of `Selvage-Challenge`, and send it as `Selvage-Proof`.",
    ),
    ("payload_too_large", "`detail` says how many bytes are read."),
    ("unsupported_media_type", "Send `Content-Type: application/json`."),
    ("file_in_use", "Wait until the job that reads the file has ended, or cancel it, and delete the file then."),
    (
        "quota_exceeded",
        "Delete files, in the trash too, or ask an administrator for more room; `detail` says how much is left.",
    ),
    (
        "offset_mismatch",
        "Ask how much of the upload is there (`HEAD /v1/tus/{id}`) and go on from there, in the way it was begun.",
    ),
    ("upload_ended", "The file is there already: read it by the same id."),
    ("checksum_mismatch", "Send the same bytes again; where `detail` says that the upload has ended, begin a new one."),
    ("tus_version", "Send `Tus-Resumable: 1.0.0`."),
    ("direct_unavailable", "Send the bytes by `PUT` or tus, or have `R2_S3_URL` and its key configured."),
    ("not_failed", "Run it again as a new job where another result is wanted."),
    ("file_retained", "Wait until the time in `detail`: what is to be kept can only be kept longer."),
    ("file_infected", "Upload a file that is clean. Its owner sees the record, and may delete it."),
    (
        "range_not_satisfiable",
        "Ask for bytes that are there: `Content-Range` says how many there are, `detail` how many ranges can be had at once.",
    ),
    ("job_ended", "Make a new job where something is still to be done."),
    ("rate_limited", "Wait for `Retry-After` seconds."),
    ("concurrency_exceeded", "Wait until one of your calls has finished."),
    ("internal", "The cause is in our log, under the `request_id`."),
    ("upstream_failed", "The call is recorded; try again, or choose another model."),
    ("upstream_auth", "The operator's key for this provider is wrong or used up. Your own token is fine."),
    (
        "upstream_invalid",
        "The provider sent something that is not of its protocol. Try again, or choose another model.",
    ),
    ("unavailable", "One function is down; the others answer. Try again after `Retry-After` seconds."),
    ("upstream_timeout", "The provider was given up. Try again, ask for less, or choose another model."),
];

/// All codes, by status; each is the target of `/docs#problem-<code>`.
pub(crate) fn section() -> String {
    let mut facts: Vec<_> = Code::ALL.iter().map(|code| code.facts()).collect();
    facts.sort_by_key(|(status, ..)| *status);
    let mut html = String::from(
        "<section id=\"problems\">\n<h2>Problems</h2>\n<p class=\"lead\">Every way a call can \
fail, by status. The codes are stable.</p>\n",
    );
    let mut last = 0;
    for (status, code, title) in facts {
        if status != last {
            html.push_str(&format!("<h3 id=\"status-{status}\">{status}</h3>\n"));
            last = status;
        }
        html.push_str(&format!(
            "<div class=\"problem\" id=\"problem-{code}\">\n<p><a href=\"#problem-{code}\"><code>{code}</code></a> \
<strong>{}.</strong> {}</p>\n</div>\n",
            escape(title),
            prose(advice(code))
        ));
    }
    html + "</section>\n"
}

fn advice(code: &str) -> &'static str {
    ADVICE.iter().find(|(of, _)| *of == code).map_or("", |(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_anchor_and_its_advice() {
        let section = section();
        for (_, code, _) in Code::ALL.iter().map(|code| code.facts()) {
            assert!(section.contains(&format!("id=\"problem-{code}\"")), "{code}");
            assert!(!advice(code).is_empty(), "{code} has no advice");
        }
        assert_eq!(ADVICE.len(), Code::ALL.len());
    }
}
