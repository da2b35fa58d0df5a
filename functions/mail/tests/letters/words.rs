//! What a reader sees.

use mail::letter::{Facts, purpose, write};
use mail::words::Language;
use shared::accounts::letters::Letter;

const LINK: &str = "https://app.example/reset#lt_abc";

fn facts(letter: Letter) -> Facts<'static> {
    let about =
        matches!(letter, Letter::Changing | Letter::Changed | Letter::Unusual | Letter::Reused | Letter::Budget)
            .then_some("new@example.com");
    Facts { app: "Shop", link: purpose(letter).map(|_| LINK), about }
}

#[test]
fn every_letter_is_whole_in_both_languages_as_text_and_as_html() {
    for letter in Letter::ALL {
        for language in Language::ALL {
            let content = write(letter, language.tag(), &facts(letter));
            let name = format!("{letter:?} {language:?}: {content:?}");
            assert!(content.subject.starts_with("Shop") && !content.subject.contains('\n'), "{name}");
            for body in [&content.text, &content.html] {
                assert!(!body.contains('{') && !body.contains('}'), "{name}");
                assert_eq!(body.contains(LINK), purpose(letter).is_some(), "{name}");
                assert_eq!(body.contains("new@example.com"), facts(letter).about.is_some(), "{name}");
            }
            let chinese = content.text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
            assert_eq!(chinese > 20, language == Language::Zh, "{name}");
            assert!(content.html.contains(&format!("<html lang=\"{}\">", language.tag())));
        }
    }
}

#[test]
fn a_letter_with_a_link_says_how_long_it_lives_and_what_to_do_if_one_did_not_ask() {
    for (letter, english, chinese) in [
        (Letter::Verify, "24 hours", "24 小时"),
        (Letter::Reset, "1 hour", "1 小时"),
        (Letter::Magic, "15 minutes", "15 分钟"),
        (Letter::Change, "1 hour", "1 小时"),
    ] {
        let text = write(letter, "en", &facts(letter)).text;
        assert!(text.contains(english) && text.contains("If you did not"), "{text}");
        let text = write(letter, "zh", &facts(letter)).text;
        assert!(text.contains(chinese) && text.contains("如果不是您"), "{text}");
    }
}

#[test]
fn a_reader_of_another_language_gets_english() {
    for (locale, expected) in [
        ("zh", Language::Zh),
        ("zh-CN", Language::Zh),
        ("ZH-hant", Language::Zh),
        ("de", Language::En),
        ("", Language::En),
        ("zhx", Language::En),
    ] {
        assert_eq!(Language::of(locale), expected, "{locale}");
    }
}

#[test]
fn what_is_put_in_becomes_no_markup() {
    let facts = Facts { app: "<b>Shop</b>", link: None, about: Some("\"<img src=x>\"@example.com") };
    let html = write(Letter::Changed, "en", &facts).html;
    assert!(!html.contains("<b>") && !html.contains("<img"), "{html}");
}
