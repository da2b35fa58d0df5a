//! What a tuning job is asked to do: the body of its making, and what is kept of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
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
