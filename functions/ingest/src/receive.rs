//! A body that goes on where an upload stands, piece by piece: each is durable before the next one is read, and what came
//! before a client broke off is kept.

use shared::auth::Caller;
use shared::cx::Cx;
use shared::platform::{End, Intake};
use shared::problem::{Code, Problem};
use uploads::bytes::{UNRECORDED_MS, failed};
use uploads::{BUCKET, Owner};

use crate::finish::{self, Bytes, Refusal};
use crate::pending::WAITS_MS;
use crate::store::{self, Pending, Piece};
use crate::tus_head::Checksum;

/// Bytes of a piece at most: as much as is held in memory.
const PIECE: u32 = 8 * 1024 * 1024;
/// Milliseconds after which what has come of a piece is kept, however little it is.
const PIECE_MS: u32 = 60_000;
/// Pieces of an upload at most. At 8 MiB they come to more than a file may have; only a client that sends crumbs meets it.
const MOST_PIECES: u64 = 2_000;
/// Pieces of a body with a checksum at most: all of them are kept in one batch.
const MOST_AT_ONCE: usize = 64;

/// A body that is being received.
struct Receiving<'a> {
    cx: &'a Cx,
    caller: &'a Caller,
    /// The upload as it stands.
    pending: Pending,
    intake: Intake,
    checksum: Option<&'a Checksum>,
    /// Pieces that are in the bucket and not in the database: all or none of a body with a checksum.
    held: Vec<Piece>,
}

/// Receives the body; how much of the upload is there then. `object` is the announced name of the first piece.
///
/// # Errors
/// 409 when another request goes on at the same place; 413 for a body that is longer than the rest of the upload, or comes in
/// crumbs; 460 for a checksum that does not fit; 400 for a body that breaks off and has one.
pub async fn receive(
    cx: &Cx,
    caller: &Caller,
    pending: Pending,
    object: String,
    checksum: Option<&Checksum>,
) -> Result<u64, Problem> {
    let intake = cx.body.intake();
    if let Some(checksum) = checksum {
        intake.sum_by(checksum.algorithm);
    }
    let mut receiving = Receiving { cx, caller, pending, intake, checksum, held: Vec::new() };
    receiving.run(object).await
}

impl Receiving<'_> {
    async fn run(&mut self, mut object: String) -> Result<u64, Problem> {
        loop {
            let at = self.reached();
            let rest = self.pending.length.saturating_sub(at);
            let most = u32::try_from(rest.min(u64::from(PIECE))).unwrap_or(PIECE);
            let last = u64::from(most) == rest;
            let filled = self.intake.fill(most, PIECE_MS, last).await.map_err(|cause| failed(&cause))?;
            let is_whole = at + filled.bytes == self.pending.length;
            if is_whole && filled.end == End::More {
                let rule = format!("The upload has {} bytes, and the body goes on.", self.pending.length);
                return Err(Problem::from(Code::PayloadTooLarge).detail(rule));
            }
            if is_whole {
                return self.complete(object, filled.bytes).await;
            }
            if filled.bytes > 0 {
                self.intake.put(&self.cx.platform.bucket(BUCKET), &object).await.map_err(|cause| failed(&cause))?;
                object = self.keep(object, filled.bytes).await?;
            }
            match filled.end {
                End::More => {}
                End::Broken if self.checksum.is_some() => {
                    return Err(
                        Problem::from(Code::MalformedRequest).detail("The body ended too early; none of it was kept.")
                    );
                }
                End::Done | End::Broken => return self.settle().await,
            }
        }
    }

    /// How far the body has come.
    fn reached(&self) -> u64 {
        self.pending.at + self.held.iter().map(|piece| piece.bytes).sum::<u64>()
    }

    /// Keeps a piece, or holds it until the checksum is known; the announced name of the next one.
    async fn keep(&mut self, object: String, bytes: u64) -> Result<String, Problem> {
        let piece = Piece { at: i64::try_from(self.reached()).unwrap_or(i64::MAX), bytes, object };
        let (count, held) = (self.pending.pieces, self.held.len());
        if count >= MOST_PIECES || held >= MOST_AT_ONCE {
            let rule = "There are too many pieces: send longer ones, or a body with a checksum of less.";
            return Err(Problem::from(Code::PayloadTooLarge).detail(rule));
        }
        self.held.push(piece);
        if self.checksum.is_none() {
            return self.commit(true).await;
        }
        let next = finish::object(self.cx, &self.pending.id);
        let due_at = self.cx.platform.now_ms() + UNRECORDED_MS;
        let announced = store::announce(Owner::of(self.caller), &self.pending.id, &next, due_at);
        self.cx.platform.db().run(announced).await?;
        Ok(next)
    }

    /// Writes down the pieces that are held, all or none of them; the announced name of a next one.
    async fn commit(&mut self, goes_on: bool) -> Result<String, Problem> {
        let (owner, now) = (Owner::of(self.caller), self.cx.platform.now_ms());
        let next = finish::object(self.cx, &self.pending.id);
        let id = &self.pending.id;
        let mut batch: Vec<_> =
            self.held.iter().flat_map(|piece| store::add_piece(owner, id, piece, now + WAITS_MS)).collect();
        if goes_on {
            batch.push(store::announce(owner, id, &next, now + UNRECORDED_MS));
        }
        let mut rows = self.cx.platform.db().batch(batch).await?;
        // Each begins where the one before it ended: with the first one all of them were added, or none.
        if rows.take::<store::Begins>(0)?.is_empty() {
            return Err(Problem::from(Code::OffsetMismatch).detail("Another request has gone on here."));
        }
        self.pending.at = self.reached();
        self.pending.expires_at = now + WAITS_MS;
        self.pending.pieces += self.held.len() as u64;
        self.held.clear();
        Ok(next)
    }

    /// The body has ended before the upload is whole.
    async fn settle(&mut self) -> Result<u64, Problem> {
        self.compare().await?;
        if !self.held.is_empty() {
            self.commit(false).await?;
        }
        Ok(self.pending.at)
    }

    async fn compare(&self) -> Result<(), Problem> {
        let Some(checksum) = self.checksum else { return Ok(()) };
        let sum = self.intake.summed().await.map_err(Problem::internal)?;
        if sum == checksum.sum {
            return Ok(());
        }
        Err(Problem::from(Code::ChecksumMismatch)
            .detail("None of this body was kept; the upload stands where it stood."))
    }

    /// The last piece is there: it is filled and nowhere yet.
    async fn complete(&mut self, object: String, bytes: u64) -> Result<u64, Problem> {
        self.compare().await?;
        let alone = self.reached() == 0;
        let sha256 = if alone { self.intake.piece_sha256().await.map_err(Problem::internal)? } else { String::new() };
        self.intake.put(&self.cx.platform.bucket(BUCKET), &object).await.map_err(|cause| failed(&cause))?;
        let done = if alone {
            finish::record(self.cx, self.caller, &self.pending, Bytes { object, sha256 }).await
        } else {
            let mut pieces: Vec<Piece> =
                self.cx.platform.db().batch(vec![store::pieces(&self.pending.id)]).await?.take(0)?;
            if pieces.iter().map(|piece| piece.bytes).sum::<u64>() != self.pending.at {
                finish::discard(self.cx, &[&object]).await;
                return Err(Problem::from(Code::OffsetMismatch).detail("Another request has gone on here."));
            }
            pieces.append(&mut self.held);
            pieces.push(Piece { at: 0, bytes, object });
            finish::join(self.cx, self.caller, &self.pending, &pieces, None).await
        };
        match done {
            Ok(file) => Ok(file.bytes),
            Err(Refusal::Mismatch) => {
                let rule =
                    "The whole comes to another SHA-256 than was said; the upload has ended, and nothing was kept.";
                Err(Problem::from(Code::ChecksumMismatch).detail(rule))
            }
            Err(Refusal::Problem(problem)) => Err(problem),
        }
    }
}
