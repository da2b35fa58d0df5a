//! What isolates and the object of the breakers say to each other.

use catalogue::json::fields::{DataError, Fields, list, number, small_number, text};
use serde::Serialize;

use crate::breaker::Breaker;

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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn report(what: What) -> Report {
        Report { id: "openai/k".into(), what, well: 0, until_ms: 0, fewest: 5 }
    }

    #[test]
    fn a_report_is_read_as_it_was_written() {
        for what in [What::Ask, What::Probe, What::Well, What::Failed, What::Refused, What::Rest] {
            let report = Report { well: 3, until_ms: NOW, ..report(what) };
            assert_eq!(Report::read(&serde_json::to_string(&report).unwrap()), Ok(report));
        }
        assert!(Report::read("{}").is_err() && Report::read("[]").is_err());
    }
}
