//! What is said to a mail server, and what becomes of its answers.

use base64ct::{Base64, Encoding};
use mail::sender::Failure;
use mail::smtp::{Login, Order, Wire, converse};

use crate::office::at_once;

/// A server that answers each line of a script in turn; `(read, TLS)` is what a client did.
struct Server {
    /// What is said, and after which line of the client: the greeting first.
    answers: Vec<&'static str>,
    said: String,
    tls_after: Option<usize>,
    at: usize,
}

impl Server {
    fn new(answers: &[&'static str]) -> Self {
        Self { answers: answers.to_vec(), said: String::new(), tls_after: None, at: 0 }
    }
}

impl Wire for Server {
    async fn read(&mut self) -> Result<Vec<u8>, String> {
        let answer = self.answers.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        if answer == "broken" { Err("the connection broke".to_owned()) } else { Ok(answer.as_bytes().to_vec()) }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.said.push_str(std::str::from_utf8(bytes).unwrap());
        Ok(())
    }

    async fn start_tls(&mut self) -> Result<(), String> {
        self.tls_after = Some(self.said.len());
        Ok(())
    }
}

const MESSAGE: &str = "Subject: x\r\n\r\n.dot\r\ntext";
const GREETING: &str = "220 mx.example ESMTP\r\n";
const SKILLS: &str = "250-mx.example\r\n250-AUTH PLAIN LOGIN\r\n250-STARTTLS\r\n250 SMTPUTF8\r\n";
const OK: &str = "250 2.0.0 ok\r\n";
const GO: &str = "354 go on\r\n";

fn login() -> Login {
    Login { username: "us".to_owned(), password: "pässword".to_owned() }
}

fn check(server: &mut Server, login: Option<&Login>, starts_tls: bool) -> Result<(), Failure> {
    let order = Order { from: "post@shop.example", to: "ada@example.com", message: MESSAGE, login, starts_tls };
    at_once(converse(server, &order))
}

fn later(answers: &[&'static str]) -> (String, String) {
    let mut server = Server::new(answers);
    match check(&mut server, Some(&login()), true) {
        Err(Failure::Later(cause)) => (cause, server.said),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_letter_is_handed_over_with_its_dots_doubled() {
    let mut server = Server::new(&[GREETING, SKILLS, OK, OK, GO, OK]);
    assert_eq!(check(&mut server, None, false), Ok(()));
    let expected = "EHLO shop.example\r\nMAIL FROM:<post@shop.example>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n\
Subject: x\r\n\r\n..dot\r\ntext\r\n.\r\nQUIT\r\n";
    assert_eq!(server.said, expected);
}

#[test]
fn answers_may_come_in_pieces_and_together() {
    let pieces = ["22", "0 mx.example\r\n", "250-mx.example\r\n25", "0 AUTH\r\n", OK, OK, "354 go on\r\n250 ok\r\n"];
    assert_eq!(check(&mut Server::new(&pieces), None, false), Ok(()));
}

#[test]
fn the_login_is_sent_under_tls_alone() {
    let mut server = Server::new(&[GREETING, SKILLS, "220 go ahead\r\n", SKILLS, "235 welcome\r\n", OK, OK, GO, OK]);
    assert_eq!(check(&mut server, Some(&login()), true), Ok(()));
    let (plain, secured) = server.said.split_at(server.tls_after.unwrap());
    assert_eq!(plain, "EHLO shop.example\r\nSTARTTLS\r\n");
    let token = Base64::encode_string("\0us\0pässword".as_bytes());
    assert!(secured.starts_with(&format!("EHLO shop.example\r\nAUTH PLAIN {token}\r\nMAIL FROM")), "{secured}");
}

#[test]
fn a_server_that_offers_no_tls_is_not_talked_to() {
    let (cause, said) = later(&[GREETING, "250-mx.example\r\n250 AUTH PLAIN\r\n"]);
    assert!(cause.contains("STARTTLS") && !said.contains("AUTH"), "{cause}: {said}");
}

#[test]
fn what_a_server_says_before_tls_is_not_taken_for_what_it_says_under_it() {
    let (cause, said) = later(&[GREETING, SKILLS, "220 go ahead\r\n250 AUTH PLAIN\r\n"]);
    assert!(cause.contains("before TLS") && !said.contains("AUTH"), "{cause}: {said}");
}

#[test]
fn a_server_that_knows_login_alone_is_logged_in_to() {
    let skills = "250-mx.example\r\n250 AUTH=LOGIN\r\n";
    let mut server = Server::new(&[
        GREETING,
        skills,
        "334 VXNlcm5hbWU6\r\n",
        "334 UGFzc3dvcmQ6\r\n",
        "235 welcome\r\n",
        OK,
        OK,
        GO,
        OK,
    ]);
    assert_eq!(check(&mut server, Some(&login()), false), Ok(()));
    let [user, password] = ["us", "pässword"].map(|text| Base64::encode_string(text.as_bytes()));
    assert!(server.said.contains(&format!("AUTH LOGIN\r\n{user}\r\n{password}\r\nMAIL")));
}

#[test]
fn a_wrong_login_may_be_mended_and_is_not_repeated_in_the_cause() {
    let (cause, _) =
        later(&[GREETING, SKILLS, "220 go ahead\r\n", SKILLS, "535 5.7.8 no: us@shop.example is unknown\r\n"]);
    assert_eq!(cause, "AUTH: 535 5.7.8 no: is unknown");
    let (cause, said) = later(&[GREETING, SKILLS, "220 go ahead\r\n", "250 mx.example\r\n"]);
    assert!(cause.contains("no login") && !said.contains("MAIL"));
}

#[test]
fn only_what_is_said_of_the_recipient_or_the_letter_refuses_it_for_good() {
    let before = [GREETING, SKILLS];
    let run = |answers: &[&'static str]| {
        let all: Vec<&'static str> = before.iter().chain(answers).copied().collect();
        check(&mut Server::new(&all), None, false)
    };
    let refused = |answers: &[&'static str]| matches!(run(answers), Err(Failure::Refused(_)));
    assert!(refused(&[OK, "550 5.1.1 no such user\r\n"]));
    assert!(refused(&[OK, OK, GO, "554 5.7.1 spam\r\n"]));
    for answers in [
        &["550 5.7.1 who are you\r\n"][..],
        &[OK, "450 4.2.1 try later\r\n"],
        &[OK, OK, "451 not now\r\n"],
        &[OK, OK, "550 no data\r\n"],
        &[OK, OK, GO, "452 full\r\n"],
        &[OK, OK, GO, "broken"],
        &[OK, OK, GO],
        &[OK, "nonsense\r\n"],
        &["421 going down\r\n"],
    ] {
        assert!(matches!(run(answers), Err(Failure::Later(_))), "{answers:?}");
    }
}

#[test]
fn an_address_beyond_ascii_needs_a_server_that_takes_it() {
    let order = |to| Order { from: "post@shop.example", to, message: MESSAGE, login: None, starts_tls: false };
    let mut able = Server::new(&[GREETING, SKILLS, OK, OK, GO, OK]);
    assert_eq!(at_once(converse(&mut able, &order("李雷@example.com"))), Ok(()));
    assert!(able.said.contains("MAIL FROM:<post@shop.example> SMTPUTF8\r\n"));
    let mut unable = Server::new(&[GREETING, "250 mx.example\r\n", OK, OK, GO, OK]);
    assert!(matches!(at_once(converse(&mut unable, &order("李雷@example.com"))), Err(Failure::Refused(_))));
}

#[test]
fn no_address_becomes_a_command() {
    let to = "ada@example.com>\r\nRCPT TO:<eve@example.com";
    let order = Order { from: "post@shop.example", to, message: MESSAGE, login: None, starts_tls: false };
    let mut server = Server::new(&[GREETING, SKILLS, OK, OK, GO, OK]);
    assert!(matches!(at_once(converse(&mut server, &order)), Err(Failure::Refused(_))));
    assert!(!server.said.contains("eve"));
}

#[test]
fn endless_talk_is_not_listened_to() {
    let endless: Vec<&'static str> = vec!["250-and more\r\n"; 10_000];
    let all: Vec<&'static str> = [GREETING].into_iter().chain(endless).collect();
    assert!(matches!(check(&mut Server::new(&all), None, false), Err(Failure::Later(_))));
    let line: &'static str = Box::leak("x".repeat(70_000).into_boxed_str());
    assert!(matches!(check(&mut Server::new(&[line]), None, false), Err(Failure::Later(_))));
}
