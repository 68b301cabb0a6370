//! How long to leave the service alone: after a transient failure, after `911`, after a boot.

use super::jitter::Jitter;
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(1800);
/// The longest wait that a service is granted.
pub const LONGEST_ASKED: Duration = Duration::from_secs(7 * 86_400);
/// The longest back-off, chance included.
pub const LONGEST_WAIT: Duration = Duration::from_secs(4500);
/// The pauses before a name is looked up again that could not be resolved just after the line had changed (rule 6).
pub const LOOK_UP_AGAIN: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
const SPREAD: Duration = Duration::from_secs(30);

/// The wait after the `failures`-th failure in a row (rule 6): 30 s, doubled each time up to an hour,
/// and up to a quarter more by chance.
pub fn after_failure(failures: u32, jitter: &mut Jitter) -> Duration {
    let doublings = failures.saturating_sub(1).min(7);
    let wait = (FIRST * (1 << doublings)).min(LONGEST);
    wait + jitter.up_to(wait / 4)
}

/// The wait after `911` or `dnserr` (rule 5): 30 minutes at least, an hour from the second in a row on, and up to ten
/// minutes more by chance, so that a fleet does not return in one second (rule 14).
pub fn after_fatal(count: u32, jitter: &mut Jitter) -> Duration {
    let doublings = count.saturating_sub(1).min(1);
    PATIENCE * (1 << doublings) + jitter.up_to(Duration::from_secs(600))
}

/// The wait after `Retry-After: seconds`: that long, at least as long as the back-off, at most a week
/// (a broken proxy must not silence a router for ever).
pub fn after_retry_after(seconds: u64, failures: u32, jitter: &mut Jitter) -> Duration {
    let asked = Duration::from_secs(seconds).min(LONGEST_ASKED);
    asked.max(after_failure(failures, jitter)) + jitter.up_to(Duration::from_secs(30))
}

/// The delay of the first request after a boot (rule 14).
pub fn after_boot(jitter: &mut Jitter) -> Duration {
    jitter.up_to(SPREAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r06_grows_to_an_hour_and_spreads() {
        let mut jitter = Jitter::new(1);
        for (failures, base) in [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (u32::MAX, 3600)] {
            for _ in 0..100 {
                let wait = after_failure(failures, &mut jitter).as_millis();
                assert!((base * 1000..=base * 1250).contains(&wait), "{failures}: {wait}");
                assert!(wait <= LONGEST_WAIT.as_millis());
            }
        }
    }

    #[test]
    fn r05_fatal_is_never_under_thirty_minutes() {
        let mut jitter = Jitter::new(2);
        for count in [0, 1, 2, 50, u32::MAX] {
            assert!(after_fatal(count, &mut jitter) >= Duration::from_secs(1800));
        }
    }

    #[test]
    fn r06_retry_after_is_obeyed_within_a_week() {
        let mut jitter = Jitter::new(3);
        assert!(after_retry_after(7200, 1, &mut jitter) >= Duration::from_secs(7200));
        assert!(after_retry_after(1, 8, &mut jitter) >= Duration::from_secs(3600));
        assert!(after_retry_after(u64::MAX, 1, &mut jitter) <= Duration::from_secs(7 * 86_400 + 30));
    }
}
