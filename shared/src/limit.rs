//! How often a client may call: who counts as one client, and the sliding window
//! that `strict` rows are counted in. Pure; the counting object lives in `auth`.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// `RateLimit-Policy` of normal rows: as configured in the rate-limit binding of `wrangler.toml`.
pub const NORMAL_POLICY: &str = "\"normal\";q=600;w=60";

/// Calls a client may make to one strict row in `STRICT_WINDOW_S`.
pub const STRICT_QUOTA: u32 = 20;
/// The window of strict rows, in seconds.
pub const STRICT_WINDOW_S: u64 = 60;

/// One client of the limiter: an IPv4 address, or the /64 of an IPv6 address, because
/// one subscriber holds at least that (CVE-2026-45364). No address: all such callers are one.
pub fn network_of(address: Option<&str>) -> String {
    match address.and_then(|a| a.trim().parse::<IpAddr>().ok()) {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        None => "unknown".to_owned(),
    }
}

/// What a strict row asks the limiter.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ask {
    /// Calls allowed in the window.
    pub quota: u32,
    /// Seconds.
    pub window_s: u64,
    /// Milliseconds since 1970.
    pub now_ms: u64,
}

/// The limiter's answer.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the call may go on.
    pub allowed: bool,
    /// Calls allowed in the window.
    pub quota: u32,
    /// Calls left in the window.
    pub remaining: u32,
    /// Seconds until a call will be allowed, or until the window is fresh.
    pub reset_s: u64,
}

/// Counts of the current and the previous window: an approximation of a sliding window that
/// needs two numbers a client and never allows more than twice the quota at a border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    start_ms: u64,
    count: u32,
    previous: u32,
}

impl Window {
    /// Counts one call, if it is allowed.
    pub fn take(&mut self, ask: &Ask) -> Verdict {
        let length = ask.window_s.max(1).saturating_mul(1000);
        // Callers' clocks differ a little: one that is behind must not bring an older window back.
        let now_ms = ask.now_ms.max(self.start_ms);
        let start = now_ms - now_ms % length;
        if start != self.start_ms {
            self.previous = if start == self.start_ms.saturating_add(length) { self.count } else { 0 };
            self.count = 0;
            self.start_ms = start;
        }
        let left_ms = start.saturating_add(length).saturating_sub(now_ms);
        let carried = u64::from(self.previous).saturating_mul(left_ms).div_ceil(length);
        let used = u64::from(self.count).saturating_add(carried);
        if used >= u64::from(ask.quota) {
            let reset_s = self.wait_ms(u64::from(ask.quota), length, left_ms).div_ceil(1000).max(1);
            return Verdict { allowed: false, quota: ask.quota, remaining: 0, reset_s };
        }
        let reset_s = left_ms.div_ceil(1000).max(1);
        self.count = self.count.saturating_add(1);
        let remaining = u64::from(ask.quota).saturating_sub(used).saturating_sub(1);
        let remaining = u32::try_from(remaining).unwrap_or(u32::MAX);
        Verdict { allowed: true, quota: ask.quota, remaining, reset_s }
    }

    /// Milliseconds until a call will be allowed, when none is now. A window that is full weighs on the
    /// next one, too: waiting for its end alone would not be enough.
    fn wait_ms(&self, quota: u64, length: u64, left_ms: u64) -> u64 {
        // A window's rest in which `carried` calls of the one before weigh no more than `room`.
        let rest_ms = |carried: u32, room: u64| room.saturating_mul(length) / u64::from(carried.max(1));
        match quota.checked_sub(u64::from(self.count).saturating_add(1)) {
            Some(room) => left_ms.saturating_sub(rest_ms(self.previous, room)),
            None => left_ms.saturating_add(length).saturating_sub(rest_ms(self.count, quota.saturating_sub(1))),
        }
    }

    /// Whether nothing of this is needed any more at `now_ms`.
    pub fn is_over(&self, now_ms: u64, window_s: u64) -> bool {
        now_ms >= self.start_ms.saturating_add(window_s.saturating_mul(2000))
    }
}

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-09).
pub fn headers(verdict: &Verdict) -> [(&'static str, String); 2] {
    [
        ("RateLimit", format!("\"strict\";r={};t={}", verdict.remaining, verdict.reset_s)),
        ("RateLimit-Policy", format!("\"strict\";q={};w={STRICT_WINDOW_S}", verdict.quota)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(now_ms: u64) -> Ask {
        Ask { quota: 3, window_s: 10, now_ms }
    }

    #[test]
    fn the_quota_is_exact_within_a_window() {
        let mut window = Window::default();
        let allowed = (0..10).filter(|i| window.take(&ask(100_000 + i)).allowed).count();
        assert_eq!(allowed, 3);
    }

    #[test]
    fn a_full_window_weighs_on_the_next_one_and_then_fades() {
        let mut window = Window::default();
        for i in 0..3 {
            assert!(window.take(&ask(100_000 + i)).allowed);
        }
        assert!(!window.take(&ask(110_000)).allowed);
        assert!(window.take(&ask(119_000)).allowed);
        assert!(window.take(&ask(140_000)).allowed);
        assert!(window.is_over(200_000, 10) && !window.is_over(141_000, 10));
    }

    #[test]
    fn a_clock_that_is_behind_brings_no_older_window_back() {
        let mut window = Window::default();
        let allowed = (0..10).filter(|i| window.take(&ask(110_000 - i % 2)).allowed).count();
        assert_eq!(allowed, 3);
    }

    #[test]
    fn a_client_that_waits_as_long_as_it_is_told_is_allowed() {
        for first in (100_000..110_000).step_by(333) {
            let mut window = Window::default();
            let mut now = first;
            for _ in 0..40 {
                let verdict = window.take(&ask(now));
                if !verdict.allowed {
                    now += verdict.reset_s * 1000;
                    assert!(window.take(&ask(now)).allowed, "{first} {now} {window:?}");
                }
                now += 700;
            }
        }
    }

    #[test]
    fn ipv6_counts_by_its_64_and_mapped_ipv4_by_itself() {
        assert_eq!(network_of(Some("2001:db8:1:2:3:4:5:6")), network_of(Some("2001:db8:1:2::9")));
        assert_eq!(network_of(Some("::ffff:192.0.2.1")), "192.0.2.1");
        assert_eq!(network_of(Some("192.0.2.1")), "192.0.2.1");
        assert_eq!(network_of(Some("junk")), network_of(None));
    }
}
