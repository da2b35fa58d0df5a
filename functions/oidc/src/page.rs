//! The pages where people let apps in: an app's request, a device's code, and a request that cannot be answered.
//! Everything comes from this origin; nothing is inline, nothing frames them. What a page shows of an app is
//! escaped where it is put in. What they do is in `pages/page.js`.

use shared::cx::Cx;
use shared::head::HeaderName;
use shared::problem::Problem;
use shared::reply::{Body, Reply};

use crate::client::ClientRow;
use crate::redirect::is_exclusive;
use crate::request::{Request, Unsafe, Way};
use crate::scopes;
use crate::words::Language;

const AUTHORIZE: &str = include_str!("pages/authorize.html");
const DEVICE: &str = include_str!("pages/device.html");
const REFUSED: &str = include_str!("pages/refused.html");
const SIGN_IN: &str = include_str!("pages/sign-in.html");
const CSS: &str = include_str!("pages/page.css");
const JS: &str = include_str!("pages/page.js");

/// Scripts, styles and calls of this origin; no forms, no frames, no pictures, nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

fn reply(status: u16, media: &'static str, text: String) -> Reply {
    let mut reply = Reply::new(status, media, Body::Text(text));
    reply.policy = POLICY;
    reply
}

/// A page of a template, which says that it is English.
fn html(status: u16, language: Language, template: &str, values: &[(&str, String)]) -> Reply {
    let head = format!("<html lang=\"{}\">", language.tag());
    let text = fill(template, language, values).replacen("<html lang=\"en\">", &head, 1);
    reply(status, "text/html; charset=utf-8", text).header("X-Frame-Options", "DENY")
}

/// The language a person reads: what the app says of them, or their browser.
pub fn language(cx: &Cx, ui_locales: Option<&str>) -> Language {
    Language::of(ui_locales.or_else(|| cx.head.header(HeaderName::AcceptLanguage)).unwrap_or_default())
}

/// A template with its places filled: `{{t:name}}` with words, `{{name}}` with values. What is filled in is not looked
/// at again, so no value can be a place.
fn fill(template: &str, language: Language, values: &[(&str, String)]) -> String {
    let mut page = String::with_capacity(template.len() + 2048);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, more) = after.split_once("}}").unwrap_or((after, ""));
        page.push_str(before);
        match name.strip_prefix("t:") {
            Some(word) => page.push_str(language.word(word)),
            None => page.push_str(values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)),
        }
        rest = more;
    }
    page.push_str(rest);
    page
}

/// A text as it may stand in HTML, between tags or in a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn items<'a>(language: Language, names: impl Iterator<Item = &'a str>, hidden: &str) -> String {
    let item =
        |name: &str| format!("<li data-scope=\"{}\"{hidden}>{}</li>", escape(name), escape(language.meaning(name)));
    names.map(item).collect()
}

/// What the page of a request shows.
pub(crate) struct Shown<'a> {
    /// The app.
    pub(crate) client: &'a ClientRow,
    /// What it wants.
    pub(crate) request: &'a Request,
    /// Where the answer goes.
    pub(crate) way: &'a Way,
    /// Our address.
    pub(crate) issuer: &'a str,
    /// The request as it stands in the address.
    pub(crate) query: &'a str,
    /// The page's mark.
    pub(crate) ticket: &'a str,
}

/// The page that asks a person about an app's request.
pub(crate) fn authorize(language: Language, shown: &Shown<'_>) -> Reply {
    let uri = &shown.way.redirect_uri;
    let host = uri.strip_prefix("https://").map(|rest| rest.split(['/', '?']).next().unwrap_or(rest));
    let back = match host.filter(|_| is_exclusive(uri)) {
        Some(host) => format!("{} <b>{}</b>.", language.word("back"), escape(host)),
        None => format!("{} (<b>{}</b>).", language.word("back_own"), escape(uri)),
    };
    let unverified = match shown.client.is_verified() {
        true => String::new(),
        false => format!("<p class=\"warning\" id=\"unverified\">{}</p>", language.word("unverified")),
    };
    let names = shown.request.scopes.names().iter().map(String::as_str);
    let values = [
        ("client", escape(&shown.client.name)),
        ("query", escape(shown.query)),
        ("ticket", escape(shown.ticket)),
        ("unverified", unverified),
        ("sign_in", fill(SIGN_IN, language, &[])),
        ("scopes", items(language, names, "")),
        ("back", back),
        ("cancel", escape(&shown.way.answer(shown.issuer, &[("error", "access_denied")]))),
    ];
    html(200, language, AUTHORIZE, &values)
}

/// The page that says why a request cannot be answered.
pub(crate) fn refused(language: Language, why: Unsafe) -> Reply {
    let why = match why {
        Unsafe::Client => "refused_client",
        Unsafe::Redirect => "refused_redirect",
    };
    let values = [("why", language.word(why).to_owned())];
    html(400, language, REFUSED, &values)
}

/// `GET /device`: where people type the code that a device shows. The code may stand behind `#`.
///
/// # Errors
/// None.
pub async fn device(cx: &Cx) -> Result<Reply, Problem> {
    let language = language(cx, None);
    let values = [
        ("sign_in", fill(SIGN_IN, language, &[])),
        ("scopes", items(language, scopes::known().into_iter(), " hidden")),
    ];
    Ok(html(200, language, DEVICE, &values))
}

/// `GET /oauth/page.css`.
///
/// # Errors
/// None.
pub async fn css(_: &Cx) -> Result<Reply, Problem> {
    Ok(reply(200, "text/css; charset=utf-8", CSS.to_owned()))
}

/// `GET /oauth/page.js`.
///
/// # Errors
/// None.
pub async fn js(_: &Cx) -> Result<Reply, Problem> {
    Ok(reply(200, "text/javascript; charset=utf-8", JS.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{AUTHORIZE, DEVICE, REFUSED, SIGN_IN, escape, fill};
    use crate::words::Language::{En, Zh};

    #[test]
    fn values_are_put_in_as_they_are_and_not_looked_at_again() {
        let values = [("a", "{{b}}{{t:allow}}".to_owned()), ("b", "no".to_owned())];
        assert_eq!(fill("<{{a}}>{{t:allow}}{{c}}{{", En, &values), "<{{b}}{{t:allow}}>Allow");
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape("<b a=\"'&\">"), "&lt;b a=&quot;&#39;&amp;&quot;&gt;");
    }

    #[test]
    fn every_word_of_a_template_is_there_in_both_languages() {
        for template in [AUTHORIZE, DEVICE, REFUSED, SIGN_IN] {
            for name in template.split("{{t:").skip(1).filter_map(|rest| rest.split("}}").next()) {
                assert!(!En.word(name).is_empty() && !Zh.word(name).is_empty(), "{name}");
            }
            assert!(!template.contains("<style") && !template.contains("onclick") && !template.contains("<script>"));
        }
    }
}
