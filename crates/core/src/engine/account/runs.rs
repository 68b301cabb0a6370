//! Runs of an API: what the next one can use of what an earlier one has found out, and what an end means.
//!
//! Ids are kept in memory alone, for each host and family: after a restart they are found out again.

use super::{Account, Batch, Phase};
use crate::failure::Failure;
use crate::notice;
use crate::protocol::api::{Ended, Outcome, Remembered};
use crate::protocol::{Code, Refusal, Reply};
use crate::time::{Instant, Now};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// How long after our own write nobody else is expected to have changed the record.
const RECENT: Duration = Duration::from_secs(3600);

/// What is known of one host's record.
#[derive(Debug)]
pub(super) struct Found {
    hostname: String,
    ipv6: bool,
    remembered: Remembered,
    /// When our own last write was acknowledged.
    wrote: Option<Instant>,
}

/// What a run may build on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recall {
    /// What an earlier run has found out.
    pub remembered: Option<Remembered>,
    /// Our own last acknowledged write is less than an hour old.
    pub recent: bool,
    /// The IPv4 address that was acknowledged last for this host.
    pub acknowledged_ipv4: Option<Ipv4Addr>,
    /// The same for IPv6.
    pub acknowledged_ipv6: Option<Ipv6Addr>,
}

impl Account {
    /// What a run may build on.
    pub(super) fn recall(&self, now: Now, batch: &Batch) -> Option<Box<Recall>> {
        let hostname = batch.hostnames.first()?;
        if !self.config.dialect.sets_records() {
            return None;
        }
        let ipv6 = batch.ipv6.is_some();
        let host = self.kept.hosts.get(hostname);
        let found = self.found.iter().find(|it| it.hostname == *hostname && it.ipv6 == ipv6);
        Some(Box::new(Recall {
            remembered: found.map(|it| it.remembered.clone()),
            recent: found.and_then(|it| it.wrote).is_some_and(|at| now.monotonic.since(at) < RECENT),
            acknowledged_ipv4: host.and_then(|host| host.ipv4),
            acknowledged_ipv6: host.and_then(|host| host.ipv6),
        }))
    }

    /// Keeps what a run has found out, and says what its end means to the account.
    pub(super) fn learn(&mut self, now: Now, result: Result<(u16, Reply), Failure>) -> Result<(u16, Reply), Failure> {
        let Phase::Sending(flight) = &self.phase else { return result };
        if self.config.dialect.api.is_none() || flight.outdated {
            return result.map(|(status, reply)| (status, plain(reply)));
        }
        let Some(hostname) = flight.batch.hostnames.first().cloned() else { return result };
        let ipv6 = flight.batch.ipv6.is_some();
        let at = self.found.iter().position(|it| it.hostname == hostname && it.ipv6 == ipv6);
        match result {
            Ok((status, Reply::Run(ended))) => {
                let Ended { outcome, wrote, remembered, .. } = *ended;
                let earlier = at.map(|at| self.found.swap_remove(at));
                let is_done = matches!(outcome, Outcome::Done(_));
                let wrote = if wrote { Some(now.monotonic) } else { earlier.as_ref().and_then(|it| it.wrote) };
                // A failure says nothing about ids, but leaves it open what the record holds now.
                let passing = matches!(outcome, Outcome::Failed(_) | Outcome::RetryAfter(_) | Outcome::Wait(..));
                let remembered = remembered.or_else(|| earlier.filter(|_| passing).map(|it| it.remembered));
                if let Some(remembered) = remembered {
                    self.found.push(Found { hostname, ipv6, remembered, wrote: wrote.filter(|_| is_done) });
                }
                Ok((status, reply(outcome)))
            }
            Err(failure) => {
                if let Some(at) = at {
                    self.found[at].wrote = None;
                }
                Err(failure)
            }
            other => other,
        }
    }
}

/// What a run's end means, without what it found out.
fn plain(answer: Reply) -> Reply {
    match answer {
        Reply::Run(ended) => reply(ended.outcome),
        other => other,
    }
}

/// What an end means to an account.
fn reply(outcome: Outcome) -> Reply {
    let refused = |code: Code, message: Option<String>, known: &str| {
        let message = match message {
            Some(said) => format!("{known}; the service says: {said}"),
            None => known.to_owned(),
        };
        Reply::Refused(Refusal { code, message, ipv4: None, ipv6: None })
    };
    match outcome {
        Outcome::Done(answer) => Reply::Hosts(vec![answer]),
        Outcome::Host(code, message) | Outcome::Account(code, message) => refused(code, message, notice::halted(code)),
        Outcome::Wait(code, message) => refused(code, message, notice::waiting(code)),
        Outcome::RetryAfter(seconds) => Reply::RetryAfter(seconds),
        Outcome::Ambiguous(what) => refused(Code::Ambiguous, None, &what),
        Outcome::Rejected(message) => refused(Code::Rejected, Some(message), notice::halted(Code::Rejected)),
        Outcome::Failed(what) => Reply::Foreign(what),
    }
}
