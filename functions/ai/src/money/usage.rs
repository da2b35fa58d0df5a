//! Tokens of a call: reading them from a reply or a stream by the provider's data.
//!
//! Plain replies and streams are read by the same [`Tally`], so the cost of the same answer
//! is the same either way. What tokens cost is in `price`.

pub use ::catalogue::provider::UsagePointers;
pub use shared::ledger::{MAX_TOKENS, Usage};

use crate::json::pointer;
use crate::money::decimal;

/// Raw usage longer than this many bytes is not kept beside the numbers.
pub const MAX_RAW_BYTES: usize = 8 * 1024;

/// At most this many choices of one reply are looked at.
const MAX_CHOICES: usize = 128;

/// Usage and the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The numbers, clamped.
    pub usage: Usage,
    /// The provider's own JSON, so that the call can be priced again. An array when it was
    /// put together from several choices; `None` beyond [`MAX_RAW_BYTES`].
    pub raw: Option<String>,
}

/// Collects the usage of one call from its reply, or from its chunks one by one.
///
/// A usage of the whole reply beats those of single choices, and a later one an earlier one
/// (some upstreams repeat a running total). Without one, choices are added up: the prompt is
/// billed once (the largest is taken), completions are summed, as Moonshot documents it.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    reply: Option<Reported>,
    choices: Vec<(String, Reported)>,
}

impl Tally {
    /// Reads one reply or chunk. Text that is not JSON, or holds no usage, changes nothing.
    pub fn observe(&mut self, json: &str, pointers: &UsagePointers) {
        if let Some(raw) = pointer::at(json, &pointers.reply)
            && let Some(reported) = read(raw.get(), pointers)
        {
            self.reply = Some(reported);
            return;
        }
        if let Some(in_choice) = &pointers.choice {
            self.observe_choices(json, in_choice, pointers);
        }
    }

    fn observe_choices(&mut self, json: &str, in_choice: &str, pointers: &UsagePointers) {
        for i in 0..MAX_CHOICES {
            let Some(choice) = pointer::at(json, &format!("/choices/{i}")) else {
                return;
            };
            let Some(raw) = pointer::at(choice.get(), in_choice) else {
                continue;
            };
            let Some(reported) = read(raw.get(), pointers) else {
                continue;
            };
            let index = pointer::at(choice.get(), "/index").map_or("0", |raw| raw.get());
            self.choices.retain(|(known, _)| known != index);
            if self.choices.len() < MAX_CHOICES {
                self.choices.push((index.to_owned(), reported));
            }
        }
    }

    /// What was reported; `None` when nothing was.
    #[must_use]
    pub fn total(mut self) -> Option<Reported> {
        if self.reply.is_some() {
            return self.reply;
        }
        if self.choices.len() < 2 {
            return self.choices.pop().map(|(_, reported)| reported);
        }
        let mut sum = Usage::default();
        let mut raws = Vec::new();
        for (_, Reported { usage, raw }) in self.choices {
            sum.prompt_tokens = sum.prompt_tokens.max(usage.prompt_tokens);
            sum.cached_tokens = sum.cached_tokens.max(usage.cached_tokens);
            sum.completion_tokens = sum.completion_tokens.saturating_add(usage.completion_tokens);
            sum.reasoning_tokens = sum.reasoning_tokens.saturating_add(usage.reasoning_tokens);
            raws.extend(raw);
        }
        let raw = format!("[{}]", raws.join(","));
        Some(Reported { usage: sum.clamped(), raw: (raw.len() <= MAX_RAW_BYTES).then_some(raw) })
    }
}

/// The usage of a plain reply's body; `None` when it reports none or is not JSON.
pub fn of_reply(body: &[u8], pointers: &UsagePointers) -> Option<Reported> {
    let mut tally = Tally::default();
    tally.observe(std::str::from_utf8(body).ok()?, pointers);
    tally.total()
}

/// Reads a usage object. One without both prompt and completion tokens is no usage.
fn read(raw: &str, pointers: &UsagePointers) -> Option<Reported> {
    let prompt = first_number(raw, &pointers.prompt);
    let completion = first_number(raw, &pointers.completion);
    if prompt.is_none() && completion.is_none() {
        return None;
    }
    let usage = Usage {
        prompt_tokens: prompt.unwrap_or(0),
        cached_tokens: first_number(raw, &pointers.cached).unwrap_or(0),
        completion_tokens: completion.unwrap_or(0),
        reasoning_tokens: first_number(raw, &pointers.reasoning).unwrap_or(0),
    };
    Some(Reported { usage: usage.clamped(), raw: (raw.len() <= MAX_RAW_BYTES).then(|| raw.to_owned()) })
}

fn first_number(raw: &str, pointers: &[String]) -> Option<u64> {
    pointers.iter().find_map(|pointer| count(pointer::at(raw, pointer)?.get()))
}

/// A count of tokens from a JSON number: negative is 0, a fraction is rounded up, beyond
/// [`MAX_TOKENS`] is cut. `None` for what is not a number.
fn count(number: &str) -> Option<u64> {
    if let Ok(exact) = number.parse::<u64>() {
        return Some(exact.min(MAX_TOKENS));
    }
    let rounded = decimal::ceil(number)?.max(0).unsigned_abs();
    Some(rounded.min(MAX_TOKENS))
}
