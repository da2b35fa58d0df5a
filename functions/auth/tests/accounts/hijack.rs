//! Nobody prepares a way into an account before its owner comes: over all orders of what an attacker does
//! with a stranger's address and what its owner does, once the owner has proven the mailbox the attacker has no
//! way in. The attacker reads no letter to the owner, and knows no password but their own.

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use shared::accounts::links::Purpose;

use crate::service::{PASSWORD, Service, Tokens};

const VICTIM: &str = "victim@example.com";
const OWN: &str = "attacker@example.com";
const THEIRS: &str = "the attacker's password";
const LATER: &str = "the owner's second password";

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Step {
    AttackerRegisters,
    AttackerSignsIn,
    AttackerRefreshes,
    AttackerAsksFor(Purpose),
    /// Moves the account that has the owner's address to the attacker's mailbox, and confirms it there.
    AttackerMovesAway,
    /// Asks to move an account of their own to the owner's address.
    AttackerMovesIn,
    OwnerRegisters,
    OwnerAsksFor(Purpose),
    /// Presses the button in the newest letter.
    OwnerUses(Purpose),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let purpose = || select(&[Purpose::Verify, Purpose::Reset, Purpose::Magic][..]);
    let any = prop_oneof![
        Just(Step::AttackerRegisters),
        Just(Step::AttackerSignsIn),
        Just(Step::AttackerRefreshes),
        purpose().prop_map(Step::AttackerAsksFor),
        Just(Step::AttackerMovesAway),
        Just(Step::AttackerMovesIn),
        Just(Step::OwnerRegisters),
        purpose().prop_map(Step::OwnerAsksFor),
        select(&Purpose::ALL[..]).prop_map(Step::OwnerUses),
    ];
    proptest::collection::vec(any, 1..12)
}

/// The story so far.
struct Story {
    service: Service,
    /// Whatever tokens the attacker ever got.
    loot: Vec<Tokens>,
    owner_password: &'static str,
    /// The account that the owner has proven.
    proven: Option<String>,
}

impl Story {
    fn new(verification: &'static str) -> Self {
        let service = Service::with(&[("EMAIL_VERIFICATION", verification)]);
        Self { service, loot: Vec::new(), owner_password: PASSWORD, proven: None }
    }

    fn take(&mut self, (status, reply): (u16, serde_json::Value)) {
        if status < 300 && reply["access_token"].is_string() {
            self.loot.push(Tokens::of(&reply));
        }
    }

    fn attacker_signs_in(&mut self, email: &str) {
        let reply = self.service.post("/v1/auth/login", &json!({"email": email, "password": THEIRS}));
        self.take(reply);
    }

    fn attacker_registers(&mut self, email: &str) {
        let reply = self.service.post("/v1/auth/register", &json!({"email": email, "password": THEIRS}));
        self.take(reply);
    }

    /// With every token they have; links to the attacker's own mailbox they can use.
    fn attacker_moves(&self, to: &str) {
        for tokens in &self.loot {
            let body = json!({"email": to, "password": THEIRS});
            self.service.send("POST", "/v1/auth/email/change", &tokens.access, &body);
            if let Some(token) = self.service.mailed(Purpose::Change, OWN) {
                let body = json!({"token": token, "password": THEIRS});
                self.service.post("/v1/auth/email/change/confirm", &body);
            }
        }
    }

    fn ask(&self, purpose: Purpose) {
        let path = match purpose {
            Purpose::Verify => "/v1/auth/email/verification",
            Purpose::Reset => "/v1/auth/password/forgot",
            Purpose::Magic | Purpose::Change | Purpose::Invite => "/v1/auth/magic",
        };
        self.service.post(path, &json!({ "email": VICTIM }));
    }

    fn owner_uses(&mut self, purpose: Purpose) {
        let Some(token) = self.service.mailed(purpose, VICTIM) else { return };
        let (path, body) = match purpose {
            Purpose::Verify => ("/v1/auth/email/verify", json!({"token": token, "password": self.owner_password})),
            Purpose::Reset => ("/v1/auth/password/reset", json!({"token": token, "password": LATER})),
            Purpose::Magic => ("/v1/auth/magic/consume", json!({ "token": token })),
            Purpose::Change => {
                ("/v1/auth/email/change/confirm", json!({"token": token, "password": self.owner_password}))
            }
            Purpose::Invite => return,
        };
        if self.service.post(path, &body).0 != 200 {
            return;
        }
        if purpose == Purpose::Reset {
            self.owner_password = LATER;
        }
        let proven = self.service.value("SELECT id AS value FROM users WHERE email = 'victim@example.com'");
        self.proven = Some(proven.expect("the account that was just proven"));
    }

    fn go(&mut self, step: Step) {
        self.service.bench.pass(5_000);
        match step {
            Step::AttackerRegisters => self.attacker_registers(VICTIM),
            Step::AttackerSignsIn => self.attacker_signs_in(VICTIM),
            Step::AttackerRefreshes => {
                for tokens in self.loot.clone() {
                    let reply = self.service.refresh(&tokens.refresh);
                    self.take(reply);
                }
            }
            Step::AttackerAsksFor(purpose) | Step::OwnerAsksFor(purpose) => self.ask(purpose),
            Step::AttackerMovesAway => self.attacker_moves(OWN),
            Step::AttackerMovesIn => {
                self.attacker_registers(OWN);
                self.service
                    .bench
                    .execute("UPDATE users SET email_verified_at = 1 WHERE email = 'attacker@example.com'");
                self.attacker_signs_in(OWN);
                self.attacker_moves(VICTIM);
            }
            Step::OwnerRegisters => {
                self.service.post("/v1/auth/register", &json!({"email": VICTIM, "password": self.owner_password}));
            }
            Step::OwnerUses(purpose) => self.owner_uses(purpose),
        }
    }

    /// Tries every way in that the attacker has.
    fn check(&mut self) {
        let Some(owner) = self.proven.clone() else { return };
        self.attacker_signs_in(VICTIM);
        for tokens in self.loot.clone() {
            let reply = self.service.refresh(&tokens.refresh);
            self.take(reply);
        }
        for tokens in &self.loot {
            let out = self.service.send("GET", "/v1/auth/me", &tokens.access, &serde_json::Value::Null);
            let who: serde_json::Value = serde_json::from_slice(&out.body).unwrap_or_default();
            assert!(out.status != 200 || who["id"] != owner.as_str(), "the attacker is in: {who}");
        }
        let held = "SELECT id AS value FROM users WHERE email = 'victim@example.com'";
        assert_eq!(self.service.value(held), Some(owner), "the account left its owner");
    }
}

fn over_all_orders(verification: &'static str) {
    let config = Config { cases: 512, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new_with_rng(config, rng()).run(&steps(), |steps| {
        let mut story = Story::new(verification);
        for step in steps {
            story.go(step);
        }
        story.check();
        Ok(())
    });
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
}

/// The same cases in every run.
fn rng() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}

#[test]
fn no_order_leaves_an_attacker_a_way_in_where_verification_is_required() {
    over_all_orders("required");
}

#[test]
fn no_order_leaves_an_attacker_a_way_in_where_none_is_required() {
    over_all_orders("off");
}

#[test]
fn every_short_order_that_ends_with_a_proof_leaves_no_way_in() {
    use Step::{AttackerMovesAway, AttackerMovesIn, AttackerRegisters, AttackerSignsIn, OwnerAsksFor, OwnerRegisters};
    let early = [AttackerRegisters, AttackerSignsIn, AttackerMovesAway, AttackerMovesIn, OwnerRegisters];
    let mut proofs = 0;
    for verification in ["required", "off"] {
        for (first, second, third) in triples(&early) {
            for purpose in Purpose::ALL {
                let mut story = Story::new(verification);
                let last = [OwnerAsksFor(purpose), Step::OwnerUses(purpose), AttackerSignsIn];
                for step in [first, second, third].into_iter().chain(last) {
                    story.go(step);
                }
                proofs += usize::from(story.proven.is_some());
                story.check();
            }
        }
    }
    assert!(proofs > 300, "the owner came through in {proofs} orders only: this shows little");
}

fn triples(steps: &[Step]) -> impl Iterator<Item = (Step, Step, Step)> + '_ {
    steps.iter().flat_map(move |a| steps.iter().flat_map(move |b| steps.iter().map(move |c| (*a, *b, *c))))
}
