//! Talking to the provider about a job: files up, jobs made, looked at and ended, in OpenAI's shapes.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::platform::{Call, Platform, Target};

use crate::model::{Event, JobError};
use crate::provider::Access;
use crate::wish::{Numbers, Request};

/// Milliseconds for an answer.
const DEADLINE_MS: u32 = 60_000;
/// Milliseconds for a file to go up.
const UPLOAD_MS: u32 = 300_000;
/// Bytes of an answer at most.
const LONGEST: usize = 2 * 1024 * 1024;

/// What came of asking a provider.
#[derive(Debug)]
pub enum Told<T> {
    /// It answered.
    Said(T),
    /// It refuses, and will again.
    Refused(JobError),
    /// It knows no such thing.
    Unknown,
    /// It is tried again after so many seconds, where it says how many.
    Again(Option<u64>),
}

/// A job as the provider tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemoteJob {
    /// Its id there.
    pub id: String,
    /// Its state.
    pub status: String,
    /// The new model's id.
    pub fine_tuned_model: Option<String>,
    /// Tokens the training took.
    pub trained_tokens: Option<u64>,
    /// Seconds since 1970.
    pub estimated_finish: Option<u64>,
    /// Why it failed.
    pub error: Option<RemoteError>,
    /// The file's id there.
    pub training_file: String,
}

/// Why a job failed there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemoteError {
    /// For programs.
    pub code: Option<String>,
    /// For people.
    pub message: Option<String>,
    /// The member it is about.
    pub param: Option<String>,
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct RefusedBody {
    error: RemoteError,
}

#[derive(Serialize)]
struct Wish<'a> {
    model: &'a str,
    training_file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suffix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,
    method: WishMethod<'a>,
}

#[derive(Serialize)]
struct WishMethod<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    supervised: WishSupervised<'a>,
}

#[derive(Serialize)]
struct WishSupervised<'a> {
    hyperparameters: &'a Numbers,
}

/// A provider, for one job.
pub struct Remote<'a> {
    /// The door.
    pub platform: &'a Platform,
    /// How it is reached.
    pub access: &'a Access,
}

impl Remote<'_> {
    /// Sends a file up: its id there.
    pub async fn upload(&self, name: &str, bytes: &[u8]) -> Told<String> {
        let boundary = "selvage-boundary-7c1f0b9e2d5a48d3";
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--{boundary}\r\n\
Content-Disposition: form-data; name=\"file\"; filename=\"{name}.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let media = format!("multipart/form-data; boundary={boundary}");
        let told: Told<Named> = self.ask("POST", &self.access.files, Some((&media, &body)), UPLOAD_MS).await;
        told.map(|file| file.id)
    }

    /// Makes the job.
    pub async fn create(&self, model: &str, files: (&str, Option<&str>), request: &Request) -> Told<RemoteJob> {
        let wish = Wish {
            model,
            training_file: files.0,
            validation_file: files.1,
            suffix: request.suffix.as_deref(),
            seed: request.seed,
            method: WishMethod {
                kind: "supervised",
                supervised: WishSupervised { hyperparameters: &request.hyperparameters },
            },
        };
        let body = serde_json::to_vec(&wish).unwrap_or_default();
        self.ask("POST", &self.access.path, Some(("application/json", &body)), DEADLINE_MS).await
    }

    /// The job that was made of this file, if there is one: a file goes up for one job.
    pub async fn made_of(&self, training_file: &str) -> Told<Option<RemoteJob>> {
        let path = format!("{}?limit=100", self.access.path);
        let told: Told<Page<RemoteJob>> = self.ask("GET", &path, None, DEADLINE_MS).await;
        told.map(|page| page.data.into_iter().find(|job| job.training_file == training_file))
    }

    /// The job as it is.
    pub async fn read(&self, id: &str) -> Told<RemoteJob> {
        self.ask("GET", &format!("{}/{id}", self.access.path), None, DEADLINE_MS).await
    }

    /// Ends the job.
    pub async fn cancel(&self, id: &str) -> Told<RemoteJob> {
        let path = format!("{}/{id}/cancel", self.access.path);
        self.ask("POST", &path, Some(("application/json", b"{}")), DEADLINE_MS).await
    }

    /// What happened to the job, as the provider says; what cannot be read is nothing.
    pub async fn events(&self, id: &str) -> Vec<Event> {
        let path = format!("{}/{id}/events?limit=100", self.access.path);
        let told: Told<Page<Event>> = self.ask("GET", &path, None, DEADLINE_MS).await;
        let known = |event: &Event| matches!(event.level.as_str(), "info" | "warn" | "error");
        if let Told::Said(page) = told { page.data.into_iter().filter(known).collect() } else { Vec::new() }
    }

    /// What it keeps of the model on the way, as it says it.
    pub async fn checkpoints(&self, id: &str) -> Told<Box<RawValue>> {
        let path = format!("{}/{id}/checkpoints", self.access.path);
        let told: Told<Page<Box<RawValue>>> = self.ask("GET", &path, None, DEADLINE_MS).await;
        told.map(|page| {
            let all: Vec<&str> = page.data.iter().map(|one| one.get()).collect();
            RawValue::from_string(format!("[{}]", all.join(","))).unwrap_or_default()
        })
    }

    async fn ask<T: for<'d> Deserialize<'d>>(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, &[u8])>,
        deadline_ms: u32,
    ) -> Told<T> {
        match self.send(method, path, body, deadline_ms).await {
            Told::Said(bytes) => match serde_json::from_slice(&bytes) {
                Ok(said) => Told::Said(said),
                Err(_) => Told::Again(None),
            },
            Told::Refused(error) => Told::Refused(error),
            Told::Unknown => Told::Unknown,
            Told::Again(seconds) => Told::Again(seconds),
        }
    }

    async fn send(&self, method: &str, path: &str, body: Option<(&str, &[u8])>, deadline_ms: u32) -> Told<Vec<u8>> {
        let url = format!("{}{path}", self.access.base);
        let mut headers: Vec<(&str, &str)> =
            self.access.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        headers.extend(body.map(|(media, _)| ("content-type", media)));
        let bytes = body.map(|(_, bytes)| bytes);
        let target = Target::Internet;
        let call =
            Call { target, method, url: &url, headers: &headers, body: bytes, deadline_ms, ends_with_client: false };
        let Ok(answer) = self.platform.send(&call).await else { return Told::Again(None) };
        let (status, wait) = (answer.status(), answer.header("Retry-After").and_then(|text| text.trim().parse().ok()));
        match answer.read(LONGEST, deadline_ms).await {
            Ok(Ok((bytes, _))) => told(status, wait, bytes),
            _ => Told::Again(None),
        }
    }
}

impl<T> Told<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Told<U> {
        match self {
            Self::Said(said) => Told::Said(change(said)),
            Self::Refused(error) => Told::Refused(error),
            Self::Unknown => Told::Unknown,
            Self::Again(seconds) => Told::Again(seconds),
        }
    }
}

/// What a status means. Our key refused is no fault of the client's, and a person has to look after it.
fn told(status: u16, wait: Option<u64>, body: Vec<u8>) -> Told<Vec<u8>> {
    match status {
        200..=299 => Told::Said(body),
        404 => Told::Unknown,
        401 | 403 => Told::Refused(JobError::new("upstream_auth", "The provider refuses our key.")),
        408 | 409 | 429 | 500.. => Told::Again(wait),
        _ => {
            let error = serde_json::from_slice::<RefusedBody>(&body).map(|body| body.error).unwrap_or_default();
            Told::Refused(error.told("invalid_request"))
        }
    }
}

impl RemoteError {
    /// As we tell it, with this code where it has none.
    #[must_use]
    pub fn told(self, code: &str) -> JobError {
        JobError {
            code: self.code.unwrap_or_else(|| code.to_owned()),
            message: self.message.unwrap_or_else(|| "The provider gives no reason.".to_owned()),
            param: self.param,
        }
    }
}
