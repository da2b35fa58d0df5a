//! What callers should know before they look at a row: how to sign in from a shell,
//! how errors are told, how calls are counted.

use shared::problem::{Code, Problem, ProblemDocument};
use shared::route::Limit;

use crate::examples::ORIGIN;
use crate::headers::{self, limit_about};
use crate::html::{self, escape, prose};

const ABOUT: &[&str] = &[
    "Requests and replies are JSON in UTF-8 with `snake_case` names. Times are RFC 3339 in UTC; ids are prefixed \
and sort by age; AI costs are whole nano-dollars (`*_nano_usd`). A field our own rows do not know is refused \
with 422; the AI rows pass unknown fields through.",
    "Register or log in once, and send the access token with every call: `Authorization: Bearer …`. The examples below \
take it, and the name of a model, from the shell:",
];

const ERRORS: &[&str] = &[
    "Failures are problem documents (RFC 9457, `application/problem+json`). Decide by `code`, show `title` or \
`detail`, and name the `request_id` when you ask for help. Invalid values are listed in `errors`, each with a \
pointer into the body (RFC 6901) or the parameter's name.",
    "Rows in OpenAI's or Anthropic's shape tell their errors in that shape, for every status. Another person's object \
is 404; a wrong method is 405 with `Allow`.",
];

/// The first section of the page.
pub(crate) fn section() -> String {
    let mut html = String::from("<section id=\"start\">\n<h1>Selvage reference</h1>\n");
    html.push_str(&paragraphs(ABOUT));
    html.push_str(&format!("<pre><code>{}</code></pre>\n", escape(&sign_in())));
    html.push_str(&paragraphs(&["`$CLAIM_TOKEN` is what stands behind `#` in the administrator's one-time link."]));
    html.push_str("<h3>Errors</h3>\n");
    html.push_str(&paragraphs(ERRORS));
    html.push_str(&format!("<pre><code>{}</code></pre>\n", escape(&problem())));
    html.push_str("<h3>Limits</h3>\n");
    let limits = [("normal", Limit::Normal), ("strict", Limit::Strict)];
    let limits = limits.map(|(name, limit)| vec![format!("<code>{name}</code>"), escape(&limit_about(limit))]);
    html.push_str(&html::table(&["Class", "Quota"], &limits));
    html.push_str("<h3>Headers of replies</h3>\n");
    let cells = |(name, _, about): &(&str, bool, &str)| vec![format!("<code>{}</code>", escape(name)), prose(about)];
    let rows: Vec<Vec<String>> = headers::REPLY.iter().map(cells).collect();
    html.push_str(&html::table(&["Header", "Meaning"], &rows));
    html + "</section>\n"
}

fn paragraphs(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("<p>{}</p>\n", prose(text))).collect()
}

/// Needs nothing but curl and sed.
fn sign_in() -> String {
    let take = |name: &str| format!("$(printf %s \"$REPLY\" | sed 's/.*\"{name}\":\"\\([^\"]*\\)\".*/\\1/')");
    let (access, refresh) = (take("access_token"), take("refresh_token"));
    format!(
        "REPLY=$(curl -sS {ORIGIN}/v1/auth/login \\\n  -H 'Content-Type: application/json' \\\n  \
-d '{{\"email\":\"ada@example.com\",\"password\":\"correct horse battery\"}}')\n\
TOKEN={access}\nREFRESH_TOKEN={refresh}\n\
MODEL=$(curl -sS {ORIGIN}/v1/models -H \"Authorization: Bearer $TOKEN\" |\n  \
sed 's/[^[]*\\[{{\"id\":\"\\([^\"]*\\)\".*/\\1/')"
    )
}

/// A problem as it is sent, written by the type that is sent.
fn problem() -> String {
    let (status, code, title) = Code::ValidationFailed.facts();
    let problem = Problem::invalid("/email", "invalid", "is not an e-mail address");
    let document = ProblemDocument {
        kind: format!("/docs#problem-{code}"),
        title,
        status,
        code,
        detail: None,
        instance: Some("/v1/auth/register"),
        request_id: "req_01JD2V6W3K8Q",
        errors: &problem.errors,
        methods: &Vec::new(),
    };
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_a_problem_is_what_is_sent() {
        let shown: serde_json::Value = serde_json::from_str(&problem()).unwrap();
        let invalid = Problem::invalid("/email", "invalid", "is not an e-mail address");
        let (_, sent) = invalid.body(shared::route::Dialect::Problem, "req_01JD2V6W3K8Q", "/v1/auth/register");
        assert_eq!(shown, serde_json::from_str::<serde_json::Value>(&sent).unwrap());
    }
}
