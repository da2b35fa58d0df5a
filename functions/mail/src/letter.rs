//! One letter as it is read: subject, text and HTML in the reader's language. Nothing that a stranger chose
//! stands in it but an address, and that only where it was asked for with the account's password.

use std::borrow::Cow;

use shared::accounts::letters::Letter;
use shared::accounts::links::Purpose;

use crate::words::{self, Language, Words};

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// One line.
    pub subject: String,
    /// Plain text, lines ended by `\n`.
    pub text: String,
    /// A page.
    pub html: String,
}

/// A letter, ready to be sent.
pub struct Composed<'a> {
    /// `let_…`.
    pub id: &'a str,
    /// The sender's address.
    pub from: &'a str,
    /// The sender's name; may be empty.
    pub from_name: &'a str,
    /// The recipient's address.
    pub to: &'a str,
    /// What is read.
    pub content: Content,
}

impl Composed<'_> {
    /// A part by the name of its mark.
    pub fn part(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "id" => self.id.into(),
            "to" => self.to.into(),
            "from" if self.from_name.is_empty() => self.from.into(),
            "from" => format!("{} <{}>", self.from_name, self.from).into(),
            "from_address" => self.from.into(),
            "from_name" => self.from_name.into(),
            "subject" => self.content.subject.as_str().into(),
            "text" => self.content.text.as_str().into(),
            "html" => self.content.html.as_str().into(),
            _ => return None,
        })
    }
}

/// The link that a letter of this kind has.
pub const fn purpose(letter: Letter) -> Option<Purpose> {
    match letter {
        Letter::Verify => Some(Purpose::Verify),
        Letter::Reset => Some(Purpose::Reset),
        Letter::Magic => Some(Purpose::Magic),
        Letter::Change => Some(Purpose::Change),
        Letter::Invite => Some(Purpose::Invite),
        Letter::Known
        | Letter::Changing
        | Letter::Changed
        | Letter::Impersonated
        | Letter::PasswordChanged
        | Letter::Budget
        | Letter::Unusual
        | Letter::Reused => None,
    }
}

/// What a letter has in it beside its words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The name of the sender: of the app.
    pub app: &'a str,
    /// The link.
    pub link: Option<&'a str>,
    /// The other address of a change.
    pub about: Option<&'a str>,
}

/// Writes a letter.
pub fn write(letter: Letter, locale: &str, facts: &Facts<'_>) -> Content {
    let language = Language::of(locale);
    let Words { subject, before, button, after } = words::of(letter, language);
    let life = purpose(letter).map(|purpose| language.life(purpose.minutes())).unwrap_or_default();
    let fill = |text: &str| {
        let text = text.replace("{life}", &life).replace("{app}", facts.app);
        text.replace("{about}", facts.about.unwrap_or_default())
    };
    let subject = fill(subject);
    let before: Vec<String> = before.iter().map(|text| fill(text)).collect();
    let after: Vec<String> = after.iter().map(|text| fill(text)).collect();
    let link = facts.link.unwrap_or_default();
    let mut paragraphs = before.clone();
    if !link.is_empty() {
        paragraphs.push(link.to_owned());
    }
    paragraphs.extend(after.iter().cloned());
    let text = paragraphs.join("\n\n") + "\n";
    let html = page(language, &subject, &before, link, button, &after);
    Content { subject, text, html }
}

fn page(language: Language, subject: &str, before: &[String], link: &str, button: &str, after: &[String]) -> String {
    let paragraph = |text: &String| format!("<p>{}</p>\n", escaped(text));
    let mut body: String = before.iter().map(paragraph).collect();
    if !link.is_empty() {
        let (link, copy) = (escaped(link), language.copy());
        body.push_str(&format!(
            "<p><a href=\"{link}\" style=\"display:inline-block;padding:12px 20px;border-radius:6px;background:#1d4ed8;\
color:#ffffff;text-decoration:none\">{}</a></p>\n<p>{copy}<br><span style=\"word-break:break-all\">{link}</span></p>\n",
            escaped(button)
        ));
    }
    body.extend(after.iter().map(paragraph));
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
<body style=\"max-width:34em;margin:0 auto;padding:16px;font:16px/1.5 system-ui,sans-serif;color:#111827;background:#ffffff\">\n\
{body}</body>\n</html>\n",
        language.tag(),
        escaped(subject)
    )
}

/// A text as HTML shows it.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
