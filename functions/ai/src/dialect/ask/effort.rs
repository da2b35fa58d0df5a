//! How long a model of Anthropic's dialect is to think, and what cannot be set beside that. It differs between generations of models
//! (`claude`): the older ones have a budget of tokens, the newer ones an effort.

use crate::dialect::ask::{Ask, Choice, Part, Role};
use crate::dialect::claude::abilities;
use crate::dialect::node::Notes;
use crate::dialect::write::{Json, string};
use crate::money::decimal;

/// The least thinking there is, in tokens.
const LEAST_BUDGET: u64 = 1_024;

/// Writes `thinking`, and the effort into `output_config`; true if the model will think.
pub(crate) fn thinking(
    ask: &Ask<'_>,
    model: &str,
    max_tokens: u64,
    out: &mut Json,
    config: &mut Json,
    notes: &mut Notes,
) -> bool {
    let adaptive = abilities(model).adaptive;
    let mut thinks = ask.thinking.is_some_and(|thinking| !thinking.contains("\"disabled\""));
    if let Some(thinking) = ask.thinking {
        out.field("thinking", thinking);
    } else if let Some((effort, at)) = &ask.effort {
        let budget = budget(effort, max_tokens).filter(|_| !forced(ask) && !unsigned(ask));
        match (effort.as_ref(), budget) {
            ("none", _) => {
                out.field("thinking", r#"{"type":"disabled"}"#);
            }
            (word, _) if adaptive => {
                thinks = true;
                out.field("thinking", r#"{"type":"adaptive"}"#);
                config.field("effort", &string(if word == "minimal" { "low" } else { word }));
            }
            (_, Some(budget)) => {
                thinks = true;
                out.field("thinking", "{").word("type", "enabled").count("budget_tokens", budget).close('}');
            }
            (_, None) => notes.drop(at),
        }
    }
    thinks
}

/// So many tokens of thinking: a share of all that may be written.
fn budget(effort: &str, max_tokens: u64) -> Option<u64> {
    let tenths = match effort {
        "minimal" => 1,
        "low" => 2,
        "medium" => 5,
        "high" => 8,
        _ => 9,
    };
    let budget = (max_tokens / 10).saturating_mul(tenths).max(LEAST_BUDGET);
    (budget < max_tokens).then_some(budget)
}

/// A model that has to call a tool cannot think first, where thinking has a budget.
fn forced(ask: &Ask<'_>) -> bool {
    matches!(ask.choice, Some(Choice::Required | Choice::Named(_)))
}

/// Nor can it go on thinking after calls that came without the thoughts that led to them.
fn unsigned(ask: &Ask<'_>) -> bool {
    let last = ask.turns.iter().rev().find(|turn| turn.role == Role::Assistant);
    let calls = |part: &Part<'_>| matches!(part, Part::Call { .. });
    let thought = |part: &Part<'_>| matches!(part, Part::Thinking { signature: Some(_), .. } | Part::Redacted { .. });
    last.is_some_and(|turn| turn.parts.iter().any(calls) && !turn.parts.iter().any(thought))
}

/// Sampling, for models that let it be set: not those that always think, nor any while it thinks.
pub(crate) fn sampling(ask: &Ask<'_>, model: &str, thinks: bool, out: &mut Json, notes: &mut Notes) {
    let settable = abilities(model).sampling && !thinks;
    let usual = |value: &&str| matches!(*value, "1" | "1.0");
    // This dialect ends where the other has its middle.
    let hot = ask.temperature.and_then(decimal::ceil).is_some_and(|number| number > 1);
    let temperature = if hot { Some("1") } else { ask.temperature };
    let top_p = ask.top_p.filter(|value| !usual(value));
    // Of the two only one may be set.
    let both = temperature.is_some() && top_p.is_some() && model.contains("claude");
    let sent = [
        ("temperature", ask.temperature, temperature.filter(|_| settable)),
        ("top_p", top_p, top_p.filter(|_| settable && !both)),
        ("top_k", ask.top_k, ask.top_k.filter(|_| settable)),
    ];
    for (name, asked, sent) in sent {
        if sent.is_none() && asked.is_some_and(|value| !usual(&value)) {
            notes.drop(name);
        }
        out.maybe(name, sent);
    }
}
