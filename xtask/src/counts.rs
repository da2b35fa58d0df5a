//! How many tests passed and failed, read from what the test programs print. Not
//! here: running them.

use std::ops::AddAssign;

/// Passed and failed tests. A test that was skipped or ignored is a failed one:
/// nobody learns anything from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tests that passed.
    pub(crate) passed: u32,
    /// Tests that failed, were skipped or did not run.
    pub(crate) failed: u32,
}

impl Counts {
    /// One check that passed or not.
    pub(crate) fn one(passed: bool) -> Self {
        Self { passed: u32::from(passed), failed: u32::from(!passed) }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Reads a line of `cargo test`: "test result: ok. 3 passed; 0 failed; 1 ignored; …".
pub(crate) fn of_cargo(line: &str) -> Counts {
    let Some((_, numbers)) = line.trim_start().strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
    else {
        return Counts::default();
    };
    let of = |what: &str| {
        let part = numbers.split(';').find_map(|part| part.trim().strip_suffix(what));
        part.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
    };
    Counts { passed: of("passed"), failed: of("failed") + of("ignored") }
}

/// Reads the end of TAP output of `node --test`: lines like "# pass 3".
pub(crate) fn of_tap(text: &str) -> Counts {
    let of = |what: &str| -> u32 {
        let line = text.lines().rev().find_map(|line| line.strip_prefix("# ")?.strip_prefix(what));
        line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
    };
    let failed = ["fail ", "cancelled ", "skipped ", "todo "].map(of).iter().sum();
    Counts { passed: of("pass "), failed }
}

#[cfg(test)]
mod tests {
    use super::{Counts, of_cargo, of_tap};

    #[test]
    fn an_ignored_test_counts_as_failed() {
        let line = "test result: ok. 12 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out";
        assert_eq!(of_cargo(line), Counts { passed: 12, failed: 2 });
        assert_eq!(of_cargo("running 3 tests"), Counts::default());
    }

    #[test]
    fn a_failed_result_is_read_too() {
        let line = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured";
        assert_eq!(of_cargo(line), Counts { passed: 1, failed: 2 });
    }

    #[test]
    fn skipped_and_cancelled_tests_count_as_failed() {
        let tap = "ok 1 - a\n1..5\n# tests 5\n# suites 0\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n";
        assert_eq!(of_tap(tap), Counts { passed: 2, failed: 3 });
    }
}
