//! Tokens as each dialect counts them. Anthropic counts what was read from and written to the cache beside the input, OpenAI as
//! part of it.

use crate::dialect::node::inner;
use crate::dialect::write::{Json, string};
use crate::json::pointer;
use crate::json::splice::members;

/// Tokens of one answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// All that was read, from the cache or not.
    pub(crate) input: u64,
    /// Of these, read from the cache.
    pub(crate) cached: u64,
    /// Of these, written to the cache.
    pub(crate) cache_written: u64,
    /// All that was written, thoughts included.
    pub(crate) output: u64,
    /// Of these, thoughts.
    pub(crate) reasoning: u64,
}

fn count(json: &str, places: &[&str]) -> u64 {
    places.iter().find_map(|place| pointer::at(json, place)?.get().parse().ok()).unwrap_or(0)
}

impl Tokens {
    /// Reads OpenAI's chat usage, with the places where compatible servers have cached tokens.
    pub(crate) fn of_chat(usage: &str) -> Self {
        let input = count(usage, &["/prompt_tokens"]);
        // Some servers leave thoughts out of what was written, but not out of the sum.
        let rest = count(usage, &["/total_tokens"]).saturating_sub(input);
        Self {
            input,
            cached: count(
                usage,
                &["/prompt_tokens_details/cached_tokens", "/cached_tokens", "/prompt_cache_hit_tokens"],
            ),
            cache_written: count(usage, &["/prompt_tokens_details/cache_write_tokens"]),
            output: count(usage, &["/completion_tokens"]).max(rest),
            reasoning: count(usage, &["/completion_tokens_details/reasoning_tokens"]),
        }
    }

    /// Reads Anthropic's usage.
    pub(crate) fn of_messages(usage: &str) -> Self {
        let cached = count(usage, &["/cache_read_input_tokens"]);
        let cache_written = count(usage, &["/cache_creation_input_tokens"]);
        Self {
            input: count(usage, &["/input_tokens"]).saturating_add(cached).saturating_add(cache_written),
            cached,
            cache_written,
            output: count(usage, &["/output_tokens"]),
            reasoning: count(usage, &["/output_tokens_details/thinking_tokens"]),
        }
    }

    /// Reads the usage of OpenAI's responses.
    pub(crate) fn of_responses(usage: &str) -> Self {
        Self {
            input: count(usage, &["/input_tokens"]),
            cached: count(usage, &["/input_tokens_details/cached_tokens"]),
            cache_written: count(usage, &["/input_tokens_details/cache_write_tokens"]),
            output: count(usage, &["/output_tokens"]),
            reasoning: count(usage, &["/output_tokens_details/reasoning_tokens"]),
        }
    }

    /// As OpenAI's chat has it.
    pub(crate) fn chat(&self, out: &mut Json) {
        out.field("usage", "{").count("prompt_tokens", self.input).count("completion_tokens", self.output);
        out.count("total_tokens", self.input.saturating_add(self.output));
        out.field("prompt_tokens_details", "{").count("cached_tokens", self.cached);
        out.count("cache_write_tokens", self.cache_written).close('}');
        out.field("completion_tokens_details", "{").count("reasoning_tokens", self.reasoning).close('}').close('}');
    }

    /// As Anthropic has it.
    pub(crate) fn messages(&self, out: &mut Json) {
        let fresh = self.input.saturating_sub(self.cached).saturating_sub(self.cache_written);
        out.field("usage", "{").count("input_tokens", fresh);
        out.count("cache_creation_input_tokens", self.cache_written).count("cache_read_input_tokens", self.cached);
        out.count("output_tokens", self.output);
        out.field("output_tokens_details", "{").count("thinking_tokens", self.reasoning).close('}').close('}');
    }

    /// As OpenAI's responses have it.
    pub(crate) fn responses(&self, out: &mut Json) {
        out.field("usage", "{").count("input_tokens", self.input);
        out.field("input_tokens_details", "{").count("cached_tokens", self.cached);
        out.count("cache_write_tokens", self.cache_written).close('}').count("output_tokens", self.output);
        out.field("output_tokens_details", "{").count("reasoning_tokens", self.reasoning).close('}');
        out.count("total_tokens", self.input.saturating_add(self.output)).close('}');
    }
}

/// Two usages of one answer as one: of a member that both have the later value counts, unless that is `null`.
pub(crate) fn merged(earlier: &str, later: &str) -> String {
    let (Ok(earlier), Ok(later)) = (members(earlier), members(later)) else {
        return later.to_owned();
    };
    let mut out = Json::default();
    out.raw("{");
    let replaced = |name: &str| later.iter().any(|member| member.name == name && !member.is_null());
    for member in earlier.iter().filter(|member| !replaced(&member.name)) {
        out.key(inner(&string(&member.name))).raw(member.value.get());
    }
    for member in later.iter().filter(|member| !member.is_null()) {
        out.key(inner(&string(&member.name))).raw(member.value.get());
    }
    out.close('}');
    out.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_value_of_a_member_counts_unless_it_is_null() {
        let earlier = r#"{"input_tokens":9,"output_tokens":1,"service_tier":"standard"}"#;
        let later = r#"{"input_tokens":null,"output_tokens":42,"cache_read_input_tokens":3}"#;
        assert_eq!(
            merged(earlier, later),
            r#"{"input_tokens":9,"service_tier":"standard","output_tokens":42,"cache_read_input_tokens":3}"#
        );
        assert_eq!(merged("", later), later);
    }

    #[test]
    fn cached_tokens_are_beside_the_input_or_part_of_it() {
        let tokens = Tokens::of_messages(
            r#"{"input_tokens":5,"cache_read_input_tokens":20,"cache_creation_input_tokens":7,"output_tokens":3}"#,
        );
        assert_eq!((tokens.input, tokens.cached, tokens.cache_written), (32, 20, 7));
        let mut out = Json::default();
        out.raw("{");
        tokens.chat(&mut out);
        out.close('}');
        assert_eq!(Tokens::of_chat(pointer::at(&out.0, "/usage").unwrap().get()), tokens);
        let mut out = Json::default();
        out.raw("{");
        tokens.messages(&mut out);
        out.close('}');
        assert_eq!(Tokens::of_messages(pointer::at(&out.0, "/usage").unwrap().get()), tokens);
    }
}
