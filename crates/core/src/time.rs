//! Time as the core sees it: handed in, never read.
//!
//! The monotonic clock schedules; the wall clock is only remembered and shown, and may be unknown
//! (a router has no battery: until NTP has answered, its wall clock is wrong).

use std::ops::{Add, Sub};
use std::time::Duration;

/// A point on the monotonic clock, in milliseconds since the system started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The system's start.
    pub const ZERO: Instant = Instant(0);

    /// The point `millis` milliseconds after the system's start.
    pub const fn from_millis(millis: u64) -> Self {
        Instant(millis)
    }

    /// The point `secs` seconds after the system's start.
    pub const fn from_secs(secs: u64) -> Self {
        Instant(secs.saturating_mul(1000))
    }

    /// Milliseconds since the system's start.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, rhs: Duration) -> Instant {
        let millis = u64::try_from(rhs.as_millis()).unwrap_or(u64::MAX);
        Instant(self.0.saturating_add(millis))
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;

    fn sub(self, rhs: Duration) -> Instant {
        let millis = u64::try_from(rhs.as_millis()).unwrap_or(u64::MAX);
        Instant(self.0.saturating_sub(millis))
    }
}

/// Wall-clock time, in seconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixTime(pub u64);

/// The present, as the edge read it just before it called the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// What deadlines are measured on.
    pub monotonic: Instant,
    /// What is remembered and shown; `None` while the clock is evidently wrong (docs/architecture.md).
    pub wall: Option<UnixTime>,
    /// The wall clock's milliseconds within its second: so that one moment is not shown as two seconds by turns.
    pub millis: u16,
}

impl Now {
    /// The wall-clock time of a monotonic point, where the wall clock is known.
    pub fn wall_at(&self, at: Instant) -> Option<UnixTime> {
        let wall = self.wall?.0.saturating_mul(1000).saturating_add(self.millis.into());
        let (later, earlier) = (at.since(self.monotonic).as_millis(), self.monotonic.since(at).as_millis());
        Some(UnixTime(if at >= self.monotonic {
            wall.saturating_add(later as u64).div_ceil(1000)
        } else {
            wall.saturating_sub(earlier as u64) / 1000
        }))
    }
}

/// A length of time for a person, in seconds: `30`, `1.5`. Without the code that prints floating point: 10 kB on MIPS.
pub fn seconds(time: Duration) -> String {
    match time.subsec_millis() {
        0 => time.as_secs().to_string(),
        millis => format!("{}.{millis:03}", time.as_secs()).trim_end_matches('0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Instant::from_secs(1) - Duration::from_secs(2), Instant::ZERO);
        assert_eq!(Instant::from_millis(u64::MAX) + Duration::MAX, Instant::from_millis(u64::MAX));
        assert_eq!(Instant::ZERO.since(Instant::from_secs(5)), Duration::ZERO);
    }

    #[test]
    fn seconds_are_said_without_needless_digits() {
        for (millis, said) in [(0, "0"), (30_000, "30"), (1_500, "1.5"), (250, "0.25"), (10_001, "10.001")] {
            assert_eq!(seconds(Duration::from_millis(millis)), said);
        }
    }

    #[test]
    fn wall_time_of_past_and_future_points() {
        let now = Now { monotonic: Instant::from_secs(100), wall: Some(UnixTime(1_764_000_000)), millis: 0 };
        assert_eq!(now.wall_at(Instant::from_millis(100_001)), Some(UnixTime(1_764_000_001)));
        assert_eq!(now.wall_at(Instant::from_secs(40)), Some(UnixTime(1_763_999_940)));
        assert_eq!(Now { wall: None, ..now }.wall_at(Instant::ZERO), None);
    }
}
