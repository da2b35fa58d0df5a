//! A letter as a message of RFC 5322.

use base64ct::{Base64, Encoding};
use mail::letter::{Composed, Content};
use mail::mime::{message, quoted_printable};
use proptest::prelude::{any, proptest};

fn check(from_name: &str, to: &str, subject: &str, text: &str) -> String {
    let content = Content { subject: subject.to_owned(), text: text.to_owned(), html: "<p>html</p>\n".to_owned() };
    message(&Composed { id: "let_1", from: "post@shop.example", from_name, to, content }, 1_795_170_600_000)
}

/// Decodes RFC 2045 §6.7.
fn decoded(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend(before.bytes());
        let (digits, behind) = after.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        rest = behind;
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_message_has_its_headers_and_both_alternatives() {
    let message = check("The Shop", "ada@example.com", "Hello", "Good morning\n\n.hidden = 1 \n");
    let expected = [
        "Date: Fri, 20 Nov 2026 10:30:00 +0000",
        "From: \"The Shop\" <post@shop.example>",
        "To: ada@example.com",
        "Message-ID: <let_1@shop.example>",
        "Subject: Hello",
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",
        "Content-Type: multipart/alternative; boundary=\"=_let_1\"",
        "",
        "--=_let_1",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Good morning",
        "",
        ".hidden =3D 1=20",
        "",
        "--=_let_1",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "<p>html</p>",
        "",
        "--=_let_1--",
        "",
    ];
    assert_eq!(message.split("\r\n").collect::<Vec<_>>(), expected);
}

#[test]
fn a_second_try_sends_the_same_message() {
    assert_eq!(check("a", "b@c.d", "e", "f"), check("a", "b@c.d", "e", "f"));
}

#[test]
fn chinese_stands_in_encoded_words_that_are_short_enough() {
    let subject = "织边：请确认您的邮箱地址，这样才能使用您的账号，谢谢您的配合与理解";
    let message = check("织边", "ada@example.com", subject, "");
    assert!(message.is_ascii());
    let start = message.find("Subject: ").unwrap() + 9;
    let end = start + message[start..].find("\r\nMIME").unwrap();
    let words: Vec<&str> = message[start..end].split("\r\n ").collect();
    assert!(words.len() > 1 && words.iter().all(|word| word.len() <= 75), "{words:?}");
    let read: String = words
        .iter()
        .map(|word| {
            let digits = word.strip_prefix("=?utf-8?B?").unwrap().strip_suffix("?=").unwrap();
            String::from_utf8(Base64::decode_vec(digits).unwrap()).unwrap()
        })
        .collect();
    assert_eq!(read, subject);
}

#[test]
fn no_value_makes_a_header_of_its_own() {
    let evil = "x\r\nBcc: eve@example.com\r\n\r\nbody\tfolded\r\nX: y";
    let message = check(evil, "ada@example.com", evil, "");
    let head = message.split("\r\n\r\n").next().unwrap();
    for line in head.split("\r\n") {
        assert!(!line.starts_with("Bcc") && !line.starts_with("X:"), "{head}");
    }
}

proptest! {
    #[test]
    fn any_text_reads_back_and_no_line_is_long(text in any::<String>()) {
        let encoded = quoted_printable(&text);
        assert!(encoded.is_ascii());
        assert!(encoded.split("\r\n").all(|line| line.len() <= 76), "{encoded}");
        assert_eq!(decoded(&encoded), text.lines().collect::<Vec<_>>().join("\r\n"));
    }

    #[test]
    fn any_name_and_subject_stay_in_their_lines(name in any::<String>(), subject in any::<String>()) {
        let message = check(&name, "ada@example.com", &subject, "text");
        let head = message.split("\r\n\r\n").next().unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with(' '))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        let expected =
            ["Date", "From", "To", "Message-ID", "Subject", "MIME-Version", "Auto-Submitted", "Content-Type"];
        assert_eq!(names, expected);
    }
}
