//! How much an owner may keep. Files and uploads that are not whole yet count alike, from the moment they are asked for, and
//! the database compares in the statement that adds one: uploads side by side never overrun it.

use serde::Deserialize;
use shared::db::Statement;
use shared::platform::Platform;
use shared::problem::{Code, Problem};
use shared::sql;

use crate::owner::Owner;

/// Every statement of this file, for the test that prepares them.
pub const ALL: &[&str] = &[READ];

/// What a deployment allows an owner for whom no administrator said anything else: a person, or an organisation for all that is
/// made for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Files.
    pub files: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

impl Room {
    /// By `FILES_MAX_COUNT` and `FILES_MAX_BYTES`; 10,000 files and 10 GiB unless said.
    pub fn of(platform: &Platform) -> Self {
        let number = |name: &str| platform.var(name).and_then(|text| text.parse().ok());
        Self {
            files: number("FILES_MAX_COUNT").unwrap_or(10_000),
            bytes: number("FILES_MAX_BYTES").unwrap_or(10 * 1024 * 1024 * 1024),
        }
    }
}

/// What an owner has and may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Held {
    /// Files there are, uploads included.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files there may be.
    pub most_files: u64,
    /// Bytes there may be.
    pub most_bytes: u64,
}

impl Held {
    /// Whether one more file of so many bytes has room.
    pub const fn fits(&self, bytes: u64) -> bool {
        self.files < self.most_files && self.bytes.saturating_add(bytes) <= self.most_bytes
    }

    /// 403 for a file of so many bytes that has no room.
    pub fn full(&self, bytes: u64) -> Problem {
        let Self { files, most_files, .. } = self;
        let left = self.most_bytes.saturating_sub(self.bytes);
        Problem::from(Code::QuotaExceeded)
            .detail(format!("{files} of {most_files} files are there, and {left} bytes are left for {bytes}."))
    }
}

/// A predicate that is true while one more file fits: whose (`?1`, and `?2` an organisation or NULL), its bytes, and what the
/// deployment allows: `fits_sql!("?6", "?14", "?15")`.
#[macro_export]
macro_rules! fits_sql {
    ($bytes:literal, $most_files:literal, $most_bytes:literal) => {
        concat!(
            "coalesce((SELECT files FROM file_room WHERE owner = coalesce(?2, ?1)), 0) < coalesce((SELECT files FROM file_limits \
WHERE owner = coalesce(?2, ?1)), ",
            $most_files,
            ") AND coalesce((SELECT bytes FROM file_room WHERE owner = coalesce(?2, ?1)), 0) + ",
            $bytes,
            " <= coalesce((SELECT bytes FROM file_limits WHERE owner = coalesce(?2, ?1)), ",
            $most_bytes,
            ")"
        )
    };
}

const READ: &str = "SELECT coalesce((SELECT files FROM file_room WHERE owner = o.owner), 0) AS files, \
coalesce((SELECT bytes FROM file_room WHERE owner = o.owner), 0) AS bytes, \
coalesce((SELECT files FROM file_limits WHERE owner = o.owner), ?3) AS most_files, \
coalesce((SELECT bytes FROM file_limits WHERE owner = o.owner), ?4) AS most_bytes \
FROM (SELECT coalesce(?2, ?1) AS owner) o";

/// What this owner has and may have: one row of `Held`.
pub fn read(owner: Owner<'_>, room: Room) -> Statement {
    sql!(READ, owner.user_id, owner.organisation_id, room.files, room.bytes)
}
