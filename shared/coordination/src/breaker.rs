//! The breaker of one provider's key: whether it is worth asking. Pure: the time is given. The copy of an isolate and
//! the one that all share (`watch`) are of this kind.
//!
//! It opens when most of the recent calls failed, stays open for a while, lets one probe through, and closes when that
//! succeeds. A key that is refused opens at once. A rate limit rests a key; resting is advice: where nobody else can
//! answer, a resting key is asked all the same.

use catalogue::json::fields::{DataError, Fields, number, small_number};
use serde::Serialize;

/// Calls are counted over this long, in milliseconds.
const WINDOW_MS: u64 = 30_000;
/// The first time it is open, in milliseconds; doubled by each probe that fails.
const OPEN_MS: u64 = 5_000;
/// It is never open longer without a probe.
const LONGEST_MS: u64 = 120_000;
/// A probe that nobody reports on is over after this long.
const PROBE_MS: u64 = 60_000;

/// Whether it may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Yes.
    Yes,
    /// When nobody else can answer.
    Rather,
    /// Yes, once, to see whether it is well again.
    Probe,
    /// Not before this time, in milliseconds since 1970.
    No(u64),
}

/// One breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Breaker {
    /// When the counting began.
    since_ms: u64,
    succeeded: u32,
    failed: u32,
    /// Not asked before; 0: closed.
    open_until_ms: u64,
    /// How long it was open the last time.
    open_ms: u64,
    /// A probe is under way until then.
    probe_until_ms: u64,
    /// Better not asked before.
    rest_until_ms: u64,
}

impl Breaker {
    /// Reads one from JSON; what is absent is 0.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault.
    pub fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let mut time = |name| fields.maybe(name, number).unwrap_or(0);
        let [since_ms, open_until_ms, open_ms] = ["since_ms", "open_until_ms", "open_ms"].map(&mut time);
        let [probe_until_ms, rest_until_ms] = ["probe_until_ms", "rest_until_ms"].map(&mut time);
        let [succeeded, failed] = ["succeeded", "failed"].map(|name| fields.maybe(name, small_number).unwrap_or(0));
        fields.known(Self { since_ms, succeeded, failed, open_until_ms, open_ms, probe_until_ms, rest_until_ms })
    }

    /// Whether it may be asked now.
    #[must_use]
    pub const fn allows(&self, now_ms: u64) -> Allowed {
        if self.open_until_ms == 0 {
            return if self.rest_until_ms > now_ms { Allowed::Rather } else { Allowed::Yes };
        }
        if self.open_until_ms > now_ms {
            return Allowed::No(self.open_until_ms);
        }
        if self.probe_until_ms > now_ms { Allowed::No(self.probe_until_ms) } else { Allowed::Probe }
    }

    /// It is not closed, or rests.
    #[must_use]
    pub const fn is_of_interest(&self, now_ms: u64) -> bool {
        self.open_until_ms != 0 || self.rest_until_ms > now_ms
    }

    /// It is not closed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open_until_ms != 0
    }

    /// So many calls went well, of which nothing else is known.
    pub fn counted(&mut self, calls: u32, now_ms: u64) {
        self.count(now_ms);
        self.succeeded = self.succeeded.saturating_add(calls);
    }

    /// A probe begins: nobody else begins one until it is reported on.
    pub const fn probe(&mut self, now_ms: u64) {
        self.probe_until_ms = now_ms + PROBE_MS;
    }

    /// So many calls went well. Whether that closed it.
    pub fn succeeded(&mut self, calls: u32, now_ms: u64) -> bool {
        self.count(now_ms);
        self.succeeded = self.succeeded.saturating_add(calls);
        let was_open = self.open_until_ms != 0;
        if was_open {
            *self = Self { since_ms: now_ms, succeeded: calls, ..Self::default() };
        }
        was_open
    }

    /// A call failed. Whether that opened it; fewer failures than `fewest` never do.
    pub fn failed(&mut self, now_ms: u64, fewest: u32) -> bool {
        self.count(now_ms);
        self.failed = self.failed.saturating_add(1);
        let was_open = self.open_until_ms != 0;
        if was_open && self.open_until_ms <= now_ms {
            self.open(now_ms, self.open_ms.saturating_mul(2));
            return true;
        }
        let opens = !was_open && self.failed >= fewest && self.failed >= self.succeeded;
        if opens {
            self.open(now_ms, OPEN_MS);
        }
        opens
    }

    /// The provider refused the key.
    pub fn refused(&mut self, now_ms: u64) {
        let longer = if self.open_until_ms == 0 { OPEN_MS * 6 } else { self.open_ms.saturating_mul(2) };
        self.open(now_ms, longer);
    }

    /// The provider asked for a pause.
    pub fn rest(&mut self, until_ms: u64) {
        self.rest_until_ms = self.rest_until_ms.max(until_ms);
    }

    fn open(&mut self, now_ms: u64, for_ms: u64) {
        self.open_ms = for_ms.min(LONGEST_MS);
        self.open_until_ms = now_ms + self.open_ms;
        self.probe_until_ms = 0;
    }

    fn count(&mut self, now_ms: u64) {
        if now_ms >= self.since_ms + WINDOW_MS {
            (self.since_ms, self.succeeded, self.failed) = (now_ms, 0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        for i in 0..5 {
            assert_eq!(breaker.failed(NOW, 5), i == 4);
        }
        breaker
    }

    #[test]
    fn it_opens_when_most_calls_fail_and_not_before() {
        let mut busy = Breaker::default();
        busy.succeeded(100, NOW);
        for _ in 0..99 {
            assert!(!busy.failed(NOW, 5));
        }
        assert!(busy.failed(NOW, 5));
        assert_eq!(open().allows(NOW), Allowed::No(NOW + 5_000));
    }

    #[test]
    fn failures_of_long_ago_do_not_count() {
        let mut breaker = Breaker::default();
        for i in 0..20 {
            assert!(!breaker.failed(NOW + i * 10_000, 5), "{i}");
        }
    }

    #[test]
    fn one_probe_at_a_time_is_let_through_and_closes_it_when_it_succeeds() {
        let mut breaker = open();
        assert_eq!(breaker.allows(NOW + 5_000), Allowed::Probe);
        breaker.probe(NOW + 5_000);
        assert_eq!(breaker.allows(NOW + 5_001), Allowed::No(NOW + 65_000));
        assert!(breaker.succeeded(1, NOW + 6_000));
        assert_eq!(breaker.allows(NOW + 6_000), Allowed::Yes);
    }

    #[test]
    fn a_probe_that_fails_opens_it_for_longer_and_longer_up_to_a_bound() {
        let mut breaker = open();
        let mut now = NOW;
        let mut pauses = Vec::new();
        for _ in 0..7 {
            let Allowed::No(until) = breaker.allows(now) else { panic!("open") };
            pauses.push(until - now);
            now = until;
            assert_eq!(breaker.allows(now), Allowed::Probe);
            breaker.probe(now);
            assert!(breaker.failed(now, 5));
        }
        assert_eq!(pauses, [5_000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000]);
    }

    #[test]
    fn a_probe_that_is_lost_does_not_hold_it_open_for_ever() {
        let mut breaker = open();
        breaker.probe(NOW + 5_000);
        assert_eq!(breaker.allows(NOW + 65_000), Allowed::Probe);
    }

    #[test]
    fn a_refused_key_opens_at_once_and_a_rate_only_rests() {
        let mut breaker = Breaker::default();
        breaker.rest(NOW + 3_000);
        assert_eq!((breaker.allows(NOW), breaker.allows(NOW + 3_000)), (Allowed::Rather, Allowed::Yes));
        breaker.refused(NOW);
        assert_eq!(breaker.allows(NOW), Allowed::No(NOW + 30_000));
    }
}
