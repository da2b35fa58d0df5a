//! One row on the reference page.

use serde_json::Value;
use shared::route::{Dialect, Limit};

use crate::examples;
use crate::fields;
use crate::headers;
use crate::html::{self, escape, prose};
use crate::operations::{Contract, Operation, Parameter, Success, who};
use crate::tables;

/// The row's part of the page.
pub(crate) fn of(operation: &Operation, contract: &Contract) -> String {
    let row = operation.row;
    let (id, method) = (escape(&operation.id), row.method.as_str());
    let mut html = format!("<article id=\"{id}\">\n<h3><a href=\"#{id}\">{}</a></h3>\n", escape(&operation.title));
    let class = method.to_lowercase();
    html.push_str(&format!(
        "<p class=\"route\"><span class=\"method {class}\">{method}</span> <code>{}</code></p>\n",
        escape(&tables::plain_path(row.path))
    ));
    html.push_str(&facts(operation));
    html.extend(operation.prose.paragraphs.iter().map(|text| format!("<p>{}</p>\n", prose(text))));
    html.push_str(&request(operation, contract));
    html.extend(operation.successes.iter().map(|success| reply(success, contract)));
    html.push_str(&failures(operation));
    html.push_str("<h4>Example</h4>\n");
    let calls = examples::curl(operation, &contract.schemas);
    html.extend(calls.iter().map(|call| format!("<pre><code>{}</code></pre>\n", escape(call))));
    html + "</article>\n"
}

fn facts(operation: &Operation) -> String {
    let row = operation.row;
    let limit = match row.limit {
        Limit::None => headers::limit_about(row.limit),
        Limit::Normal => format!("normal: {}", headers::limit_about(row.limit)),
        Limit::Strict => format!("strict: {}", headers::limit_about(row.limit)),
    };
    let fresh = if row.marks.fresh { ", proved within the last ten minutes" } else { "" };
    let mut facts = vec![("Who may call", who(row.who).to_owned() + fresh), ("Limit", limit)];
    if let Some(scope) = row.scope {
        facts.push(("API keys", format!("with the scope `{}`", scope.as_str())));
    }
    match row.dialect {
        Dialect::Problem => {}
        Dialect::Openai => facts.push(("Errors", "in OpenAI's shape".to_owned())),
        Dialect::Anthropic => facts.push(("Errors", "in Anthropic's shape".to_owned())),
        Dialect::Oauth => facts.push(("Errors", "as OAuth says (RFC 6749 §5.2)".to_owned())),
    }
    if row.marks.once {
        facts.push(("Retries", "safe with `Idempotency-Key`".to_owned()));
    }
    if row.marks.cached {
        facts.push(("Cache", "five minutes, with `ETag`".to_owned()));
    }
    let list = facts.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", prose(value)));
    format!("<dl class=\"facts\">{}</dl>\n", list.collect::<String>())
}

fn request(operation: &Operation, contract: &Contract) -> String {
    let mut html = String::new();
    if !operation.path.is_empty() {
        let about = |name: &str| if name.starts_with('*') { "May contain <code>/</code>." } else { "" };
        let cells = |name: &&str| {
            let plain = format!("<code>{}</code>", escape(name.trim_start_matches('*')));
            vec![plain, "string".to_owned(), about(name).to_owned()]
        };
        let rows: Vec<Vec<String>> = operation.path.iter().map(cells).collect();
        html.push_str("<h4>Path</h4>\n");
        html.push_str(&html::table(&["Parameter", "Type", "Meaning"], &rows));
    }
    if !operation.query.is_empty() {
        let cells = |p: &Parameter| fields::row(&p.name, p.required, &p.schema, &contract.schemas);
        let rows: Vec<Vec<String>> = operation.query.iter().map(cells).collect();
        html.push_str("<h4>Query</h4>\n");
        html.push_str(&html::table(&["Parameter", "Type", "Meaning"], &rows));
    }
    if let Some(body) = &operation.body {
        html.push_str(if operation.is_form { "<h4>Request, a form</h4>\n" } else { "<h4>Request</h4>\n" });
        html.push_str(&fields::table(body, &contract.schemas));
    }
    html
}

fn reply(success: &Success, contract: &Contract) -> String {
    let status = success.status;
    let mut html = format!("<h4>Reply <span class=\"status\">{status}</span></h4>\n");
    // Types that are the reply of one row say so, which the heading says already.
    if !success.about.starts_with("The reply of `") {
        html.push_str(&format!("<p>{}</p>\n", prose(&success.about)));
    }
    for content in &success.contents {
        if content.media != "application/json" {
            let about = content.schema.get("description").and_then(Value::as_str).unwrap_or_default();
            html.push_str(&format!("<p><code>{}</code> {}</p>\n", escape(content.media), prose(about)));
        } else {
            html.push_str(&fields::table(&content.schema, &contract.schemas));
        }
    }
    if !success.headers.is_empty() {
        let names: Vec<String> = success.headers.iter().map(|name| format!("<code>{}</code>", escape(name))).collect();
        html.push_str(&format!("<p>Headers: {}</p>\n", names.join(", ")));
    }
    html
}

fn failures(operation: &Operation) -> String {
    let links = operation.failures.iter().map(|status| format!("<a href=\"#status-{status}\">{status}</a>"));
    let mut html = format!("<h4>Failures</h4>\n<p class=\"statuses\">{}</p>\n", links.collect::<Vec<_>>().join(" "));
    if let Some(errors) = &operation.prose.errors {
        html.push_str(&format!("<p>{}</p>\n", prose(errors)));
    }
    html
}
