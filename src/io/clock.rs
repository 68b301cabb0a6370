//! The clocks, read once before each call of the core.

use crate::time::{Instant, Now, UnixTime};
use rustix::time::{ClockId, clock_gettime};
use std::time::{SystemTime, UNIX_EPOCH};

/// When this binary was built, in Unix seconds: a wall clock that shows less is wrong.
pub const BUILD_DATE: &str = env!("DDNSD_BUILD_DATE");

/// The present.
pub fn now() -> Now {
    let (wall, millis) = wall_and_millis();
    let built = BUILD_DATE.parse().map_or(0, |seconds: u64| seconds);
    Now { monotonic: monotonic(), wall: Some(wall).filter(|wall| wall.0 >= built), millis }
}

/// The monotonic clock.
pub fn monotonic() -> Instant {
    let time = clock_gettime(ClockId::Monotonic);
    Instant::from_millis(time.tv_sec.max(0) as u64 * 1000 + time.tv_nsec.max(0) as u64 / 1_000_000)
}

/// What the wall clock shows, right or wrong.
pub fn wall() -> UnixTime {
    wall_and_millis().0
}

fn wall_and_millis() -> (UnixTime, u16) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (UnixTime(since.as_secs()), since.subsec_millis() as u16)
}

#[cfg(test)]
mod tests {
    use super::monotonic;
    use rustix::event::{Timespec, poll};
    use std::time::{Duration, Instant};

    // With another layout of `timespec` than the C library's, the clock runs wild and no wait takes any time: build.rs.
    #[test]
    fn clock_and_waits_are_those_of_the_standard_library() {
        let (ours, theirs) = (monotonic(), Instant::now());
        assert_eq!(poll(&mut [], Some(&Timespec { tv_sec: 0, tv_nsec: 30_000_000 })), Ok(0));
        let (ours, theirs) = (monotonic().since(ours), theirs.elapsed());
        assert!(theirs >= Duration::from_millis(30), "the wait took {theirs:?}");
        assert!(ours.abs_diff(theirs) < Duration::from_millis(500), "{ours:?} here are {theirs:?} there");
    }
}
