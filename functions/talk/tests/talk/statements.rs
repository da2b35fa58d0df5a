//! Every statement of this function against the migrations.

use shared::platform::testing::check_sql;
use talk::conversation::{message_store, store as conversation};
use talk::feedback::store as feedback;
use talk::prompt::{store as prompt, version_store};
use talk::turn::{answer_store, store as turn};

#[test]
fn every_statement_prepares() {
    for all in [
        prompt::ALL,
        version_store::ALL,
        conversation::ALL,
        message_store::ALL,
        turn::ALL,
        answer_store::ALL,
        feedback::ALL,
    ] {
        check_sql(all);
    }
}

#[test]
fn every_statement_of_the_stores_is_listed() {
    let check = |all: &[&str], source: &str| assert_eq!(all.len(), source.matches(": &str =").count());
    check(prompt::ALL, include_str!("../../src/prompt/store.rs"));
    check(version_store::ALL, include_str!("../../src/prompt/version_store.rs"));
    check(conversation::ALL, include_str!("../../src/conversation/store.rs"));
    check(message_store::ALL, include_str!("../../src/conversation/message_store.rs"));
    check(turn::ALL, include_str!("../../src/turn/store.rs"));
    check(answer_store::ALL, include_str!("../../src/turn/answer_store.rs"));
    check(feedback::ALL, include_str!("../../src/feedback/store.rs"));
}

#[test]
fn the_routes_are_sound() {
    assert!(talk::TABLE.is_sound());
}
