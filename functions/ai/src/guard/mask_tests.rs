//! Any split of a text masks as the whole does, and what is JSON stays JSON.

use proptest::prelude::*;

use super::*;
use crate::guard::find::LONGEST_HELD;

const RULES: &str = r#"{"rules":[{"id":"pii","find":["email","phone","id","card"]},
    {"id":"words","words":["Project Falcon","机密","ok"],"with":"***"}]}"#;

fn rules() -> Rc<Rules> {
    Rc::new(Rules::read(RULES).unwrap())
}

fn masked(mode: Mode, text: &str) -> String {
    Masker::whole(&rules(), Way::Reply, mode, text, &mut Tally::default())
}

#[test]
fn what_is_found_is_masked_and_the_rest_stays() {
    for (text, out) in [
        ("Mail alice@example.com, please.", "Mail [email], please."),
        ("请拨打13800138000或者010-62345678。", "请拨打[phone]或者[phone]。"),
        ("卡号4111 1111 1111 1111,证件11010519491231002X", "卡号[card],证件[id]"),
        ("<bob@b.org> and +1 (415) 555-2671.", "<[email]> and [phone]."),
        ("project\nFALCON is ok, okay?", "*** is ***, okay?"),
        ("这是机密", "这是***"),
        ("version 1.2.3, pi 3.14159, 2024-10-11", "version 1.2.3, pi 3.14159, 2024-10-11"),
    ] {
        assert_eq!(masked(Mode::Text, text), out);
    }
}

#[test]
fn what_is_json_stays_json() {
    for (text, out) in [
        (r#"{"to":"a@b.cd","n":13800138000}"#, r#"{"to":"[email]","n":"[phone]"}"#),
        (r#"{"s":"x\nalice@example.com"}"#, r#"{"s":"x\n[email]"}"#),
        (r#"{"s":"\"13800138000\u0031"}"#, r#"{"s":"\"[phone]\u0031"}"#),
        (
            r#"[-4111111111111111,4111111111111111.5,4111111111111111e3]"#,
            r#"[-4111111111111111,4111111111111111.5,4111111111111111e3]"#,
        ),
        (r#"[4111111111111111]"#, r#"["[card]"]"#),
    ] {
        assert_eq!(masked(Mode::Json, text), out);
        serde_json::from_str::<serde_json::Value>(out).unwrap();
    }
}

#[test]
fn of_a_run_of_a_million_letters_little_is_held_and_none_is_lost() {
    let text = "a".repeat(1_000_000) + "@example.com";
    assert_eq!(masked(Mode::Text, &text), "a".repeat(1_000_000 - 64) + "[email]");
}

/// Pieces of what rules look for, so that random texts come close to it.
fn texts() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "alice",
        "@",
        "example",
        ".",
        "com",
        "13800138000",
        "138",
        " ",
        "0013",
        "8000",
        "-",
        "+86",
        "+1 (415) ",
        "555",
        "2671",
        "4111",
        "1111",
        "11111111",
        "11010519491231002X",
        "110105",
        "19491231",
        "002X",
        "机",
        "密",
        "Project",
        "project falcon",
        " Falcon",
        "ok",
        "o",
        "k",
        "\"",
        "\\",
        "\\n",
        "u0031",
        "{",
        ":",
        ",",
        "\n",
        "😀",
        "é",
        "5",
        "0",
        "_",
        "%",
        "e",
        "010-",
    ]);
    prop::collection::vec(prop_oneof![8 => bits.prop_map(str::to_owned), 1 => "\\PC{0,3}"], 0..24)
        .prop_map(|bits| bits.concat())
}

fn check(mode: Mode, text: &str, cuts: &[prop::sample::Index]) -> Result<(), TestCaseError> {
    let mut whole = Tally::default();
    let expected = Masker::whole(&rules(), Way::Reply, mode, text, &mut whole);
    let chars: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut at: Vec<usize> = cuts.iter().map(|cut| chars[cut.index(chars.len())]).chain([0, text.len()]).collect();
    at.sort_unstable();
    let mut masker = Masker::new(rules(), Way::Reply, mode);
    let (mut out, mut tally) = (String::new(), Tally::default());
    for pair in at.windows(2) {
        masker.push(&text[pair[0]..pair[1]], &mut out, &mut tally);
        prop_assert!(masker.held.len() <= LONGEST_HELD, "{} bytes are held", masker.held.len());
    }
    masker.end(&mut out, &mut tally);
    prop_assert_eq!(out, expected);
    prop_assert_eq!(tally, whole);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_split_masks_as_the_whole(text in texts(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        check(Mode::Text, &text, &cuts)?;
        check(Mode::Json, &text, &cuts)?;
    }

    #[test]
    fn letter_by_letter_masks_as_the_whole(text in texts()) {
        let each: Vec<_> = text.chars().map(String::from).collect();
        for mode in [Mode::Text, Mode::Json] {
            let mut masker = Masker::new(rules(), Way::Reply, mode);
            let (mut out, mut tally) = (String::new(), Tally::default());
            for piece in &each {
                masker.push(piece, &mut out, &mut tally);
            }
            masker.end(&mut out, &mut tally);
            prop_assert_eq!(out, masked(mode, &text));
        }
    }
}
