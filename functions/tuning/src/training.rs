//! What a training file must be before a provider gets it: at least ten examples, each a conversation that ends with what
//! the model is to say. Pure, line by line.

use serde::Deserialize;
use serde_json::Value;

/// Examples at least.
pub const FEWEST: u64 = 10;
/// Examples at most.
pub const MOST: u64 = 50_000;
/// Bytes of a line at most.
pub const LONGEST_LINE: usize = 512 * 1024;
/// Tokens of an example at most, at four bytes a token: what a provider trains on without cutting.
pub const MOST_TOKENS: usize = 65_536;

#[derive(Deserialize)]
struct Example {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Option<Value>,
    #[serde(default)]
    tool_calls: Option<Vec<Value>>,
}

/// Looks at examples as they come.
#[derive(Debug, Default)]
pub struct Checker {
    examples: u64,
}

impl Checker {
    /// Takes a line; an empty one is passed over.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn push(&mut self, line: &[u8]) -> Result<(), String> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        self.examples += 1;
        if self.examples > MOST {
            return Err(format!("there are more than {MOST} examples"));
        }
        let example: Example = serde_json::from_slice(line).map_err(|error| format!("is no example: {error}"))?;
        check(&example)
    }

    /// How many examples there were.
    ///
    /// # Errors
    /// Too few.
    pub fn end(self) -> Result<u64, String> {
        let few = || format!("has {} examples; {FEWEST} are the fewest", self.examples);
        if self.examples < FEWEST { Err(few()) } else { Ok(self.examples) }
    }
}

fn check(example: &Example) -> Result<(), String> {
    let mut bytes = 0;
    for (n, message) in example.messages.iter().enumerate() {
        let at = |why: &str| Err(format!("messages[{n}]: {why}"));
        let calls = message.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty());
        match message.role.as_str() {
            "system" | "developer" | "user" | "tool" | "assistant" => {}
            _ => return at("`role` must be system, developer, user, assistant or tool"),
        }
        let length = match &message.content {
            Some(Value::String(text)) if !text.is_empty() => text.len(),
            Some(Value::Array(parts)) if !parts.is_empty() => parts.iter().map(|part| part.to_string().len()).sum(),
            _ if message.role == "assistant" && calls => 0,
            _ => return at("has no content"),
        };
        bytes += length;
    }
    if bytes > MOST_TOKENS * 4 {
        return Err(format!("is longer than some {MOST_TOKENS} tokens"));
    }
    match example.messages.last() {
        Some(last) if last.role == "assistant" => Ok(()),
        _ => Err("must end with what the assistant says".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}]}"#;

    #[test]
    fn ten_good_examples_are_enough_and_nine_are_not() {
        let count = |n| {
            let mut checker = Checker::default();
            for _ in 0..n {
                checker.push(GOOD.as_bytes()).unwrap();
                checker.push(b"  ").unwrap();
            }
            checker.end()
        };
        assert_eq!(count(10), Ok(10));
        assert!(count(9).unwrap_err().contains("9 examples"));
    }

    #[test]
    fn a_bad_example_says_what_is_wrong() {
        for (line, why) in [
            ("{", "no example"),
            ("[]", "no example"),
            (r#"{"prompt":"x"}"#, "no example"),
            (r#"{"messages":[]}"#, "must end"),
            (r#"{"messages":[{"role":"user","content":"x"}]}"#, "must end"),
            (r#"{"messages":[{"role":"robot","content":"x"}]}"#, "`role`"),
            (r#"{"messages":[{"role":"user"},{"role":"assistant","content":"x"}]}"#, "no content"),
            (r#"{"messages":[{"role":"assistant","content":""}]}"#, "no content"),
        ] {
            let refusal = Checker::default().push(line.as_bytes()).unwrap_err();
            assert!(refusal.contains(why), "{line}: {refusal}");
        }
        let long = GOOD.replace("hello", &"x".repeat(MOST_TOKENS * 4));
        assert!(Checker::default().push(long.as_bytes()).is_err());
        let called = r#"{"messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"1"}]}]}"#;
        assert_eq!(Checker::default().push(called.as_bytes()), Ok(()));
    }
}
