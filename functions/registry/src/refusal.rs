//! What is told of a document that cannot be taken. Pure. What may be taken is decided in the crate `catalogue`.

use catalogue::json::fields::DataError;
use catalogue::price::{Price, date_ms};
use catalogue::registry::documents::{Change, Documents};
use catalogue::registry::{Fault, Kind};
use serde_json::value::RawValue;
use shared::problem::{Code, FieldError, Problem};

/// Faults are many when one thing is wrong that others depend on; so many are told.
const MOST: usize = 20;

/// A body that is JSON.
///
/// # Errors
/// 400 for what is not.
pub fn json(body: Vec<u8>) -> Result<String, Problem> {
    let text =
        String::from_utf8(body).map_err(|_| Problem::from(Code::MalformedRequest).detail("The body is not UTF-8."))?;
    match shared::json::read::<&RawValue>(&text) {
        Ok(raw) => Ok(raw.get().to_owned()),
        Err(error) => {
            Err(Problem::from(Code::MalformedRequest).detail(format!("The body is not valid JSON: {error}.")))
        }
    }
}

/// 422 for a document that cannot be read.
pub fn unreadable(error: DataError) -> Problem {
    let code = match error.reason {
        "is missing" => "missing",
        reason if reason.starts_with("is not known") => "unknown",
        _ => "invalid",
    };
    Problem::invalid(error.pointer, code, error.reason)
}

/// 422 for faults, whose pointers lead into the one document that was sent, or from the top of the registry to others.
pub fn of_entry(faults: &[Fault], sent: Option<(Kind, &str)>, documents: &Documents) -> Problem {
    refused(faults, |fault| {
        let id = documents.of(fault.kind).nth(fault.index).map_or("", |document| document.id.as_str());
        if sent == Some((fault.kind, id)) {
            return fault.pointer.clone();
        }
        format!("/{}/{}{}", fault.kind.plural(), id.replace('~', "~0").replace('/', "~1"), fault.pointer)
    })
}

/// 422 for faults of a whole registry that was sent.
pub fn of_whole(faults: &[Fault]) -> Problem {
    refused(faults, |fault| format!("/{}/{}{}", fault.kind.plural(), fault.index, fault.pointer))
}

fn refused(faults: &[Fault], pointer: impl Fn(&Fault) -> String) -> Problem {
    let error = |fault: &Fault| FieldError {
        pointer: pointer(fault),
        code: fault.code.to_owned(),
        detail: fault.reason.to_owned(),
    };
    Problem { errors: faults.iter().take(MOST).map(error).collect(), ..Code::ValidationFailed.into() }
}

/// The changes that write another price over one that has begun: calls were priced by it and must be priced by the
/// same again. All that may change of it is its end and where it was read.
pub fn rewritten_prices(changes: &[Change], now_ms: u64) -> Vec<&str> {
    let rewritten = |change: &&Change| {
        let price = |text: &Option<String>| Price::read(text.as_deref()?).ok();
        let (Some(before), Some(after)) = (price(&change.before), price(&change.after)) else { return false };
        let begun = date_ms(&before.valid_from).is_some_and(|from| from <= now_ms);
        let same = Price { valid_until: before.valid_until.clone(), source: before.source.clone(), ..after } == before;
        begun && !same
    };
    let prices = changes.iter().filter(|change| change.kind == Kind::Price);
    prices.filter(rewritten).map(|change| change.id.as_str()).collect()
}
