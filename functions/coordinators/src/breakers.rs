//! The breakers that all isolates share. In memory alone: a new object learns again within seconds. Pure: the time is
//! given.

use coordination::breaker::{Allowed, Breaker};
use coordination::report::{Report, What};

/// The breakers that all isolates share.
#[derive(Debug, Default)]
pub struct Shared(Vec<(String, Breaker)>);

/// Keys are forgotten from here on: the least interesting first.
const MOST_KEYS: usize = 1_000;

impl Shared {
    /// Takes a report and answers it: `yes` or `no` to a probe, all that is open or rests to any other.
    pub fn hear(&mut self, report: &Report, now_ms: u64) -> String {
        if report.what == What::Ask {
            return self.told(now_ms);
        }
        let breaker = self.breaker(&report.id, now_ms);
        if report.what == What::Probe {
            let may = matches!(breaker.allows(now_ms), Allowed::Probe | Allowed::Yes | Allowed::Rather);
            breaker.probe(now_ms);
            return if may { "yes".to_owned() } else { "no".to_owned() };
        }
        report.what.apply(breaker, report.well, report.until_ms, now_ms, report.fewest);
        self.told(now_ms)
    }

    fn breaker(&mut self, id: &str, now_ms: u64) -> &mut Breaker {
        if self.0.len() >= MOST_KEYS {
            self.0.retain(|(_, breaker)| breaker.is_of_interest(now_ms));
            self.0.truncate(MOST_KEYS - 1);
        }
        let at = self.0.iter().position(|(known, _)| known == id).unwrap_or_else(|| {
            self.0.push((id.to_owned(), Breaker::default()));
            self.0.len() - 1
        });
        #[allow(clippy::indexing_slicing, reason = "it was just found or put there")]
        &mut self.0[at].1
    }

    fn told(&self, now_ms: u64) -> String {
        let interesting: Vec<_> = self.0.iter().filter(|(_, breaker)| breaker.is_of_interest(now_ms)).collect();
        serde_json::to_string(&interesting).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use coordination::report::breakers;

    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn report(what: What) -> Report {
        Report { id: "openai/k".into(), what, well: 0, until_ms: 0, fewest: 5 }
    }

    #[test]
    fn failures_of_many_isolates_add_up_and_one_of_them_is_the_probe() {
        let mut shared = Shared::default();
        for _ in 0..4 {
            assert_eq!(shared.hear(&report(What::Failed), NOW), "[]");
        }
        let told = breakers(&shared.hear(&report(What::Failed), NOW)).unwrap();
        assert_eq!(told[0].1.allows(NOW), Allowed::No(NOW + 5_000));
        let later = NOW + 5_000;
        assert_eq!(shared.hear(&report(What::Probe), later), "yes");
        assert_eq!(shared.hear(&report(What::Probe), later), "no");
        assert_eq!(shared.hear(&report(What::Well), later), "[]");
    }

    #[test]
    fn breakers_are_read_as_they_were_written() {
        let mut shared = Shared::default();
        shared.hear(&Report { until_ms: NOW + 9, ..report(What::Rest) }, NOW);
        for _ in 0..5 {
            shared.hear(&Report { id: "b".into(), ..report(What::Failed) }, NOW);
        }
        assert_eq!(breakers(&shared.told(NOW)).unwrap(), shared.0);
        assert!(breakers("{}").is_err() && breakers("[[\"a\"]]").is_err());
    }

    #[test]
    fn what_went_well_is_counted_against_failures() {
        let mut shared = Shared::default();
        shared.hear(&Report { well: 100, ..report(What::Failed) }, NOW);
        for _ in 0..20 {
            assert_eq!(shared.hear(&report(What::Failed), NOW), "[]");
        }
    }

    #[test]
    fn keys_without_end_do_not_fill_it() {
        let mut shared = Shared::default();
        for i in 0..5_000 {
            shared.hear(&Report { id: i.to_string(), ..report(What::Failed) }, NOW);
        }
        assert!(shared.0.len() <= MOST_KEYS);
    }
}
