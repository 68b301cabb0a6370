//! One step of the set-up: asked for, and asked for again with growing pauses where it is refused.
//!
//! ```text
//!   Idle ──ask──▶ Asked ──answer──▶ Done
//!                  │ ▲
//!          refused │ │ the pause is over
//!                  ▼ │
//!                Refused
//! ```

use crate::time::Instant;
use crate::ubus::RequestId;
use std::time::Duration;

/// The longest pause. Rights that an administrator grants late are found within the hour; and a machine that never
/// grants them, or has no netifd, is woken up once an hour for it.
const LONGEST_PAUSE: u64 = 3600;
/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The pause after so many refusals in a row: 1, 2, 4, 8 … seconds, an hour at most.
fn pause(refusals: u32) -> Duration {
    let doubled = 1u64.checked_shl(refusals.saturating_sub(1)).unwrap_or(LONGEST_PAUSE);
    Duration::from_secs(doubled.min(LONGEST_PAUSE))
}

#[derive(Debug, Default)]
enum Progress {
    /// Not asked for: what it needs is not there yet, or nobody wants it.
    #[default]
    Idle,
    /// Asked for, then.
    Asked(RequestId, Instant),
    /// To be asked for again, then.
    Refused(Instant),
    /// It is so.
    Done,
}

/// One step.
#[derive(Debug, Default)]
pub struct Step {
    progress: Progress,
    /// Refusals in a row.
    refusals: u32,
    /// Whether the log was told of the refusals: that they are over is then said, too.
    said: bool,
}

impl Step {
    /// Asked for now.
    pub fn ask(&mut self, now: Instant, request: RequestId) {
        self.progress = Progress::Asked(request, now);
    }

    /// The request under way, and since when.
    pub fn asked(&self) -> Option<(RequestId, Instant)> {
        match self.progress {
            Progress::Asked(request, since) => Some((request, since)),
            _ => None,
        }
    }

    /// Whether this is the request under way.
    pub fn is(&self, request: RequestId) -> bool {
        self.asked().is_some_and(|(asked, _)| asked == request)
    }

    /// Whether it is so.
    pub fn is_done(&self) -> bool {
        matches!(self.progress, Progress::Done)
    }

    /// It is so now; true where the log was told that it is not.
    pub fn done(&mut self) -> bool {
        self.progress = Progress::Done;
        self.refusals = 0;
        std::mem::take(&mut self.said)
    }

    /// Refused, or not answered in time: asked for again after a pause. True where the log is to be told, that is at
    /// the `quiet`-th refusal, once.
    pub fn refused(&mut self, now: Instant, quiet: u32) -> bool {
        self.refusals = self.refusals.saturating_add(1);
        self.progress = Progress::Refused(now + pause(self.refusals));
        self.refusals >= quiet && !std::mem::replace(&mut self.said, true)
    }

    /// Not wanted, or not possible, at present. What was said stays said.
    pub fn reset(&mut self) {
        self.progress = Progress::Idle;
        self.refusals = 0;
    }

    /// Whether the pause is over.
    pub fn is_due(&self, now: Instant) -> bool {
        matches!(self.progress, Progress::Refused(at) if at <= now)
    }

    /// Whether an answer is missing for too long.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.asked().is_some_and(|(_, since)| since + PATIENCE <= now)
    }

    /// When something is due: the next request, or the end of the patience with this one.
    pub fn deadline(&self) -> Option<Instant> {
        match self.progress {
            Progress::Refused(at) => Some(at),
            Progress::Asked(_, since) => Some(since + PATIENCE),
            Progress::Idle | Progress::Done => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_a_second_to_an_hour() {
        let pauses: Vec<u64> = (1..=15).map(|refusals| pause(refusals).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
        assert_eq!(pause(u32::MAX).as_secs(), 3600);
    }
}
