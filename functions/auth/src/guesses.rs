//! Guesses at an account's password, slowed down in a way that locks nobody out: a device that has signed in to the
//! account, and a network from which somebody has, are counted each for themselves; everybody else together. An
//! address that has no account is counted in the same way, by the same statements.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::accounts::attempts::{REMEMBERED_MS, wait_until};
use shared::accounts::device;
use shared::accounts::events::{Detail, Kind, event_when};
use shared::challenge;
use shared::config::Challenge;
use shared::cx::Cx;
use shared::db::Statement;
use shared::limit::STRICT_QUOTA;
use shared::platform::Rows;
use shared::problem::Problem;
use shared::time::DAY_MS;
use shared::{event_sql, sql, vault};

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[COUNT, STATE, FORGET, TAKE_BACK, NOTED];

/// A network counts as the account's own for so long after a sign-in there.
const OWN_NETWORK_MS: u64 = 90 * DAY_MS;
/// Bits beyond the least for a guess at an account at which many guessed; one more for each 25 of them.
const EXTRA_BITS: u64 = 2;
/// So many guesses are taken for a proof of work; then only the wait helps.
const MOST_PROVEN: u64 = 100;

/// Whose count it is: ?1 the address, ?2 and ?4 the device's user and subject, ?3 and ?5 the network and its subject,
/// ?6 everybody's, ?7 since when a network counts.
macro_rules! subject_sql {
    () => {
        "CASE WHEN EXISTS (SELECT 1 FROM users WHERE email = ?1 AND id = ?2) THEN ?4 \
WHEN EXISTS (SELECT 1 FROM users u JOIN sessions s ON s.user_id = u.id \
WHERE u.email = ?1 AND s.network = ?3 AND s.created_at > ?7) THEN ?5 ELSE ?6 END"
    };
}

/// ?8 now, ?9 when it is forgotten, ?10 how many are free for everybody, ?11 for a known one, ?12 the bits of a proof,
/// ?13 the least. From then on each waits twice as long as the one before, from 15 seconds to an hour.
const COUNT: &str = concat!(
    "INSERT INTO proof_attempts (subject, failures, next_at, expires_at) SELECT ",
    subject_sql!(),
    ", 1, 0, ?9 WHERE true ON CONFLICT (subject) DO UPDATE SET \
failures = CASE WHEN expires_at <= ?8 THEN 1 ELSE failures + 1 END, expires_at = ?9, \
next_at = CASE WHEN expires_at <= ?8 OR failures < CASE WHEN subject = ?6 THEN ?10 ELSE ?11 END - 1 THEN 0 \
ELSE ?8 + min(3600000, 15000 << min(failures - CASE WHEN subject = ?6 THEN ?10 ELSE ?11 END + 1, 10)) END \
WHERE proof_attempts.next_at <= ?8 OR proof_attempts.expires_at <= ?8 \
OR (?12 >= ?13 + proof_attempts.failures / 25 AND proof_attempts.failures < 100) \
RETURNING subject, failures, next_at"
);
const STATE: &str = concat!("SELECT subject, failures, next_at FROM proof_attempts WHERE subject = ", subject_sql!());
const FORGET: &str = "DELETE FROM proof_attempts WHERE subject = ?1";
const TAKE_BACK: &str = "UPDATE proof_attempts SET failures = max(failures - 1, 0) WHERE subject = ?1";
const NOTED: &str = event_sql!("u.id", "FROM users u WHERE u.email = ?9");

/// A count as it stands.
#[derive(Debug, Deserialize)]
struct Row {
    subject: String,
    failures: u64,
    next_at: u64,
}

/// A guess that is about to be made.
#[derive(Debug)]
pub struct Guess {
    email: String,
    device_user: Option<String>,
    of_device: Option<String>,
    of_network: String,
    of_all: String,
}

impl Guess {
    /// Whose guess it is, as far as the request tells.
    ///
    /// # Errors
    /// 503 without `STORE_KEY`, under which addresses are hashed: those of accounts, and those of none.
    pub fn of(cx: &Cx, email: &str) -> Result<Self, Problem> {
        let account = short(&vault::key(cx, &[b"guesses", email.as_bytes()])?);
        let device = device::known(cx);
        let name = |kind: &str, text: &str| format!("login {account} {kind} {}", short(&Sha256::digest(text)));
        Ok(Self {
            email: email.to_owned(),
            of_device: device.as_ref().map(|device| name("device", &device.name)),
            device_user: device.map(|device| device.user_id),
            of_network: name("network", &cx.network()),
            of_all: format!("login {account}"),
        })
    }

    /// Counts it, if one is allowed; the second statement reads how things stand if not. Two statements that do the
    /// same whether there is an account or not.
    pub fn count(&self, cx: &Cx) -> [Statement; 2] {
        let now = cx.now_ms();
        let whose = self.whose(cx);
        let mut count = Statement { sql: COUNT, ..whose.clone() };
        let remembered = if self.of_device.is_some() { REMEMBERED_MS } else { DAY_MS };
        let (given, least) = (u64::from(cx.proof_bits.get()), least(cx));
        let (shared, own) = (free(cx, true), free(cx, false));
        count.params.extend([now, now + remembered, shared, own, given, least].map(Into::into));
        [count, Statement { sql: STATE, ..whose }]
    }

    fn whose(&self, cx: &Cx) -> Statement {
        let since = cx.now_ms().saturating_sub(OWN_NETWORK_MS);
        let (of_device, of_network) = (self.of_device.as_deref(), self.of_network.as_str());
        let device_user = self.device_user.as_deref();
        sql!(STATE, self.email.as_str(), device_user, cx.network(), of_device, of_network, self.of_all.as_str(), since)
    }

    /// What came of `count`, whose statements stand at this place.
    ///
    /// # Errors
    /// 428 where a proof of work helps, 429 with the seconds to wait where none does.
    pub fn counted(&self, cx: &Cx, rows: &mut Rows, at: usize) -> Result<Counted, Problem> {
        if let Some(row) = rows.take::<Row>(at)?.into_iter().next() {
            let is_shared = row.subject == self.of_all;
            let slows_down = row.failures == free(cx, is_shared);
            return Ok(Counted { is_shared, subject: row.subject, slows_down });
        }
        let state = rows.take::<Row>(at + 1)?.into_iter().next();
        let (failures, next_at) = state.map_or((0, 0), |row| (row.failures, row.next_at));
        if cx.config.challenge == Challenge::Off || failures >= MOST_PROVEN {
            return Err(wait_until(cx, next_at));
        }
        let seconds = next_at.saturating_sub(cx.now_ms()).div_ceil(1000).max(1);
        let bits = u32::try_from(least(cx).saturating_add(failures / 25)).unwrap_or(u32::MAX);
        Err(challenge::required(bits)
            .detail("Many wrong passwords were tried here. Solve a challenge, or wait.")
            .header("Retry-After", seconds.to_string()))
    }
}

/// Guesses that nobody waits for: as many as a network has calls of this row in a minute, and half of it for all that are
/// not known together.
fn free(cx: &Cx, shared: bool) -> u64 {
    let quota = cx.platform.var("STRICT_QUOTA").and_then(|text| text.parse().ok());
    let quota = u64::from(quota.unwrap_or(STRICT_QUOTA));
    if shared { (quota / 2).max(2) } else { quota.max(2) }
}

fn least(cx: &Cx) -> u64 {
    u64::from(cx.config.challenge_bits).saturating_add(EXTRA_BITS)
}

/// A guess that was counted and may be made.
#[derive(Debug)]
pub struct Counted {
    subject: String,
    is_shared: bool,
    slows_down: bool,
}

impl Counted {
    /// The password was right. Who is known begins anew; of the count of everybody only this one is taken back, so
    /// that an owner who signs in hands no guesses to others.
    pub fn succeeded(&self) -> Statement {
        sql!(if self.is_shared { TAKE_BACK } else { FORGET }, self.subject.as_str())
    }

    /// The password was wrong. Where guesses begin to be slowed down the owner may want to know; nobody waits for it,
    /// and the same is done where there is no owner.
    pub fn failed(&self, cx: &Cx, email: &str) {
        if !self.slows_down {
            return;
        }
        let from = if self.is_shared { "unknown" } else { "known" };
        let detail = Detail(&[("method", "password"), ("from", from)]);
        let noted = event_when(cx, NOTED, Kind::ProofsRefused, None, &detail, [email.into()]);
        let (platform, service) = (cx.platform.background(), cx.service);
        cx.platform.wait_until(async move {
            if let Err(cause) = platform.db().run(noted).await {
                let cause = format!("{cause:?}");
                shared::log::event(service, "warn", "guesses", "guessing was not noted", Some(&cause));
            }
        });
    }
}

/// Half a digest is enough to tell counts apart.
fn short(digest: &[u8]) -> String {
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
