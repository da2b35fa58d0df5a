//! Sending one letter through what the deployment chose.

use shared::platform::{Envelope, Platform, Security, Socket};
use shared::sql;

use crate::configured::{Configured, Sender, Server};
use crate::letter::Composed;
use crate::{mime, smtp, store};

/// Why a letter was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Another try may succeed; the cause is for the log and the table.
    Later(String),
    /// It never will: the other side refused this recipient or this letter.
    Refused(String),
}

/// Milliseconds that one step of a conversation may take.
const STEP_MS: u32 = 15_000;

/// Sends a letter.
///
/// # Errors
/// As `Failure` says.
pub async fn send(platform: &Platform, configured: &Configured, letter: &Composed<'_>) -> Result<(), Failure> {
    match &configured.sender {
        Sender::Cloudflare => cloudflare(platform, letter).await,
        Sender::Http(api) => api.send(platform, letter).await,
        Sender::Smtp(server) => over_smtp(platform, server, letter).await,
        Sender::Mailbox => {
            let Composed { id, to, ref content, .. } = *letter;
            let kept = sql!(store::KEEP, id, to, &*content.subject, &*content.text, &*content.html, platform.now_ms());
            platform.db().run(kept).await.map_err(|error| Failure::Later(format!("{error:?}")))
        }
    }
}

async fn cloudflare(platform: &Platform, letter: &Composed<'_>) -> Result<(), Failure> {
    let content = &letter.content;
    let envelope = Envelope {
        from: letter.from,
        name: letter.from_name,
        to: letter.to,
        subject: &content.subject,
        text: &content.text,
        html: &content.html,
    };
    // Its failures have no classes that are documented; a letter that is refused ends after its last try.
    platform.send_email("EMAIL", &envelope, 2 * STEP_MS).await.map_err(Failure::Later)
}

async fn over_smtp(platform: &Platform, server: &Server, letter: &Composed<'_>) -> Result<(), Failure> {
    let mut socket =
        Socket::connect(&server.host, server.port, server.security, STEP_MS).await.map_err(Failure::Later)?;
    let message = mime::message(letter, platform.now_ms());
    let order = smtp::Order {
        from: letter.from,
        to: letter.to,
        message: &message,
        login: server.login.as_ref(),
        starts_tls: server.security == Security::StartTls,
    };
    smtp::converse(&mut socket, &order).await
}
