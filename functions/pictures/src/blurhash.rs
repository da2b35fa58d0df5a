//! BlurHash: some twenty letters from which a page paints what a picture will look like, until it is there. The waves that a
//! picture is made of, the slow ones (<https://github.com/woltapp/blurhash/blob/master/Algorithm.md>).

use std::f32::consts::PI;

use crate::pixels::Pixels;

/// Waves across and down.
const ACROSS: u8 = 4;
const DOWN: u8 = 3;

const DIGITS: &[u8; 83] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

/// The hash of these pixels; `None` where there are none.
pub fn of(pixels: &Pixels) -> Option<String> {
    let light: Vec<[f32; 3]> = pixels.colours.iter().map(|colour| colour.map(to_light)).collect();
    let mut waves = (0..DOWN).flat_map(|y| (0..ACROSS).map(move |x| (x, y))).map(|(x, y)| wave(pixels, &light, x, y));
    let mean = waves.next()?;
    let waves: Vec<[f32; 3]> = waves.collect();
    let largest = waves.iter().flatten().fold(0.0_f32, |most, value| most.max(value.abs()));
    let step = whole((largest * 166.0 - 0.5).floor(), 82);
    #[allow(clippy::cast_precision_loss, reason = "82 at most")]
    let scale = (step + 1) as f32 / 166.0;
    let mut hash = String::with_capacity(28);
    push(&mut hash, u32::from(ACROSS - 1) + u32::from(DOWN - 1) * 9, 1);
    push(&mut hash, step, 1);
    push(&mut hash, mean.iter().fold(0, |sum, value| sum << 8 | from_light(*value)), 4);
    for wave in waves {
        let steps = wave.map(|value| root(value / scale));
        push(&mut hash, steps.iter().fold(0, |sum, step| sum * 19 + step), 2);
    }
    Some(hash)
}

/// How much of one wave is in the picture.
fn wave(pixels: &Pixels, light: &[[f32; 3]], x: u8, y: u8) -> [f32; 3] {
    #[allow(clippy::cast_precision_loss, reason = "64 pixels a side at most")]
    let along = |wave: u8, place: usize, length: usize| cosine(f32::from(wave) * place as f32 / length as f32);
    let across: Vec<f32> = (0..pixels.width).map(|place| along(x, place, pixels.width)).collect();
    let mut sum = [0.0_f32; 3];
    for (place, row) in light.chunks(pixels.width.max(1)).enumerate() {
        let down = along(y, place, pixels.height);
        for (colour, across) in row.iter().zip(&across) {
            for (sum, value) in sum.iter_mut().zip(colour) {
                *sum += across * down * value;
            }
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "4096 pixels at most")]
    let share = if x == 0 && y == 0 { 1.0 } else { 2.0 } / light.len().max(1) as f32;
    sum.map(|value| value * share)
}

/// The cosine of so many half turns, none of them negative, to four digits: the exact one is four kilobytes of a Worker.
fn cosine(half_turns: f32) -> f32 {
    let folded = half_turns % 2.0;
    let folded = if folded > 1.0 { 2.0 - folded } else { folded };
    let (folded, sign) = if folded > 0.5 { (1.0 - folded, -1.0) } else { (folded, 1.0) };
    let square = (PI * folded) * (PI * folded);
    sign * (1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0 * (1.0 - square / 56.0))))
}

/// A number to 18 as a step of its square root, with 9 for nothing.
fn root(value: f32) -> u32 {
    whole((value.abs().sqrt().copysign(value) * 9.0 + 9.5).floor(), 18)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a small number")]
fn whole(value: f32, most: u32) -> u32 {
    (value.max(0.0) as u32).min(most)
}

/// sRGB to light (IEC 61966-2-1).
fn to_light(value: u8) -> f32 {
    let value = f32::from(value) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn from_light(value: f32) -> u32 {
    let value = value.clamp(0.0, 1.0);
    let value = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
    whole((value * 255.0 + 0.5).floor(), 255)
}

/// A number of so many digits to the base of 83.
fn push(hash: &mut String, value: u32, digits: u32) {
    for place in (0..digits).rev() {
        let digit = value / 83_u32.pow(place) % 83;
        let digit = usize::try_from(digit).ok().and_then(|digit| DIGITS.get(digit));
        hash.push(char::from(digit.copied().unwrap_or(b'0')));
    }
}

#[cfg(test)]
mod tests {
    use super::{cosine, of};
    use crate::pixels::Pixels;

    #[test]
    fn a_cosine_is_one() {
        for step in 0..600_u16 {
            let half_turns = f32::from(step) / 100.0;
            assert!((cosine(half_turns) - (std::f32::consts::PI * half_turns).cos()).abs() < 1e-4, "{half_turns}");
        }
    }

    #[test]
    fn one_colour_is_its_mean_and_no_waves() {
        let grey = Pixels { width: 4, height: 3, colours: vec![[128; 3]; 12] };
        let hash = of(&grey).unwrap();
        assert_eq!(hash.len(), 28);
        assert_eq!(hash.get(..1), Some("L"));
        // 0x808080 to the base of 83.
        assert_eq!(hash.get(2..6), Some("Eyb["));
    }
}
