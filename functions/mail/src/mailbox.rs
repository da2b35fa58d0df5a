//! The mailbox of a developer's machine, as pages. Anywhere else there is nothing here.

use shared::cx::Cx;
use shared::extract::Path;
use shared::problem::{Code, Problem};
use shared::reply::{Body, Reply};
use shared::time;

use crate::letter::escaped;
use crate::store::{self, KeptRow};

/// Letters bring their own styles; nothing else may load, and no script runs.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = "body{max-width:60em;margin:0 auto;padding:1em;font:16px/1.5 system-ui,sans-serif}\
table{width:100%;border-collapse:collapse}th,td{text-align:left;padding:.4em;border-bottom:1px solid #ccc}\
td{overflow-wrap:anywhere}pre{white-space:pre-wrap;overflow-wrap:anywhere}\
iframe{width:100%;height:28em;border:1px solid #ccc;background:#fff}:root{color-scheme:light dark}";

/// `GET /dev/mailbox`: the newest hundred letters.
///
/// # Errors
/// 404 anywhere but locally.
pub async fn list(cx: &Cx) -> Result<Reply, Problem> {
    only_locally(cx)?;
    let letters: Vec<KeptRow> = cx.platform.db().all(store::kept()).await?;
    let rows: String = letters.iter().map(line).collect();
    let body = if rows.is_empty() {
        "<p>No letters yet. They appear here a moment after they were caused.</p>".to_owned()
    } else {
        format!(
            "<table><thead><tr><th scope=\"col\">Arrived</th><th scope=\"col\">To</th><th scope=\"col\">Subject</th>\
</tr></thead><tbody>{rows}</tbody></table>"
        )
    };
    Ok(page("Mailbox", &format!("<h1>Mailbox</h1>{body}")))
}

fn line(letter: &KeptRow) -> String {
    format!(
        "<tr><td>{}</td><td>{}</td><td><a href=\"/dev/mailbox/{}\">{}</a></td></tr>",
        time::rfc3339(letter.arrived_at),
        escaped(&letter.recipient),
        escaped(&letter.letter_id),
        escaped(&letter.subject)
    )
}

/// `GET /dev/mailbox/{letter}`: one letter, as text with its link and as HTML.
///
/// # Errors
/// 404 for a letter that is not here, and anywhere but locally.
pub async fn read(cx: &Cx, Path(id): Path) -> Result<Reply, Problem> {
    only_locally(cx)?;
    let letter: Option<KeptRow> = cx.platform.db().first(store::kept_letter(&id)).await?;
    let letter = letter.ok_or(Code::NotFound)?;
    let text: Vec<String> = letter.text.lines().map(linked).collect();
    let body = format!(
        "<p><a href=\"/dev/mailbox\">All letters</a></p><h1>{}</h1><p>To {}, {}</p><h2>Text</h2><pre>{}</pre>\
<h2>HTML</h2><iframe title=\"The letter as HTML\" sandbox srcdoc=\"{}\"></iframe>",
        escaped(&letter.subject),
        escaped(&letter.recipient),
        time::rfc3339(letter.arrived_at),
        text.join("\n"),
        escaped(&letter.html)
    );
    Ok(page(&letter.subject, &body))
}

/// A line that is a link becomes one.
fn linked(line: &str) -> String {
    let line = escaped(line);
    let is_link = line.starts_with("http://") || line.starts_with("https://");
    if is_link { format!("<a href=\"{line}\">{line}</a>") } else { line }
}

fn only_locally(cx: &Cx) -> Result<(), Problem> {
    if cx.config.is_local() { Ok(()) } else { Err(Code::NotFound.into()) }
}

fn page(title: &str, body: &str) -> Reply {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
<style>{STYLE}</style>\n</head>\n<body>\n<main>{body}</main>\n</body>\n</html>\n",
        escaped(title)
    );
    let mut reply = Reply::new(200, "text/html; charset=utf-8", Body::Text(html));
    reply.policy = POLICY;
    reply
}
