//! The JSON schemas of what goes in and out. Requests are described as they are
//! read, replies as they are written: the two differ where a field has a default
//! or is left out. Not here: which row uses which schema (`operations`).

use std::collections::BTreeMap;

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use shared::problem::{Code, ProblemDocument};

/// Where the schemas stand in the API description.
pub(crate) const PLACE: &str = "#/components/schemas/";

/// Two generators, one a direction, and the schemas given by hand.
pub(crate) struct Schemas {
    pub(crate) requests: SchemaGenerator,
    pub(crate) replies: SchemaGenerator,
    by_hand: BTreeMap<String, Value>,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let generator = |contract| {
            let settings = SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
                settings.contract = contract;
            });
            settings.into_generator()
        };
        Self {
            requests: generator(Contract::Deserialize),
            replies: generator(Contract::Serialize),
            by_hand: BTreeMap::new(),
        }
    }

    /// The schema of a reply type, by reference.
    pub(crate) fn reply<T: JsonSchema>(&mut self) -> Value {
        self.replies.subschema_for::<T>().to_value()
    }

    /// The schema of problem documents, by reference; its codes are a closed set.
    pub(crate) fn problem(&mut self) -> Value {
        self.reply::<ProblemDocument<'static>>()
    }

    /// Adds a schema that no Rust type has, and refers to it.
    pub(crate) fn add(&mut self, name: &str, schema: Value) -> Value {
        self.by_hand.insert(name.to_owned(), schema);
        json!({ "$ref": format!("{PLACE}{name}") })
    }

    /// The schemas that `roots` reach, by name.
    ///
    /// # Errors
    /// A sentence, when a type is read and written differently under one name.
    pub(crate) fn reached_from(
        &self,
        requests: &[&Value],
        replies: &[&Value],
    ) -> Result<BTreeMap<String, Value>, String> {
        let mut found = BTreeMap::new();
        let mut all = self.by_hand.clone();
        all.extend(self.requests.definitions().iter().map(|(name, schema)| (name.clone(), schema.clone())));
        reach(requests, &all, &mut found)?;
        let mut written = BTreeMap::new();
        all.extend(self.replies.definitions().iter().map(|(name, schema)| (name.clone(), schema.clone())));
        reach(replies, &all, &mut written)?;
        for (name, schema) in written {
            if found.get(&name).is_some_and(|read| *read != schema) {
                return Err(format!("{name}: read and written differently; make it two types"));
            }
            found.insert(name, schema);
        }
        if let Some(code) = found.get_mut("Problem").and_then(|problem| problem.pointer_mut("/properties/code")) {
            merge(code, json!({ "enum": Code::ALL.iter().map(|code| code.facts().1).collect::<Vec<_>>() }));
        }
        found.values_mut().for_each(bound);
        Ok(found)
    }
}

/// Lets numbers of 32 bits say how large they may be: `format` alone is not understood by all who read a schema.
fn bound(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(bound),
        Value::Object(members) => {
            members.values_mut().for_each(bound);
            if members.get("format").is_some_and(|format| format == "uint32") {
                members.entry("maximum").or_insert_with(|| u32::MAX.into());
            }
        }
        _ => {}
    }
}

fn merge(target: &mut Value, more: Value) {
    if let (Some(target), Value::Object(more)) = (target.as_object_mut(), more) {
        target.extend(more);
    }
}

fn reach(roots: &[&Value], all: &BTreeMap<String, Value>, found: &mut BTreeMap<String, Value>) -> Result<(), String> {
    for root in roots {
        for name in names(root) {
            let schema = all.get(&name).ok_or_else(|| format!("{name}: no such schema"))?;
            if found.insert(name, schema.clone()).is_none() {
                reach(&[schema], all, found)?;
            }
        }
    }
    Ok(())
}

/// The names of the schemas that a value refers to.
pub(crate) fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(names).collect(),
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).and_then(|place| place.strip_prefix(PLACE));
            own.map(str::to_owned).into_iter().chain(fields.values().flat_map(names)).collect()
        }
        _ => Vec::new(),
    }
}

/// Schemas by name: the generator's own map, or the one that is written down.
pub(crate) trait Named {
    fn named(&self, name: &str) -> Option<&Value>;
}

impl Named for BTreeMap<String, Value> {
    fn named(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }
}

impl Named for Map<String, Value> {
    fn named(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }
}

/// The schema itself, where it stands as a reference.
pub(crate) fn resolve<'v>(schema: &'v Value, all: &'v impl Named) -> &'v Value {
    let place = schema.get("$ref").and_then(Value::as_str);
    place.and_then(|place| all.named(place.strip_prefix(PLACE)?)).unwrap_or(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_reached_through_others_and_loops_end() {
        let mut schemas = Schemas::new();
        let root = schemas.add("A", json!({ "items": { "$ref": "#/components/schemas/B" } }));
        schemas.add("B", json!({ "anyOf": [{ "$ref": "#/components/schemas/A" }] }));
        schemas.add("C", json!({}));
        let found = schemas.reached_from(&[&root], &[]).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["A", "B"]);
    }

    #[test]
    fn a_reference_to_nothing_is_refused() {
        let dangling = json!({ "$ref": "#/components/schemas/Nothing" });
        assert!(Schemas::new().reached_from(&[], &[&dangling]).is_err());
    }

    #[test]
    fn the_problem_names_all_its_codes() {
        let mut schemas = Schemas::new();
        let root = schemas.problem();
        let found = schemas.reached_from(&[], &[&root]).unwrap();
        assert_eq!(found["Problem"]["properties"]["code"]["enum"].as_array().unwrap().len(), Code::ALL.len());
        assert!(!found["Problem"]["required"].as_array().unwrap().contains(&json!("detail")));
    }
}
