//! The first step: all lines are looked at before any is asked, and cut into slices.

use shared::platform::Platform;
use shared::problem::Problem;
use uploads::lines::{Cutter, Reader, TooLong};

use super::go_on;
use crate::line::LONGEST_LINE;
use crate::row::BatchRow;
use crate::survey::Survey;
use crate::{slice_store, store};

/// Looks at a batch's lines. Done before, it only sends off what is open.
pub(super) async fn run(platform: &Platform, batch: &BatchRow) -> Result<(), Problem> {
    if batch.status == "validating" {
        let mut survey = Survey::new(&batch.endpoint);
        if let Err(line) = look(platform, batch, &mut survey).await? {
            survey.too_long(line);
        }
        let now = platform.now_ms();
        let statements = match survey.end() {
            Ok((slices, total)) => {
                let slices = serde_json::to_string(&slices).map_err(Problem::internal)?;
                vec![slice_store::cut(&batch.id, &slices), store::begin(&batch.id, total, now)]
            }
            Err(errors) => {
                let errors = serde_json::to_string(&errors).map_err(Problem::internal)?;
                vec![store::refuse(&batch.id, &errors, now)]
            }
        };
        platform.db().batch(statements).await?;
    }
    go_on(platform, &batch.id).await
}

/// Shows the survey all lines, as far as it wants them.
async fn look(platform: &Platform, batch: &BatchRow, survey: &mut Survey) -> Result<Result<(), TooLong>, Problem> {
    let mut reader = Reader::new(platform, &batch.object, 0, batch.bytes);
    let mut cutter = Cutter::new(0, 1, LONGEST_LINE);
    while let Some(bytes) = reader.next().await? {
        let lines = match cutter.push(&bytes) {
            Ok(lines) => lines,
            Err(too_long) => return Ok(Err(too_long)),
        };
        if !lines.iter().all(|line| survey.take(line)) {
            return Ok(Ok(()));
        }
    }
    Ok(cutter.end().map(|last| {
        if let Some(line) = last {
            survey.take(&line);
        }
    }))
}
