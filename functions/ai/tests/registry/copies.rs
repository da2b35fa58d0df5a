//! How old an isolate's copy may be, who waits for a newer one, and what happens when nobody answers.

use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use ai::TABLE;
use ai::provider::catalogue::Catalogue;
use ai::registry::copy::{Copy, Due, FRESH_MS, STALE_MS, Times};
use ai::registry::store;
use shared::platform::testing::{Bench, check_sql};

/// Runs what never waits on the host.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}

/// An isolate, and the database it asks.
struct Isolate {
    bench: Bench,
    copy: Rc<Copy>,
}

impl Isolate {
    fn new() -> Self {
        let bench = Bench::new(&TABLE, &[("SIMULATOR_URL", "http://simulator.test")]);
        Self { bench, copy: Rc::default() }
    }

    /// What a request sees that begins now.
    fn sees(&self, name: &str) -> bool {
        let catalogue: Rc<Catalogue> = at_once(Rc::clone(&self.copy).current(&self.bench.platform()));
        catalogue.models().iter().any(|model| model.id == name)
    }

    /// An alias of this name and nothing else is registered.
    fn registers(&self, revision: u32, name: &str) {
        self.bench.execute(&format!(
            "INSERT INTO registry_revisions (revision, at, actor_id, summary, changes, body)
             VALUES ({revision}, 0, 'usr_1', '[]', '[]', '{{\"aliases\":[{{\"id\":\"{name}\",\"model\":\"simulated-chat\"}}]}}')"
        ));
    }
}

#[test]
fn every_statement_prepares() {
    check_sql(store::ALL);
}

#[test]
fn the_age_of_a_copy_says_what_is_due() {
    let answered = |answered, asked, failed| Times { answered_ms: answered, asked_ms: asked, failed_ms: failed };
    let now = 100_000;
    for (times, due) in [
        (answered(None, None, None), Due::Wait),
        (answered(Some(now), None, None), Due::Nothing),
        (answered(Some(now - FRESH_MS + 1), None, None), Due::Nothing),
        (answered(Some(now - FRESH_MS), Some(now - FRESH_MS), None), Due::Behind),
        // Somebody asks already.
        (answered(Some(now - FRESH_MS), Some(now - 1), None), Due::Nothing),
        (answered(Some(now - STALE_MS + 1), Some(now - FRESH_MS), None), Due::Behind),
        (answered(Some(now - STALE_MS), Some(now - 1), None), Due::Wait),
        // Who has waited in vain tells the others.
        (answered(None, Some(now - 1), Some(now - 1)), Due::Nothing),
        (answered(None, Some(now - FRESH_MS), Some(now - FRESH_MS)), Due::Behind),
        (answered(None, Some(now - STALE_MS), Some(now - STALE_MS)), Due::Wait),
        // A clock that goes back makes nothing old.
        (answered(Some(now + 5), None, None), Due::Nothing),
    ] {
        assert_eq!(times.due(now), due, "{times:?}");
    }
}

#[test]
fn a_new_isolate_asks_before_its_first_call() {
    let isolate = Isolate::new();
    isolate.registers(1, "first");
    assert!(isolate.sees("first") && isolate.sees("simulated-chat"));
}

#[test]
fn a_change_is_seen_after_two_seconds_beside_a_request() {
    let isolate = Isolate::new();
    assert!(!isolate.sees("first"));
    isolate.registers(1, "first");
    isolate.bench.pass(FRESH_MS - 1);
    assert!(!isolate.sees("first"));
    isolate.bench.settle();
    assert!(!isolate.sees("first"));
    isolate.bench.pass(1);
    // This request is not held up; it asks for those that follow.
    assert!(!isolate.sees("first"));
    isolate.bench.settle();
    assert!(isolate.sees("first"));
}

#[test]
fn a_change_is_seen_by_every_request_after_ten_seconds() {
    let isolate = Isolate::new();
    assert!(!isolate.sees("first"));
    isolate.registers(1, "first");
    isolate.bench.pass(STALE_MS);
    assert!(isolate.sees("first"));
    isolate.registers(2, "second");
    isolate.bench.pass(STALE_MS);
    assert!(isolate.sees("second") && !isolate.sees("first"));
}

#[test]
fn many_requests_ask_once() {
    let isolate = Isolate::new();
    assert!(!isolate.sees("first"));
    isolate.registers(1, "first");
    isolate.bench.pass(FRESH_MS);
    for _ in 0..5 {
        assert!(!isolate.sees("first"));
    }
    // Were there five questions, the table would be asked five times.
    isolate.bench.settle();
    assert!(isolate.sees("first"));
}

#[test]
fn without_the_database_what_is_known_is_used_and_nobody_waits_twice() {
    let isolate = Isolate::new();
    isolate.registers(1, "first");
    assert!(isolate.sees("first"));
    isolate.bench.execute("ALTER TABLE provider_keys_state RENAME TO away");
    isolate.bench.pass(STALE_MS);
    assert!(isolate.sees("first"));
    isolate.bench.execute("ALTER TABLE away RENAME TO provider_keys_state");
    isolate.registers(2, "second");
    // It has just failed: this one does not wait.
    assert!(!isolate.sees("second"));
    isolate.bench.pass(FRESH_MS);
    assert!(!isolate.sees("second"));
    isolate.bench.settle();
    assert!(isolate.sees("second"));
}

#[test]
fn a_new_isolate_without_a_database_has_what_is_built_in() {
    let isolate = Isolate::new();
    isolate.bench.execute("ALTER TABLE provider_keys_state RENAME TO away");
    assert!(isolate.sees("simulated-chat"));
}

#[test]
fn what_cannot_be_read_leaves_what_was_known() {
    let isolate = Isolate::new();
    isolate.registers(1, "first");
    assert!(isolate.sees("first"));
    isolate.bench.execute(
        "INSERT INTO registry_revisions (revision, at, actor_id, summary, changes, body) VALUES (2, 0, 'u', '[]', '[]', '{')",
    );
    isolate.bench.pass(STALE_MS);
    assert!(isolate.sees("first"));
}

#[test]
fn a_database_that_was_set_back_is_believed() {
    let isolate = Isolate::new();
    isolate.registers(1, "first");
    assert!(isolate.sees("first"));
    isolate.bench.execute("DELETE FROM registry_revisions");
    isolate.bench.pass(STALE_MS);
    assert!(!isolate.sees("first"));
}
