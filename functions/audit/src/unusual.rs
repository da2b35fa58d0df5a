//! Whether a sign-in is unlike the earlier ones of its account. Pure: a table says what was before, and the answer
//! is the list of reasons. It is a notice to the owner and refuses nobody, so a guess may be wrong now and then.

/// Where and with what an account was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Milliseconds.
    pub at: u64,
    /// The client and its system: `Firefox on Windows`.
    pub device: String,
    /// An IPv4 address or the /64 of an IPv6 address.
    pub network: String,
    /// Two letters; `None` where the platform does not guess.
    pub country: Option<String>,
}

/// Why a sign-in is unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// With something the account was never used with.
    NewDevice,
    /// From a country it was never used from.
    NewCountry,
    /// From a network it was never used from, where no country is known.
    NewNetwork,
    /// Behind many wrong passwords.
    AfterFailures,
    /// From another country than within the hour before.
    ImpossiblePace,
}

impl Reason {
    /// The name it is shown by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewDevice => "new_device",
            Self::NewCountry => "new_country",
            Self::NewNetwork => "new_network",
            Self::AfterFailures => "after_failures",
            Self::ImpossiblePace => "impossible_pace",
        }
    }
}

/// So many wrong passwords within an hour are many: people mistype thrice.
pub const MANY_FAILURES: u64 = 5;
/// Nobody changes countries within so many milliseconds, but for a border or a tunnel, which are worth a notice once.
const PACE_MS: u64 = 3_600_000;

/// Compares a sign-in with the places of the last ninety days, in any order. The first sign-in of an account is
/// like none and not unusual.
pub fn reasons(now: &Place, earlier: &[Place], failures: u64) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if !earlier.is_empty() {
        if earlier.iter().all(|place| place.device != now.device) {
            reasons.push(Reason::NewDevice);
        }
        reasons.extend(elsewhere(now, earlier));
    }
    if failures >= MANY_FAILURES {
        reasons.push(Reason::AfterFailures);
    }
    let last = earlier.iter().filter(|place| place.country.is_some()).max_by_key(|place| place.at);
    if last
        .is_some_and(|last| now.country.is_some() && last.country != now.country && now.at.abs_diff(last.at) < PACE_MS)
    {
        reasons.push(Reason::ImpossiblePace);
    }
    reasons
}

/// Telephones change their network all day, so the country decides; the network alone does where no country is known.
fn elsewhere(now: &Place, earlier: &[Place]) -> Option<Reason> {
    let known = earlier.iter().any(|place| place.country.is_some());
    if now.country.is_some() && known {
        let new = earlier.iter().all(|place| place.country != now.country);
        return new.then_some(Reason::NewCountry);
    }
    let new = now.country.is_none() && earlier.iter().all(|place| place.network != now.network);
    new.then_some(Reason::NewNetwork)
}

#[cfg(test)]
mod tests {
    use super::{MANY_FAILURES, Place, Reason, reasons};

    const NOON: u64 = 1_795_170_600_000;
    const DAY: u64 = 86_400_000;

    fn place(days_ago: u64, device: &str, network: &str, country: &str) -> Place {
        let country = Some(country.to_owned()).filter(|country| !country.is_empty());
        Place { at: NOON - days_ago * DAY, device: device.to_owned(), network: network.to_owned(), country }
    }

    fn check(now: &Place, earlier: &[Place], failures: u64, expected: &[Reason]) {
        assert_eq!(reasons(now, earlier, failures), expected, "{now:?} behind {earlier:?} and {failures} failures");
    }

    #[test]
    fn a_sign_in_is_unusual_for_these_reasons_and_no_others() {
        use Reason::{AfterFailures, ImpossiblePace, NewCountry, NewDevice, NewNetwork};
        let home = place(3, "Firefox on Linux", "192.0.2.1", "DE");
        let here = |device: &str, network: &str, country: &str| place(0, device, network, country);
        let usual = here("Firefox on Linux", "192.0.2.1", "DE");
        // The first sign-in, and one like the last.
        check(&usual, &[], 0, &[]);
        check(&usual, std::slice::from_ref(&home), 0, &[]);
        // Another network of the same country is a telephone on its way.
        check(&here("Firefox on Linux", "198.51.100.7", "DE"), std::slice::from_ref(&home), 0, &[]);
        check(&here("Safari on iPhone", "192.0.2.1", "DE"), std::slice::from_ref(&home), 0, &[NewDevice]);
        check(&here("Firefox on Linux", "203.0.113.9", "BR"), std::slice::from_ref(&home), 0, &[NewCountry]);
        check(&here("curl", "203.0.113.9", "BR"), std::slice::from_ref(&home), 0, &[NewDevice, NewCountry]);
        // Where no country is known the network decides.
        let unknown = place(3, "Firefox on Linux", "192.0.2.1", "");
        check(&here("Firefox on Linux", "192.0.2.1", ""), std::slice::from_ref(&unknown), 0, &[]);
        check(&here("Firefox on Linux", "203.0.113.9", ""), std::slice::from_ref(&unknown), 0, &[NewNetwork]);
        check(&here("Firefox on Linux", "203.0.113.9", "BR"), &[unknown], 0, &[]);
        // Wrong passwords before it, also before the first one.
        check(&usual, std::slice::from_ref(&home), MANY_FAILURES - 1, &[]);
        check(&usual, std::slice::from_ref(&home), MANY_FAILURES, &[AfterFailures]);
        check(&usual, &[], MANY_FAILURES, &[AfterFailures]);
        // Two known countries within an hour.
        let away = place(9, "Firefox on Linux", "203.0.113.9", "BR");
        let just_now = Place { at: NOON - 600_000, ..away.clone() };
        check(&usual, &[home.clone(), just_now.clone()], 0, &[ImpossiblePace]);
        check(&usual, &[just_now, home.clone()], 0, &[ImpossiblePace]);
        check(&usual, &[home, away], 0, &[]);
    }
}
