//! Chance for spreading requests. The seed comes from outside, so a test repeats it.

use std::time::Duration;

/// A small deterministic generator (SplitMix64); not for secrets.
#[derive(Clone, Debug)]
pub struct Jitter(u64);

impl Jitter {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Jitter(seed)
    }

    /// A duration from zero up to `limit`, in milliseconds, evenly spread.
    pub fn up_to(&mut self, limit: Duration) -> Duration {
        let limit = limit.as_millis() as u64;
        Duration::from_millis(self.next() % (limit + 1))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
