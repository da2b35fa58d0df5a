//! Looks at each event once, after it happened: a sign-in costs nothing more for it, whichever way it ends. What is
//! unusual becomes an event and, once for each device, a letter to the owner; so does the second use of a refresh
//! token.

use serde::{Deserialize, Serialize};
use shared::accounts::agent;
use shared::accounts::events::{self, Kind, Later};
use shared::accounts::letters::{self, Letter};
use shared::db::Statement;
use shared::platform::Platform;
use shared::time::{self, DAY_MS};

use crate::seal::words;
use crate::unusual::{self, Place, Reason};
use crate::watch_store::{self as store, BeforeRow, MOST, NewRow, SeenRow};

/// Rounds of one run.
const MOST_ROUNDS: usize = 20;

/// What the event of a session's beginning says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Began {
    session_id: String,
    country: Option<String>,
}

/// What the event of an unusual sign-in says.
#[derive(Serialize)]
struct Unusual<'a> {
    session_id: &'a str,
    reasons: Vec<&'static str>,
    device: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
}

/// Looks at everything that was not looked at.
///
/// # Errors
/// When the database fails, in its own words.
pub async fn run(platform: &Platform) -> Result<(), String> {
    for _ in 0..MOST_ROUNDS {
        let mut rows = platform.db().batch(store::new_events()).await.map_err(words)?;
        let seen: Vec<SeenRow> = rows.take(0).map_err(words)?;
        let new: Vec<NewRow> = rows.take(1).map_err(words)?;
        let (Some(seen), Some(last)) = (seen.first(), new.last()) else { return Ok(()) };
        let mut batch = vec![store::move_on(seen.seq, last.seq)];
        let letters = consequences(platform, &new, &mut batch).await?;
        match platform.db().batch(batch).await {
            Ok(_) => {}
            // Somebody else looks at the same ones.
            Err(error) if error.violates("audit_watch.seq") => return Ok(()),
            Err(error) => return Err(words(error)),
        }
        if !letters.is_empty() {
            // What is lost here is found by the schedule of `mail`.
            letters::hand(platform, &letters).await?;
        }
        if (new.len() as u64) < MOST {
            return Ok(());
        }
    }
    Ok(())
}

/// Adds what follows from these events to the batch; the ids of letters.
async fn consequences(platform: &Platform, new: &[NewRow], batch: &mut Vec<Statement>) -> Result<Vec<String>, String> {
    let now = platform.now_ms();
    // What nobody looked at for a day is no news any more.
    let recent = new.iter().filter(|event| event.at.saturating_add(DAY_MS) > now);
    let mut letters = Vec::new();
    let mut asked = Vec::new();
    for event in recent {
        let Some(user) = event.user_id.as_deref() else { continue };
        if event.kind == Kind::SignedIn.as_str() {
            asked.push((event, user, shared::json::read::<Began>(&event.detail).unwrap_or_default()));
        } else if event.kind == Kind::RefreshReused.as_str() {
            let about = words_of(&place(event, None));
            letters.push(letter(platform, Letter::Reused, user, &about, batch));
        }
    }
    if asked.is_empty() {
        return Ok(letters);
    }
    let statements = asked.iter().map(|(event, user, began)| store::before(event, user, &began.session_id));
    let mut rows = platform.db().batch(statements.collect()).await.map_err(words)?;
    // Of two sign-ins with one device in this round, one letter tells.
    let mut told = Vec::new();
    for (i, (event, user, began)) in asked.into_iter().enumerate() {
        let before: Vec<BeforeRow> = rows.take(i).map_err(words)?;
        let here = place(event, began.country.clone());
        if !judge(platform, event, user, &began, &here, &before, batch)? {
            continue;
        }
        let device = (user, here.device.clone(), here.country.clone());
        if !told.contains(&device) && !was_told(&here, &before) {
            letters.push(letter(platform, Letter::Unusual, user, &words_of(&here), batch));
            told.push(device);
        }
    }
    Ok(letters)
}

/// Notes a sign-in that is unusual; whether it is.
fn judge(
    platform: &Platform,
    event: &NewRow,
    user: &str,
    began: &Began,
    here: &Place,
    before: &[BeforeRow],
    batch: &mut Vec<Statement>,
) -> Result<bool, String> {
    let earlier: Vec<Place> = before.iter().filter(|row| is_place(row)).map(place_before).collect();
    let failures = before.iter().map(|row| row.failures).sum();
    let reasons = unusual::reasons(here, &earlier, failures);
    if reasons.is_empty() {
        return Ok(false);
    }
    let detail = Unusual {
        session_id: &began.session_id,
        reasons: reasons.into_iter().map(Reason::as_str).collect(),
        device: &here.device,
        country: here.country.as_deref(),
    };
    let (id, now) = (shared::id::new("evt", platform.now_ms(), platform.random()), platform.now_ms());
    let detail = serde_json::to_string(&detail).map_err(|error| error.to_string())?;
    let (kind, network, user_agent) = (Kind::UnusualSignIn, &event.network, &event.user_agent);
    batch.push(events::later(&Later { id: &id, now, kind, user_id: user, network, user_agent, detail: &detail }));
    Ok(true)
}

/// Whether the owner has had a letter about this device.
fn was_told(here: &Place, before: &[BeforeRow]) -> bool {
    before.iter().any(|row| row.device.as_deref() == Some(&here.device) && row.country == here.country)
}

fn letter(platform: &Platform, kind: Letter, user: &str, about: &str, batch: &mut Vec<Statement>) -> String {
    let now = platform.now_ms();
    let id = shared::id::new("let", now, platform.random());
    batch.push(letters::notice(&id, kind, user, Some(about), now));
    id
}

fn is_place(row: &BeforeRow) -> bool {
    matches!(row.kind.as_str(), "registered" | "signed_in" | "used")
}

fn place(event: &NewRow, country: Option<String>) -> Place {
    Place { at: event.at, device: agent::device(&event.user_agent), network: event.network.clone(), country }
}

fn place_before(row: &BeforeRow) -> Place {
    let (device, network) = (agent::device(&row.user_agent), row.network.clone());
    Place { at: row.at, device, network, country: row.country.clone() }
}

/// In a letter: none of it is a stranger's own words.
fn words_of(place: &Place) -> String {
    let when = time::rfc3339(place.at).replace('T', " ");
    let when = when.get(..16).unwrap_or_default();
    let country = place.country.as_deref().map(|country| format!(" · {country}")).unwrap_or_default();
    format!("{}{country} · {} · {when} UTC", place.device, place.network)
}
