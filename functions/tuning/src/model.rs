//! Bodies, replies and rows of tuning jobs, in OpenAI's shape.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::page::Limit;
use shared::problem::Problem;

/// The body of `POST /v1/fine_tuning/jobs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningWish"))]
pub struct TuningWish {
    /// The model that is trained further: `gpt-4o-mini`, or `provider/model`.
    pub model: String,
    /// A file with the purpose `fine-tune`: JSON Lines, an example a line.
    pub training_file: String,
    /// Another one, to look how the training goes.
    #[serde(default)]
    pub validation_file: Option<String>,
    /// What the model is called besides: 1 to 18 lower-case letters, digits and hyphens.
    #[serde(default)]
    pub suffix: Option<String>,
    /// For a job that can be repeated.
    #[serde(default)]
    pub seed: Option<u32>,
    /// Up to 16 pairs; they are kept here and not told to the provider.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
    /// How it is trained. Nothing but `supervised` is offered.
    #[serde(default)]
    pub method: Option<Method>,
    /// The same as `method.supervised.hyperparameters`, as older clients write it.
    #[serde(default)]
    pub hyperparameters: Option<Hyperparameters>,
}

/// How a model is trained.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningMethod"))]
pub enum Method {
    /// By examples.
    Supervised {
        /// How.
        #[serde(default)]
        supervised: Option<Supervised>,
    },
}

/// How examples are used.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningSupervised"))]
pub struct Supervised {
    /// Its numbers.
    #[serde(default)]
    pub hyperparameters: Option<Hyperparameters>,
}

/// The numbers of a training; what is not named is the provider's to choose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningHyperparameters"))]
pub struct Hyperparameters {
    /// `auto`, or a number.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<NumberOrAuto>"))]
    pub batch_size: Option<Box<RawValue>>,
    /// `auto`, or a number.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<NumberOrAuto>"))]
    pub learning_rate_multiplier: Option<Box<RawValue>>,
    /// `auto`, or a number.
    #[serde(default)]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<NumberOrAuto>"))]
    pub n_epochs: Option<Box<RawValue>>,
}

/// For the description alone.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "it is described and never made")]
enum NumberOrAuto {
    /// A number above 0.
    Number(#[schemars(extend("exclusiveMinimum" = 0))] f64),
    /// `auto`.
    Auto(Auto),
}

/// For the description alone.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "it is described and never made")]
enum Auto {
    /// The provider chooses.
    Auto,
}

impl TuningWish {
    /// What the provider is told beside the model and the files, as JSON members.
    ///
    /// # Errors
    /// 422 with a pointer to what does not fit.
    pub fn request(&self) -> Result<Request, Problem> {
        jobs::metadata::check(self.metadata.as_ref())?;
        let fits = |suffix: &str| {
            (1..=18).contains(&suffix.len())
                && suffix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !self.suffix.as_deref().is_none_or(fits) {
            let rule = "must be 1 to 18 lower-case letters, digits and hyphens";
            return Err(Problem::invalid("/suffix", "invalid", rule));
        }
        if self.model.is_empty() || self.model.len() > 256 {
            return Err(Problem::invalid("/model", "invalid", "must name a model"));
        }
        let named = match &self.method {
            Some(Method::Supervised { supervised: Some(supervised) }) => supervised.hyperparameters.as_ref(),
            _ => None,
        };
        let all = named.or(self.hyperparameters.as_ref()).cloned().unwrap_or_default();
        let number = |name: &str, raw: Option<Box<RawValue>>| -> Result<Box<RawValue>, Problem> {
            let raw = match raw {
                Some(raw) => raw,
                None => RawValue::from_string("\"auto\"".to_owned()).map_err(Problem::internal)?,
            };
            let good = raw.get() == "\"auto\"" || raw.get().parse::<f64>().is_ok_and(|n| n.is_finite() && n > 0.0);
            let pointer = format!("/hyperparameters/{name}");
            if good { Ok(raw) } else { Err(Problem::invalid(pointer, "invalid", "must be `auto` or a number above 0")) }
        };
        let hyperparameters = Numbers {
            batch_size: number("batch_size", all.batch_size)?,
            learning_rate_multiplier: number("learning_rate_multiplier", all.learning_rate_multiplier)?,
            n_epochs: number("n_epochs", all.n_epochs)?,
        };
        let (suffix, seed) = (self.suffix.clone(), self.seed);
        Ok(Request { suffix, seed, metadata: self.metadata.clone().unwrap_or_default(), hyperparameters })
    }
}

/// What is kept of the request beside model and files.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// What the model is called besides.
    pub suffix: Option<String>,
    /// For a job that can be repeated.
    pub seed: Option<u32>,
    /// The client's pairs.
    pub metadata: BTreeMap<String, String>,
    /// The numbers.
    pub hyperparameters: Numbers,
}

/// The numbers of a training.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningNumbers"))]
pub struct Numbers {
    /// `auto`, or a number.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "NumberOrAuto"))]
    pub batch_size: Box<RawValue>,
    /// `auto`, or a number.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "NumberOrAuto"))]
    pub learning_rate_multiplier: Box<RawValue>,
    /// `auto`, or a number.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "NumberOrAuto"))]
    pub n_epochs: Box<RawValue>,
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningError"))]
pub struct JobError {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// The member it is about.
    pub param: Option<String>,
}

impl JobError {
    /// With this code, about nothing in particular.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), param: None }
    }
}

/// A tuning job.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningJob"))]
pub struct Tuning {
    /// `ftjob_…`.
    pub id: String,
    /// `fine_tuning.job`.
    pub object: &'static str,
    /// The model that is trained further, as the provider calls it.
    pub model: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Seconds since 1970; null until it ended.
    pub finished_at: Option<u64>,
    /// The name of the new model; null until there is one.
    pub fine_tuned_model: Option<String>,
    /// Who pays, and who may call the model: an organisation, or the person alone.
    pub organization_id: String,
    /// Always empty.
    pub result_files: Vec<String>,
    /// `validating_files`, `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub status: String,
    /// The file.
    pub training_file: String,
    /// The file.
    pub validation_file: Option<String>,
    /// As asked for.
    pub hyperparameters: Numbers,
    /// How it is trained.
    pub method: ToldMethod,
    /// Tokens the training took, as the provider says.
    pub trained_tokens: Option<u64>,
    /// Why it failed.
    pub error: Option<JobError>,
    /// Always empty.
    pub integrations: Vec<String>,
    /// As asked for; 0 where nothing was.
    pub seed: u32,
    /// Seconds since 1970 when the provider thinks that it is done.
    pub estimated_finish: Option<u64>,
    /// The client's pairs.
    pub metadata: BTreeMap<String, String>,
}

/// How a job is trained.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningToldMethod"))]
pub struct ToldMethod {
    /// `supervised`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its numbers.
    pub supervised: ToldSupervised,
}

/// The numbers of a job.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningToldSupervised"))]
pub struct ToldSupervised {
    /// The same as the job's own.
    pub hyperparameters: Numbers,
}

/// A row of `tuning_jobs`.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns, as the migration explains them")]
pub struct TuningRow {
    pub id: String,
    pub user_id: String,
    pub organisation_id: Option<String>,
    pub key_id: Option<String>,
    pub provider: String,
    pub model: String,
    pub request: String,
    pub training_file: String,
    pub validation_file: Option<String>,
    pub status: String,
    pub provider_key: Option<String>,
    pub remote_training_file: Option<String>,
    pub remote_validation_file: Option<String>,
    pub remote_id: Option<String>,
    pub create_tried: u8,
    pub fine_tuned_model: Option<String>,
    pub trained_tokens: Option<u64>,
    pub estimated_finish: Option<u64>,
    pub error: Option<String>,
    pub failures: u64,
    pub step: u64,
    pub cancel_wanted: u8,
    pub created_at: u64,
    pub finished_at: Option<u64>,
}

impl TuningRow {
    /// Who pays, and who may call the model.
    #[must_use]
    pub fn payer(&self) -> &str {
        self.organisation_id.as_deref().unwrap_or(&self.user_id)
    }
}

impl TryFrom<TuningRow> for Tuning {
    type Error = Problem;

    fn try_from(row: TuningRow) -> Result<Self, Problem> {
        let request: Request = shared::json::read(&row.request).map_err(Problem::internal)?;
        Ok(Self {
            object: "fine_tuning.job",
            organization_id: row.payer().to_owned(),
            id: row.id,
            model: row.model,
            created_at: row.created_at / 1000,
            finished_at: row.finished_at.map(|at| at / 1000),
            fine_tuned_model: row.fine_tuned_model,
            result_files: Vec::new(),
            status: row.status,
            training_file: row.training_file,
            validation_file: row.validation_file,
            hyperparameters: request.hyperparameters.clone(),
            method: ToldMethod {
                kind: "supervised",
                supervised: ToldSupervised { hyperparameters: request.hyperparameters },
            },
            trained_tokens: row.trained_tokens,
            error: row.error.as_deref().map(shared::json::read).transpose().map_err(Problem::internal)?,
            integrations: Vec::new(),
            seed: request.seed.unwrap_or_default(),
            estimated_finish: row.estimated_finish,
            metadata: request.metadata,
        })
    }
}

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningQuery"))]
pub struct TuningQuery {
    /// The last id of the page before.
    pub after: Option<String>,
    /// Items at most.
    pub limit: Limit,
}

/// A page, newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "{T}FineTuningList"))]
pub struct TuningList<T> {
    /// `list`.
    pub object: &'static str,
    /// The items.
    pub data: Vec<T>,
    /// Whether there are more.
    pub has_more: bool,
}

/// Something that happened to a job.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "FineTuningEvent"))]
pub struct Event {
    /// `ftevent_…`.
    pub id: String,
    /// `fine_tuning.job.event`.
    #[serde(default = "event_object")]
    pub object: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// `info`, `warn` or `error`.
    pub level: String,
    /// What.
    pub message: String,
}

fn event_object() -> String {
    "fine_tuning.job.event".to_owned()
}
