//! Whatever an attacker does in advance with the owner's address, and in whatever order: once the owner has proven
//! who they are, the attacker has no way into what is the owner's. Registering, verifying and resetting belong to
//! another function and are played here as it does them; the issuers are met through the routes.

use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};
use serde_json::json;

use crate::issuer::Flow;

const ADDRESS: &str = "owner@x.y";

/// What one of the two does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    AttackerRegisters,
    AttackerLogsIn,
    AttackerLinks,
    AttackerComesUnverified,
    AttackerComesFromADoubtedIssuer,
    OwnerRegisters,
    OwnerVerifies,
    OwnerResets,
    OwnerComes,
    OwnerLogsInAndLinks,
}

const ACTS: [Act; 10] = [
    Act::AttackerRegisters,
    Act::AttackerLogsIn,
    Act::AttackerLinks,
    Act::AttackerComesUnverified,
    Act::AttackerComesFromADoubtedIssuer,
    Act::OwnerRegisters,
    Act::OwnerVerifies,
    Act::OwnerResets,
    Act::OwnerComes,
    Act::OwnerLogsInAndLinks,
];

struct Play {
    flow: Flow,
    made: u32,
}

impl Play {
    /// Where no verification is required an attacker can do most: sign in without having proven anything.
    fn new() -> Self {
        Self { flow: Flow::new(&[("EMAIL_VERIFICATION", "off")]), made: 0 }
    }

    fn execute(&self, sql: &str) {
        self.flow.bench.execute(sql);
    }

    fn register(&mut self, who: &str) {
        self.made += 1;
        let id = format!("usr_made{}", self.made);
        self.execute(&format!(
            "INSERT INTO users (id, email, password, created_at) VALUES ('{id}', '{ADDRESS}', '{who}', {}) \
             ON CONFLICT DO NOTHING",
            self.made
        ));
    }

    /// Signs in by address and password: `ses_1` is then this person's.
    fn log_in(&self, who: &str) -> Option<String> {
        self.execute("DELETE FROM sessions WHERE id = 'ses_1'");
        self.execute(&format!(
            "INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at) SELECT 'ses_1', id, 1, 1999999999999, 1999999999999 FROM users \
             WHERE email = '{ADDRESS}' AND password = '{who}'"
        ));
        let user = self.flow.value("SELECT user_id AS value FROM sessions WHERE id = 'ses_1'");
        (!user.is_empty()).then_some(user)
    }

    fn link(&self, user: &str, sub: &str) {
        let epoch = "UPDATE users SET epoch = 0";
        self.execute(epoch);
        let token = self.flow.bench.token(user, &[]);
        self.flow.link("own", &token, json!({ "sub": sub }));
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::AttackerRegisters => self.register("attacker"),
            Act::OwnerRegisters => self.register("owner"),
            Act::AttackerLogsIn => {
                let _ = self.log_in("attacker");
                self.execute("UPDATE sessions SET id = 'atk_' || hex(randomblob(8)) WHERE id = 'ses_1'");
            }
            Act::AttackerLinks => {
                // With any session that was the attacker's and still lives.
                let user = "SELECT user_id AS value FROM sessions WHERE id LIKE 'atk_%' AND ended_at IS NULL LIMIT 1";
                let user = self.flow.value(user);
                if !user.is_empty() {
                    self.execute("DELETE FROM sessions WHERE id = 'ses_1'");
                    self.execute(&format!("INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at) VALUES ('ses_1', '{user}', 1, 1999999999999, 1999999999999)"));
                    self.link(&user, "attacker");
                    self.execute("DELETE FROM sessions WHERE id = 'ses_1'");
                }
            }
            Act::AttackerComesUnverified => self.comes("own", "attacker2", false, "atk"),
            Act::AttackerComesFromADoubtedIssuer => self.comes("doubted", "attacker3", true, "atk"),
            // Whoever knows mailbox and password owns the account.
            Act::OwnerVerifies => self.execute(&format!(
                "UPDATE users SET email_verified_at = 1 WHERE email = '{ADDRESS}' AND password = 'owner'"
            )),
            Act::OwnerResets => self.execute(&format!(
                "UPDATE sessions SET ended_at = 1 WHERE user_id IN (SELECT id FROM users WHERE email = '{ADDRESS}'); \
                 UPDATE users SET password = 'owner', email_verified_at = coalesce(email_verified_at, 1) \
                 WHERE email = '{ADDRESS}'"
            )),
            Act::OwnerComes => self.comes("own", "owner", true, "own"),
            Act::OwnerLogsInAndLinks => {
                if let Some(user) = self.log_in("owner") {
                    self.link(&user, "owner");
                }
                self.execute("DELETE FROM sessions WHERE id = 'ses_1'");
            }
        }
    }

    /// Signs in at an issuer; the session is marked as whose it is.
    fn comes(&self, provider: &str, sub: &str, verified: bool, mark: &str) {
        let claims = json!({"sub": sub, "email": ADDRESS, "email_verified": verified});
        let (status, reply) = self.flow.sign_in(provider, claims);
        assert_eq!(status, 200, "{reply}");
        self.execute(&format!(
            "DELETE FROM refresh_tokens; UPDATE sessions SET id = '{mark}_' || id WHERE id LIKE 'ses_%'"
        ));
    }

    /// How many ways the attacker has into accounts that the owner has proven to be theirs.
    fn ways_of_the_attacker(&self) -> String {
        self.flow.value(
            "WITH owned AS (SELECT id, password FROM users u WHERE (email = 'owner@x.y' AND email_verified_at IS NOT NULL) \
             OR EXISTS (SELECT 1 FROM identities WHERE user_id = u.id AND subject = 'owner')) \
             SELECT (SELECT count(*) FROM owned WHERE password = 'attacker') \
             + (SELECT count(*) FROM identities WHERE user_id IN (SELECT id FROM owned) AND subject LIKE 'attacker%') \
             + (SELECT count(*) FROM sessions WHERE user_id IN (SELECT id FROM owned) AND ended_at IS NULL \
             AND id LIKE 'atk%') AS value",
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_gets_into_an_account_in_advance(order in proptest::collection::vec(any::<proptest::sample::Index>(), 1..10)) {
        let mut play = Play::new();
        let acts: Vec<Act> = order.iter().map(|index| *index.get(&ACTS)).collect();
        for (i, act) in acts.iter().enumerate() {
            play.act(*act);
            prop_assert!(play.ways_of_the_attacker() == "0", "after {:?}", &acts[..=i]);
        }
    }
}

#[test]
fn in_every_order_of_five_the_owner_gets_in_and_the_attacker_does_not() {
    let acts = [
        Act::AttackerRegisters,
        Act::AttackerLogsIn,
        Act::AttackerLinks,
        Act::AttackerComesUnverified,
        Act::OwnerComes,
    ];
    for order in permutations(&acts) {
        let mut play = Play::new();
        order.iter().for_each(|act| play.act(*act));
        play.act(Act::OwnerComes);
        assert_eq!(play.ways_of_the_attacker(), "0", "{order:?}");
        let owner = "SELECT u.email || ' ' || (u.email_verified_at IS NOT NULL) AS value FROM users u \
                     JOIN identities i ON i.user_id = u.id WHERE i.subject = 'owner'";
        assert_eq!(play.flow.value(owner), "owner@x.y 1", "{order:?}");
    }
}

fn permutations(acts: &[Act]) -> Vec<Vec<Act>> {
    if acts.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (i, act) in acts.iter().enumerate() {
        let rest: Vec<Act> = acts.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, act)| *act).collect();
        all.extend(permutations(&rest).into_iter().map(|order| [vec![*act], order].concat()));
    }
    all
}
