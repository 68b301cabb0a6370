//! The rate that no flapping line can exceed (docs/protocol.md, rule 12): three updates at once, then one
//! in five minutes.

use crate::time::Instant;
use std::time::Duration;

const CAPACITY: u32 = 3;
const REFILL: Duration = Duration::from_secs(300);
/// How long the refill of the next token may be put off.
const MOST_OWED: Duration = Duration::from_secs(900);

/// A token bucket. A token is one update, however many requests it is split into.
#[derive(Clone, Debug)]
pub struct Budget {
    tokens: u32,
    /// From when on the refill of the next token counts; only meaningful while the bucket is not full.
    since: Instant,
}

impl Budget {
    /// A full bucket.
    pub fn full() -> Self {
        Budget { tokens: CAPACITY, since: Instant::ZERO }
    }

    /// Takes a token, or says when there will be one.
    pub fn take(&mut self, now: Instant) -> Result<(), Instant> {
        self.ready(now)?;
        if self.tokens == CAPACITY {
            self.since = now;
        }
        self.tokens -= 1;
        Ok(())
    }

    /// Takes a token that is needed whether there is one or not: a further run of an update that has begun. Where there is
    /// none, the next one comes later, up to a bound.
    pub fn charge(&mut self, now: Instant) {
        if self.take(now).is_err() {
            self.since = (self.since + REFILL).min(now + MOST_OWED);
        }
    }

    /// Says when there is a token, without taking it.
    pub fn ready(&mut self, now: Instant) -> Result<(), Instant> {
        self.refill(now);
        if self.tokens == 0 { Err(self.since + REFILL) } else { Ok(()) }
    }

    /// Puts a token back: one that was not spent after all, or one for a changed configuration.
    pub fn put_back(&mut self, now: Instant) {
        self.refill(now);
        self.tokens = (self.tokens + 1).min(CAPACITY);
    }

    /// What is to be remembered: the tokens, and from when on the next one counts.
    pub fn parts(&self) -> (u32, Instant) {
        (self.tokens, self.since)
    }

    /// The bucket of these parts, whatever they are: never more than full, and owing no more than a bucket can.
    pub fn restored(tokens: u32, since: Instant, now: Instant) -> Self {
        Budget { tokens: tokens.min(CAPACITY), since: since.min(now + MOST_OWED) }
    }

    /// Whether it is as good as a new one.
    pub fn is_full(&self, now: Instant) -> bool {
        self.tokens == CAPACITY || now >= self.since + REFILL * (CAPACITY - self.tokens)
    }

    fn refill(&mut self, now: Instant) {
        while self.tokens < CAPACITY && now >= self.since + REFILL {
            self.tokens += 1;
            self.since = self.since + REFILL;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r12_three_at_once_then_one_in_five_minutes() {
        let mut budget = Budget::full();
        let start = Instant::from_secs(1000);
        for _ in 0..3 {
            assert_eq!(budget.take(start), Ok(()));
        }
        assert_eq!(budget.take(start), Err(Instant::from_secs(1300)));
        assert_eq!(budget.take(Instant::from_millis(1_299_999)), Err(Instant::from_secs(1300)));
        assert_eq!(budget.take(Instant::from_secs(1300)), Ok(()));
        assert_eq!(budget.take(Instant::from_secs(1301)), Err(Instant::from_secs(1600)));
        let later = Instant::from_secs(1_000_000);
        for _ in 0..3 {
            assert_eq!(budget.take(later), Ok(()));
        }
        assert!(budget.take(later).is_err());
    }

    #[test]
    fn r12_what_is_put_back_never_overflows_and_what_is_restored_is_bounded() {
        let start = Instant::from_secs(1000);
        let mut budget = Budget::full();
        budget.put_back(start);
        for _ in 0..3 {
            assert_eq!(budget.take(start), Ok(()));
        }
        assert!(budget.take(start).is_err());
        budget.put_back(start);
        assert_eq!(budget.take(start), Ok(()));
        let (tokens, since) = budget.parts();
        let mut again = Budget::restored(tokens, since, Instant::from_secs(1010));
        assert_eq!(again.take(Instant::from_secs(1010)), Err(Instant::from_secs(1300)));
        let mut strange = Budget::restored(u32::MAX, Instant::from_secs(u64::MAX), start);
        for _ in 0..3 {
            assert_eq!(strange.take(start), Ok(()));
        }
        assert_eq!(strange.take(start), Err(Instant::from_secs(1300)));
    }

    #[test]
    fn r12_no_window_holds_more_than_the_bucket_allows() {
        use proptest::prelude::*;
        proptest!(|(gaps in proptest::collection::vec(0u64..400, 1..200))| {
            let mut budget = Budget::full();
            let mut now = Instant::from_secs(7);
            let mut sent = Vec::new();
            for gap in gaps {
                now = now + Duration::from_secs(gap);
                if budget.take(now).is_ok() {
                    sent.push(now);
                }
            }
            for (i, first) in sent.iter().enumerate() {
                for (n, last) in sent[i..].iter().enumerate() {
                    let allowed = 3 + last.since(*first).as_secs() / 300;
                    prop_assert!((n as u64) < allowed);
                }
            }
        });
    }

    #[test]
    fn r12_what_is_owed_puts_the_next_update_off_by_a_bounded_time() {
        let start = Instant::from_secs(1000);
        let mut budget = Budget::full();
        budget.take(start).unwrap();
        budget.charge(start);
        budget.charge(start);
        assert_eq!(budget.ready(start), Err(Instant::from_secs(1300)));
        budget.charge(start);
        assert_eq!(budget.ready(start), Err(Instant::from_secs(1600)));
        let (tokens, since) = budget.parts();
        assert_eq!(Budget::restored(tokens, since, start).ready(start), Err(Instant::from_secs(1600)));
        for _ in 0..100 {
            budget.charge(start);
        }
        assert_eq!(budget.ready(start), Err(Instant::from_secs(1000 + 900 + 300)));
        assert_eq!(budget.take(Instant::from_secs(2200)), Ok(()));
    }
}
