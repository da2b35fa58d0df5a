//! What a deployment sets: who sends, from whom, and where links lead. Not here: sending.

use shared::accounts::links::LinkKey;
use shared::platform::{Platform, Security};

use crate::http::Api;
use crate::smtp::Login;

/// The settings, complete.
pub struct Configured {
    /// Derives the tokens of links.
    pub key: LinkKey,
    /// The sender's name; may be empty.
    pub from_name: String,
    /// The sender's address.
    pub from: String,
    /// `scheme://host` of the pages that links lead to, without a slash at its end. Never taken from a
    /// request: a link must not lead where a stranger's `Host` header points.
    pub origin: String,
    /// What sends.
    pub sender: Sender,
}

/// What sends letters.
pub enum Sender {
    /// Cloudflare's `send_email` binding.
    Cloudflare,
    /// An HTTP API.
    Http(Api),
    /// An SMTP server.
    Smtp(Server),
    /// A table, on a developer's machine.
    Mailbox,
}

/// An SMTP server.
pub struct Server {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// Whom it knows us as.
    pub login: Option<Login>,
}

/// Reads the settings.
///
/// # Errors
/// What is missing, in a sentence for the log.
pub fn read(platform: &Platform) -> Result<Configured, String> {
    let var = |name: &str| platform.var(name);
    let local = var("ENVIRONMENT").as_deref() == Some("local");
    let key = var("LINK_KEY").as_deref().and_then(LinkKey::read).ok_or("LINK_KEY is missing or unreadable")?;
    let origin = match var("PUBLIC_URL") {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None if local => "http://127.0.0.1:8787".to_owned(),
        None => return Err("PUBLIC_URL is missing: links would lead nowhere".to_owned()),
    };
    if !secure(&origin, local) {
        return Err("PUBLIC_URL must begin with https://".to_owned());
    }
    let (from_name, from) = address(&var("MAIL_FROM").ok_or("MAIL_FROM is missing")?)?;
    let sender = match var("MAIL_SENDER").as_deref() {
        Some("cloudflare") => Sender::Cloudflare,
        Some("http") => Sender::Http(api(platform, local)?),
        Some("smtp") => Sender::Smtp(server(platform, local)?),
        Some("mailbox") if local => Sender::Mailbox,
        other => return Err(format!("MAIL_SENDER is {}: no sender here", other.unwrap_or("missing"))),
    };
    Ok(Configured { key, from_name, from, origin, sender })
}

/// Whether a URL may be used: plain HTTP only on a developer's machine.
fn secure(url: &str, local: bool) -> bool {
    url.starts_with("https://") || (local && url.starts_with("http://"))
}

/// `Name <address>`, or an address alone.
fn address(text: &str) -> Result<(String, String), String> {
    let (name, address) = match text.trim().split_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"'), rest.trim_end_matches('>')),
        None => ("", text.trim()),
    };
    let clean = !name.chars().any(char::is_control);
    match shared::accounts::Email::try_from(address.to_owned()) {
        Ok(email) if clean => Ok((name.to_owned(), email.as_str().to_owned())),
        _ => Err("MAIL_FROM is no address".to_owned()),
    }
}

fn api(platform: &Platform, local: bool) -> Result<Api, String> {
    let var = |name: &str| platform.var(name);
    let url = var("MAIL_HTTP_URL").filter(|url| secure(url, local)).ok_or("MAIL_HTTP_URL is missing or not https")?;
    Api::new(url, &var("MAIL_HTTP_AUTHORIZATION").unwrap_or_default(), &var("MAIL_HTTP_BODY").unwrap_or_default())
}

fn server(platform: &Platform, local: bool) -> Result<Server, String> {
    let var = |name: &str| platform.var(name);
    let security = match var("SMTP_SECURITY").as_deref() {
        None | Some("tls") => Security::Tls,
        Some("starttls") => Security::StartTls,
        Some("none") if local => Security::Plain,
        Some(_) => return Err("SMTP_SECURITY is `tls` or `starttls`; `none` only locally".to_owned()),
    };
    let usual = if security == Security::Tls { 465 } else { 587 };
    let port = var("SMTP_PORT").map_or(Ok(usual), |text| text.parse::<u16>());
    let login = match (var("SMTP_USERNAME"), var("SMTP_PASSWORD")) {
        (Some(username), Some(password)) => Some(Login { username, password }),
        (None, None) => None,
        _ => return Err("SMTP_USERNAME and SMTP_PASSWORD belong together".to_owned()),
    };
    Ok(Server {
        host: var("SMTP_HOST").ok_or("SMTP_HOST is missing")?,
        port: port.map_err(|_| "SMTP_PORT is no port")?,
        security,
        login,
    })
}
