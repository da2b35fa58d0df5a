//! Which pictures are let near a decoder. Decided by what their head says, before anything is decoded.

use shared::platform::Platform;
use shared::problem::{Code, Problem};

use crate::look::{Facts, Stop};

/// Pixels of a picture at most, where nothing else is set.
const MOST_PIXELS: u64 = 50_000_000;
/// Pixels of a side at most, which no setting raises: what the coders behind are good for.
const LONGEST_SIDE: u32 = 16_384;
/// Frames of a moving picture at most.
const MOST_FRAMES: u32 = 1_000;

/// Refuses a picture that would cost too much to decode.
///
/// # Errors
/// 422.
pub fn check(platform: &Platform, facts: Facts) -> Result<(), Problem> {
    let most = platform.var("PICTURE_MAX_PIXELS").and_then(|text| text.parse().ok()).unwrap_or(MOST_PIXELS);
    let pixels = u64::from(facts.width) * u64::from(facts.height);
    let side = facts.width.max(facts.height);
    let detail = if pixels > most {
        format!("The picture has {pixels} pixels, and {most} are shown at most.")
    } else if side > LONGEST_SIDE {
        format!("The picture is {side} pixels long, and {LONGEST_SIDE} are shown at most.")
    } else if facts.frames > MOST_FRAMES {
        format!("The picture has more than {MOST_FRAMES} frames.")
    } else {
        return Ok(());
    };
    Err(Problem::from(Code::PictureTooLarge).detail(detail))
}

/// What it means to a client that a file's head cannot be read as a picture's.
pub fn refusal(stop: Stop) -> Problem {
    let detail = match stop {
        Stop::Foreign => {
            let detail = "The file is no picture of a kind that is known here: PNG, JPEG, GIF, WebP or AVIF.";
            return Problem::from(Code::NotAPicture).detail(detail);
        }
        Stop::Torn => "The picture ends before it should.",
        // Reading on is the caller's; who gives up says that it is not readable.
        Stop::Malformed | Stop::Need(_) => "The picture's head says what cannot be.",
    };
    Problem::from(Code::PictureUnreadable).detail(detail)
}
