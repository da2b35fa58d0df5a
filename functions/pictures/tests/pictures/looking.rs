//! What heads say: of whole pictures, of torn ones, of changed ones, and in whatever pieces they come.

use pictures::look::{Facts, Pieces, Stop, look};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

use crate::{SAMPLES, whole};

#[test]
fn heads_are_read_as_another_program_wrote_them() {
    for (kind, width, height, orientation, frames, bytes) in SAMPLES {
        assert_eq!(look(&whole(bytes)), Ok(Facts { kind, width, height, orientation, frames }));
    }
}

#[test]
fn a_turned_picture_is_shown_turned() {
    let facts = look(&whole(SAMPLES[0].5)).unwrap();
    assert_eq!(facts.shown(), (24, 40));
}

#[test]
fn a_torn_picture_has_the_right_size_or_none() {
    for (kind, width, height, _, _, bytes) in SAMPLES {
        for end in 0..bytes.len() {
            match look(&whole(&bytes[..end])) {
                Ok(facts) => assert_eq!((facts.kind, facts.width, facts.height), (kind, width, height), "{end}"),
                Err(stop) => assert!(!matches!(stop, Stop::Need(_)), "{kind:?} {end}"),
            }
        }
    }
}

/// Reads a file as the bucket gives it: so many bytes from where the reader says.
fn in_pieces(bytes: &[u8], size: usize) -> Result<Facts, Stop> {
    let mut pieces = Pieces::new(bytes.len() as u64);
    let mut at = 0;
    for _ in 0..10_000 {
        let end = bytes.len().min(at + size);
        pieces.add(at as u64, bytes[at..end].to_vec());
        match look(&pieces) {
            Err(Stop::Need(from)) => {
                assert!((from as usize) < bytes.len(), "what is behind the end is torn");
                at = from as usize;
            }
            known => return known,
        }
    }
    panic!("it reads for ever");
}

#[test]
fn facts_are_the_same_in_whatever_pieces_a_file_comes() {
    for (.., bytes) in SAMPLES {
        // Nothing is read at once that is longer than an AVIF's list of brands.
        for size in [64, 100, 333, 65_536] {
            assert_eq!(in_pieces(bytes, size), look(&whole(bytes)), "{size}");
        }
    }
}

#[test]
fn a_bomb_is_a_number() {
    let mut bytes = SAMPLES[2].5.to_vec();
    bytes[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let facts = look(&whole(&bytes)).unwrap();
    assert_eq!((facts.width, facts.height), (60_000, 60_000));
    bytes[16..24].copy_from_slice(&[0; 8]);
    assert_eq!(look(&whole(&bytes)), Err(Stop::Malformed));
}

#[test]
fn ten_thousand_frames_are_too_many_and_counted_no_further() {
    let mut bytes = b"GIF89a\x01\0\x01\0\0\0\0".to_vec();
    for _ in 0..10_000 {
        bytes.extend_from_slice(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
    }
    bytes.push(0x3b);
    assert_eq!(look(&whole(&bytes)).unwrap().frames, 4_096);
}

proptest! {
    #[test]
    fn changed_bytes_never_panic_and_never_ask_for_more_than_there_is(
        sample in 0..SAMPLES.len(), at in any::<prop::sample::Index>(), byte in any::<u8>(), end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = SAMPLES[sample].5.to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(end.index(bytes.len()) + 1);
        let known = look(&whole(&bytes));
        prop_assert!(!matches!(known, Err(Stop::Need(_))));
        if let Ok(facts) = known {
            prop_assert!(facts.width > 0 && facts.height > 0 && (1..=8).contains(&facts.orientation) && facts.frames > 0);
        }
        prop_assert_eq!(in_pieces(&bytes, 4_096), known);
    }
}
