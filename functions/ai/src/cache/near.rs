//! The vector of a question in a provider's reply. How it travels is in `coordination::vector`; how alike two are is for
//! the object of answers to say.

use base64ct::{Base64, Encoding};
use coordination::vector::Vector;

use crate::json::pointer;

/// The vector in a reply of an embeddings route, as numbers or as base64 of 32-bit floats.
#[must_use]
pub fn of_reply(reply: &str) -> Option<Vector> {
    let embedding = pointer::at(reply, "/data/0/embedding")?;
    match pointer::string(embedding) {
        Some(text) => {
            let bytes = Base64::decode_vec(&text).ok()?;
            Vector::of(&bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect::<Vec<f32>>())
        }
        None => {
            let inner = embedding.get().strip_prefix('[')?.strip_suffix(']')?;
            Vector::of(&inner.split(',').map(|number| decimal(number.trim())).collect::<Option<Vec<f32>>>()?)
        }
    }
}

/// A number of JSON. Written out, because the library's own reader of floats brings twelve kilobytes of tables.
pub(crate) fn decimal(text: &str) -> Option<f32> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok().filter(|exponent| (-99..=99).contains(exponent))?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (negative, whole) = whole.strip_prefix('-').map_or((false, whole), |rest| (true, rest));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (mut value, mut places) = (0.0_f64, 0);
    for (i, byte) in whole.bytes().chain(fraction.bytes()).enumerate().take(30) {
        value = value * 10.0 + f64::from(byte - b'0');
        places += i32::from(i >= whole.len());
    }
    let value = value * 10.0_f64.powi(exponent - places);
    #[allow(clippy::cast_possible_truncation, reason = "as precise as vectors are")]
    Some(if negative { -value as f32 } else { value as f32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_json_are_read() {
        for (text, number) in [
            ("0", 0.0),
            ("-0.5", -0.5),
            ("1.25e2", 125.0),
            ("-2E-3", -0.002),
            ("0.0123456789012345678901234567890123", 0.012_345_679),
        ] {
            assert!((decimal(text).unwrap() - number).abs() < 1e-6, "{text}");
        }
        for text in ["", "-", "x", "1.2.3", "1e", "null", "1e999"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn both_forms_of_a_reply_give_the_same_vector() {
        let floats: Vec<u8> = [0.5_f32, -1.0, 0.25].iter().flat_map(|number| number.to_le_bytes()).collect();
        let numbers = of_reply(r#"{"data":[{"embedding":[0.5, -1, 2.5e-1]}]}"#).unwrap();
        let base64 = of_reply(&format!(r#"{{"data":[{{"embedding":"{}"}}]}}"#, Base64::encode_string(&floats)));
        assert_eq!(Some(numbers), base64);
        for none in [
            "{}",
            r#"{"data":[{"embedding":[]}]}"#,
            r#"{"data":[{"embedding":[0,0]}]}"#,
            r#"{"data":[{"embedding":["a"]}]}"#,
        ] {
            assert_eq!(of_reply(none), None);
        }
    }
}
