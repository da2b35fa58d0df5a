//! What one scope did in the last minute: requests and tokens, counted in seconds. Pure.
//!
//! A second counts until it is wholly older than a minute. So in no 60 seconds, wherever they begin, there is more
//! than the limit; the price is that a request counts up to one second longer than a minute.

use std::fmt::Write;

/// Seconds for which a request counts, beside the one it was made in.
const MINUTE_S: u64 = 60;

/// The seconds of the last minute in which something was, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window(Vec<Second>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Second {
    at: u64,
    requests: u64,
    tokens: u64,
}

/// Requests and tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Requests.
    pub requests: u64,
    /// Tokens.
    pub tokens: u64,
}

impl Window {
    /// Forgets what no longer counts.
    pub fn tidy(&mut self, now_ms: u64) {
        let now = now_ms / 1000;
        let over = self.0.iter().take_while(|second| second.at + MINUTE_S < now).count();
        self.0.drain(..over);
    }

    /// What counts now; the window is tidy.
    #[must_use]
    pub fn used(&self) -> Rates {
        self.0.iter().fold(Rates::default(), |sum, second| Rates {
            requests: sum.requests.saturating_add(second.requests),
            tokens: sum.tokens.saturating_add(second.tokens),
        })
    }

    /// What of this still counts: nothing of a second that is forgotten.
    #[must_use]
    pub fn still(&self, at_ms: u64, made: Rates) -> Rates {
        if self.place(at_ms).is_ok() { made } else { Rates::default() }
    }

    /// Counts this.
    pub fn add(&mut self, at_ms: u64, made: Rates) {
        if made == Rates::default() {
            return;
        }
        match self.place(at_ms) {
            Ok(place) => {
                if let Some(second) = self.0.get_mut(place) {
                    second.requests = second.requests.saturating_add(made.requests);
                    second.tokens = second.tokens.saturating_add(made.tokens);
                }
            }
            Err(place) => {
                self.0.insert(place, Second { at: at_ms / 1000, requests: made.requests, tokens: made.tokens });
            }
        }
    }

    /// Makes of one what was another, in a second that still counts.
    pub fn correct(&mut self, at_ms: u64, was: Rates, is: Rates) {
        if let Ok(place) = self.place(at_ms)
            && let Some(second) = self.0.get_mut(place)
        {
            second.requests = second.requests.saturating_sub(was.requests).saturating_add(is.requests);
            second.tokens = second.tokens.saturating_sub(was.tokens).saturating_add(is.tokens);
        }
    }

    /// Milliseconds until so many requests less count, and so many tokens. 0 when nothing has to go.
    #[must_use]
    pub fn wait_ms(&self, now_ms: u64, less: Rates) -> u64 {
        let mut gone = Rates::default();
        for second in &self.0 {
            if gone.requests >= less.requests && gone.tokens >= less.tokens {
                break;
            }
            gone.requests = gone.requests.saturating_add(second.requests);
            gone.tokens = gone.tokens.saturating_add(second.tokens);
            if gone.requests >= less.requests && gone.tokens >= less.tokens {
                return ends_ms(second).saturating_sub(now_ms);
            }
        }
        0
    }

    /// Milliseconds until nothing counts any more.
    #[must_use]
    pub fn empty_in_ms(&self, now_ms: u64) -> u64 {
        self.0.last().map_or(0, |last| ends_ms(last).saturating_sub(now_ms))
    }

    /// As text: `second:requests:tokens`, with spaces between.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for Second { at, requests, tokens } in &self.0 {
            let _ = write!(text, "{at}:{requests}:{tokens} ");
        }
        text
    }

    /// What `text` wrote; what cannot be read is left out.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let second = |word: &str| {
            let mut numbers = word.split(':').map(str::parse);
            Some(Second { at: numbers.next()?.ok()?, requests: numbers.next()?.ok()?, tokens: numbers.next()?.ok()? })
        };
        Self(text.split_ascii_whitespace().filter_map(second).collect())
    }

    fn place(&self, at_ms: u64) -> Result<usize, usize> {
        self.0.binary_search_by_key(&(at_ms / 1000), |second| second.at)
    }
}

/// When a second counts no more.
const fn ends_ms(second: &Second) -> u64 {
    (second.at + MINUTE_S + 1) * 1000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    const ONE: Rates = Rates { requests: 1, tokens: 10 };

    #[test]
    fn a_request_counts_for_a_minute_and_less_than_a_second_more() {
        let mut window = Window::default();
        window.add(5_900, ONE);
        for (now, counts) in [(5_900, true), (65_899, true), (65_999, true), (66_000, false)] {
            let mut then = window.clone();
            then.tidy(now);
            assert_eq!(then.used() == ONE, counts, "{now}");
            assert_eq!(then.wait_ms(now, ONE) > 0, counts);
        }
        assert_eq!(window.wait_ms(5_900, ONE), 60_100);
    }

    #[test]
    fn what_has_to_go_says_how_long_to_wait() {
        let mut window = Window::default();
        window.add(1_000, ONE);
        window.add(4_000, ONE);
        assert_eq!(window.wait_ms(5_000, Rates { requests: 1, tokens: 0 }), 57_000);
        assert_eq!(window.wait_ms(5_000, Rates { requests: 0, tokens: 11 }), 60_000);
        assert_eq!(window.wait_ms(5_000, Rates::default()), 0);
        assert_eq!((window.empty_in_ms(5_000), Window::default().empty_in_ms(5_000)), (60_000, 0));
    }

    #[test]
    fn a_correction_changes_what_still_counts_and_nothing_else() {
        let mut window = Window::default();
        window.add(1_000, ONE);
        window.correct(1_999, ONE, Rates { requests: 1, tokens: 3 });
        assert_eq!(window.used(), Rates { requests: 1, tokens: 3 });
        window.tidy(62_000);
        window.correct(1_999, ONE, Rates { requests: 1, tokens: 900 });
        assert_eq!(window, Window::default());
    }

    #[test]
    fn a_window_reads_back_as_written() {
        let mut window = Window::default();
        window.add(1_000, ONE);
        window.add(9_000, ONE);
        assert_eq!(Window::read(&window.text()), window);
        assert_eq!(Window::read("what 1:2 3:4:x"), Window::default());
    }

    proptest! {
        #[test]
        fn no_sixty_seconds_hold_more_than_the_limit(
            steps in proptest::collection::vec(0_u64..5_000, 1..300),
            limit in 1_u64..20,
        ) {
            let (mut window, mut now, mut made) = (Window::default(), 0, Vec::new());
            for step in steps {
                now += step;
                window.tidy(now);
                if window.used().requests < limit {
                    window.add(now, ONE);
                    made.push(now);
                } else {
                    let wait = window.wait_ms(now, Rates { requests: 1, tokens: 0 });
                    prop_assert!(wait > 0 && wait <= 61_000);
                    window.tidy(now + wait);
                    prop_assert!(window.used().requests < limit, "what it was told to wait was enough");
                    now += wait;
                }
            }
            for begin in &made {
                let within = made.iter().filter(|at| (*begin..begin + 60_000).contains(at)).count() as u64;
                prop_assert!(within <= limit);
            }
        }
    }
}
