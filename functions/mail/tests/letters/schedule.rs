//! What the schedule finds.

use serde_json::json;

use crate::office::{Office, at_once};

fn run(office: &Office) -> Vec<String> {
    at_once(mail::schedule::run(&office.bench.platform()));
    office.bench.queued().into_iter().map(|(_, text)| text).collect()
}

#[test]
fn a_letter_that_never_reached_the_queue_is_handed_over_after_a_minute_and_once() {
    let office = Office::new();
    office.letter("let_1", "reset");
    office.bench.pass(59_000);
    assert_eq!(run(&office), [""; 0], "its own request may still hand it over");
    office.bench.pass(2_000);
    assert_eq!(run(&office), [json!({"letter_id": "let_1"}).to_string()]);
    assert_eq!(office.state(), "handed 0");
    assert_eq!(run(&office), [""; 0]);
}

#[test]
fn a_letter_that_the_queue_lost_is_handed_over_after_an_hour_unless_it_was_tried() {
    let office = Office::new();
    office.letter("let_1", "reset");
    office.bench.pass(61_000);
    run(&office);
    office.bench.pass(3_601_000);
    assert_eq!(run(&office).len(), 1);
    office.bench.execute("UPDATE letters SET attempts = 1");
    assert_eq!(run(&office), [""; 0]);
}

#[test]
fn letters_are_forgotten_after_a_week_and_links_a_day_after_their_end() {
    let office = Office::new();
    office.letter("let_1", "reset");
    office.deliver("let_1");
    let left = "SELECT (SELECT count(*) FROM letters) || (SELECT count(*) FROM links) || (SELECT count(*) FROM mailbox) AS value";
    for (passed_hours, expected) in [(24, "111"), (2, "101"), (5 * 24, "101"), (24, "000")] {
        office.bench.pass(passed_hours * 3_600_000);
        run(&office);
        assert_eq!(office.value(left), expected);
    }
}

#[test]
fn a_closed_queue_keeps_nothing_from_being_forgotten() {
    let office = Office::with(&[("CLOSED_QUEUE", "MAIL")]);
    office.letter("let_1", "reset");
    office.bench.pass(8 * 24 * 3_600_000);
    run(&office);
    assert_eq!(office.value("SELECT count(*) AS value FROM letters"), "0");
}
