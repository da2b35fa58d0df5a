//! What is taken out and what stays; that pixels stay is shown where another program reads them (tests/blackbox).

use pictures::look::{Kind, Stop, kind, look};
use pictures::strip::strip;
use proptest::prelude::{any, prop, prop_assert, proptest};

use crate::{SAMPLES, whole};

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[test]
fn notes_go_and_what_the_head_says_stays() {
    let mut noted = 0;
    for (kind, .., bytes) in SAMPLES {
        noted += usize::from(has(bytes, b"SECRET"));
        let bare = strip(kind, bytes).unwrap();
        assert!(!has(&bare, b"SECRET") && !has(&bare, b"xmpmeta"), "{kind:?}");
        assert_eq!(look(&whole(&bare)), look(&whole(bytes)), "{kind:?}");
        assert_eq!(strip(kind, &bare).unwrap(), bare, "nothing is left to take out");
        assert!(bare.len() <= bytes.len());
    }
    assert_eq!(noted, 4, "the samples say what must go");
}

#[test]
fn profiles_of_colours_stay() {
    for (index, mark) in [(0, &b"ICC_PROFILE"[..]), (2, b"iCCP"), (3, b"ICCP")] {
        let (kind, .., bytes) = SAMPLES[index];
        assert!(has(&strip(kind, bytes).unwrap(), mark), "{kind:?}");
    }
}

#[test]
fn what_hangs_behind_a_picture_goes() {
    for (kind, .., bytes) in SAMPLES {
        let tail = b"PK\x03\x04<script>alert(1)</script>";
        assert_eq!(look(&whole(&[bytes, tail].concat())), look(&whole(bytes)), "{kind:?}");
        let bare = strip(kind, &[bytes, tail].concat()).unwrap();
        assert!(!has(&bare, b"script"), "{kind:?}");
        assert_eq!(bare, strip(kind, bytes).unwrap());
    }
}

#[test]
fn comments_of_a_gif_go_and_its_repetition_stays() {
    let bytes = SAMPLES[7].5;
    let trailer = bytes.len() - 1;
    let (comment, repetition) = (b"\x21\xfe\x06SECRET\0", b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0");
    let noted = [&bytes[..trailer], repetition, comment, b"\x21\xff\x0bXMP DataXMP\x02ab\0", b";"].concat();
    let bare = strip(Kind::Gif, &noted).unwrap();
    assert_eq!(bare, [&bytes[..trailer], repetition, b";"].concat());
}

#[test]
fn a_torn_picture_is_refused() {
    for (kind, .., bytes) in SAMPLES {
        // Of an AVIF the last boxes may be absent without a sign; who decodes it finds out.
        let least = if kind == Kind::Avif { 200 } else { bytes.len() - 2 };
        for end in 0..least {
            assert!(strip(kind, &bytes[..end]).is_err(), "{kind:?} {end} of {}", bytes.len());
        }
    }
    assert_eq!(strip(Kind::Png, b"\x89PNG\r\n\x1a\n"), Err(Stop::Torn));
}

proptest! {
    #[test]
    fn changed_bytes_never_panic(
        sample in 0..SAMPLES.len(), at in any::<prop::sample::Index>(), byte in any::<u8>(), end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = SAMPLES[sample].5.to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(end.index(bytes.len()) + 1);
        if let Ok(kind) = kind(&whole(&bytes)) && let Ok(bare) = strip(kind, &bytes) {
            prop_assert!(bare.len() <= bytes.len() + 64);
        }
    }
}
