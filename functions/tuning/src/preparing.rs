//! What comes before a job is at its provider: its files are looked through and sent up, and the job is made there, once.

use shared::platform::Platform;
use shared::problem::Problem;
use uploads::lines::{Cutter, Reader, TooLong};
use uploads::{File, Owner};

use crate::following::state;
use crate::model::{JobError, TuningRow};
use crate::remote::{Remote, Told};
use crate::store::{self, News};
use crate::training::{Checker, LONGEST_LINE};
use crate::wish::Request;
use crate::working::{Done, ended, failed, not_said, on};

/// What comes before the job is there: one thing a step, so that each is known when the next begins.
pub(crate) async fn prepare(platform: &Platform, remote: &Remote<'_>, job: &TuningRow) -> Result<Done, Problem> {
    if job.remote_training_file.is_none() {
        for (id, param) in
            [(Some(&job.training_file), "training_file"), (job.validation_file.as_ref(), "validation_file")]
        {
            let Some(id) = id else { continue };
            if let Err(why) = checked(platform, job, id).await? {
                let error =
                    JobError { param: Some(param.to_owned()), ..JobError::new(&format!("invalid_{param}"), why) };
                return Ok(failed(error));
            }
        }
        platform.db().run(store::keep_key(&job.id, &remote.access.key)).await?;
        return up(platform, remote, job, &job.training_file, true).await;
    }
    if let Some(file) = job.validation_file.as_ref().filter(|_| job.remote_validation_file.is_none()) {
        return up(platform, remote, job, file, false).await;
    }
    create(platform, remote, job).await
}

/// A file of the job's owner.
async fn file(platform: &Platform, job: &TuningRow, id: &str) -> Result<Option<File>, Problem> {
    let owner = Owner { user_id: &job.user_id, organisation_id: job.organisation_id.as_deref() };
    Ok(platform.db().first(uploads::store::read(owner, id, platform.now_ms())).await?)
}

/// Looks through a file, line by line; what is wrong with it.
async fn checked(platform: &Platform, job: &TuningRow, id: &str) -> Result<Result<u64, String>, Problem> {
    let Some(file) = file(platform, job, id).await? else { return Ok(Err("The file is no more.".to_owned())) };
    let (mut cutter, mut checker) = (Cutter::new(0, 1, LONGEST_LINE), Checker::default());
    let mut reader = Reader::new(platform, &file.object, 0, file.bytes);
    let too_long = |TooLong(line): TooLong| format!("Line {line} is longer than {LONGEST_LINE} bytes.");
    while let Some(part) = reader.next().await? {
        let lines = match cutter.push(&part) {
            Ok(lines) => lines,
            Err(long) => return Ok(Err(too_long(long))),
        };
        for line in lines {
            if let Err(why) = checker.push(&line.text) {
                return Ok(Err(format!("Line {} {why}.", line.number)));
            }
        }
    }
    match cutter.end() {
        Ok(Some(line)) => {
            if let Err(why) = checker.push(&line.text) {
                return Ok(Err(format!("Line {} {why}.", line.number)));
            }
        }
        Ok(None) => {}
        Err(long) => return Ok(Err(too_long(long))),
    }
    Ok(checker.end().map_err(|why| format!("The file {why}.")))
}

async fn up(
    platform: &Platform,
    remote: &Remote<'_>,
    job: &TuningRow,
    id: &str,
    training: bool,
) -> Result<Done, Problem> {
    let Some(file) = file(platform, job, id).await? else {
        return Ok(failed(JobError::new("file_gone", "A file is no more.")));
    };
    let (mut bytes, mut reader) = (Vec::new(), Reader::new(platform, &file.object, 0, file.bytes));
    while let Some(part) = reader.next().await? {
        bytes.extend_from_slice(&part);
    }
    Ok(match remote.upload(&job.id, &bytes).await {
        Told::Said(id) => {
            let news = if training {
                News { remote_training_file: Some(&id), ..News::default() }
            } else {
                News { remote_validation_file: Some(&id), ..News::default() }
            };
            Done::On(on(platform, job, &news, 0), 0)
        }
        told => not_said(told),
    })
}

/// Makes the job there. If it was tried before, it is looked for first: a job costs money.
async fn create(platform: &Platform, remote: &Remote<'_>, job: &TuningRow) -> Result<Done, Problem> {
    let training = job.remote_training_file.as_deref().unwrap_or_default();
    let found = if job.create_tried == 1 {
        match remote.made_of(training).await {
            Told::Said(found) => found,
            told => return Ok(not_said(told)),
        }
    } else {
        None
    };
    let made = match found {
        Some(job) => job,
        None if job.cancel_wanted == 1 => return Ok(ended("cancelled")),
        None => {
            platform.db().run(store::creating(&job.id)).await?;
            let request: Request = shared::json::read(&job.request).map_err(Problem::internal)?;
            let files = (training, job.remote_validation_file.as_deref());
            match remote.create(&job.model, files, &request).await {
                Told::Said(made) => made,
                told => return Ok(not_said(told)),
            }
        }
    };
    let news = News { remote_id: Some(&made.id), status: state(&made.status), ..News::default() };
    Ok(Done::On(on(platform, job, &news, 1_000), 1_000))
}
