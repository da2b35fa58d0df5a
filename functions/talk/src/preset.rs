//! Presets: prompts for writing and analysis that come with the deployment, in English and Chinese, as data
//! (`data/presets.json`). They have no versions of their own: they are part of the release.

use serde::{Deserialize, Serialize};
use shared::cx::Cx;
use shared::extract::{Path, Query};
use shared::head::HeaderName;
use shared::problem::{Code, Problem};

use crate::prompt::render::{Parameters, Said, Source};
use crate::prompt::variable::{Kind, Variable};

/// A text in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Both<T> {
    en: T,
    zh: T,
}

impl<T> Both<T> {
    fn into(self, language: Language) -> T {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }
}

/// The language of a preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese, in simplified characters.
    Chinese,
}

/// A variable as the file has it: as a prompt's, in two languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VariableInFile {
    name: String,
    #[serde(rename = "type", default)]
    kind: Kind,
    description: Both<String>,
    default: Option<Box<serde_json::value::RawValue>>,
    min: Option<i64>,
    max: Option<i64>,
    #[serde(default)]
    options: Vec<String>,
}

/// A preset as the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PresetInFile {
    id: String,
    kind: PresetKind,
    title: Both<String>,
    about: Both<String>,
    variables: Vec<VariableInFile>,
    messages: Both<Vec<Said>>,
    parameters: Parameters,
}

/// What a preset is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum PresetKind {
    /// Makes a text.
    Writing,
    /// Says something about one.
    Analysis,
}

/// A preset, as it is told.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Preset {
    /// Its name in paths.
    pub id: String,
    /// What it is for.
    pub kind: PresetKind,
    /// What it is called.
    pub title: String,
    /// What it does.
    pub about: String,
    /// What it wants to know.
    pub variables: Vec<Variable>,
}

/// All presets; there are few, so there are no pages.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PresetList {
    /// The presets.
    pub data: Vec<Preset>,
}

/// The query of presets.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PresetQuery {
    /// `en` or `zh`; without it what `Accept-Language` says.
    pub locale: Option<String>,
}

const FILE: &str = include_str!("../data/presets.json");

/// Those of the file that `wanted` wants. Read per request: there are few requests, and the file is small.
fn of_file(wanted: impl Fn(&str) -> bool) -> Vec<PresetInFile> {
    // A test reads the file: in a Worker that was built it can be read.
    let all: Vec<PresetInFile> = shared::json::read(FILE).unwrap_or_default();
    all.into_iter().filter(|preset| wanted(&preset.id)).collect()
}

/// The language meant by a locale, or else by `Accept-Language`.
pub fn language(cx: &Cx, locale: Option<&str>) -> Language {
    let accepted = cx.head.header(HeaderName::AcceptLanguage).unwrap_or_default();
    if locale.unwrap_or(accepted).trim_start().starts_with("zh") { Language::Chinese } else { Language::English }
}

/// What a preset renders; `None` for an unknown one.
pub fn source(name: &str, language: Language) -> Option<Source> {
    let preset = of_file(|id| id == name).pop()?;
    let variables = preset.variables.into_iter().map(|variable| declared(variable, language)).collect();
    Some(Source { messages: preset.messages.into(language), variables, parameters: preset.parameters })
}

fn declared(variable: VariableInFile, language: Language) -> Variable {
    let VariableInFile { name, kind, description, default, min, max, options } = variable;
    Variable { name, kind, description: description.into(language), default, min, max, options }
}

fn told(preset: PresetInFile, language: Language) -> Preset {
    let variables = preset.variables.into_iter().map(|variable| declared(variable, language)).collect();
    let (title, about) = (preset.title.into(language), preset.about.into(language));
    Preset { id: preset.id, kind: preset.kind, title, about, variables }
}

/// `GET /v1/presets`.
///
/// # Errors
/// None beyond the row's own.
pub async fn list(cx: &Cx, Query(query): Query<PresetQuery>) -> Result<PresetList, Problem> {
    let language = language(cx, query.locale.as_deref());
    Ok(PresetList { data: of_file(|_| true).into_iter().map(|preset| told(preset, language)).collect() })
}

/// `GET /v1/presets/{preset}`.
///
/// # Errors
/// 404 for an unknown one.
pub async fn read(cx: &Cx, Path(name): Path, Query(query): Query<PresetQuery>) -> Result<Preset, Problem> {
    let language = language(cx, query.locale.as_deref());
    of_file(|id| id == name).pop().map(|preset| told(preset, language)).ok_or_else(|| Code::NotFound.into())
}

#[cfg(test)]
mod tests {
    use super::{FILE, Language, PresetInFile, source};
    use crate::prompt::render::faults;

    #[test]
    fn every_preset_can_be_rendered_in_both_languages() {
        let all: Vec<PresetInFile> = serde_json::from_str(FILE).unwrap();
        assert!(all.len() > 10);
        for preset in &all {
            for language in [Language::English, Language::Chinese] {
                let source = source(&preset.id, language).unwrap();
                assert_eq!(faults(&source), [], "{}", preset.id);
                for variable in &source.variables {
                    let place = [format!("{{{{{}}}}}", variable.name), format!("{{{{json {}}}}}", variable.name)];
                    let used = |text: &str| place.iter().any(|place| text.contains(place));
                    assert!(source.messages.iter().any(|said| used(&said.content)), "{} {}", preset.id, variable.name);
                }
            }
        }
        let mut ids: Vec<&str> = all.iter().map(|preset| preset.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all.len());
    }
}
