//! The vector of a question, as the one who asks sends it and the object of answers keeps it. Reading one from a
//! provider's reply, and how alike two are, stands with those who do it.
//!
//! A vector is kept as one signed byte for each number, scaled to its largest: a thousand numbers in a kilobyte, and
//! cosines that are right to about a hundredth of what separates two questions.

use base64ct::{Base64, Encoding};

/// A vector may have so many numbers.
const MOST_NUMBERS: usize = 4_096;

/// A question's vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector(Vec<i8>);

impl Vector {
    /// The vector of these numbers; `None` for none, too many, and for what has no direction.
    #[must_use]
    pub fn of(numbers: &[f32]) -> Option<Self> {
        let largest = numbers.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
        if numbers.len() > MOST_NUMBERS || !largest.is_finite() || largest <= 0.0 {
            return None;
        }
        // A cast from a float saturates and makes NaN zero.
        #[allow(clippy::cast_possible_truncation, reason = "between -127 and 127 by the scale")]
        let byte = |number: &f32| (number / largest * 127.0).round() as i8;
        Some(Self(numbers.iter().map(byte).collect()))
    }

    /// As text, for storing.
    #[must_use]
    pub fn to_text(&self) -> String {
        Base64::encode_string(&self.0.iter().map(|number| number.to_le_bytes()[0]).collect::<Vec<u8>>())
    }

    /// A stored text.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let bytes = Base64::decode_vec(text).ok().filter(|bytes| bytes.len() <= MOST_NUMBERS)?;
        Some(Self(bytes.into_iter().map(|byte| i8::from_le_bytes([byte])).collect()))
    }

    /// The numbers, scaled to 127.
    #[must_use]
    pub fn numbers(&self) -> &[i8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_read_as_it_was_written_and_what_has_no_direction_is_none() {
        let vector = Vector::of(&[0.5, -1.0, 0.25]).unwrap();
        assert_eq!(vector.numbers(), [64, -127, 32]);
        assert_eq!(Vector::of_text(&vector.to_text()), Some(vector));
        for none in [&[][..], &[0.0, 0.0], &[f32::INFINITY]] {
            assert_eq!(Vector::of(none), None);
        }
        assert_eq!(Vector::of_text("?"), None);
    }
}
