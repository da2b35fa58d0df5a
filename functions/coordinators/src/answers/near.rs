//! Questions that mean the same: how alike two vectors are, and which is the nearest. Pure.

use coordination::vector::Vector;

/// How alike two are: the cosine of the angle between them in thousandths, rounded down; -1000 for vectors of
/// different models.
#[must_use]
pub fn likeness(one: &Vector, other: &Vector) -> i32 {
    let (one, other) = (one.numbers(), other.numbers());
    if one.len() != other.len() {
        return -1_000;
    }
    let product = |a: &[i8], b: &[i8]| -> i64 { a.iter().zip(b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum() };
    let (dot, own, its) = (product(one, other), product(one, one), product(other, other));
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "sums of 4,096 products fit")]
    let thousandths = (dot as f64 * 1_000.0 / ((own as f64).sqrt() * (its as f64).sqrt())).floor() as i32;
    thousandths
}

/// The nearest of these that is alike enough, in thousandths.
pub fn nearest<'k>(
    question: &Vector,
    threshold: u32,
    known: impl Iterator<Item = (&'k str, &'k Vector)>,
) -> Option<&'k str> {
    let threshold = i32::try_from(threshold).unwrap_or(i32::MAX);
    let alike = known.map(|(key, vector)| (likeness(question, vector), key));
    alike.filter(|(likeness, _)| *likeness >= threshold).max_by_key(|(likeness, _)| *likeness).map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_the_cosine() {
        let of = |numbers: &[f32]| Vector::of(numbers).unwrap();
        let one = of(&[1.0, 0.0]);
        for (other, cosine) in [([2.0, 0.0], 1_000), ([0.0, 3.0], 0), ([-1.0, 0.0], -1_000), ([1.0, 1.0], 707)] {
            assert!((likeness(&one, &of(&other)) - cosine).abs() <= 2, "{other:?}");
        }
        assert_eq!(likeness(&one, &of(&[1.0, 0.0, 0.0])), -1_000);
    }

    #[test]
    fn the_nearest_counts_if_it_is_near_enough() {
        let of = |numbers: &[f32]| Vector::of(numbers).unwrap();
        let known = [("a", of(&[1.0, 1.0])), ("b", of(&[1.0, 0.2])), ("c", of(&[0.0, 1.0]))];
        let find = |threshold| nearest(&of(&[1.0, 0.1]), threshold, known.iter().map(|(key, vector)| (*key, vector)));
        assert_eq!(find(950), Some("b"));
        assert_eq!(find(999), None);
    }
}
