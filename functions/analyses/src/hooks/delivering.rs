//! Telling a webhook, a try at a time: claimed, signed, sent, and what came back written down. Redirects are not followed and
//! answers not read. Waits grow over three days as Standard Webhooks proposes; the long ones are the schedule's.

use shared::log;
use shared::platform::{Call, Platform, SendError, Target};
use shared::problem::Problem;
use shared::vault;

use super::model::DeliveryStatus;
use super::settings::seal_parts;
use super::{address, signing, store};
use crate::columns::{self, Columns};
use crate::work::message::{Kind, Message};

/// Milliseconds that a receiver may take.
const DEADLINE_MS: u32 = 15_000;
/// Milliseconds that a try may take.
const LEASE_MS: u64 = 60_000;
/// Seconds before each try but the first.
const WAITS_S: [u32; 9] = [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 72_000, 86_400];
/// Seconds up to which the queue holds a message back.
const LONGEST_HELD: u32 = 600;
/// Milliseconds by which a message may be late before the schedule sends another.
const LATE_MS: u64 = 30_000;
/// Milliseconds for which deliveries are remembered.
const REMEMBERED_MS: u64 = 30 * 24 * 60 * 60_000;

/// What came of a try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// What the receiver answered.
    pub status: Option<u16>,
    /// Why that does not count.
    pub error: Option<String>,
    /// Seconds that it wants to be left alone.
    pub retry_after: Option<u32>,
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The receiver took it.
    Delivered,
    /// It is given up.
    GivenUp,
    /// It is tried again after so many seconds.
    Again(u32),
}

struct Work {
    id: String,
    step: u64,
    url: String,
    payload: String,
    user_id: String,
    organisation_id: Option<String>,
    secret: Option<String>,
    former_secret: Option<String>,
    former_until: Option<u64>,
}

impl From<Columns> for Work {
    fn from(mut row: Columns) -> Self {
        Self {
            id: row.text("id"),
            step: row.number("step"),
            url: row.text("url"),
            payload: row.text("payload"),
            user_id: row.text("user_id"),
            organisation_id: row.maybe("organisation_id"),
            secret: row.maybe("secret"),
            former_secret: row.maybe("former_secret"),
            former_until: row.maybe_number("former_until"),
        }
    }
}

/// What becomes of a delivery after this try, its number counted from 0.
pub fn next(step: u64, tried: &Tried) -> Next {
    match tried.status {
        Some(200..=299) => Next::Delivered,
        // The receiver wants no more of it.
        Some(410) => Next::GivenUp,
        _ => {
            let wait = usize::try_from(step).ok().and_then(|step| WAITS_S.get(step).copied());
            wait.map_or(Next::GivenUp, |wait| Next::Again(wait.max(tried.retry_after.unwrap_or(0).min(86_400))))
        }
    }
}

/// Does the try with this number.
///
/// # Errors
/// 503 when the database fails: the message comes again.
pub async fn take(platform: &Platform, id: &str, step: u64) -> Result<(), Problem> {
    let now = platform.now_ms();
    let claim = store::claim(id, step, now.saturating_add(LEASE_MS), now);
    let (claimed, work) = columns::pair(platform, claim, store::work(id)).await?;
    let Some(work) = work.filter(|_| claimed).map(Work::from) else { return Ok(()) };
    match attempt(platform, &work).await {
        Ok(tried) => settle(platform, &work, &tried).await,
        Err(problem) => {
            platform.db().run(store::release(id, step)).await?;
            Err(problem)
        }
    }
}

/// A try that is claimed; `None` for what cannot be sent at all.
async fn attempt(platform: &Platform, work: &Work) -> Result<Option<Tried>, Problem> {
    let is_local = platform.var("ENVIRONMENT").as_deref() == Some("local");
    let Some(secret) = &work.secret else { return Ok(None) };
    if address::check(&work.url, is_local).is_err() {
        return Ok(None);
    }
    let now = platform.now_ms();
    let parts = seal_parts(&work.user_id, work.organisation_id.as_deref());
    let mut secrets = vec![vault::open_on(platform, &parts, secret).await?];
    if let Some(former) = work.former_secret.as_ref().filter(|_| work.former_until.is_some_and(|until| now < until)) {
        secrets.push(vault::open_on(platform, &parts, former).await?);
    }
    let seconds = now / 1_000;
    let signature = signing::signature(secrets.iter().map(String::as_str), &work.id, seconds, &work.payload);
    let signature = signature.ok_or_else(|| Problem::internal("a secret that does not sign"))?;
    Ok(Some(send(platform, work, seconds, &signature).await))
}

async fn send(platform: &Platform, work: &Work, seconds: u64, signature: &str) -> Tried {
    let timestamp = seconds.to_string();
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", "Selvage-Webhooks/1"),
        ("webhook-id", work.id.as_str()),
        ("webhook-timestamp", timestamp.as_str()),
        ("webhook-signature", signature),
    ];
    let call = Call {
        target: Target::Internet,
        method: "POST",
        url: &work.url,
        headers: &headers,
        body: Some(work.payload.as_bytes()),
        deadline_ms: DEADLINE_MS,
        ends_with_client: false,
    };
    match platform.send(&call).await {
        Ok(answer) => {
            let (status, retry_after) = (answer.status(), answer.header("Retry-After"));
            answer.cancel();
            let error = (!(200..300).contains(&status)).then(|| format!("The receiver answered {status}."));
            Tried { status: Some(status), error, retry_after: retry_after.and_then(|wait| wait.trim().parse().ok()) }
        }
        Err(error) => Tried { error: Some(words(&error).to_owned()), ..Tried::default() },
    }
}

const fn words(error: &SendError) -> &'static str {
    match error {
        SendError::Deadline => "The receiver did not answer within 15 seconds.",
        SendError::Unreachable(_) | SendError::Left => "The receiver could not be reached.",
    }
}

/// Writes what came of a try, once.
async fn settle(platform: &Platform, work: &Work, tried: &Option<Tried>) -> Result<(), Problem> {
    let now = platform.now_ms();
    let unsendable = || Tried { error: Some("The secret or the URL is no more.".to_owned()), ..Tried::default() };
    let (next, tried) = match tried {
        Some(tried) => (next(work.step, tried), tried.clone()),
        None => (Next::GivenUp, unsendable()),
    };
    let end = |status| store::end(&work.id, work.step, status, &tried, now);
    match next {
        Next::Delivered => platform.db().run(end(DeliveryStatus::Delivered)).await?,
        Next::GivenUp => platform.db().run(end(DeliveryStatus::Failed)).await?,
        Next::Again(seconds) => {
            let next_at = now.saturating_add(u64::from(seconds) * 1_000);
            let stepped = columns::last(platform, vec![store::again(&work.id, work.step, next_at, &tried)]).await?;
            if let Some(due) = stepped.filter(|_| seconds <= LONGEST_HELD) {
                hand_over(platform, due, seconds).await;
            }
        }
    }
    Ok(())
}

/// What the queue does not take the schedule finds.
async fn hand_over(platform: &Platform, due: Columns, seconds: u32) {
    if let Err(cause) = Message::due(Kind::Delivery, due).send(platform, seconds).await {
        log::event("analyses", "warn", "delivering", "a delivery waits for the schedule", Some(&cause));
    }
}

/// Sends what is due and of which nothing was heard; forgets what ended long ago.
///
/// # Errors
/// 503 when the database fails.
pub async fn wake(platform: &Platform) -> Result<(), Problem> {
    let now = platform.now_ms();
    let batch = vec![store::due(now.saturating_sub(LATE_MS), now), store::forget(now.saturating_sub(REMEMBERED_MS))];
    for due in columns::batch(platform, batch).await?.into_iter().flatten() {
        hand_over(platform, due, 0).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(step: u64, status: Option<u16>, retry_after: Option<u32>) -> Next {
        next(step, &Tried { status, error: None, retry_after })
    }

    #[test]
    fn what_was_taken_is_done_and_what_is_unwanted_is_given_up() {
        for status in [200, 202, 204, 299] {
            assert_eq!(after(0, Some(status), None), Next::Delivered);
        }
        assert_eq!(after(0, Some(410), None), Next::GivenUp);
    }

    #[test]
    fn everything_else_is_tried_again_for_three_days_and_then_no_more() {
        // A redirect is followed by nobody.
        for status in [None, Some(301), Some(308), Some(400), Some(404), Some(429), Some(500), Some(503)] {
            assert_eq!(after(0, status, None), Next::Again(5), "{status:?}");
            assert_eq!(after(9, status, None), Next::GivenUp, "{status:?}");
        }
        assert_eq!(after(0, Some(429), Some(120)), Next::Again(120));
        assert_eq!(after(3, Some(503), Some(1)), Next::Again(1_800));
        assert_eq!(after(0, Some(503), Some(u32::MAX)), Next::Again(86_400));
        let all: u32 = WAITS_S.iter().sum();
        assert!((2..=3).contains(&(all / 86_400)), "{all}");
    }
}
