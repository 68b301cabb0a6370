//! What is said, once, of a family that is wanted and missing while the other one is there.
//!
//! Where there is no address at all the account's own state says so.

use super::Account;
use crate::engine::Context;
use crate::time::{Instant, Now};
use std::time::Duration;

/// How long a family may be missing without a word: a line that comes up has one sooner than the other.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a family has been missing, and whether that was said.
#[derive(Debug, Default)]
pub(super) enum Absence {
    /// It is there, or not wanted.
    #[default]
    No,
    /// Missing since then; not said yet.
    Since(Instant),
    /// Said, with this reason.
    Said(String),
}

impl Account {
    /// When something is to be said.
    pub(super) fn missing_due(&self) -> Option<Instant> {
        let due = |absence: &Absence| match absence {
            Absence::Since(since) => Some(*since + PATIENCE),
            _ => None,
        };
        self.absences.iter().filter_map(due).min()
    }

    /// Says which wanted family is missing, and why, as soon as it has been for a while; and that it is back.
    pub(super) fn note_missing(&mut self, now: Now, context: &mut Context) {
        let heard = self.selection.as_ref().is_some_and(|selection| selection.heard);
        for ipv6 in [false, true] {
            let at = usize::from(ipv6);
            let family = if ipv6 { "IPv6" } else { "IPv4" };
            let why = if heard && self.is_addressed() && !self.halted() { self.family_missing(ipv6) } else { None };
            let absence = std::mem::take(&mut self.absences[at]);
            self.absences[at] = match (absence, why) {
                (Absence::Said(_), None) if self.address(ipv6).is_some() => {
                    self.note(context, format!("the {family} address is there again"));
                    Absence::No
                }
                (Absence::Said(said), None) if !self.is_addressed() => Absence::Said(said),
                (_, None) => Absence::No,
                (Absence::Said(said), Some(why)) if said == why => Absence::Said(said),
                (Absence::No, Some(_)) => Absence::Since(now.monotonic),
                (Absence::Since(since), Some(_)) if since + PATIENCE > now.monotonic => Absence::Since(since),
                (_, Some(why)) => {
                    self.note(context, format!("{family} is wanted and missing: {why}"));
                    Absence::Said(why)
                }
            };
        }
    }
}
