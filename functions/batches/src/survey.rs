//! Looking at all lines of a batch before any is asked: what is wrong with them, and into which slices they are cut.

use std::collections::HashSet;

use serde::Serialize;
use sha2::{Digest, Sha256};
use uploads::lines::{Line, TooLong};

use crate::line;
use crate::model::BatchError;

/// Lines of a batch at most.
pub const MOST_LINES: u64 = 50_000;
/// Lines of a slice at most.
pub const SLICE_LINES: u64 = 24;
/// Bytes of a slice, but for its last line.
const SLICE_BYTES: u64 = 1024 * 1024;
/// Errors that are told.
const MOST_ERRORS: usize = 100;

/// Some lines that are asked together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Slice {
    /// The first line, counted from 1.
    pub line: u64,
    /// Where it begins.
    pub from: u64,
    /// Where the next slice begins.
    pub to: u64,
}

/// A survey under way.
#[derive(Debug)]
pub struct Survey {
    endpoint: String,
    seen: HashSet<[u8; 16]>,
    total: u64,
    of_slice: u64,
    slices: Vec<Slice>,
    errors: Vec<BatchError>,
}

impl Survey {
    /// Of lines that call this route.
    pub fn new(endpoint: &str) -> Self {
        let (seen, slices, errors) = (HashSet::new(), Vec::new(), Vec::new());
        Self { endpoint: endpoint.to_owned(), seen, total: 0, of_slice: 0, slices, errors }
    }

    /// Looks at a line; empty ones are none. Whether it goes on.
    pub fn take(&mut self, line: &Line) -> bool {
        if !line.text.iter().all(u8::is_ascii_whitespace) {
            self.total += 1;
            if self.total > MOST_LINES {
                self.complain("too_many_lines", format!("A batch has {MOST_LINES} lines at most."), None);
                return false;
            }
            self.look(line);
        }
        self.place(line);
        self.errors.len() < MOST_ERRORS
    }

    fn look(&mut self, line: &Line) {
        match line::read(&line.text, &self.endpoint) {
            Ok(request) => {
                let digest = Sha256::digest(&request.custom_id);
                if digest.first_chunk::<16>().is_some_and(|half| !self.seen.insert(*half)) {
                    let message = "Another line has this `custom_id`.".to_owned();
                    let param = Some("custom_id".to_owned());
                    let code = "duplicate_custom_id".to_owned();
                    self.errors.push(BatchError { code, message, param, line: Some(line.number) });
                }
            }
            Err(error) => self.errors.push(BatchError { line: Some(line.number), ..error }),
        }
    }

    /// Puts a line into the slice under way, or begins one.
    fn place(&mut self, line: &Line) {
        let room = |slice: &&mut Slice| self.of_slice < SLICE_LINES && slice.to - slice.from < SLICE_BYTES;
        if let Some(slice) = self.slices.last_mut().filter(room) {
            slice.to = line.to;
            self.of_slice += 1;
        } else {
            self.slices.push(Slice { line: line.number, from: line.from, to: line.to });
            self.of_slice = 1;
        }
    }

    /// Notes a line that is too long; nothing after it can be read.
    pub fn too_long(&mut self, TooLong(line): TooLong) {
        let rule = format!("A line has {} bytes at most.", line::LONGEST_LINE);
        self.complain("line_too_long", rule, Some(line));
    }

    /// The slices and how many lines there are.
    ///
    /// # Errors
    /// What is wrong, the first hundred.
    pub fn end(mut self) -> Result<(Vec<Slice>, u64), Vec<BatchError>> {
        if self.total == 0 && self.errors.is_empty() {
            self.complain("empty_file", "The file has no line.".to_owned(), None);
        }
        if self.errors.is_empty() { Ok((self.slices, self.total)) } else { Err(self.errors) }
    }

    fn complain(&mut self, code: &str, message: String, line: Option<u64>) {
        self.errors.push(BatchError { code: code.to_owned(), message, param: None, line });
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_LINES, SLICE_LINES, Survey};
    use uploads::lines::Line;

    fn line(number: u64, text: &str) -> Line {
        Line { number, from: (number - 1) * 10, to: number * 10, text: text.as_bytes().to_vec() }
    }

    fn good(number: u64) -> Line {
        line(number, &format!(r#"{{"custom_id":"{number}","method":"POST","url":"/v1/responses","body":{{}}}}"#))
    }

    #[test]
    fn slices_hold_all_lines_one_behind_the_other() {
        let mut survey = Survey::new("/v1/responses");
        assert!((1..=SLICE_LINES + 1).all(|number| survey.take(&good(number))));
        assert!(survey.take(&line(SLICE_LINES + 2, " ")));
        let (slices, total) = survey.end().unwrap();
        assert_eq!(total, SLICE_LINES + 1);
        assert_eq!(slices.iter().map(|slice| slice.line).collect::<Vec<_>>(), [1, SLICE_LINES + 1]);
        assert_eq!((slices[0].to, slices[1].from, slices[1].to), (240, 240, 260));
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let mut survey = Survey::new("/v1/responses");
        for line in [good(1), line(2, "{"), line(3, ""), Line { number: 4, ..good(1) }] {
            survey.take(&line);
        }
        let errors = survey.end().unwrap_err();
        let told: Vec<_> = errors.iter().map(|error| (error.code.as_str(), error.line)).collect();
        assert_eq!(told, [("invalid_json_line", Some(2)), ("duplicate_custom_id", Some(4))]);
        assert_eq!(Survey::new("/v1/responses").end().unwrap_err()[0].code, "empty_file");
    }

    #[test]
    fn more_lines_than_a_batch_has_end_the_survey() {
        let mut survey = Survey::new("/v1/responses");
        let taken = (1..=MOST_LINES + 2).take_while(|number| survey.take(&good(*number))).count();
        assert_eq!(taken as u64, MOST_LINES);
        assert_eq!(survey.end().unwrap_err()[0].code, "too_many_lines");
    }
}
