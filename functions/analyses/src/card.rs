//! What a model is asked of a rubric, and the card of scores that is kept: the total we work out and no model does. Pure.

use serde_json::Value;

use crate::rubric::{Criterion, Rubric};

impl Rubric {
    /// What the model's answer must look like, a JSON Schema: a member for each criterion, so that each is scored once.
    pub fn schema(&self) -> String {
        let mut members = String::new();
        let mut names = String::new();
        for (n, criterion) in self.criteria.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            let [least, most] = criterion.range;
            let name = quoted(&criterion.name);
            names.push_str(&format!("{comma}\"c{}\"", n + 1));
            members.push_str(&format!(
                "{comma}\"c{}\":{{\"type\":\"object\",\"description\":{name},\"additionalProperties\":false,\
\"required\":[\"reason\",\"score\"],\"properties\":{{\"reason\":{{\"type\":\"string\"}},\
\"score\":{{\"type\":\"number\",\"minimum\":{least},\"maximum\":{most}}}}}}}",
                n + 1
            ));
        }
        format!(
            "{{\"type\":\"object\",\"additionalProperties\":false,\"required\":[{names}],\"properties\":{{{members}}}}}"
        )
    }

    /// What the model is told of the criteria.
    pub fn told(&self) -> String {
        let mut text = String::new();
        for (n, Criterion { name, description, range: [least, most], .. }) in self.criteria.iter().enumerate() {
            text.push_str(&format!("\n`c{}`: {name}, from {least} to {most}. {description}", n + 1));
        }
        text
    }

    /// What is kept of an answer that fits `schema`: scores by name, and the total from 0 to 100.
    pub fn card(&self, answer: &Value) -> Option<String> {
        let (mut lines, mut earned, mut weight) = (String::new(), 0.0, 0.0);
        for (n, criterion) in self.criteria.iter().enumerate() {
            let said = answer.get(format!("c{}", n + 1))?;
            let (score, reason) = (said.get("score")?.as_f64()?, said.get("reason")?.as_str()?);
            let [least, most] = criterion.range;
            earned += criterion.weight * share(score, criterion.range);
            weight += criterion.weight;
            lines.push_str(&format!(
                "{}{{\"name\":{},\"score\":{score},\"range\":[{least},{most}],\"weight\":{},\"reason\":{}}}",
                if n == 0 { "" } else { "," },
                quoted(&criterion.name),
                criterion.weight,
                quoted(reason)
            ));
        }
        let total = (earned / weight * 10_000.0).round() / 100.0;
        Some(format!("{{\"total\":{total},\"criteria\":[{lines}]}}"))
    }
}

/// Strings always serialise.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn share(score: f64, [least, most]: [f64; 2]) -> f64 {
    ((score - least) / (most - least)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};
    use serde_json::{Map, json};

    use super::*;

    fn schema(rubric: &Rubric) -> Value {
        serde_json::from_str(&rubric.schema()).unwrap()
    }

    fn rubric(criteria: Value) -> Rubric {
        Rubric::read(&json!({ "criteria": criteria }).to_string()).unwrap()
    }

    #[test]
    fn the_total_is_ours_and_weighs_each_criterion_in_its_own_range() {
        let rubric = rubric(json!([
            {"name": "Composition", "description": "", "weight": 3},
            {"name": "光线", "description": "", "range": [1, 5]},
        ]));
        rubric.check().unwrap();
        let answer = json!({"c1": {"score": 5, "reason": "half"}, "c2": {"score": 5, "reason": "all"}});
        assert!(shared::json_schema::fits(&schema(&rubric), &answer));
        let card: Value = serde_json::from_str(&rubric.card(&answer).unwrap()).unwrap();
        assert_eq!(shared::json_schema::fault(&schema(&rubric)), None);
        // (3 × 0.5 + 1 × 1) / 4.
        assert_eq!(card["total"], json!(62.5));
        assert_eq!(card["criteria"][1]["name"], "光线");
        assert_eq!(card["criteria"][0]["reason"], "half");
    }

    #[test]
    fn an_answer_without_a_criterion_or_out_of_range_does_not_fit() {
        let rubric = rubric(json!([{"name": "a", "description": "", "range": [0, 1]}]));
        let schema = schema(&rubric);
        for answer in [
            json!({}),
            json!({"c1": {"score": 2, "reason": ""}}),
            json!({"c1": {"score": "1", "reason": ""}}),
            json!({"c1": {"score": 1, "reason": ""}, "c2": {"score": 1, "reason": ""}}),
        ] {
            assert!(!shared::json_schema::fits(&schema, &answer), "{answer}");
        }
    }

    proptest! {
        #[test]
        fn a_total_is_between_nothing_and_all(scores in proptest::collection::vec((0.0_f64..=10.0, 0.1_f64..100.0), 1..20)) {
            let criteria = scores.iter().enumerate();
            let criteria: Vec<Value> =
                criteria.map(|(n, (_, weight))| json!({"name": format!("n{n}"), "description": "", "weight": weight})).collect();
            let answer: Map<String, Value> = scores.iter().enumerate()
                .map(|(n, (score, _))| (format!("c{}", n + 1), json!({"score": score, "reason": ""}))).collect();
            let card: Value = serde_json::from_str(&rubric(json!(criteria)).card(&Value::Object(answer)).unwrap()).unwrap();
            let total = card["total"].as_f64().unwrap();
            prop_assert!((0.0..=100.0).contains(&total));
        }
    }
}
