//! Analyses as clients write and read them.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::problem::Problem;

use crate::hooks::address;
use crate::task::{Settings, Task};

/// The body of `POST /v1/analyses`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AnalysisWish {
    /// A picture that the caller may read.
    pub file_id: String,
    /// What is asked of it.
    pub task: Task,
    /// Who is asked: any model or alias of the gateway; the deployment's own choice where it is not said.
    #[serde(default)]
    pub model: Option<String>,
    /// In which language texts are to be written: `en`, `zh-CN`.
    #[serde(default)]
    pub language: Option<String>,
    /// With `custom` what is asked; with the others what is to be looked at in particular.
    #[serde(default)]
    pub prompt: Option<String>,
    /// With `score`: by what.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::rubric::Rubric>"))]
    pub rubric: Option<Box<RawValue>>,
    /// With `custom`: a JSON Schema of the answer, an object.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub schema: Option<Box<RawValue>>,
    /// Who is told when it ends, instead of the URL of `PUT /v1/webhook`.
    #[serde(default)]
    pub webhook_url: Option<String>,
}

/// The body of `POST /v1/analyses/{id}/rerun`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RerunWish {
    /// Who is asked this time; the same model as before where it is not said.
    pub model: Option<String>,
}

impl AnalysisWish {
    /// What is said beside the task, checked.
    ///
    /// # Errors
    /// 422 with a pointer.
    pub fn checked(self, is_local: bool) -> Result<(Settings, Option<String>), Problem> {
        check_model(self.model.as_deref())?;
        if let Some(url) = &self.webhook_url {
            address::check(url, is_local).map_err(|rule| Problem::invalid("/webhook_url", "invalid", rule))?;
        }
        let Self { language, prompt, rubric, schema, webhook_url, task, .. } = self;
        let json = |raw: Option<Box<RawValue>>| raw.map(|raw| raw.get().to_owned());
        let settings = Settings { language, prompt, rubric: json(rubric), schema: json(schema) };
        settings.check(task)?;
        Ok((settings, webhook_url))
    }
}

/// Checks what a model may be called.
///
/// # Errors
/// 422.
pub fn check_model(model: Option<&str>) -> Result<(), Problem> {
    let sound = |model: &str| (1..=256).contains(&model.len()) && !model.chars().any(char::is_control);
    if model.is_none_or(sound) { Ok(()) } else { Err(Problem::invalid("/model", "invalid", "must name a model")) }
}

/// How far an analysis is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    derive(schemars::JsonSchema),
    schemars(rename = "AnalysisStatus", rename_all = "lowercase")
)]
pub enum Status {
    /// It waits.
    Queued,
    /// The model is asked; between two tries, too.
    Running,
    /// `result` has what came of it.
    Succeeded,
    /// `error` says why.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// The status of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more comes of it by itself.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Why an analysis failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "AnalysisError"))]
pub struct Failure {
    /// For programs: `file_gone`, `not_a_picture`, `picture_too_large`, `maker_gone`, `budget_exhausted`, `unfit_answer`,
    /// `refused`, `unreachable`, `dead_letter`, or the AI function's own code.
    pub code: String,
    /// For people.
    pub detail: String,
    /// What the AI function answered, where it did.
    pub status: Option<u16>,
}

impl Failure {
    /// A failure of ours.
    pub fn new(code: &str, detail: &str) -> Self {
        Self { code: code.to_owned(), detail: detail.to_owned(), status: None }
    }
}

/// The call that brought the result.
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AnalysisCall {
    /// As the ledger has it: `request_id` of `GET /v1/calls`.
    pub request_id: String,
    /// The model, as it called itself.
    pub model_version: Option<String>,
    /// Whose it is.
    pub provider: Option<String>,
    /// Tokens of the question, the picture among them.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    pub completion_tokens: Option<u64>,
    /// What this call cost; null: not known.
    pub cost_nano_usd: Option<u64>,
}

/// An analysis, in the shape that the database tells it in (`shown`).
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Analysis {
    /// `anl_…`.
    pub id: String,
    /// The picture.
    pub file_id: String,
    /// What is asked of it.
    pub task: String,
    /// What was said beside the task: `language`, `prompt`, `rubric`, `schema`.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub settings: (),
    /// Who is asked.
    pub model: String,
    /// How far it is.
    pub status: Status,
    /// Tries that had to be repeated since it was queued.
    pub retries: u64,
    /// The analysis that this one does again.
    pub rerun_of: Option<String>,
    /// Who is told of this one in particular.
    pub webhook_url: Option<String>,
    /// What came of it, in the shape of the task.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<serde_json::Map<String, serde_json::Value>>"))]
    pub result: (),
    /// Why it failed.
    pub error: Option<Failure>,
    /// The call that brought the result.
    pub call: Option<AnalysisCall>,
    /// From the first try to the end, in milliseconds.
    pub duration_ms: Option<u64>,
    /// When it was made.
    pub created_at: String,
    /// When it was first tried.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
}

/// The query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AnalysisQuery {
    /// Analyses at most.
    pub limit: shared::page::Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Those of this file.
    pub file_id: Option<String>,
    /// Those that are so far.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Status>"))]
    pub status: Option<String>,
    /// Those that ask this.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<Task>"))]
    pub task: Option<String>,
}

impl AnalysisQuery {
    /// Checks what its types do not say.
    ///
    /// # Errors
    /// 422.
    pub fn check(&self) -> Result<(), Problem> {
        if self.status.as_deref().is_some_and(|name| Status::named(name).is_none()) {
            return Err(Problem::invalid("status", "invalid", "must be a status of analyses"));
        }
        if self.task.as_deref().is_some_and(|name| Task::named(name).is_none()) {
            return Err(Problem::invalid("task", "invalid", "must be a task"));
        }
        Ok(())
    }
}
