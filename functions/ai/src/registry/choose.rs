//! Which variant of a route a call takes. Pure: what is drawn, or what keeps a caller where they are, is given.
//!
//! Each variant has as many tickets as it weighs; a ticket's number follows from the caller and the variant's name,
//! and the largest number wins. So shares are exact, a caller stays, and a variant that goes, or weighs less, gives up
//! its own callers and nobody else's.

use catalogue::route::Variant;

/// The variant that this number leads to; `None` when none weighs anything.
#[must_use]
pub fn choose(variants: &[Variant], number: u64) -> Option<&Variant> {
    let best = variants.iter().filter_map(|variant| Some((best_ticket(variant, number)?, variant)));
    best.max_by_key(|(ticket, _)| *ticket).map(|(_, variant)| variant)
}

fn best_ticket(variant: &Variant, number: u64) -> Option<u64> {
    let name = number_of(&variant.name);
    (0..u64::from(variant.weight)).map(|ticket| mix(number ^ mix(name.wrapping_add(ticket)))).max()
}

/// A number for a text, the same every time (FNV-1a, 64 bits).
#[must_use]
pub fn number_of(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    mix(text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Spreads a number over all bits (the finalizer of SplitMix64).
#[must_use]
pub const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn variants(weights: &[u32]) -> Vec<Variant> {
        let one = |(i, &weight): (usize, &u32)| Variant { name: format!("v{i}"), weight, targets: Vec::new() };
        weights.iter().enumerate().map(one).collect()
    }

    fn chosen(variants: &[Variant], number: u64) -> Option<&str> {
        choose(variants, number).map(|variant| variant.name.as_str())
    }

    #[test]
    fn nothing_that_weighs_nothing_is_chosen() {
        assert_eq!(chosen(&variants(&[]), 7), None);
        assert_eq!(chosen(&variants(&[0, 0]), 7), None);
        assert!((0..1_000).all(|i| chosen(&variants(&[0, 1]), mix(i)) == Some("v1")));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn shares_come_to_the_weights(weights in prop::collection::vec(0_u32..=100, 1..6), seed in any::<u64>()) {
            let (all, calls) = (variants(&weights), 8_000_u32);
            let total: u32 = weights.iter().sum();
            let mut seen = vec![0_u32; weights.len()];
            for i in 0..calls {
                match chosen(&all, mix(seed.wrapping_add(u64::from(i)))) {
                    Some(name) => seen[name[1..].parse::<usize>().unwrap()] += 1,
                    None => prop_assert_eq!(total, 0),
                }
            }
            for (weight, seen) in weights.iter().zip(seen) {
                let share = f64::from(*weight) / f64::from(total.max(1));
                // Five standard deviations.
                let slack = 5.0 * (f64::from(calls) * share * (1.0 - share)).sqrt() + 1.0;
                prop_assert!((f64::from(seen) - f64::from(calls) * share).abs() <= slack, "{weights:?} {seen} {share}");
            }
        }

        #[test]
        fn a_caller_stays_whatever_order_variants_stand_in(weights in prop::collection::vec(0_u32..=100, 1..6), caller in ".*") {
            let all = variants(&weights);
            let turned: Vec<Variant> = all.iter().rev().cloned().collect();
            prop_assert_eq!(chosen(&all, number_of(&caller)), chosen(&turned, number_of(&caller)));
        }

        #[test]
        fn a_variant_that_goes_or_weighs_less_moves_its_own_callers_alone(
            weights in prop::collection::vec(1_u32..=100, 2..6), less in 0_u32..100, callers in prop::collection::vec(any::<u64>(), 64),
        ) {
            let all = variants(&weights);
            let mut lighter = all.clone();
            lighter[0].weight = lighter[0].weight.saturating_sub(less);
            for caller in callers {
                let (before, without, after) = (chosen(&all, caller), chosen(&all[1..], caller), chosen(&lighter, caller));
                if before != Some("v0") {
                    prop_assert_eq!(without, before);
                    prop_assert_eq!(after, before);
                } else {
                    prop_assert!(after == before || after == without);
                }
            }
        }
    }
}
