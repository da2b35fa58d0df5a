//! What differs between generations of one family of models, by its name: how thinking is asked for, and whether sampling can be set.
//!
//! Sources: platform.claude.com/docs/en/build-with-claude/extended-thinking and adaptive-thinking (adaptive from 4.6 on, the
//! only way from 4.7 on; sampling parameters are refused from 4.7 on). A name without a version is a new one. Models of
//! others behind the same dialect take the older form.

/// What a model takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Abilities {
    /// Thinking is `adaptive`, with an effort; otherwise it has a budget.
    pub(crate) adaptive: bool,
    /// `temperature`, `top_p` and `top_k` may be set.
    pub(crate) sampling: bool,
}

/// What the model of this name takes.
pub(crate) fn abilities(model: &str) -> Abilities {
    let Some((_, name)) = model.split_once("claude") else {
        return Abilities { adaptive: false, sampling: true };
    };
    // `-sonnet-4-5-20250929`, `-3-7-sonnet-…`, `-opus-4.6`: the first numbers that are no date.
    let numbers = name.split(|c: char| !c.is_ascii_digit()).filter(|digits| (1..=2).contains(&digits.len()));
    let mut numbers = numbers.filter_map(|digits| digits.parse::<u32>().ok());
    let Some(major) = numbers.next() else {
        return Abilities { adaptive: true, sampling: false };
    };
    let version = (major, numbers.next().unwrap_or(0));
    Abilities { adaptive: version >= (4, 6), sampling: version < (4, 7) }
}

#[cfg(test)]
mod tests {
    use super::abilities;

    #[test]
    fn a_name_tells_how_thinking_is_asked_for() {
        let of = |model| {
            let found = abilities(model);
            (found.adaptive, found.sampling)
        };
        assert_eq!(of("claude-3-7-sonnet-20250219"), (false, true));
        assert_eq!(of("claude-opus-4-20250514"), (false, true));
        assert_eq!(of("claude-haiku-4-5-20251001"), (false, true));
        assert_eq!(of("us.anthropic.claude-sonnet-4-6"), (true, true));
        assert_eq!(of("claude-opus-4.7"), (true, false));
        assert_eq!(of("claude-opus-5"), (true, false));
        assert_eq!(of("claude-mythos-preview"), (true, false));
        assert_eq!(of("kimi-k2.6"), (false, true));
    }
}
