//! How much room there is: what one has and may have, and what administrators allow single owners.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::accounts::events::{Kind, event};
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::{Json, Path};
use shared::id;
use shared::problem::{Code, Problem};
use uploads::room::{self, Held};
use uploads::{Owner, Room};

use crate::quota_store as store;

/// What an owner has and may have. Files that are not whole yet and those in the trash count, too.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FileQuota"))]
pub struct Quota {
    /// `usr_…`, or `org_…` for what is made for an organisation.
    pub owner: String,
    /// Files there are.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files there may be.
    pub most_files: u64,
    /// Bytes there may be.
    pub most_bytes: u64,
    /// Bytes of one file at most.
    pub longest_file: u64,
}

/// What an owner may have from now on.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FileRoom"))]
pub struct RoomWish {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Numbers that JSON readers carry exactly.
const MOST: u64 = 1 << 53;

/// `GET /v1/files/quota`: the caller's own room; with a key of an organisation, the organisation's.
///
/// # Errors
/// 503 when the database fails.
pub async fn read(cx: &Cx, caller: Rc<Caller>) -> Result<Quota, Problem> {
    let owner = Owner::of(&caller);
    let held: Option<Held> = cx.platform.db().first(room::read(owner, Room::of(&cx.platform))).await?;
    shown(cx, owner.organisation_id.unwrap_or(owner.user_id), held)
}

/// `PUT /v1/files/limits/{owner}`: what a person (`usr_…`) or an organisation (`org_…`) may have, in the place of what the
/// deployment allows. Files that are there stay, however many.
///
/// # Errors
/// 404 for nobody's id; 422 for numbers above 2^53.
pub async fn allow(cx: &Cx, Path(owner): Path, Json(wish): Json<RoomWish>) -> Result<Quota, Problem> {
    for (pointer, number) in [("/files", wish.files), ("/bytes", wish.bytes)] {
        if number > MOST {
            return Err(Problem::invalid(pointer, "invalid", "must be at most 9007199254740992"));
        }
    }
    change(cx, &owner, Some(&wish)).await
}

/// `DELETE /v1/files/limits/{owner}`: what the deployment allows holds again.
///
/// # Errors
/// 404 for nobody's id.
pub async fn reset(cx: &Cx, Path(owner): Path) -> Result<Quota, Problem> {
    change(cx, &owner, None).await
}

/// What the event says.
#[derive(Serialize)]
struct Change<'a> {
    owner: &'a str,
    files: Option<u64>,
    bytes: Option<u64>,
}

async fn change(cx: &Cx, owner: &str, wish: Option<&RoomWish>) -> Result<Quota, Problem> {
    if !id::is("usr", owner) && !id::is("org", owner) {
        return Err(Code::NotFound.into());
    }
    let (files, bytes) = (wish.map(|wish| wish.files), wish.map(|wish| wish.bytes));
    let detail = Change { owner, files, bytes };
    // Of a person's account; of an organisation, which has none, the administrator's own.
    let admin = cx.caller().ok_or(Code::Unauthenticated)?;
    let whose = if id::is("usr", owner) { owner } else { admin.user_id() };
    let place = Owner { user_id: owner, organisation_id: None };
    let batch = vec![
        wish.map_or_else(|| store::reset(owner), |wish| store::allow(owner, wish.files, wish.bytes)),
        event(cx, Kind::FileRoomChanged, whose, &detail),
        room::read(place, Room::of(&cx.platform)),
    ];
    // Nobody's limit and nobody's event are not written: it is looked first.
    let there: Option<shared::db::One> = cx.platform.db().first(store::exists(owner)).await?;
    if there.is_none() {
        return Err(Code::NotFound.into());
    }
    let held: Option<Held> = cx.platform.db().batch(batch).await?.take(2)?.into_iter().next();
    shown(cx, owner, held)
}

fn shown(cx: &Cx, owner: &str, held: Option<Held>) -> Result<Quota, Problem> {
    let held = held.ok_or_else(|| Problem::internal("a row that is always there is not"))?;
    let Held { files, bytes, most_files, most_bytes } = held;
    let longest_file = shared::tus::longest(&cx.platform);
    Ok(Quota { owner: owner.to_owned(), files, bytes, most_files, most_bytes, longest_file })
}
