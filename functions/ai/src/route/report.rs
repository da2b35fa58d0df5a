//! What isolates and the object of the breakers say to each other.

use serde::Serialize;

use crate::json::fields::{DataError, Fields, list, number, small_number, text};
use crate::route::breaker::{Allowed, Breaker};

/// What an isolate has to say of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Nothing: it wants to know what the others learned.
    Ask,
    /// It wants to be the probe.
    Probe,
    /// It answered again.
    Well,
    /// It failed.
    Failed,
    /// The provider refused it.
    Refused,
    /// The provider asked for a pause.
    Rest,
}

/// One report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The key: `provider/name`.
    pub id: String,
    /// What is said of it.
    pub what: What,
    /// Calls that went well since the last report.
    pub well: u32,
    /// Until when it rests, in milliseconds since 1970.
    pub until_ms: u64,
    /// So many failures open a breaker.
    pub fewest: u32,
}

impl Report {
    /// Reads one from JSON.
    ///
    /// # Errors
    /// [`DataError`] with the place of the first fault.
    pub fn read(json: &str) -> Result<Self, DataError> {
        let mut fields = Fields::of(json);
        let read = Self {
            id: fields.need("id", text),
            what: fields.need_or("what", What::read, What::Ask),
            well: fields.need("well", small_number),
            until_ms: fields.need("until_ms", number),
            fewest: fields.need("fewest", small_number),
        };
        fields.known(read)
    }
}

impl What {
    fn read(json: &str) -> Result<Self, DataError> {
        Ok(match text(json)?.as_str() {
            "ask" => Self::Ask,
            "probe" => Self::Probe,
            "well" => Self::Well,
            "failed" => Self::Failed,
            "refused" => Self::Refused,
            "rest" => Self::Rest,
            _ => return Err(DataError::new("a report was expected")),
        })
    }

    /// What it does to a breaker.
    pub fn apply(self, breaker: &mut Breaker, well: u32, until_ms: u64, now_ms: u64, fewest: u32) {
        if well > 0 {
            breaker.counted(well, now_ms);
        }
        match self {
            Self::Ask | Self::Probe => {}
            Self::Well => {
                breaker.succeeded(1, now_ms);
            }
            Self::Failed => {
                breaker.failed(now_ms, fewest);
            }
            Self::Refused => breaker.refused(now_ms),
            Self::Rest => breaker.rest(until_ms),
        }
    }
}

/// The breakers of an answer.
///
/// # Errors
/// When it is none.
pub fn breakers(answer: &str) -> Result<Vec<(String, Breaker)>, DataError> {
    list(answer, |json| match list(json, Ok)?.as_slice() {
        [id, breaker] => Ok((text(id)?, Breaker::read(breaker)?)),
        _ => Err(DataError::new("a key and its breaker were expected")),
    })
}

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
    fn a_report_is_read_as_it_was_written() {
        for what in [What::Ask, What::Probe, What::Well, What::Failed, What::Refused, What::Rest] {
            let report = Report { well: 3, until_ms: NOW, ..report(what) };
            assert_eq!(Report::read(&serde_json::to_string(&report).unwrap()), Ok(report));
        }
        assert!(Report::read("{}").is_err() && Report::read("[]").is_err());
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
