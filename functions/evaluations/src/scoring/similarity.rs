//! How alike two texts are, from 0 to 1: by the edits between them, or by the words they share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Characters of each text that are compared: edits take time by the product of both lengths.
pub const MOST_CHARACTERS: usize = 4_000;

/// How likeness is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Metric {
    /// 1 less the edits (Levenshtein) as a share of the longer text.
    FuzzyMatch,
    /// F1 of the words both have, in any order.
    #[serde(rename = "rouge_1")]
    Rouge1,
    /// F1 of the pairs of neighbouring words both have.
    #[serde(rename = "rouge_2")]
    Rouge2,
    /// F1 of the longest sequence of words both have in this order.
    RougeL,
}

/// The likeness of two texts.
#[must_use]
pub fn likeness(metric: Metric, one: &str, other: &str) -> f64 {
    match metric {
        Metric::FuzzyMatch => by_edits(&characters(one), &characters(other)),
        Metric::Rouge1 => by_grams(&words(one), &words(other), 1),
        Metric::Rouge2 => by_grams(&words(one), &words(other), 2),
        Metric::RougeL => by_sequence(&words(one), &words(other)),
    }
}

fn characters(text: &str) -> Vec<char> {
    text.trim().chars().take(MOST_CHARACTERS).collect()
}

/// Words in lower case; a character of a script without spaces between words is a word of its own.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for letter in text.chars().take(MOST_CHARACTERS).flat_map(char::to_lowercase) {
        let alone = matches!(u32::from(letter), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xf900..=0xfaff);
        if !letter.is_alphanumeric() {
            open = false;
            continue;
        }
        match words.last_mut() {
            Some(word) if open && !alone => word.push(letter),
            _ => words.push(letter.to_string()),
        }
        open = !alone;
    }
    words
}

fn by_edits(one: &[char], other: &[char]) -> f64 {
    let longer = one.len().max(other.len());
    if longer == 0 { 1.0 } else { 1.0 - share(edits(one, other), longer) }
}

/// Insertions, deletions and replacements that make one of the other.
fn edits(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, left) in one.iter().enumerate() {
        let (mut diagonal, mut before) = (i, i + 1);
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(other) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            *cell = replaced.min(*cell + 1).min(before + 1);
            before = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}

fn by_grams(one: &[String], other: &[String], length: usize) -> f64 {
    let counted = |words: &[String]| {
        let mut grams: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for gram in words.windows(length) {
            *grams.entry(gram.to_vec()).or_default() += 1;
        }
        grams
    };
    let (left, right) = (counted(one), counted(other));
    let both = left.iter().map(|(gram, n)| right.get(gram).map_or(0, |m| *n.min(m))).sum();
    f1(both, left.values().sum(), right.values().sum())
}

fn by_sequence(one: &[String], other: &[String]) -> f64 {
    let mut row = vec![0_usize; other.len() + 1];
    for left in one {
        let (mut diagonal, mut before) = (0, 0);
        for (cell, right) in row.iter_mut().skip(1).zip(other) {
            let longest = if left == right { diagonal + 1 } else { before.max(*cell) };
            diagonal = *cell;
            *cell = longest;
            before = longest;
        }
    }
    f1(row.last().copied().unwrap_or_default(), one.len(), other.len())
}

/// The harmonic mean of precision and recall; two empty texts are alike.
fn f1(both: usize, one: usize, other: usize) -> f64 {
    if one + other == 0 { 1.0 } else { share(2 * both, one + other) }
}

fn share(part: usize, whole: usize) -> f64 {
    // Both are counts of what two bounded texts hold.
    f64::from(u32::try_from(part).unwrap_or(u32::MAX)) / f64::from(u32::try_from(whole.max(1)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    use super::*;

    const ALL: [Metric; 4] = [Metric::FuzzyMatch, Metric::Rouge1, Metric::Rouge2, Metric::RougeL];

    #[test]
    fn known_pairs_have_their_likeness() {
        let close = |metric, one, other, expected: f64| {
            let found = likeness(metric, one, other);
            assert!((found - expected).abs() < 1e-9, "{metric:?} {one} {other}: {found}");
        };
        close(Metric::FuzzyMatch, "kitten", "sitting", 1.0 - 3.0 / 7.0);
        close(Metric::FuzzyMatch, "", "abc", 0.0);
        close(Metric::FuzzyMatch, "", "", 1.0);
        close(Metric::Rouge1, "The cat sat", "the cat ran", 2.0 / 3.0);
        close(Metric::Rouge2, "a b c", "a b d", 0.5);
        close(Metric::RougeL, "a b c d", "a c d b", 0.75);
        close(Metric::Rouge1, "你好世界", "世界你好", 1.0);
        close(Metric::RougeL, "你好世界", "世界你好", 0.5);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn likeness_is_a_share_is_the_same_both_ways_and_whole_with_itself(one in ".{0,40}", other in ".{0,40}") {
            for metric in ALL {
                let found = likeness(metric, &one, &other);
                prop_assert!((0.0..=1.0).contains(&found), "{metric:?} {found}");
                prop_assert_eq!(found.to_bits(), likeness(metric, &other, &one).to_bits());
                prop_assert!((likeness(metric, &one, &one) - 1.0).abs() < 1e-9);
            }
        }

        #[test]
        fn one_edit_costs_one_letter_of_the_longer_text(text in "[a-z]{1,30}") {
            let shorter: String = text.chars().skip(1).collect();
            let expected = 1.0 - 1.0 / text.len() as f64;
            prop_assert!((likeness(Metric::FuzzyMatch, &text, &shorter) - expected).abs() < 1e-9);
        }
    }
}
