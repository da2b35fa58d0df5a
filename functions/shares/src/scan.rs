//! Asking a scanner about new files: each is announced to `SCAN_URL` until the scanner has said what it is. Until then its owner
//! alone reads it, and nobody any more once it is infected.

use base64ct::{Base64, Encoding};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use shared::accounts::events::Kind;
use shared::cx::Cx;
use shared::db::One;
use shared::extract::{Json, Path};
use shared::log;
use shared::platform::{Call, Platform, Target};
use shared::problem::{Code, Problem};
use uploads::link::{self, Scanner};

use crate::scan_store;

/// Files of a run at most: each is waited for.
pub const ROUND: u64 = 10;
/// Milliseconds until the scanner must have answered.
const PATIENCE_MS: u32 = 20_000;
/// Milliseconds for which the scanner may read the bytes.
const READS_MS: u64 = 15 * 60_000;
/// Milliseconds for which it may answer.
const ANSWERS_MS: u64 = 86_400_000;
/// Bytes of an answer at most.
const LONGEST_ANSWER: usize = 4_096;

/// What the scanner is told.
#[derive(Serialize)]
struct Question<'a> {
    file_id: &'a str,
    sha256: &'a str,
    bytes: u64,
    media_type: &'a str,
    /// Where it reads the bytes, for 15 minutes.
    content_url: String,
    /// Where it answers, if not at once, within a day.
    verdict_url: String,
}

/// What the scanner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Verdict {
    /// It harms nobody.
    Clean,
    /// It does.
    Infected,
}

impl Verdict {
    /// As it stands in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Infected => "infected",
        }
    }
}

/// The scanner's word.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Word {
    /// What the file is.
    pub verdict: Verdict,
}

/// A file that is asked about.
#[derive(Debug, Deserialize)]
pub struct Due {
    id: String,
    sha256: String,
    bytes: u64,
    media_type: String,
}

/// Where the scanner is, where it finds us, and what both know.
struct Terms {
    url: String,
    base: String,
    secret: String,
}

impl Terms {
    /// What is configured; without all of it nothing could be read, or anybody could ask in our name.
    fn of(platform: &Platform, url: String) -> Result<Self, String> {
        let var = |name: &str| platform.var(name).ok_or_else(|| format!("{name} is missing"));
        Ok(Self { url, base: var("PUBLIC_URL")?.trim_end_matches('/').to_owned(), secret: var("SCAN_SECRET")? })
    }
}

/// Asks about the files that are due. Whatever fails is asked again, later each time; nothing is due where there is no scanner.
pub async fn run(platform: &Platform) {
    let Some(url) = platform.var("SCAN_URL") else { return };
    let outcome = match Terms::of(platform, url) {
        Ok(terms) => round(platform, &terms).await,
        Err(cause) => Err(cause),
    };
    if let Err(cause) = outcome {
        log::event("shares", "error", "scan", "files were not scanned", Some(&cause));
    }
}

async fn round(platform: &Platform, terms: &Terms) -> Result<(), String> {
    let now = platform.now_ms();
    let mut rows =
        platform.db().batch(vec![scan_store::claim(now, ROUND)]).await.map_err(|error| format!("{error:?}"))?;
    let due: Vec<Due> = rows.take(0).map_err(|error| format!("{error:?}"))?;
    for file in &due {
        match ask(platform, terms, file, now).await {
            Ok(Some(verdict)) => settle(platform, &file.id, verdict).await.map(|_| ())?,
            Ok(None) => {}
            Err(cause) => log::event("shares", "warn", "scan", "the scanner did not answer", Some(&cause)),
        }
    }
    Ok(())
}

/// What the scanner says at once; `None` when it takes its time (202).
async fn ask(platform: &Platform, terms: &Terms, file: &Due, now: u64) -> Result<Option<Verdict>, String> {
    let Terms { url, base, secret } = terms;
    let token = |may, life| link::scan_token(platform, may, &file.id, now + life).map_err(|error| format!("{error:?}"));
    let question = Question {
        file_id: &file.id,
        sha256: &file.sha256,
        bytes: file.bytes,
        media_type: &file.media_type,
        content_url: format!("{base}/v1/files/{}/content?scan={}", file.id, token(Scanner::Reads, READS_MS)?),
        verdict_url: format!("{base}/v1/files/scans/{}.{}", file.id, token(Scanner::Answers, ANSWERS_MS)?),
    };
    let body = serde_json::to_string(&question).map_err(|error| error.to_string())?;
    let seconds = (now / 1_000).to_string();
    let signature = signature(secret, &file.id, &seconds, &body)?;
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", file.id.as_str()),
        ("webhook-timestamp", &seconds),
        ("webhook-signature", &signature),
    ];
    let call = Call {
        target: Target::Internet,
        method: "POST",
        url,
        headers: &headers,
        body: Some(body.as_bytes()),
        deadline_ms: PATIENCE_MS,
        ends_with_client: false,
    };
    let answer = platform.send_for_body(&call, LONGEST_ANSWER).await.map_err(|error| format!("{error:?}"))?;
    match answer.status() {
        202 => Ok(None),
        200 => {
            let read = answer.read(LONGEST_ANSWER, PATIENCE_MS).await.map_err(|error| format!("{error:?}"))?;
            let (bytes, _) = read.map_err(|error| format!("{error:?}"))?;
            let word: Word = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
            Ok(Some(word.verdict))
        }
        status => Err(format!("status {status}")),
    }
}

/// As Standard Webhooks has it: HMAC-SHA-256 over id, time and body. The secret is its own bytes, or behind `whsec_` in base64.
fn signature(secret: &str, id: &str, seconds: &str, body: &str) -> Result<String, String> {
    let key = match secret.strip_prefix("whsec_") {
        Some(text) => Base64::decode_vec(text).map_err(|error| error.to_string())?,
        None => secret.as_bytes().to_vec(),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| error.to_string())?;
    for part in [id, ".", seconds, ".", body] {
        mac.update(part.as_bytes());
    }
    Ok(format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes())))
}

/// Writes the verdict down; whether the file was still waiting for one.
async fn settle(platform: &Platform, id: &str, verdict: Verdict) -> Result<bool, String> {
    let now = platform.now_ms();
    let mut batch = Vec::new();
    if verdict == Verdict::Infected {
        let event_id = shared::id::new("evt", now, platform.random());
        batch.push(scan_store::note(&event_id, now, Kind::FileInfected, id));
    }
    batch.push(scan_store::settle(id, verdict));
    let last = batch.len() - 1;
    let mut rows = platform.db().batch(batch).await.map_err(|error| format!("{error:?}"))?;
    rows.take::<One>(last).map(|rows| !rows.is_empty()).map_err(|error| format!("{error:?}"))
}

/// `POST /v1/files/scans/{token}`: the scanner's word on a file it has been asked about, by the address it was given.
///
/// # Errors
/// 404 for an address that was not given or is over, and when the file has its verdict; 503 when the database fails.
pub async fn answer(cx: &Cx, Path(token): Path, Json(word): Json<Word>) -> Result<(), Problem> {
    let (id, token) = token.split_once('.').ok_or(Code::NotFound)?;
    if !link::is_scan(&cx.platform, Scanner::Answers, id, token, cx.now_ms()) {
        return Err(Code::NotFound.into());
    }
    let settled = settle(&cx.platform, id, word.verdict).await;
    let settled =
        settled.map_err(|cause| Problem::from(Code::Unavailable).because(cause).header("Retry-After", "1"))?;
    if settled { Ok(()) } else { Err(Code::NotFound.into()) }
}
