//! What becomes of a message of the queue.

use std::cell::Cell;
use std::rc::Rc;

use mail::consumer::{TRIES, Verdict};
use shared::platform::SendError;

use crate::office::Office;

/// An office whose API answers with these statuses, the last one for ever; how often it was asked.
fn with_api(statuses: &'static [u16]) -> (Office, Rc<Cell<usize>>) {
    let office = Office::with(&[("MAIL_SENDER", "http"), ("MAIL_HTTP_URL", "http://api.example/send")]);
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    office.bench.script(move |name, url, _| {
        assert_eq!((name, url), ("internet", "http://api.example/send"));
        let status = statuses[count.get().min(statuses.len() - 1)];
        count.set(count.get() + 1);
        if status == 0 { Err(SendError::Deadline) } else { Ok((status, vec![], vec![])) }
    });
    (office, asked)
}

#[test]
fn a_letter_is_sent_once_however_often_it_is_delivered() {
    let (office, asked) = with_api(&[200]);
    office.letter("let_1", "reset");
    for _ in 0..3 {
        assert_eq!(office.deliver("let_1"), Verdict::Done);
    }
    assert_eq!((asked.get(), office.state()), (1, "sent 1".to_owned()));
}

#[test]
fn the_letter_has_the_link_whose_token_was_never_stored() {
    let office = Office::new();
    office.letter("let_1", "reset");
    assert_eq!(office.deliver("let_1"), Verdict::Done);
    let text = office.value("SELECT text AS value FROM mailbox");
    assert!(text.contains(&format!("http://127.0.0.1:8787/reset#{}\n", Office::token("let_1"))), "{text}");
}

#[test]
fn a_delivery_that_another_one_overtakes_waits_and_sends_nothing() {
    let (office, asked) = with_api(&[200]);
    office.letter("let_1", "reset");
    let until = office.bench.now_ms() + 1;
    office.bench.execute(&format!("UPDATE letters SET leased_by = 'dlv_other', leased_until = {until}"));
    assert_eq!((office.deliver("let_1"), asked.get()), (Verdict::Again(300), 0));
    office.bench.pass(1);
    assert_eq!((office.deliver("let_1"), asked.get()), (Verdict::Done, 1), "a lease of the dead ends");
}

#[test]
fn what_fails_is_tried_again_later_and_later_and_then_sent() {
    let (office, asked) = with_api(&[503, 0, 429, 401, 302, 200]);
    office.letter("let_1", "reset");
    let waits = [30, 120, 480, 1920, 7200].map(Verdict::Again);
    for wait in waits {
        assert_eq!(office.deliver("let_1"), wait, "{}", office.value("SELECT cause AS value FROM letters"));
    }
    assert_eq!((office.deliver("let_1"), asked.get(), office.state()), (Verdict::Done, 6, "sent 6".to_owned()));
}

#[test]
fn what_fails_for_ever_ends_as_failed_and_goes_to_the_dead_letters() {
    let (office, asked) = with_api(&[500]);
    office.letter("let_1", "known");
    for _ in 0..TRIES {
        assert!(matches!(office.deliver("let_1"), Verdict::Again(_)), "the queue counts, and gives up");
    }
    assert_eq!(office.state(), format!("failed {TRIES}"));
    assert_eq!(office.value("SELECT cause AS value FROM letters"), "the API answered 500");
    assert_eq!((office.deliver("let_1"), asked.get()), (Verdict::Done, TRIES as usize));
}

#[test]
fn what_is_refused_is_not_tried_again() {
    let (office, asked) = with_api(&[422]);
    office.letter("let_1", "reset");
    assert_eq!((office.deliver("let_1"), office.deliver("let_1")), (Verdict::Done, Verdict::Done));
    assert_eq!((asked.get(), office.state()), (1, "refused 1".to_owned()));
}

#[test]
fn a_letter_whose_link_opens_nothing_any_more_is_dropped() {
    for end in [
        "UPDATE links SET used_at = 1",
        "UPDATE links SET expires_at = 1",
        "DELETE FROM links",
        "UPDATE letters SET recipient = 'nobody@wechat.invalid'",
        "UPDATE letters SET kind = 'advertisement'",
    ] {
        let (office, asked) = with_api(&[200]);
        office.letter("let_1", "reset");
        office.bench.execute(end);
        assert_eq!((office.deliver("let_1"), asked.get(), office.state()), (Verdict::Done, 0, "dropped 1".to_owned()));
    }
}

#[test]
fn a_message_that_names_no_letter_goes_to_the_dead_letters_and_one_that_is_gone_is_done() {
    let office = Office::new();
    for body in [None, Some(""), Some("{}"), Some("{\"letter_id\":5}"), Some("null")] {
        assert_eq!(office.deliver_text(body), Verdict::Again(60));
    }
    assert_eq!(office.deliver("let_gone"), Verdict::Done);
}

#[test]
fn without_a_sender_letters_wait() {
    let office = Office::with(&[("MAIL_SENDER", "")]);
    office.letter("let_1", "reset");
    assert_eq!((office.deliver("let_1"), office.state()), (Verdict::Again(30), "waiting 1".to_owned()));
}

#[test]
fn a_database_that_fails_is_asked_again() {
    let office = Office::new();
    office.bench.execute("ALTER TABLE letters RENAME TO gone");
    assert_eq!(office.deliver("let_1"), Verdict::Again(30));
}

#[test]
fn cloudflares_binding_is_given_the_letter() {
    let office = Office::with(&[("MAIL_SENDER", "cloudflare")]);
    office.bench.script(|name, to, subject| {
        assert_eq!((name, to), ("EMAIL", "ada@example.com"));
        assert_eq!(subject, b"Shop: choose a new password");
        Ok((200, vec![], vec![]))
    });
    office.letter("let_1", "reset");
    assert_eq!((office.deliver("let_1"), office.state()), (Verdict::Done, "sent 1".to_owned()));
    office.bench.script(|_, _, _| Err(SendError::Unreachable("not verified".to_owned())));
    office.bench.execute("UPDATE letters SET state = 'waiting', leased_until = NULL");
    assert_eq!(office.deliver("let_1"), Verdict::Again(120));
}
