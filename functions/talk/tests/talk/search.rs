//! Searching one's own messages, in any language, a bounded number at a time.

use serde_json::{Value, json};

use crate::service::{Service, each, text};

fn found(service: &Service, query: &str) -> Value {
    service.done("GET", &format!("/v1/conversations/search?{query}"), &Value::Null)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn all_words_have_to_be_there_in_any_case_and_in_any_language() {
    let service = Service::new();
    let id = service.conversation();
    for content in ["The Weather in Paris", "北京今天的天气怎么样", "the weather elsewhere"] {
        service.say(&id, content);
    }
    let contents = |query: &str| each(&found(&service, query), "excerpt");
    assert_eq!(contents("q=weather"), ["the weather elsewhere", "The Weather in Paris"]);
    assert_eq!(contents("q=paris+WEATHER"), ["The Weather in Paris"]);
    assert_eq!(contents(&format!("q={}", encoded("天气"))), ["北京今天的天气怎么样"]);
    assert_eq!(contents(&format!("q={}", encoded("气"))), ["北京今天的天气怎么样"]);
    assert_eq!(contents("q=answer+3"), ["answer 3"]);
    assert_eq!(contents("q=nothing"), [] as [&str; 0]);
    assert_eq!(contents("q=%25"), [] as [&str; 0], "there are no wildcards");
    let one = &found(&service, "q=paris")["data"][0];
    assert_eq!((&one["conversation_id"], &one["role"]), (&json!(id), &json!("user")));
}

#[test]
fn an_excerpt_is_around_the_word() {
    let service = Service::new();
    let id = service.conversation();
    service.say(&id, &format!("{} needle {}", "before ".repeat(100), "after ".repeat(100)));
    let excerpt = text(&found(&service, "q=needle")["data"][0], "excerpt");
    assert!(excerpt.contains("needle") && excerpt.chars().count() == 200, "{excerpt}");
}

#[test]
fn a_search_goes_on_where_it_stopped_looking() {
    let service = Service::new();
    let id = service.conversation();
    service.say(&id, "a needle from long ago");
    service.bench.execute(&format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 4500) \
         INSERT INTO messages (id, conversation_id, user_id, role, content, bytes, state, created_at) \
         SELECT 'msg_Z' || printf('%05d', n), '{id}', 'usr_1', 'user', 'hay', 3, 'complete', n FROM n"
    ));
    let mut query = "q=needle".to_owned();
    let mut pages = 0;
    let hits = loop {
        pages += 1;
        let page = found(&service, &query);
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("q=needle&cursor={cursor}"),
            None => break each(&page, "excerpt"),
        }
    };
    assert_eq!((pages, hits), (3, vec!["a needle from long ago".to_owned()]));
}

#[test]
fn pages_of_finds_follow_each_other() {
    let service = Service::new();
    let id = service.conversation();
    for n in 0..3 {
        service.say(&id, &format!("find {n}"));
    }
    let first = found(&service, "q=find&limit=2");
    let second = found(&service, &format!("q=find&limit=2&cursor={}", text(&first, "next_cursor")));
    assert_eq!(
        (each(&first, "excerpt"), each(&second, "excerpt")),
        (vec!["find 2".into(), "find 1".into()], vec!["find 0".to_owned()])
    );
}

#[test]
fn a_query_without_words_or_with_too_many_is_422() {
    let service = Service::new();
    for query in ["q=", "q=%20", "", "q=a+b+c+d+e+f+g+h+i", &format!("q={}", "x".repeat(201))] {
        assert_eq!(
            service.refused("GET", &format!("/v1/conversations/search?{query}"), &Value::Null).0,
            422,
            "{query}"
        );
    }
}
