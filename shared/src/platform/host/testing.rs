//! A function under test on the host: its table, a migrated database, and requests.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up fails")]

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{LazyLock, Mutex, PoisonError};

use ed25519_dalek::SigningKey;
use jwt_compact::alg::Ed25519;
use jwt_compact::{AlgorithmExt, Claims, Header};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::limits::Limit;

use super::{Incoming, Outgoing, Platform, Script, Scripted, World};
use crate::auth::{AccessClaims, Actor};
use crate::config::Config;
use crate::head::{Head, HeaderName};
use crate::pipeline;
use crate::platform::SendError;
use crate::table::{Found, Table};

/// A database of its own with all migrations. They are run once a process and copied from then on: property tests
/// want thousands of databases, and running the migrations would be most of their time.
pub fn migrated() -> rusqlite::Connection {
    static TEMPLATE: LazyLock<Mutex<rusqlite::Connection>> = LazyLock::new(|| Mutex::new(migrate()));
    let mut copy = rusqlite::Connection::open_in_memory().expect("SQLite opens");
    let template = TEMPLATE.lock().unwrap_or_else(PoisonError::into_inner);
    let all = Backup::new(&template, &mut copy).expect("a copy begins").step(-1);
    assert_eq!(all, Ok(StepResult::Done), "a copy ends");
    copy.pragma_update(None, "foreign_keys", true).expect("foreign keys");
    copy
}

/// The migrations, in order.
fn migrate() -> rusqlite::Connection {
    let connection = rusqlite::Connection::open_in_memory().expect("SQLite opens");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("migrations/ exists")
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .collect();
    files.sort();
    for file in files {
        let sql = std::fs::read_to_string(&file).expect("a migration is readable");
        connection.execute_batch(&sql).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    }
    connection
}

/// Selects that D1 takes behind each other with `UNION`: one more, and the statement is refused there.
const MOST_SELECTS: i32 = 5;

/// Asserts that every statement prepares against all migrations, within D1's own limits.
pub fn check_sql(statements: &[&str]) {
    let connection = migrated();
    connection.set_limit(Limit::SQLITE_LIMIT_COMPOUND_SELECT, MOST_SELECTS).expect("a limit is set");
    for sql in statements {
        connection.prepare(sql).unwrap_or_else(|e| panic!("{sql}\n{e}"));
    }
}

/// A function with everything around it.
pub struct Bench {
    table: &'static Table,
    beside: Vec<&'static Table>,
    world: Rc<World>,
}

/// The private key of the tests' tokens: `AUTH_KEYS` of `VARS`.
const SEED: [u8; 32] = [7; 32];

impl Bench {
    /// A function with these variables; time stands at 2026-11-20T10:30:00Z.
    pub fn new(table: &'static Table, vars: &[(&str, &str)]) -> Self {
        let mut all: HashMap<String, String> = HashMap::new();
        let public = base64(SigningKey::from_bytes(&SEED).verifying_key().as_bytes());
        let jwks = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"{public}"}}]}}"#);
        let private = format!(r#"[{{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"{public}","d":"{}"}}]"#, base64(&SEED));
        for (name, value) in
            [("ENVIRONMENT", "local"), ("STORE_KEY", &base64(&[9; 32])), ("AUTH_JWKS", &jwks), ("AUTH_KEYS", &private)]
        {
            all.insert(name.to_owned(), value.to_owned());
        }
        for (name, value) in vars {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        let refuse: Script = Rc::new(|name, _, _| Err(SendError::Unreachable(format!("{name} is not scripted"))));
        let world = World {
            vars: RefCell::new(all),
            kv: RefCell::default(),
            bucket: RefCell::default(),
            objects: RefCell::default(),
            windows: RefCell::default(),
            script: RefCell::new(refuse),
            random: Cell::new(0),
            clock_ms: Cell::new(1_795_170_600_000),
            queued: RefCell::default(),
            background: RefCell::default(),
            db: RefCell::new(migrated()),
        };
        // Tests of one thread follow each other; an isolate begins without knowing a key.
        crate::auth::forget();
        Self { table, beside: Vec::new(), world: Rc::new(world) }
    }

    /// Gives a variable another value from now on, as a deployment does.
    pub fn set_var(&self, name: &str, value: &str) {
        self.world.vars.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// Puts another function beside it, over the same database: a request goes to the one that has its path.
    #[must_use]
    pub fn beside(mut self, table: &'static Table) -> Self {
        self.beside.push(table);
        self
    }

    fn table(&self, method: &str, path: &str) -> &'static Table {
        let path = path.split('?').next().unwrap_or(path);
        let has = |table: &&'static Table| matches!(table.find(method, path), Found::Row(..));
        std::iter::once(self.table).chain(self.beside.iter().copied()).find(has).unwrap_or(self.table)
    }

    /// Answers every call by this script: target, URL, body.
    pub fn script(&self, script: impl Fn(&str, &str, &[u8]) -> Scripted + 'static) {
        *self.world.script.borrow_mut() = Rc::new(script);
    }

    /// The objects of the bucket; an object called `closed` makes it fail.
    pub fn objects<T>(&self, look: impl FnOnce(&mut HashMap<String, String>) -> T) -> T {
        look(&mut self.world.bucket.borrow_mut())
    }

    /// The objects of bytes in buckets.
    pub fn stored<T>(&self, look: impl FnOnce(&mut HashMap<String, Vec<u8>>) -> T) -> T {
        look(&mut self.world.objects.borrow_mut())
    }

    /// Moves the clock.
    pub fn pass(&self, milliseconds: u64) {
        self.world.clock_ms.set(self.world.clock_ms.get() + milliseconds);
    }

    /// The time.
    pub fn now_ms(&self) -> u64 {
        self.world.clock_ms.get()
    }

    /// The platform behind the function.
    pub fn platform(&self) -> Platform {
        Platform::of(Rc::clone(&self.world))
    }

    /// Runs SQL outside of any request.
    pub fn execute(&self, sql: &str) {
        self.world.db.borrow().execute_batch(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    /// Founds an organisation: this user is its owner and may do everything in it.
    pub fn found(&self, id: &str, owner: &str) {
        self.execute(&format!(
            "INSERT INTO organisations (id, slug, name, created_at) VALUES ('{id}', 'acme', 'Acme', 0); \
INSERT INTO organisation_roles (organisation_id, name, permissions, changed_as) VALUES ('{id}', 'owner', '[]', 'x'); \
INSERT INTO role_grants (organisation_id, role, resource, action, own) VALUES ('{id}', 'owner', '*', '*', 0); \
INSERT INTO members VALUES ('{id}', '{owner}', 'owner', 0)"
        ));
    }

    /// A request through the whole pipeline.
    pub fn request(&self, method: &str, path: &str, headers: &[(HeaderName, &str)], body: &str) -> Outgoing {
        self.request_with(method, path, headers, &[], body)
    }

    /// As `request`, with headers beside those of the head, their names in lower case.
    pub fn request_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(HeaderName, &str)],
        further: &[(&str, &str)],
        body: &str,
    ) -> Outgoing {
        let mut all = vec![(HeaderName::ContentType, "application/json")];
        all.extend_from_slice(headers);
        let head = Head::of(self.now_ms(), method, &format!("http://test{path}"), &all);
        let platform = self.platform().with_headers(further);
        let config = Rc::new(Config::read(|name| platform.var(name)));
        let incoming = Incoming::of(body.as_bytes().to_vec());
        futures::executor::block_on(pipeline::serve(self.table(method, path), head, incoming, platform, config))
    }

    /// As `request`, with JSON in and out.
    pub fn json(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, serde_json::Value) {
        let bearer = token.map(|t| format!("Bearer {t}"));
        let headers: Vec<_> = bearer.iter().map(|b| (HeaderName::Authorization, b.as_str())).collect();
        let out = self.request(method, path, &headers, body);
        (out.status, serde_json::from_slice(&out.body).unwrap_or_default())
    }

    /// What was sent to queues since the last time: queue and text.
    pub fn queued(&self) -> Vec<(String, String)> {
        self.world.queued.take()
    }

    /// Runs the work that goes on after replies.
    pub fn settle(&self) {
        loop {
            let Some(work) = self.world.background.borrow_mut().pop() else { return };
            futures::executor::block_on(work);
        }
    }

    /// An access token of this user, valid for ten minutes.
    pub fn token(&self, user: &str, roles: &[&str]) -> String {
        self.sign(user, roles, None)
    }

    /// An access token of an administrator in this user's place.
    pub fn stand_in_token(&self, user: &str, actor: &str) -> String {
        self.sign(user, &[], Some(actor))
    }

    fn sign(&self, user: &str, roles: &[&str], actor: Option<&str>) -> String {
        let roles: Vec<String> = roles.iter().map(|r| (*r).to_owned()).collect();
        let claims = AccessClaims {
            iss: "selvage".into(),
            aud: "selvage".into(),
            sub: user.into(),
            email: "someone@example.com".into(),
            permissions: crate::accounts::tokens::permissions(&roles, ""),
            roles,
            jti: "tok_1".into(),
            sid: "ses_1".into(),
            epoch: 0,
            act: actor.map(|id| Actor { sub: id.into() }),
        };
        let mut claims = Claims::new(claims);
        claims.issued_at = Some(crate::time::utc(self.now_ms()));
        claims.expiration = Some(crate::time::utc(self.now_ms() + 600_000));
        let header = Header::empty().with_key_id("k1").with_token_type("at+jwt");
        Ed25519.token(&header, &claims, &SigningKey::from_bytes(&SEED)).expect("a token")
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    Base64UrlUnpadded::encode_string(bytes)
}
