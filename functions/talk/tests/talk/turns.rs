//! Turns: what the model is told, branches, titles, one at a time, limits.

use serde_json::{Value, json};

use crate::service::{Service, stream, text};

fn said(role: &str, content: &str) -> (String, String) {
    (role.to_owned(), content.to_owned())
}

#[test]
fn a_turn_keeps_both_messages_and_the_model_is_told_what_came_before() {
    let service = Service::new();
    let id = service.conversation();
    service.done("PATCH", &format!("/v1/conversations/{id}"), &json!({"system": "Be brief."}));
    let first = service.say(&id, "one");
    assert_eq!((&first["message"]["content"], &first["answer"]["content"]), (&json!("one"), &json!("answer 1")));
    let answer = &first["answer"];
    assert_eq!(
        (&answer["state"], &answer["model"], &answer["provider"]),
        (&json!("complete"), &json!("m-1"), &json!("p"))
    );
    assert_eq!((&answer["finish_reason"], &answer["parent"]), (&json!("stop"), &first["message"]["id"]));
    service.say(&id, "two");
    let wanted = [said("system", "Be brief."), said("user", "one"), said("assistant", "answer 1"), said("user", "two")];
    assert_eq!(service.told(), wanted);
    assert_eq!(service.branch(&id, ""), ["one", "answer 1", "two", "answer 2"]);
    let state = service.state(&id);
    assert_eq!((&state["messages"], &state["answering"]), (&json!(4), &json!(false)));
}

#[test]
fn a_stream_is_forwarded_as_it_is_and_kept_when_it_ends() {
    let service = Service::new();
    let id = service.conversation();
    let body = json!({"content": "你好", "stream": true});
    let (status, bytes) = service.raw("usr_1", "POST", &format!("/v1/conversations/{id}/messages"), &body);
    assert_eq!((status, bytes), (200, stream("answer 1")));
    assert_eq!(service.state(&id)["answering"], true, "until it is kept");
    service.bench.settle();
    assert_eq!(service.branch(&id, ""), ["你好", "answer 1"]);
    assert_eq!(service.state(&id)["answering"], false);
}

#[test]
fn only_the_newest_messages_that_fit_are_told() {
    let service = Service::new();
    let id = service.conversation();
    let path = format!("/v1/conversations/{id}");
    service.done("PATCH", &path, &json!({"context_messages": 4, "system": "S"}));
    for n in 1..=4 {
        service.say(&id, &format!("q{n}"));
    }
    let wanted = [said("system", "S"), said("user", "q3"), said("assistant", "answer 3"), said("user", "q4")];
    assert_eq!(service.told(), wanted, "an answer never comes first");
    service.done("PATCH", &path, &json!({"context_messages": 100, "context_bytes": 1024}));
    let long = "x".repeat(2_000);
    service.say(&id, &long);
    assert_eq!(service.told(), [said("system", "S"), said("user", &long)], "what is asked is always told");
}

#[test]
fn an_edit_and_another_answer_are_branches_and_nothing_is_lost() {
    let service = Service::new();
    let id = service.conversation();
    let path = format!("/v1/conversations/{id}");
    let first = service.say(&id, "one");
    let second = service.say(&id, "two");
    // `two` is edited: something else is said behind the first answer.
    let edited =
        service.done("POST", &format!("{path}/messages"), &json!({"content": "zwei", "parent": first["answer"]["id"]}));
    assert_eq!(service.branch(&id, ""), ["one", "answer 1", "zwei", "answer 3"]);
    assert_eq!(edited["message"]["siblings"], json!([second["message"]["id"], edited["message"]["id"]]));
    // Its answer is asked for again, by the answer or by the question.
    let again =
        service.done("POST", &format!("{path}/messages/{}/regenerate", text(&edited["answer"], "id")), &Value::Null);
    assert_eq!(service.told().last(), Some(&said("user", "zwei")));
    assert_eq!((&again["message"]["id"], &again["answer"]["content"]), (&edited["message"]["id"], &json!("answer 4")));
    let question = text(&edited["message"], "id");
    service.done("POST", &format!("{path}/messages/{question}/regenerate"), &json!({"model": "other"}));
    assert_eq!(service.asked().last().unwrap()["model"], "other");
    assert_eq!(service.branch(&id, ""), ["one", "answer 1", "zwei", "answer 5"]);
    // The other branches are still there, and one goes back to them.
    let old = text(&second["answer"], "id");
    assert_eq!(service.branch(&id, &format!("?branch={old}")), ["one", "answer 1", "two", "answer 2"]);
    service.done("PATCH", &path, &json!({"head": old}));
    service.say(&id, "three");
    assert_eq!(service.branch(&id, ""), ["one", "answer 1", "two", "answer 2", "three", "answer 6"]);
    // And from the very beginning.
    service.done("POST", &format!("{path}/messages"), &json!({"content": "uno", "parent": null}));
    assert_eq!(service.branch(&id, ""), ["uno", "answer 7"]);
}

#[test]
fn a_branch_is_listed_page_by_page() {
    let service = Service::new();
    let id = service.conversation();
    for n in 1..=3 {
        service.say(&id, &format!("q{n}"));
    }
    let path = format!("/v1/conversations/{id}/messages?limit=4");
    let page = service.done("GET", &path, &Value::Null);
    assert_eq!(page["data"].as_array().unwrap().len(), 4);
    let rest = service.done("GET", &format!("{path}&cursor={}", text(&page, "next_cursor")), &Value::Null);
    assert_eq!((&rest["data"][0]["content"], &rest["data"][1]["content"]), (&json!("answer 1"), &json!("q1")));
    assert_eq!(rest["next_cursor"], Value::Null);
}

#[test]
fn a_second_message_waits_while_the_first_is_answered() {
    let service = Service::new();
    let id = service.conversation();
    let path = format!("/v1/conversations/{id}");
    service.raw("usr_1", "POST", &format!("{path}/messages"), &json!({"content": "one", "stream": true}));
    // Its answer is not kept yet.
    let busy = (409, "conversation_busy".to_owned());
    assert_eq!(service.refused("POST", &format!("{path}/messages"), &json!({"content": "two"})), busy);
    let head = text(&service.state(&id), "head");
    assert_eq!(service.refused("POST", &format!("{path}/messages/{head}/regenerate"), &Value::Null), busy);
    assert_eq!(service.refused("PATCH", &path, &json!({"head": head})), busy);
    assert_eq!(service.done("PATCH", &path, &json!({"title": "Mine"}))["title"], "Mine");
    service.bench.settle();
    service.say(&id, "two");
    assert_eq!(service.branch(&id, ""), ["one", "answer 1", "two", "answer 2"]);
    assert_eq!(service.asked().len(), 2);
}

#[test]
fn a_turn_that_died_is_taken_over_and_its_late_answer_disturbs_nothing() {
    let service = Service::new();
    let id = service.conversation();
    let path = format!("/v1/conversations/{id}/messages");
    service.raw("usr_1", "POST", &path, &json!({"content": "one", "stream": true}));
    service.bench.pass(talk::turn::keeping::LEASE_MS + 1);
    service.say(&id, "two");
    assert_eq!(service.branch(&id, ""), ["one", "two", "answer 2"]);
    // What the first one heard comes late: it is kept beside, and the branch that is shown stays.
    service.bench.settle();
    assert_eq!(service.branch(&id, ""), ["one", "two", "answer 2"]);
    assert_eq!(service.count("SELECT count(*) AS one FROM messages WHERE content = 'answer 1'"), 1);
    assert_eq!(service.state(&id)["answering"], false);
}

#[test]
fn a_conversation_that_is_deleted_while_it_is_answered_stays_deleted() {
    let service = Service::new();
    let id = service.conversation();
    service.raw(
        "usr_1",
        "POST",
        &format!("/v1/conversations/{id}/messages"),
        &json!({"content": "one", "stream": true}),
    );
    service.done("DELETE", &format!("/v1/conversations/{id}"), &Value::Null);
    service.bench.settle();
    assert_eq!(service.count("SELECT count(*) AS one FROM messages"), 0);
}

#[test]
fn the_model_finds_a_title_once_and_the_persons_own_stays() {
    let service = Service::new();
    let id = service.conversation();
    service.say(&id, "What is the weather like in Paris in spring?");
    let words = service.state(&id);
    assert_eq!(
        (&words["title"], &words["title_by"]),
        (&json!("What is the weather like in Paris in spring?"), &json!("words"))
    );
    service.bench.settle();
    let found = service.state(&id);
    assert_eq!((&found["title"], &found["title_by"]), (&json!("A title"), &json!("model")));
    service.done("PATCH", &format!("/v1/conversations/{id}"), &json!({"title": "Mine"}));
    service.say(&id, "more");
    service.bench.settle();
    assert_eq!(service.state(&id)["title"], "Mine");
}

#[test]
fn titles_can_be_first_words_alone() {
    let service = Service::with(&[("CONVERSATION_TITLES", "words")]);
    let id = service.conversation();
    service.say(&id, "北京的天气");
    service.bench.settle();
    assert_eq!(
        (&service.state(&id)["title"], &service.state(&id)["title_by"]),
        (&json!("北京的天气"), &json!("words"))
    );
}

#[test]
fn a_turn_can_be_taken_with_a_prompt_or_a_preset() {
    let service = Service::new();
    let id = service.conversation();
    let path = format!("/v1/conversations/{id}/messages");
    let version = json!({"messages": [{"role": "system", "content": "You are {{who}}."}], "variables": [{"name": "who"}],
        "parameters": {"temperature": 0.1}});
    let prompt = text(&service.done("POST", "/v1/prompts", &json!({"name": "P", "version": version})), "id");
    let body = json!({"content": "hi", "prompt": {"id": prompt, "variables": {"who": "Ada"}}});
    let first = service.done("POST", &path, &body);
    assert_eq!(service.told(), [said("system", "You are Ada."), said("user", "hi")]);
    assert_eq!(service.asked()[0]["temperature"], json!(0.1));
    assert_eq!((&first["answer"]["prompt_id"], &first["answer"]["prompt_version"]), (&json!(prompt), &json!(1)));
    let body = json!({"prompt": {"preset": "summarise", "variables": {"text": "long"}}});
    let second = service.done("POST", &path, &body);
    assert!(text(&second["message"], "content").contains("long"));
    assert_eq!(second["answer"]["prompt_id"], "preset/summarise");
    let missing = service.call("usr_1", "POST", &path, &json!({"prompt": {"preset": "summarise"}})).1;
    assert_eq!(missing["errors"][0]["pointer"], "/prompt/variables/text");
    for (prompt, pointer) in [
        (json!({}), "/prompt"),
        (json!({"id": "prm_1", "preset": "x"}), "/prompt"),
        (json!({"preset": "x"}), "/prompt/preset"),
        (json!({"id": "prm_1"}), "/prompt/id"),
    ] {
        let (status, reply) = service.call("usr_1", "POST", &path, &json!({"content": "x", "prompt": prompt}));
        assert_eq!((status, &reply["errors"][0]["pointer"]), (422, &json!(pointer)), "{reply}");
    }
}

#[test]
fn what_is_empty_or_too_long_or_too_much_is_refused() {
    let service = Service::new();
    let id = service.conversation();
    let path = format!("/v1/conversations/{id}/messages");
    for body in [
        json!({}),
        json!({"content": ""}),
        json!({"content": " \n"}),
        json!({"content": null}),
        json!({"content": "x", "y": 1}),
    ] {
        assert_eq!(service.refused("POST", &path, &body).0, 422, "{body}");
    }
    assert_eq!(service.refused("POST", &path, &json!({"content": "x".repeat(200_000)})).0, 422);
    assert_eq!(service.refused("POST", &path, &json!({"content": "x".repeat(600_000)})).0, 413);
    assert_eq!(service.refused("POST", &path, &json!(["x"])).0, 422);
    service.bench.execute("UPDATE conversations SET messages = 999");
    assert_eq!(service.refused("POST", &path, &json!({"content": "x"})), (409, "conversation_full".to_owned()));
    service.bench.execute("UPDATE conversations SET messages = 0, bytes = 4194304");
    assert_eq!(service.refused("POST", &path, &json!({"content": "x"})), (409, "conversation_full".to_owned()));
    assert_eq!(service.asked(), Vec::<Value>::new());
    assert_eq!(service.state(&id)["answering"], false);
}
