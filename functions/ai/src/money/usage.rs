//! Tokens of a call: reading them from a reply or a stream by the provider's data.
//!
//! Plain replies and streams are read by the same [`Tally`], so the cost of the same answer
//! is the same either way. What tokens cost is in `price`.

pub use ::catalogue::usage_pointers::UsagePointers;
pub use shared::ledger::{MAX_TOKENS, Units, Usage};

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
    /// put together from several places; `None` beyond [`MAX_RAW_BYTES`].
    pub raw: Option<String>,
}

/// What one usage object says; what it does not mention is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    prompt: Option<u64>,
    cached: Option<u64>,
    written: Option<u64>,
    written_long: Option<u64>,
    completion: Option<u64>,
    reasoning: Option<u64>,
    total: Option<u64>,
}

impl Counts {
    /// `None` for one without both prompt and completion tokens: that is no usage.
    fn read(raw: &str, pointers: &UsagePointers) -> Option<Self> {
        let counts = Self {
            prompt: first_number(raw, &pointers.prompt),
            cached: first_number(raw, &pointers.cached),
            written: first_number(raw, &pointers.written),
            written_long: first_number(raw, &pointers.written_long),
            completion: first_number(raw, &pointers.completion),
            reasoning: first_number(raw, &pointers.reasoning),
            total: first_number(raw, &pointers.total),
        };
        (counts.prompt.is_some() || counts.completion.is_some()).then_some(counts)
    }

    /// What was said later counts; what was not said again stands.
    fn then(self, later: Self) -> Self {
        Self {
            prompt: later.prompt.or(self.prompt),
            cached: later.cached.or(self.cached),
            written: later.written.or(self.written),
            written_long: later.written_long.or(self.written_long),
            completion: later.completion.or(self.completion),
            reasoning: later.reasoning.or(self.reasoning),
            total: later.total.or(self.total),
        }
    }

    fn usage(self, beside: bool) -> Usage {
        let [cached, written, long] = [self.cached, self.written, self.written_long].map(Option::unwrap_or_default);
        let more = if beside { cached.saturating_add(written.max(long)) } else { 0 };
        let prompt_tokens = self.prompt.unwrap_or(0).saturating_add(more);
        let thought = self.total.unwrap_or(0).saturating_sub(prompt_tokens);
        Usage {
            prompt_tokens,
            cached_tokens: cached,
            cache_write_tokens: written.saturating_sub(long),
            cache_write_long_tokens: long,
            completion_tokens: self.completion.unwrap_or(0).max(thought),
            reasoning_tokens: self.reasoning.unwrap_or(0),
        }
        .clamped()
    }
}

/// Collects the usage of one call from its reply, or from its chunks one by one.
///
/// A usage of the whole reply beats those of single choices, and a later one an earlier one
/// in what it says (some upstreams repeat a running total, some tell a part at the begin).
/// Without one, choices are added up: the prompt is billed once (the largest is taken),
/// completions are summed, as Moonshot documents it.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    reply: Option<Told>,
    choices: Vec<(String, Reported)>,
}

/// The usage of the whole reply, as told so far.
#[derive(Debug, Clone)]
struct Told {
    counts: Counts,
    beside: bool,
    /// What an earlier object said that the last one does not repeat.
    begin: Option<String>,
    last: String,
}

impl Told {
    fn add(&mut self, counts: Counts, raw: &str) {
        let whole = self.counts.then(counts);
        if self.begin.is_none() && whole != counts {
            self.begin = Some(std::mem::take(&mut self.last));
        }
        self.counts = whole;
        raw.clone_into(&mut self.last);
    }

    fn reported(self) -> Reported {
        let raw = match self.begin {
            Some(begin) => format!("[{begin},{}]", self.last),
            None => self.last,
        };
        Reported { usage: self.counts.usage(self.beside), raw: short(raw) }
    }
}

fn short(raw: String) -> Option<String> {
    (raw.len() <= MAX_RAW_BYTES).then_some(raw)
}

impl Tally {
    /// Reads one reply or chunk. Text that is not JSON, or holds no usage, changes nothing.
    pub fn observe(&mut self, json: &str, pointers: &UsagePointers) {
        let found = pointers.reply.iter().find_map(|place| {
            let raw = pointer::at(json, place)?.get();
            Some((raw, Counts::read(raw, pointers)?))
        });
        if let Some((raw, counts)) = found {
            match &mut self.reply {
                Some(told) => told.add(counts, raw),
                None => {
                    let (last, beside) = (raw.to_owned(), pointers.beside);
                    self.reply = Some(Told { counts, beside, begin: None, last });
                }
            }
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
        if let Some(told) = self.reply {
            return Some(told.reported());
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
        Some(Reported { usage: sum.clamped(), raw: short(format!("[{}]", raws.join(","))) })
    }
}

/// The usage of a plain reply's body; `None` when it reports none or is not JSON.
pub fn of_reply(body: &[u8], pointers: &UsagePointers) -> Option<Reported> {
    let mut tally = Tally::default();
    tally.observe(std::str::from_utf8(body).ok()?, pointers);
    tally.total()
}

fn read(raw: &str, pointers: &UsagePointers) -> Option<Reported> {
    let counts = Counts::read(raw, pointers)?;
    Some(Reported { usage: counts.usage(pointers.beside), raw: short(raw.to_owned()) })
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
