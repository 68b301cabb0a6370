//! One account's state machine.
//!
//! ```text
//!            nothing to send                 something to send, but not yet: settling after an
//!   ┌────▶ Idle ◀───────────────┐            interface came up, spread after a boot, out of budget
//!   │       │ address changed   │                      │
//!   │       ▼                   │                      ▼
//!   │   [evaluate] ─────────────┼──────────────────▶ Held{until}
//!   │       │                   │                      │ time
//!   │       ▼                   │                      ▼
//!   └── Sending{flight} ── transient failure ──▶ BackOff{until}   ── time, new address ──▶ [evaluate]
//!           │           ── TLS, clock unknown ─▶ WaitingClock     ── clock set ──────────▶ [evaluate]
//!           │           ── 911, Retry-After ───▶ Waiting{until}   ── time only ──────────▶ [evaluate]
//!           └── needs a person ──▶ a halt in what is kept, and Idle
//! ```
//!
//! Halts and waits live in what is kept across reboots; all else is made anew after a start.

mod answer;
mod batch;
mod confirmed;
mod due;
mod known;

pub use batch::Batch;
pub use known::StateWord;

use super::backoff;
use super::budget::Budget;
use super::detection::Need;
use super::{Action, Context, Setup, Ticket, same_addresses};
use crate::address::{Selection, Wanted};
use crate::config::AccountConfig;
use crate::failure::{ErrorKind, Failure};
use crate::notice::Kind;
use crate::state::AccountState;
use crate::time::{Instant, Now};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long after an interface came up the other family may still arrive (DESIGN.md, section 2).
const SETTLE: Duration = Duration::from_secs(5);
/// Two readings of when an interface came up that are closer than this are the same.
const SAME_START: Duration = Duration::from_secs(2);

/// The last failure since the last success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastError {
    /// What failed.
    pub failure: Failure,
    /// When.
    pub at: Instant,
}

#[derive(Debug)]
enum Phase {
    /// Nothing to send; `review` is when an unchanged address is due all the same (`force_interval`).
    Idle { review: Option<Instant> },
    /// Something to send, not before `until`.
    Held { until: Instant },
    /// A request is under way.
    Sending(Box<Flight>),
    /// After a transient failure.
    BackOff { until: Instant, transport: bool },
    /// After a TLS failure under a wrong clock.
    WaitingClock,
    /// The service asked to be left alone.
    Waiting { until: Instant },
}

#[derive(Debug)]
struct Flight {
    ticket: Ticket,
    batch: Batch,
    rest: VecDeque<Batch>,
    /// The configuration was changed meanwhile: the answer says nothing about the present one.
    outdated: bool,
}

/// When the first request after a boot may go (rule 14).
#[derive(Debug)]
enum Spread {
    /// It counts as the first after a boot until this moment.
    Pending(Instant),
    /// Not before this moment.
    Until(Instant),
    /// At once.
    Over,
}

pub(in crate::engine) struct Account {
    pub(in crate::engine) config: Arc<AccountConfig>,
    pub(in crate::engine) kept: AccountState,
    pub(in crate::engine) budget: Budget,
    pub(in crate::engine) failures: u32,
    error: Option<LastError>,
    web_error: Option<LastError>,
    pub(in crate::engine) last_attempt: Option<Instant>,
    selection: Option<Selection>,
    /// What web detection found, IPv4 and IPv6.
    web: [Option<IpAddr>; 2],
    phase: Phase,
    spread: Spread,
    forced: bool,
}

impl Account {
    pub(in crate::engine) fn new(
        now: Now,
        context: &mut Context,
        setup: Setup,
        kept: AccountState,
        budget: Budget,
        boot: Option<Instant>,
    ) -> Self {
        let mut account = Account {
            config: setup.config.clone(),
            kept,
            budget,
            failures: 0,
            error: None,
            web_error: None,
            last_attempt: None,
            selection: None,
            web: [None, None],
            phase: Phase::Idle { review: None },
            spread: boot.map_or(Spread::Over, Spread::Pending),
            forced: false,
        };
        account.restore_wait(now);
        account.adopt(context, setup);
        account
    }

    /// A new reading of the configuration; the same text changes nothing.
    pub(in crate::engine) fn reconfigure(&mut self, _now: Now, context: &mut Context, setup: Setup) {
        let changed = self.kept.fingerprint.as_ref() != Some(&setup.fingerprint);
        if (!setup.config.enabled || changed)
            && let Phase::Sending(flight) = &mut self.phase
        {
            flight.outdated = true;
            flight.rest.clear();
        }
        if changed && matches!(self.phase, Phase::BackOff { .. } | Phase::WaitingClock) {
            self.phase = Phase::Idle { review: None };
        }
        if changed {
            self.failures = 0;
            self.error = None;
            self.selection = None;
            self.web = [None, None];
        }
        self.adopt(context, setup);
    }

    /// A changed configuration ends every halt and is proven by one update (rules 3 and 4).
    fn adopt(&mut self, context: &mut Context, setup: Setup) {
        self.config = setup.config;
        if self.kept.fingerprint.as_ref() == Some(&setup.fingerprint) {
            return;
        }
        let known = self.kept.fingerprint.replace(setup.fingerprint).is_some();
        if known && self.kept.halt.is_some() {
            self.tell(context, Kind::Resumed, None, "the configuration was changed: trying again".into());
        }
        self.kept.halt = None;
        let hostnames = &self.config.hostnames;
        self.kept.hosts.retain(|name, _| hostnames.contains(name));
        for (_, host) in self.kept.hosts.iter_mut() {
            host.proven = false;
            host.halt = None;
            host.nochg = 0;
        }
        context.save();
    }

    /// A wait from before the restart goes on. No clock that was set back makes it longer than it was,
    /// and without a clock it is waited for in full (rule 5).
    fn restore_wait(&mut self, now: Now) {
        let Some(wait) = &self.kept.wait else { return };
        let left = match (wait.until, now.wall) {
            (Some(until), Some(wall)) => until.0.saturating_sub(wall.0).min(wait.seconds),
            _ => wait.seconds,
        };
        self.error = Some(LastError {
            failure: Failure { kind: ErrorKind::Protocol, message: wait.message.clone() },
            at: now.monotonic,
        });
        self.phase = Phase::Waiting { until: now.monotonic + Duration::from_secs(left) };
    }

    pub(in crate::engine) fn in_flight(&self) -> Option<Ticket> {
        match &self.phase {
            Phase::Sending(flight) => Some(flight.ticket),
            _ => None,
        }
    }

    #[cfg(test)]
    pub(in crate::engine) fn is_outdated(&self) -> bool {
        matches!(&self.phase, Phase::Sending(flight) if flight.outdated)
    }

    pub(in crate::engine) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Idle { review } => review,
            Phase::Held { until } | Phase::BackOff { until, .. } | Phase::Waiting { until } => Some(until),
            Phase::Sending(_) | Phase::WaitingClock => None,
        }
    }

    // -- what changes from outside ------------------------------------------------------------------

    /// Takes a choice in; true if an interface has come up (or changed) since the last one.
    pub(in crate::engine) fn select(&mut self, selection: Selection) -> bool {
        let (moved, up) = match &self.selection {
            None => (true, false),
            Some(before) => (
                !same_addresses(before, &selection),
                match (before.came_up, selection.came_up) {
                    (Some(before), Some(after)) => after > before + SAME_START,
                    (None, Some(_)) => true,
                    _ => false,
                },
            ),
        };
        if (moved || up) && matches!(self.phase, Phase::BackOff { transport: true, .. }) {
            self.phase = Phase::Idle { review: None };
        }
        let blank = self.selection.as_ref().is_none_or(|before| {
            [&before.ipv4, &before.ipv6].iter().all(|wanted| matches!(wanted, Wanted::Unknown(_) | Wanted::Off))
        });
        self.selection = Some(selection);
        up || moved && !blank
    }

    /// What this account needs from web detection now; nothing while it may not send anyway (rule 4).
    pub(in crate::engine) fn web_needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        if !self.config.enabled || self.halted() || matches!(self.phase, Phase::Waiting { .. }) {
            return needs;
        }
        let Some(selection) = &self.selection else { return needs };
        for (wanted, ipv6) in [(&selection.ipv4, false), (&selection.ipv6, true)] {
            if let Wanted::Web { device, .. } = wanted {
                needs.push(Need {
                    urls: if ipv6 { self.config.web_url6.clone() } else { self.config.web_url.clone() },
                    ipv6,
                    device: device.clone().filter(|_| self.config.bind),
                    interval: Duration::from_secs(u64::from(self.config.web_interval) * 60),
                });
            }
        }
        needs
    }

    /// Takes in what web detection knows.
    pub(in crate::engine) fn detected(
        &mut self,
        now: Now,
        ipv6: bool,
        address: Option<IpAddr>,
        failure: Option<&Failure>,
    ) {
        let slot = &mut self.web[usize::from(ipv6)];
        let moved = address.is_some() && *slot != address;
        *slot = address;
        if moved && matches!(self.phase, Phase::BackOff { transport: true, .. }) {
            self.phase = Phase::Idle { review: None };
        }
        match failure {
            None => self.web_error = None,
            Some(failure) if self.web_error.as_ref().is_none_or(|error| error.failure != *failure) => {
                self.web_error = Some(LastError { failure: failure.clone(), at: now.monotonic });
            }
            Some(_) => {}
        }
    }

    /// A person wants an update now: that ends a back-off, but no halt and no wait (rules 4 to 6). One that is
    /// under way is what they want already.
    pub(in crate::engine) fn requested(&mut self, force: bool) {
        self.forced |= force && !self.halted() && !matches!(self.phase, Phase::Sending(_));
        if matches!(self.phase, Phase::BackOff { .. } | Phase::WaitingClock) {
            self.phase = Phase::Idle { review: None };
        }
    }

    /// Ends the halt of the account, or of one host; what was halted is tried once.
    pub(in crate::engine) fn resume(&mut self, context: &mut Context, hostname: Option<&str>) {
        let mut resumed = false;
        if hostname.is_none() && self.kept.halt.take().is_some() {
            self.tell(context, Kind::Resumed, None, "resumed: trying again".into());
            for (_, host) in self.kept.hosts.iter_mut() {
                host.proven = false;
            }
            resumed = true;
        }
        let mut hosts = Vec::new();
        for (name, host) in &mut self.kept.hosts {
            if hostname.is_none_or(|it| it == name) && host.halt.take().is_some() {
                host.proven = false;
                host.nochg = 0;
                hosts.push(name.clone());
            }
        }
        for name in hosts {
            self.tell(context, Kind::Resumed, Some(&name), "resumed: trying again".into());
            resumed = true;
        }
        if resumed {
            context.save();
        }
    }

    /// Marks hosts (all if none is named) as wanted offline, or online again.
    pub(in crate::engine) fn set_offline(&mut self, context: &mut Context, hostnames: &[String], offline: bool) {
        for name in self.config.hostnames.iter().filter(|name| hostnames.is_empty() || hostnames.contains(name)) {
            let host = self.kept.hosts.entry(name.clone()).or_default();
            if host.offline_wanted != offline {
                host.offline_wanted = offline;
                context.save();
            }
        }
    }

    // -- deciding -----------------------------------------------------------------------------------

    /// Does what is due now, and sets when to look again.
    pub(in crate::engine) fn evaluate(&mut self, now: Now, context: &mut Context) {
        match self.phase {
            Phase::Sending(_) => return,
            _ if !self.config.enabled || self.halted() => {
                self.forced = false;
                if !matches!(self.phase, Phase::Waiting { until } if until > now.monotonic) {
                    self.phase = Phase::Idle { review: None };
                }
                return;
            }
            Phase::BackOff { until, .. } | Phase::Waiting { until } if until > now.monotonic => return,
            Phase::WaitingClock if now.wall.is_none() => return,
            Phase::Waiting { .. } => {
                if let Some(wait) = &mut self.kept.wait {
                    wait.until = None;
                    wait.seconds = 0;
                }
            }
            _ => {}
        }
        let batches = self.due(now);
        if batches.is_empty() {
            if self.missing().is_none() {
                self.forced = false;
            }
            self.phase = Phase::Idle { review: self.review(now) };
            return;
        }
        match self.allowed(now, context, batches.iter().all(|batch| batch.offline)) {
            Err(until) => self.phase = Phase::Held { until },
            Ok(()) => {
                self.forced = false;
                self.launch(now, context, batches.into());
            }
        }
    }

    /// The gates that every update passes, in this order: settling, spreading, the service's own interval, the budget.
    fn allowed(&mut self, now: Now, context: &mut Context, offline: bool) -> Result<(), Instant> {
        let monotonic = now.monotonic;
        if let Some(came_up) = self.selection.as_ref().and_then(|selection| selection.came_up) {
            let until = came_up + SETTLE;
            if until > monotonic && self.is_incomplete() && !offline {
                return Err(until);
            }
        }
        if let Spread::Pending(end) = self.spread {
            self.spread = if monotonic < end {
                Spread::Until(monotonic + backoff::after_boot(&mut context.jitter))
            } else {
                Spread::Over
            };
        }
        if let Spread::Until(until) = self.spread {
            if until > monotonic {
                return Err(until);
            }
            self.spread = Spread::Over;
        }
        let least = Duration::from_secs(self.config.dialect.min_interval.into());
        if let Some(again) = self.last_attempt.map(|last| last + least).filter(|again| *again > monotonic) {
            return Err(again);
        }
        self.budget.take(monotonic)
    }

    fn launch(&mut self, now: Now, context: &mut Context, mut rest: VecDeque<Batch>) {
        let Some(batch) = rest.pop_front() else {
            self.phase = Phase::Idle { review: self.review(now) };
            return;
        };
        if rest.is_empty() {
            // Else what it has set aside is kept as long as the request is under way, in every account at once.
            rest = VecDeque::new();
        }
        let ticket = context.ticket();
        self.last_attempt = Some(now.monotonic);
        context.flights.push_back((ticket, self.config.name.clone()));
        context.actions.push_back(Action::Send { ticket, config: self.config.clone(), batch: batch.clone() });
        self.phase = Phase::Sending(Box::new(Flight { ticket, batch, rest, outdated: false }));
    }
}
