//! Finding the texts in a request, a reply or an event, whichever dialect it is in: strings under the names that all
//! dialects use for what people and models write. One pass, no tree.
//!
//! The JSON was checked before; broken JSON gives what was found before the break.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr2;

use crate::guard::found::{Found, Level, Text};
use crate::guard::mask::Mode;
use crate::json::pointer;

/// Values deeper than this are not looked into: the walk gives up.
const DEEPEST: usize = 64;

/// Names of texts.
const TEXTS: [&str; 21] = [
    "content",
    "text",
    "reasoning_content",
    "reasoning",
    "refusal",
    "thinking",
    "delta",
    "summary",
    "transcript",
    "output",
    "input",
    "system",
    "instructions",
    "prompt",
    "query",
    "documents",
    "cited_text",
    "revised_prompt",
    "code",
    "output_text",
    "data",
];

/// Names of texts that are JSON themselves.
const JSON: [&str; 2] = ["arguments", "partial_json"];

/// What is under these names says nothing, or describes what may be said.
const PASSED_OVER: [&str; 8] =
    ["tools", "metadata", "usage", "response_format", "json_schema", "schema", "image_url", "input_audio"];

/// What `json` holds. With `roots`, only what stands under these members of the outermost object.
pub(crate) fn texts<'j>(json: &'j str, roots: Option<&[&str]>) -> Found<'j> {
    let mut walk = Walk { json, at: 0, open: Vec::new(), name: Cow::Borrowed(""), found: Found::default(), roots };
    while walk.step().is_some() {}
    let mut found = walk.found;
    // Under this name stand documents, and more often images.
    let is_text = |text: &Text<'_>| {
        let level = found.levels.get(text.level);
        text.name != "data" || level.is_some_and(|level| level.scalar("type") == Some("\"text\""))
    };
    found.texts.retain(is_text);
    found
}

struct Walk<'j, 'r> {
    json: &'j str,
    at: usize,
    /// The numbers of the levels around this place.
    open: Vec<usize>,
    /// The name of the value that follows.
    name: Cow<'j, str>,
    found: Found<'j>,
    roots: Option<&'r [&'r str]>,
}

impl<'j> Walk<'j, '_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.json.as_bytes().get(at).copied()
    }

    /// Reads on to the next value, bracket or comma.
    fn step(&mut self) -> Option<()> {
        match self.byte(self.at)? {
            b'{' | b'[' => self.enter(),
            b'}' | b']' => {
                self.at += 1;
                let closed = self.open.pop()?;
                let parent = self.found.levels.get(closed)?;
                // The elements after this one are the outer array's again.
                self.name = parent.name.clone();
                (!self.open.is_empty()).then_some(())
            }
            b'"' if self.expects_name() => self.read_name(),
            b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n' => self.scalar(),
            b',' => {
                self.at += 1;
                let level = self.found.levels.get_mut(*self.open.last()?)?;
                level.elements += 1;
                if !level.is_array {
                    self.name = Cow::Borrowed("");
                }
                Some(())
            }
            _ => {
                self.at += 1;
                Some(())
            }
        }
    }

    /// A string here is a member's name: names are forgotten at each comma and read before each value.
    fn expects_name(&self) -> bool {
        let level = self.open.last().and_then(|level| self.found.levels.get(*level));
        level.is_some_and(|level| !level.is_array && !self.named())
    }

    /// What precedes this place is a colon.
    fn named(&self) -> bool {
        self.json.get(..self.at).is_some_and(|before| before.trim_ascii_end().ends_with(':'))
    }

    fn read_name(&mut self) -> Option<()> {
        let end = string_end(self.json.as_bytes(), self.at)?;
        let inner = self.json.get(self.at + 1..end - 1)?;
        self.name = match inner.contains('\\') {
            true => pointer::text(self.json.get(self.at..end)?)?,
            false => Cow::Borrowed(inner),
        };
        self.at = end;
        Some(())
    }

    fn enter(&mut self) -> Option<()> {
        let parent = self.open.last().copied();
        let is_array = self.byte(self.at) == Some(b'[');
        let is_member = parent.is_none_or(|parent| self.found.levels.get(parent).is_some_and(|level| !level.is_array));
        if let Some(level) = parent.filter(|_| is_member) {
            let name = self.name.clone();
            if &*name == "logprobs" {
                let at = self.skip()?;
                self.found.logprobs.push(at);
                return Some(());
            }
            // Deeper down these are what a tool is called with.
            let is_value = !is_array && (JSON.contains(&&*name) || &*name == "input" && self.open.len() > 1);
            if is_value {
                let at = self.skip()?;
                self.found.texts.push(Text { at, mode: Mode::Json, is_value, name, level });
                return Some(());
            }
            let outside = self.open.len() == 1 && self.roots.is_some_and(|roots| !roots.contains(&&*name));
            if outside || PASSED_OVER.contains(&&*name) {
                self.skip()?;
                return Some(());
            }
        }
        if self.open.len() == DEEPEST {
            self.found.too_deep = true;
            return None;
        }
        let around = parent.and_then(|parent| self.found.levels.get(parent));
        let place = around.filter(|level| level.is_array).map(|level| level.elements);
        let number = self.found.levels.len();
        let (parent, name) = (parent.unwrap_or(number), self.name.clone());
        self.found.levels.push(Level { parent, name, place, scalars: Vec::new(), is_array, elements: 0 });
        self.open.push(number);
        self.at += 1;
        Some(())
    }

    fn scalar(&mut self) -> Option<()> {
        let from = self.at;
        let is_string = self.byte(from) == Some(b'"');
        self.at = if is_string {
            string_end(self.json.as_bytes(), from)?
        } else {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
            from + self.json.as_bytes().get(from..)?.iter().position(ends)?
        };
        let number = *self.open.last()?;
        let outside = self.open.len() == 1 && self.roots.is_some_and(|roots| !roots.contains(&&*self.name));
        let level = self.found.levels.get_mut(number)?;
        let mode = if JSON.contains(&&*self.name) { Mode::Json } else { Mode::Text };
        if is_string && !outside && (mode == Mode::Json || TEXTS.contains(&&*self.name)) {
            let (at, name) = (from..self.at, self.name.clone());
            self.found.texts.push(Text { at, mode, is_value: false, name, level: number });
        } else if !level.is_array {
            level.scalars.push((self.name.clone(), self.json.get(from..self.at)?));
        }
        Some(())
    }

    /// Passes over the object or array that begins here; where it stood.
    fn skip(&mut self) -> Option<Range<usize>> {
        let from = self.at;
        let mut depth = 0_usize;
        loop {
            match self.byte(self.at)? {
                b'"' => self.at = string_end(self.json.as_bytes(), self.at)? - 1,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(from..self.at);
            }
        }
    }
}

/// Behind the closing quote of the string whose opening quote stands at `from`.
fn string_end(json: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        at += memchr2(b'"', b'\\', json.get(at..)?)?;
        if json.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
