//! What a model is told: the conversation's system prompt always, then what a prompt of this turn adds, then the newest
//! messages that fit. Pure. How many fit is decided in the statement that reads them.

use serde::Deserialize;

use crate::prompt::render::{Role, Said};

/// A message of the branch, as the database gives it: the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Earlier {
    /// `msg_…`.
    pub id: String,
    /// Who said it.
    pub role: Role,
    /// What.
    pub content: String,
}

/// Characters of a title.
const LONGEST_TITLE: usize = 60;

/// What the model is told, in order.
pub fn messages(system: &str, preamble: Vec<Said>, line: Vec<Earlier>) -> Vec<Said> {
    let mut said = Vec::with_capacity(line.len() + preamble.len() + 1);
    if !system.is_empty() {
        said.push(Said { role: Role::System, content: system.to_owned() });
    }
    said.extend(preamble);
    // A window that begins with an answer begins without its question: some models refuse that. Answers of which
    // nothing came are no turns.
    let begun = line.into_iter().rev().skip_while(|earlier| earlier.role == Role::Assistant);
    let kept = begun.filter(|earlier| !earlier.content.is_empty());
    said.extend(kept.map(|Earlier { role, content, .. }| Said { role, content }));
    said
}

/// The first words of a text, on one line: a title until a better one is found.
pub fn first_words(text: &str) -> String {
    let mut words = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let letters = word.chars().filter(|c| !c.is_control()).count();
        if length + letters > LONGEST_TITLE {
            if length == 0 {
                words.extend(word.chars().filter(|c| !c.is_control()).take(LONGEST_TITLE - 1));
            }
            return words.trim_end().to_owned() + "…";
        }
        words.extend(word.chars().filter(|c| !c.is_control()));
        words.push(' ');
        length += letters + 1;
    }
    words.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Earlier, Role, Said, first_words, messages};

    fn earlier(role: Role, content: &str) -> Earlier {
        Earlier { id: "msg_1".into(), role, content: content.into() }
    }

    fn told(system: &str, preamble: Vec<Said>, newest_first: &[(Role, &str)]) -> Vec<String> {
        let line = newest_first.iter().map(|(role, content)| earlier(*role, content)).collect();
        messages(system, preamble, line).into_iter().map(|said| said.content).collect()
    }

    #[test]
    fn the_system_prompt_comes_first_and_the_newest_message_last() {
        let line = [(Role::User, "c"), (Role::Assistant, "b"), (Role::User, "a")];
        let more = vec![Said { role: Role::System, content: "p".into() }];
        assert_eq!(told("s", more, &line), ["s", "p", "a", "b", "c"]);
        assert_eq!(told("", vec![], &line), ["a", "b", "c"]);
    }

    #[test]
    fn a_window_never_begins_with_an_answer() {
        assert_eq!(told("s", vec![], &[(Role::User, "c"), (Role::Assistant, "b")]), ["s", "c"]);
    }

    #[test]
    fn answers_of_which_nothing_came_are_left_out() {
        let line = [(Role::User, "c"), (Role::Assistant, ""), (Role::User, "a")];
        assert_eq!(told("", vec![], &line), ["a", "c"]);
    }

    #[test]
    fn first_words_are_one_line_and_end_between_words() {
        assert_eq!(first_words("  hello\n\nworld "), "hello world");
        assert_eq!(first_words(""), "");
        let long = "word ".repeat(40);
        let words = first_words(&long);
        assert!(words.chars().count() <= 61 && words.ends_with("word…"), "{words}");
        let chinese = "你".repeat(100);
        assert_eq!(first_words(&chinese).chars().count(), 60);
    }
}
