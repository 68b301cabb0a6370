//! What must survive a restart of the program, but no reboot: web detection's questions (rule 9), and how hard each
//! account has used its service of late (rules 6 and 12). Nothing in it is believed that would make anybody wait longer
//! than the rules can.

use super::backoff;
use super::budget::Budget;
use super::detection;
use crate::failure::Failure;
use crate::time::Instant;

/// Everything that is remembered until the next reboot.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Memory {
    /// The questions to web detection.
    pub detection: detection::Memory,
    /// How hard each account has used its service.
    pub accounts: Vec<AccountMemory>,
}

/// How hard one account has used its service of late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountMemory {
    /// The account's name.
    pub name: String,
    /// The fingerprint of the configuration that the rest belongs to: where the state cannot be saved, a change of it must
    /// not put an update back at each start.
    pub fingerprint: Option<String>,
    /// The updates that its bucket still has.
    pub tokens: u32,
    /// From when on the next one counts.
    pub since: Instant,
    /// When the last request was sent.
    pub last_attempt: Option<Instant>,
    /// The addresses that it said, to tell news from the same again.
    pub tried: Option<String>,
    /// Whether the last exchange failed.
    pub failed: bool,
    /// The failures in a row that the back-off grows with.
    pub failures: u32,
    /// Until when the account backs off, and after which failure.
    pub back_off: Option<(Instant, Failure)>,
}

impl AccountMemory {
    /// An account that has sent nothing.
    pub(super) fn new(name: String) -> Self {
        let (tokens, since) = Budget::full().parts();
        AccountMemory {
            name,
            fingerprint: None,
            tokens,
            since,
            last_attempt: None,
            tried: None,
            failed: false,
            failures: 0,
            back_off: None,
        }
    }

    /// The same with nothing in it that cannot be: the file may say anything.
    pub(super) fn sane(self, now: Instant) -> Self {
        let (tokens, since) = Budget::restored(self.tokens, self.since, now).parts();
        AccountMemory {
            tokens,
            since,
            last_attempt: self.last_attempt.map(|at| at.min(now)),
            back_off: self.back_off.map(|(until, failure)| (until.min(now + backoff::LONGEST_WAIT), failure)),
            ..self
        }
    }

    /// Whether forgetting it would allow nothing that it forbids.
    pub(super) fn is_spent(&self, now: Instant) -> bool {
        Budget::restored(self.tokens, self.since, now).is_full(now)
            && self.back_off.as_ref().is_none_or(|(until, _)| *until <= now)
    }
}
