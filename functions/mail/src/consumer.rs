//! What becomes of one message of the queue. A queue delivers at least once, so a delivery takes the letter
//! for itself first; of two at once one sends. A letter is sent twice only if an isolate dies between the
//! other side's yes and our note of it, and then with the same `Message-ID`.

use shared::accounts::letters::{Handed, Letter};
use shared::log;
use shared::platform::Platform;
pub use shared::queue::Verdict;

use crate::configured::{self, Configured};
use crate::letter::{self, Composed, Facts};
use crate::sender::{self, Failure};
use crate::store::{self, LetterRow};

/// Milliseconds that a delivery has a letter for itself: longer than any sender takes.
const LEASE_MS: u64 = 300_000;
/// Deliveries of one message: `max_retries` of the `wrangler.toml`, and the first one.
pub const TRIES: u32 = 9;
/// The longest wait between two tries, in seconds.
const LONGEST_WAIT_S: u32 = 7_200;

/// Delivers the letter that a message names.
pub async fn deliver(platform: &Platform, body: Option<&str>) -> Verdict {
    let Some(Ok(message)) = body.map(shared::json::read::<Handed>) else {
        log::event("mail", "error", "mail::unreadable", "a message names no letter", None);
        return Verdict::Again(60);
    };
    match take(platform, &message.letter_id).await {
        Ok(Taken::Mine(row, delivery)) => dispatch(platform, &row, &delivery).await,
        Ok(Taken::Others) => Verdict::Again(u32::try_from(LEASE_MS / 1000).unwrap_or(300)),
        Ok(Taken::Ended) => Verdict::Done,
        Err(cause) => {
            log::event("mail", "error", "mail::claim", "a letter was not read", Some(&cause));
            Verdict::Again(30)
        }
    }
}

enum Taken {
    Mine(Box<LetterRow>, String),
    /// Another delivery has it.
    Others,
    /// It was sent, given up or deleted.
    Ended,
}

async fn take(platform: &Platform, letter: &str) -> Result<Taken, String> {
    let now = platform.now_ms();
    let delivery = shared::id::new("dlv", now, platform.random());
    let rows = platform.db().batch(store::claim(letter, &delivery, now, now + LEASE_MS)).await;
    let rows = rows.and_then(|mut rows| rows.take::<LetterRow>(1)).map_err(|error| format!("{error:?}"))?;
    Ok(match rows.into_iter().next() {
        Some(row) if !matches!(row.state.as_str(), "waiting" | "handed") => Taken::Ended,
        Some(row) if row.leased_by.as_deref() == Some(&delivery) => Taken::Mine(Box::new(row), delivery),
        Some(_) => Taken::Others,
        None => Taken::Ended,
    })
}

async fn dispatch(platform: &Platform, row: &LetterRow, delivery: &str) -> Verdict {
    let sent = match configured::read(platform) {
        Ok(configured) => attempt(platform, &configured, row).await,
        Err(cause) => Err(Failure::Later(cause)),
    };
    let now = platform.now_ms();
    let end = |state, cause| store::end(&row.id, delivery, state, now, cause);
    let (note, verdict) = match &sent {
        Ok(Sent::Yes) => (end("sent", None), Verdict::Done),
        Ok(Sent::Pointless(why)) => (end("dropped", Some(why)), Verdict::Done),
        Err(Failure::Refused(cause)) => (end("refused", Some(cause)), Verdict::Done),
        Err(Failure::Later(cause)) if row.attempts >= TRIES => (end("failed", Some(cause)), Verdict::Again(1)),
        Err(Failure::Later(cause)) => {
            (store::release(&row.id, delivery, cause), Verdict::Again(wait_s(platform, row.attempts)))
        }
    };
    if let Err(Failure::Later(cause) | Failure::Refused(cause)) = &sent {
        log::event("mail", "warn", "mail::send", &format!("{} was not sent", row.id), Some(cause));
    }
    // A note that is lost must not make a second letter of one: the message is acknowledged all the same.
    for _ in 0..3 {
        match platform.db().run(note.clone()).await {
            Ok(()) => break,
            Err(error) => {
                log::event("mail", "error", "mail::note", "an outcome was not noted", Some(&format!("{error:?}")));
            }
        }
    }
    verdict
}

enum Sent {
    Yes,
    /// Its link opens nothing any more, or it has no words.
    Pointless(&'static str),
}

async fn attempt(platform: &Platform, configured: &Configured, row: &LetterRow) -> Result<Sent, Failure> {
    let Some(kind) = Letter::of(&row.kind) else { return Ok(Sent::Pointless("no letter of this kind is known")) };
    // RFC 2606 §2: nobody can have such an address.
    if row.recipient.ends_with(".invalid") {
        return Ok(Sent::Pointless("the address cannot receive mail"));
    }
    let link = match (letter::purpose(kind), &row.link_id) {
        (None, _) => None,
        (Some(_), None) => return Ok(Sent::Pointless("its link is gone")),
        (Some(purpose), Some(id)) => {
            let lives = row.link_used_at.is_none() && row.link_expires_at.is_some_and(|at| at > platform.now_ms());
            if !lives {
                return Ok(Sent::Pointless("its link is used, ended or expired"));
            }
            let token = configured.key.token_of(purpose, id, row.link_hash.as_deref().unwrap_or_default());
            Some(format!("{}{}#{token}", configured.origin, purpose.page()))
        }
    };
    let app = if configured.from_name.is_empty() { &configured.from } else { &configured.from_name };
    let facts = Facts { app, link: link.as_deref(), about: row.about.as_deref() };
    let composed = Composed {
        id: &row.id,
        from: &configured.from,
        from_name: &configured.from_name,
        to: &row.recipient,
        content: letter::write(kind, &row.locale, &facts),
    };
    sender::send(platform, configured, &composed).await.map(|()| Sent::Yes)
}

/// Four times as long after each try: 30 s, 2 min, 8 min, 32 min, then two hours.
fn wait_s(platform: &Platform, attempts: u32) -> u32 {
    let var = |name: &str| platform.var(name);
    let first: u32 = var("MAIL_RETRY_SECONDS").and_then(|text| text.parse().ok()).unwrap_or(30);
    first.saturating_mul(4_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_WAIT_S)
}
