//! Who may have a request under way: at most four at once, and a service that does not answer never holds up an
//! account that is well (docs/architecture.md).
//!
//! The fourth slot is kept for accounts that are well. As long as there is none, an account that nothing is known of
//! may have it, if its server is not one of those that are being waited for: eight accounts at a dead service leave
//! the ninth, at another one, a slot even right after the start.

use super::Ticket;
use std::collections::VecDeque;

/// How many requests may be under way.
pub const AT_ONCE: usize = 4;

/// What is known of an account's exchanges, from the one that goes first to the one that goes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Its service has answered, and the last exchange brought no failure.
    Well,
    /// Nothing has been acknowledged and nothing has failed yet.
    Unknown,
    /// Its last exchange failed.
    Failing,
}

/// The accounts that are ready, each by its turn and its place, in a queue for each standing. What is in them may have
/// become untrue since: who takes one out looks again.
#[derive(Debug, Default)]
pub(super) struct Queues([VecDeque<(u64, usize)>; 3]);

impl Queues {
    pub fn push(&mut self, standing: Standing, turn: u64, at: usize) {
        self.0[standing as usize].push_back((turn, at));
    }

    /// How many places there are, those included that nobody stands in any more.
    pub fn len(&self) -> usize {
        self.0.iter().map(VecDeque::len).sum()
    }

    /// Takes out all that `wants` says are to go, those of the better standing first, until it says that this was
    /// enough.
    pub fn take(&mut self, mut wants: impl FnMut(Standing, u64, usize) -> Next) {
        for (standing, queue) in [Standing::Well, Standing::Unknown, Standing::Failing].into_iter().zip(&mut self.0) {
            let mut number = 0;
            while let Some((turn, at)) = queue.get(number).copied() {
                match wants(standing, turn, at) {
                    Next::Out => drop(queue.remove(number)),
                    Next::Stays => number += 1,
                    Next::Enough => break,
                }
            }
        }
    }
}

/// What becomes of an account in a queue.
pub(super) enum Next {
    /// It has gone, or is not ready any more.
    Out,
    /// It cannot go now; another one may.
    Stays,
    /// Nobody of this standing can go now.
    Enough,
}

/// The requests that are under way.
#[derive(Debug)]
pub(super) struct Slots {
    limit: usize,
    flights: Vec<UnderWay>,
}

#[derive(Debug)]
struct UnderWay {
    ticket: Ticket,
    account: String,
    standing: Standing,
    server: String,
}

impl Slots {
    pub fn new(limit: usize) -> Self {
        Slots { limit, flights: Vec::new() }
    }

    /// Gives none away any more.
    pub fn close(&mut self) {
        self.limit = 0;
    }

    /// Whether every slot is taken.
    pub fn are_full(&self) -> bool {
        self.flights.len() >= self.limit
    }

    /// Whether an account of this standing may have a slot for an exchange with this server. `reserved` says whether
    /// there is an account that the last slot is kept for.
    pub fn admit(&self, standing: Standing, server: &str, reserved: bool) -> bool {
        let others = self.flights.iter().filter(|it| it.standing != Standing::Well).count();
        let last = others + 1 >= self.limit;
        !self.are_full()
            && match standing {
                Standing::Well => true,
                Standing::Unknown if !last => true,
                Standing::Unknown => !reserved && self.flights.iter().all(|it| it.server != server),
                Standing::Failing => !last,
            }
    }

    pub fn take(&mut self, ticket: Ticket, account: &str, standing: Standing, server: String) {
        self.flights.push(UnderWay { ticket, account: account.to_owned(), standing, server });
    }

    /// The account whose request has ended; `None` if nobody waits for it.
    pub fn free(&mut self, ticket: Ticket) -> Option<String> {
        let at = self.flights.iter().position(|flight| flight.ticket == ticket)?;
        Some(self.flights.swap_remove(at).account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_slot_is_kept_for_accounts_that_are_well() {
        let mut slots = Slots::new(AT_ONCE);
        for number in 0..3 {
            assert!(slots.admit(Standing::Failing, "dead", true));
            slots.take(Ticket(number), "a", Standing::Failing, "dead".into());
        }
        assert!(!slots.admit(Standing::Failing, "other", true));
        assert!(!slots.admit(Standing::Unknown, "other", true), "somebody is well: it is kept");
        assert!(slots.admit(Standing::Unknown, "other", false), "nobody is");
        assert!(!slots.admit(Standing::Unknown, "dead", false), "but not for a server that does not answer");
        assert!(slots.admit(Standing::Well, "dead", true));
        slots.take(Ticket(3), "b", Standing::Well, "good".into());
        assert!(!slots.admit(Standing::Well, "good", true));
        assert_eq!(slots.free(Ticket(3)).as_deref(), Some("b"));
        assert_eq!(slots.free(Ticket(3)), None);
        assert!(slots.admit(Standing::Well, "good", true));
    }
}
