//! Records against the migrations: who reaches a file, and what becomes of bytes.

#![cfg(test)]

use shared::platform::testing::check_sql;
use shared::table::Table;
use uploads::{rights, room, store};

/// No function: the database alone is looked at.
static NOTHING: Table = Table::new("none", &[]);

#[test]
fn every_statement_prepares() {
    check_sql(store::ALL);
    check_sql(room::ALL);
    check_sql(rights::ALL);
    assert_eq!(store::ALL.len(), include_str!("../src/store.rs").matches(": &str =").count());
}

mod reading {
    use super::NOTHING;
    use shared::platform::testing::Bench;
    use uploads::{File, Reader, store};

    const NOW: u64 = 1_000;

    /// An organisation with its maker, a member and a file of the maker's; a friend and a stranger.
    fn bench(visibility: &str, rest: &str) -> Bench {
        let bench = Bench::new(&NOTHING, &[]);
        for name in ["maker", "member", "friend", "stranger"] {
            bench.execute(&format!(
                "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{name}', '{name}@example.com', 1, 0)"
            ));
        }
        bench.execute("INSERT INTO organisations (id, slug, name, created_at) VALUES ('org', 'org', 'Org', 0)");
        bench.execute("INSERT INTO organisation_roles VALUES ('org', 'owner', '[]', ''), ('org', 'reader', '[]', ''), ('org', 'none', '[]', '')");
        bench.execute(
            "INSERT INTO role_grants VALUES ('org', 'owner', '*', '*', 0), ('org', 'reader', 'file', 'read', 0)",
        );
        bench.execute("INSERT INTO members VALUES ('org', 'maker', 'owner', 0), ('org', 'member', 'reader', 0), ('org', 'stranger', 'none', 0)");
        bench.execute(&format!(
            "INSERT INTO files (id, user_id, organisation_id, filename, purpose, bytes, sha256, object, created_at, visibility) \
             VALUES ('file', 'maker', 'org', 'a', 'user_data', 1, '{}', 'o', 0, '{visibility}')",
            "0".repeat(64)
        ));
        bench.execute("INSERT INTO file_shares VALUES ('file', 'friend', 0, NULL)");
        if !rest.is_empty() {
            bench.execute(&format!("UPDATE files SET {rest}"));
        }
        bench
    }

    /// Who of maker, member, friend, stranger and nobody reads it, and an organisation's key of the maker's, of this and another.
    fn readers(bench: &Bench) -> Vec<&'static str> {
        let people = ["maker", "member", "friend", "stranger"]
            .map(|id| (id, Reader { user_id: Some(id), organisation_id: None }));
        let keys = [("key", "org"), ("other key", "org_2")]
            .map(|(name, id)| (name, Reader { user_id: Some("maker"), organisation_id: Some(id) }));
        let all = people.into_iter().chain(keys).chain([("nobody", Reader::default())]);
        all.filter(|(_, reader)| {
            let read = async { bench.platform().db().first::<File>(store::readable(*reader, "file", NOW)).await };
            futures::executor::block_on(read).unwrap().is_some()
        })
        .map(|(name, _)| name)
        .collect()
    }

    #[test]
    fn a_file_is_read_by_those_whom_its_visibility_names() {
        assert_eq!(readers(&bench("private", "")), ["maker", "friend", "key"]);
        assert_eq!(readers(&bench("organisation", "")), ["maker", "member", "friend", "key"]);
        let all = ["maker", "member", "friend", "stranger", "key", "other key", "nobody"];
        assert_eq!(readers(&bench("public", "")), all);
    }

    #[test]
    fn what_is_over_or_in_the_trash_nobody_reads_and_what_may_be_infected_its_owner_alone() {
        for gone in ["expires_at = 1000", "deleted_at = 1"] {
            assert!(readers(&bench("public", gone)).is_empty(), "{gone}");
        }
        for scan in ["scan = 'pending'", "scan = 'infected'"] {
            assert_eq!(readers(&bench("public", scan)), ["maker", "key"], "{scan}");
        }
    }
}

mod counters {
    use super::NOTHING;
    use shared::platform::testing::Bench;
    use uploads::room::{self, Held};
    use uploads::{Owner, Room};

    fn held(bench: &Bench, owner: Owner<'_>) -> Held {
        let read = async { bench.platform().db().first(room::read(owner, Room { files: 3, bytes: 100 })).await };
        futures::executor::block_on(read).unwrap().unwrap()
    }

    #[test]
    fn counters_follow_files_and_uploads_however_they_come_and_go() {
        let bench = Bench::new(&NOTHING, &[]);
        for name in ["one", "two"] {
            bench.execute(&format!(
                "INSERT INTO users (id, email, email_verified_at, created_at) VALUES ('{name}', '{name}@example.com', 1, 0)"
            ));
        }
        let one = Owner { user_id: "one", organisation_id: None };
        assert_eq!(held(&bench, one), Held { files: 0, bytes: 0, most_files: 3, most_bytes: 100 });
        bench.execute("INSERT INTO uploads (id, user_id, filename, purpose, length, created_at, expires_at) VALUES ('u', 'one', 'a', 'user_data', 60, 0, 9)");
        bench.execute(&format!(
            "INSERT INTO files (id, user_id, filename, purpose, bytes, sha256, object, created_at) VALUES ('f', 'one', 'a', 'user_data', 40, '{}', 'o', 0)",
            "0".repeat(64)
        ));
        let full = held(&bench, one);
        assert_eq!((full.files, full.bytes, full.fits(0), full.fits(1)), (2, 100, true, false));
        bench.execute("INSERT INTO file_limits VALUES ('one', 5, 101)");
        assert!(held(&bench, one).fits(1));
        bench.execute("UPDATE files SET user_id = 'two'");
        bench.execute("UPDATE uploads SET length = 10");
        assert_eq!((held(&bench, one).files, held(&bench, one).bytes), (1, 10));
        let two = Owner { user_id: "two", organisation_id: None };
        assert_eq!((held(&bench, two).files, held(&bench, two).bytes), (1, 40));
        bench.execute("DELETE FROM uploads");
        bench.execute("DELETE FROM users WHERE id = 'two'");
        assert_eq!(held(&bench, one).files, 0);
        assert_eq!(held(&bench, two).files, 0);
    }
}
