//! What a model can be asked of a picture, and what is said beside the task's name. What becomes of both is `asked`. Pure.

use serde::Deserialize;
use serde_json::Value;
use shared::json_schema;
use shared::problem::Problem;

use crate::rubric::Rubric;

/// Letters of a prompt at most.
const LONGEST_PROMPT: usize = 4_000;
/// Bytes of a schema at most.
const LONGEST_SCHEMA: usize = 16 * 1024;

/// A task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(rename = "AnalysisTask"))]
pub enum Task {
    /// What is to be seen, in words.
    Describe,
    /// Words for a search index.
    Tags,
    /// The text in it.
    Text,
    /// Whether it may be shown.
    Moderate,
    /// Points by a rubric.
    Score,
    /// Whatever `prompt` says, in the shape of `schema`.
    Custom,
}

impl Task {
    /// Every task.
    pub const ALL: [Self; 6] = [Self::Describe, Self::Tags, Self::Text, Self::Moderate, Self::Score, Self::Custom];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Tags => "tags",
            Self::Text => "text",
            Self::Moderate => "moderate",
            Self::Score => "score",
            Self::Custom => "custom",
        }
    }

    /// The task of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.as_str() == name)
    }
}

/// What is said beside the task's name.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// In which language texts are to be written.
    pub language: Option<String>,
    /// What is asked, or what is to be looked at in particular.
    pub prompt: Option<String>,
    /// Of `score`: a `Rubric`, JSON.
    pub rubric: Option<String>,
    /// Of `custom`: a JSON Schema.
    pub schema: Option<String>,
}

impl Settings {
    /// Checks that they are those of this task.
    ///
    /// # Errors
    /// 422 with a pointer.
    pub fn check(&self, task: Task) -> Result<(), Problem> {
        let refuse = |at: &str, code: &str, rule: &str| Err(Problem::invalid(at, code, rule));
        match (task == Task::Score, &self.rubric) {
            (true, None) => return refuse("/rubric", "missing", "is what `score` scores by"),
            (false, Some(_)) => return refuse("/rubric", "invalid", "belongs to `score` alone"),
            (_, Some(rubric)) => Rubric::read(rubric)?.check()?,
            (false, None) => {}
        }
        match (task == Task::Custom, &self.schema) {
            (true, None) => return refuse("/schema", "missing", "is what the answer to `custom` looks like"),
            (false, Some(_)) => return refuse("/schema", "invalid", "belongs to `custom` alone"),
            (_, Some(schema)) => check_schema(schema)?,
            (false, None) => {}
        }
        if task == Task::Custom && self.prompt.as_deref().is_none_or(|prompt| prompt.trim().is_empty()) {
            return refuse("/prompt", "missing", "is what `custom` asks");
        }
        if self.prompt.as_ref().is_some_and(|prompt| prompt.chars().count() > LONGEST_PROMPT) {
            return refuse("/prompt", "invalid", "must have 4000 letters at most");
        }
        let tag =
            |tag: &String| (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if self.language.as_ref().is_some_and(|language| !tag(language)) {
            return refuse("/language", "invalid", "must be a language tag such as `en` or `zh-CN`");
        }
        Ok(())
    }

    /// As it is stored: a JSON object of what is said.
    pub fn json(&self) -> String {
        let quoted = |text: &String| serde_json::to_string(text).unwrap_or_default();
        let members = [
            ("language", self.language.as_ref().map(quoted)),
            ("prompt", self.prompt.as_ref().map(quoted)),
            ("rubric", self.rubric.clone()),
            ("schema", self.schema.clone()),
        ];
        let said = members.into_iter().filter_map(|(name, json)| Some(format!("\"{name}\":{}", json?)));
        format!("{{{}}}", said.collect::<Vec<_>>().join(","))
    }
}

fn check_schema(schema: &str) -> Result<(), Problem> {
    let parsed: Option<Value> = shared::json::read(schema).ok();
    let is_object = |schema: &Value| schema.get("type").and_then(Value::as_str) == Some("object");
    let fault = match &parsed {
        _ if schema.len() > LONGEST_SCHEMA => Some("must have 16384 bytes at most".to_owned()),
        // Providers answer in objects alone.
        Some(schema) if is_object(schema) => json_schema::fault(schema),
        _ => Some("must be a JSON Schema with the type `object`".to_owned()),
    };
    fault.map_or(Ok(()), |rule| Err(Problem::invalid("/schema", "invalid", rule)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(settings: &Value) -> Settings {
        let text = |name: &str| settings.get(name).and_then(Value::as_str).map(str::to_owned);
        let json = |name: &str| settings.get(name).map(Value::to_string);
        let settings = Settings {
            language: text("language"),
            prompt: text("prompt"),
            rubric: json("rubric"),
            schema: json("schema"),
        };
        let stored: Value = serde_json::from_str(&settings.json()).unwrap();
        assert!(stored.is_object());
        settings
    }

    #[test]
    fn settings_are_those_of_their_task() {
        let rubric = json!({"criteria": [{"name": "a", "description": "b"}]});
        let schema = json!({"type": "object"});
        for (task, settings, at) in [
            (Task::Score, json!({}), "/rubric"),
            (Task::Tags, json!({"rubric": rubric}), "/rubric"),
            (Task::Custom, json!({"prompt": "what?"}), "/schema"),
            (Task::Custom, json!({"schema": schema}), "/prompt"),
            (Task::Custom, json!({"schema": {"type": "array"}, "prompt": "x"}), "/schema"),
            (Task::Custom, json!({"schema": {"type": "object", "$ref": "#"}, "prompt": "x"}), "/schema"),
            (Task::Text, json!({"schema": schema}), "/schema"),
            (Task::Text, json!({"language": "not a tag"}), "/language"),
            (Task::Text, json!({"prompt": "x".repeat(4_001)}), "/prompt"),
        ] {
            let settings = of(&settings);
            assert_eq!(settings.check(task).unwrap_err().errors[0].pointer, at);
        }
        let score = of(&json!({ "rubric": rubric }));
        score.check(Task::Score).unwrap();
        assert!(score.asked(Task::Score).unwrap().text.contains("`c1`: a, from 0 to 10. b"));
    }
}
