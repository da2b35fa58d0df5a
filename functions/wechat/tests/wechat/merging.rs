//! One person, several apps: which accounts become one, and which never.

use crate::service::{Service, at_once};

#[test]
fn two_apps_of_one_open_platform_account_give_one_user() {
    let service = Service::new();
    let first = service.enter("wx1", "oAZuA");
    assert_eq!(service.enter("wx2", "oBZuA"), first);
    assert_eq!(service.value("SELECT count(*) AS value FROM users"), "1");
    assert_eq!(service.value("SELECT count(*) AS value FROM identities"), "2");
}

#[test]
fn a_unionid_that_appears_later_makes_one_account_of_two() {
    let service = Service::new();
    let (older, newer) = (service.enter("wx1", "oA"), service.enter("wx2", "oBZuA"));
    assert_ne!(older, newer);
    assert_eq!(service.enter("wx1", "oAZuA"), older, "the older one stays");
    assert_eq!(service.enter("wx2", "oBZuA"), older);
    let closed =
        "SELECT status || ' ' || merged_into || ' ' || epoch AS value FROM users WHERE merged_into IS NOT NULL";
    assert_eq!(service.value(closed), format!("suspended {older} 1"));
    let alive = "SELECT count(*) AS value FROM sessions s JOIN users u ON u.id = s.user_id \
                 WHERE u.merged_into IS NOT NULL AND s.ended_at IS NULL";
    assert_eq!(service.value(alive), "0");
    let noted = "SELECT count(DISTINCT user_id) AS value FROM security_events WHERE kind = 'accounts_merged'";
    assert_eq!(service.value(noted), "2");
}

#[test]
fn what_the_closed_account_has_spent_and_its_number_go_with_the_person() {
    let service = Service::new();
    let (older, newer) = (service.enter("wx1", "oA"), service.enter("wx2", "oBZuA"));
    service.bench.execute(&format!(
        "INSERT INTO ledger (call_id, org_id, user_id, request_id, trace_id, model, provider, stream, status, settlement, \
         prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, started_at, finished_at) \
         VALUES ('c', '{newer}', '{newer}', 'r', 't', 'm', 'p', 0, 'succeeded', 'reported', 1, 0, 1, 0, 1, 1); \
         INSERT INTO phones VALUES ('{newer}', '+8613800138000', 'wechat', 1)"
    ));
    service.enter("wx1", "oAZuA");
    assert_eq!(service.value("SELECT user_id || org_id AS value FROM ledger"), format!("{older}{older}"));
    assert_eq!(service.value("SELECT user_id AS value FROM phones"), older);
}

#[test]
fn an_account_with_an_address_absorbs_one_that_has_wechat_alone() {
    let service = Service::new();
    let (bare, firm) = (service.enter("wx1", "oA"), service.enter("wx2", "oBZuA"));
    service.bench.execute(&format!("UPDATE users SET email = 'a@x.y', email_verified_at = 1 WHERE id = '{firm}'"));
    assert_eq!(service.enter("wx1", "oAZuA"), firm);
    assert_eq!(service.value("SELECT id AS value FROM users WHERE merged_into IS NOT NULL"), bare);
}

#[test]
fn two_accounts_that_both_have_more_than_wechat_stay_apart_and_that_is_noted() {
    let service = Service::new();
    let (one, two) = (service.enter("wx1", "oA"), service.enter("wx2", "oBZuA"));
    service.bench.execute("UPDATE users SET password = 'x'");
    assert_eq!(service.enter("wx1", "oAZuA"), one);
    assert_eq!(service.enter("wx2", "oBZuA"), two);
    let noted = "SELECT user_id AS value FROM security_events WHERE kind = 'accounts_kept_apart'";
    assert_eq!(service.value(noted), one);
}

#[test]
fn a_suspension_is_not_lifted_by_a_merge_from_either_side() {
    for suspended in [0, 1] {
        let service = Service::new();
        let users = [service.enter("wx1", "oA"), service.enter("wx2", "oBZuA")];
        service.bench.execute(&format!("UPDATE users SET status = 'suspended' WHERE id = '{}'", users[suspended]));
        assert_eq!(service.wechat("wx1", "oAZuA").0, 403);
        assert_eq!(service.value("SELECT count(*) AS value FROM users WHERE merged_into IS NOT NULL"), "0");
    }
}

#[test]
fn a_merge_that_came_too_late_changes_nothing() {
    let service = Service::new();
    let (kept, absorbed) = (service.enter("wx1", "oA"), service.enter("wx2", "oBZuA"));
    service.bench.execute(&format!("UPDATE users SET password = 'set meanwhile' WHERE id = '{absorbed}'"));
    let db = service.bench.platform().db();
    at_once(db.batch(wechat::store::merge(&absorbed, &kept, 5))).unwrap();
    assert_eq!(service.value("SELECT count(DISTINCT user_id) AS value FROM identities"), "2");
    assert_eq!(service.value("SELECT count(*) AS value FROM sessions WHERE ended_at IS NOT NULL"), "0");
    assert_eq!(service.value("SELECT sum(epoch) AS value FROM users"), "0");
}
