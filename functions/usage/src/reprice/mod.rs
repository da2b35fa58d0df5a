//! Pricing calls again: a slice of the ledger at a time, by the prices that are known now for the moment each call began.
//! What is decided is in `again`. Budgets are not touched: what was spent under them was admitted at the price of then.

pub mod again;
pub mod model;
pub mod store;

use std::rc::Rc;

use catalogue::price::Price;
use catalogue::price::PriceBook;
use shared::auth::Caller;
use shared::cx::Cx;
use shared::extract::Json;
use shared::page;
use shared::problem::Problem;

use self::again::{Repriced, Summary};
use self::model::{ChangedRow, LedgerRow, PriceDocument, Repricing, RepricingWish};
use crate::calls::query::moments;
use crate::calls::store::Before;

/// `POST /v1/admin/ai/reprice`: what calls would cost by the prices of now, and with `apply` what they do cost from now
/// on; at most 500 calls at a time, oldest first, and a cursor to the next ones. A call whose price is not known any more
/// keeps its cost. What a call had cost stays in its history. Twice the same changes nothing.
///
/// # Errors
/// 422 for times that cannot be read, and for a cursor that is none.
pub async fn create(cx: &Cx, caller: Rc<Caller>, Json(wish): Json<RepricingWish>) -> Result<Repricing, Problem> {
    let (from, to) = moments(Some(&wish.from), Some(&wish.to), 0, 0)?;
    let after = page::after(cx, wish.cursor.as_deref())?.as_deref().and_then(Before::read);
    let batch = vec![store::prices(), store::slice(&wish, from, to, after.as_ref())];
    let mut rows = cx.platform.db().batch(batch).await?;
    let registered = book(rows.take(0)?);
    let calls: Vec<LedgerRow> = rows.take(1)?;
    let more = calls.len() == store::SLICE;
    let last =
        calls.last().filter(|_| more).map(|row| Before { started_at: row.started_at, call_id: row.call_id.clone() });
    let mut summary = Summary::default();
    let changed: Vec<Repriced<'_>> = calls.iter().filter_map(|row| summary.look_at(row, &registered)).collect();
    let applied = if wish.apply && !changed.is_empty() {
        let batch = store::apply(cx, caller.user_id(), &wish, &changed);
        let rows: Vec<ChangedRow> = cx.platform.db().batch(batch).await?.take(store::CHANGED)?;
        Some(rows.len() as u64)
    } else {
        wish.apply.then_some(0)
    };
    let next_cursor = last.map(|last| page::cursor(cx, &last.to_text())).transpose()?;
    Ok(summary.told(applied, next_cursor))
}

/// The registered prices; one that cannot be read is left out, as calls leave it out.
fn book(documents: Vec<PriceDocument>) -> PriceBook {
    let read = |row: PriceDocument| Price::read(&row.document).ok();
    PriceBook::new(documents.into_iter().filter_map(read).map(std::sync::Arc::new).collect())
}
