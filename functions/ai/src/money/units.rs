//! What a reply says was used beside tokens.

use crate::endpoint::Endpoint;
use crate::json::pointer;
use crate::money::decimal;
use crate::money::usage::Units;

/// Pictures one reply is believed to hold.
const MAX_IMAGES: usize = 128;

/// The units of a plain reply; `None` where it does not tell.
#[must_use]
pub fn of_reply(endpoint: Endpoint, body: &[u8]) -> Option<Units> {
    let json = std::str::from_utf8(body).ok()?;
    let number = |place: &str| {
        let raw = pointer::at(json, place)?;
        u64::try_from(decimal::ceil(raw.get())?).ok()
    };
    let one = Units { calls: 1, ..Units::default() };
    match endpoint {
        Endpoint::Images => {
            let made = (0..MAX_IMAGES).take_while(|i| pointer::at(json, &format!("/data/{i}")).is_some()).count();
            Some(Units { images: made as u64, ..one })
        }
        // A second that has begun is billed.
        Endpoint::Transcriptions => {
            let seconds = number("/usage/seconds").or_else(|| number("/duration"))?;
            Some(Units { milliseconds: seconds.saturating_mul(1_000), ..one })
        }
        Endpoint::Predictions => {
            let pictures = (0..MAX_IMAGES).take_while(|i| {
                let place = |list: &str| pointer::at(json, &format!("{list}/{i}"));
                place("/data").or_else(|| place("/output")).is_some_and(|one| one.get().contains("\"http"))
            });
            let took = pointer::at(json, "/metrics/predict_time").map(|seconds| [seconds.get(), "e3"].concat());
            let milliseconds = took.and_then(|took| u64::try_from(decimal::ceil(&took)?).ok()).unwrap_or(0);
            Some(Units { images: pictures.count() as u64, milliseconds, ..one })
        }
        Endpoint::Rerank => Some(Units { calls: number("/meta/billed_units/search_units").unwrap_or(1), ..one }),
        _ => Some(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(endpoint: Endpoint, body: &str) -> Option<Units> {
        of_reply(endpoint, body.as_bytes())
    }

    #[test]
    fn pictures_are_counted_in_the_reply() {
        let two = units(Endpoint::Images, r#"{"created":1,"data":[{"url":"a"},{"url":"b"}]}"#).unwrap();
        assert_eq!((two.images, two.calls), (2, 1));
    }

    #[test]
    fn a_second_that_has_begun_is_billed() {
        for body in [r#"{"duration":8.47,"text":""}"#, r#"{"usage":{"type":"duration","seconds":9}}"#] {
            assert_eq!(units(Endpoint::Transcriptions, body).unwrap().milliseconds, 9_000);
        }
        assert_eq!(units(Endpoint::Transcriptions, r#"{"text":"hello"}"#), None);
        assert_eq!(units(Endpoint::Transcriptions, "1\n00:00:00"), None);
    }

    #[test]
    fn searches_are_as_the_provider_says_or_one() {
        let said = r#"{"results":[],"meta":{"billed_units":{"search_units":3}}}"#;
        assert_eq!(units(Endpoint::Rerank, said).unwrap().calls, 3);
        assert_eq!(units(Endpoint::Rerank, "{}").unwrap().calls, 1);
    }
}
