//! The steps of a batch: `validate` looks at its lines, `slice` asks some of them, `finish` writes its files.

use shared::platform::Platform;
use shared::problem::Problem;

use crate::step::{Step, Verdict};

/// Takes a step.
///
/// # Errors
/// When it is to be tried again.
pub async fn take(_: &Platform, _: &Step) -> Result<Verdict, Problem> {
    Ok(Verdict::Done)
}

/// Ends a batch one of whose steps failed too often.
///
/// # Errors
/// When it is to be tried again.
pub async fn bury(_: &Platform, _: &Step) -> Result<(), Problem> {
    Ok(())
}

/// Ends what is over, wakes what is silent.
///
/// # Errors
/// 503 when the database fails.
pub async fn wake(_: &Platform) -> Result<(), Problem> {
    Ok(())
}
