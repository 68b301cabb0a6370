//! One account's state machine.
//!
//! ```text
//!            nothing to send                 something to send, but not yet: settling after an interface came
//!   ┌────▶ Idle ◀───────────────┐            up, spread after a boot, the service's interval, out of budget
//!   │       │ address changed   │                      │
//!   │       ▼                   │                      ▼
//!   │   [evaluate] ─────────────┼──────────────────▶ Held{why, until}
//!   │       │ nothing in its way                       │ time
//!   │       ▼                   │                      ▼
//!   │     Ready ── a slot is free (the engine's dispatch), a token taken
//!   │       ▼
//!   └── Sending{flight} ── transient failure ──▶ BackOff{until}   ── time, new address ──▶ [evaluate]
//!           │           ── name not resolved just after a change of the line ─▶ Held{LookUp}
//!           │           ── TLS, clock unknown ─▶ WaitingClock     ── clock set ──────────▶ [evaluate]
//!           │           ── 911, Retry-After ───▶ Waiting{until}   ── time only ──────────▶ [evaluate]
//!           └── needs a person ──▶ a halt in what is kept, and Idle
//! ```
//!
//! Halts and waits live in what is kept across reboots; bucket, back-off and the last attempt in what is kept until the
//! next one (`engine::memory`); all else is made anew after a start.

mod answer;
mod batch;
mod change;
mod confirmed;
mod decide;
mod due;
mod known;
mod missing;
mod runs;

pub use batch::Batch;
pub use known::{StateWord, Waiting};
pub use runs::Recall;

use super::backoff;
use super::budget::Budget;
use super::memory::AccountMemory;
use super::slots::Standing;
use super::{Context, Setup, Ticket};
use crate::address::{Selection, Wanted};
use crate::config::AccountConfig;
use crate::failure::{ErrorKind, Failure};
use crate::notice::{Hold, Kind};
use crate::state::AccountState;
use crate::time::{Instant, Now};
use missing::Absence;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

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
    Held { why: Hold, until: Instant },
    /// Something to send, and nothing in its way but that other requests are under way. The lower turn goes first.
    Ready { turn: u64 },
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
    /// What the first request of an update took, to be given back where nothing has left this router.
    taken: Option<Taken>,
    /// The line has changed since, or somebody has said that it did: a transport failure tells nothing about the
    /// present one (rule 6).
    news: bool,
    /// The configuration was changed meanwhile: the answer says nothing about the present one.
    outdated: bool,
}

/// The line that web detection is asked about.
#[derive(Debug)]
enum WebLine {
    /// Nothing has been heard of it in this run.
    Unheard,
    /// Web detection is not what the address comes from.
    Other,
    /// This choice, since then.
    Of(Wanted, Instant),
}

impl WebLine {
    fn since(&self) -> Instant {
        match self {
            WebLine::Of(_, since) => *since,
            WebLine::Unheard | WebLine::Other => Instant::ZERO,
        }
    }
}

/// What was so before a token was taken.
#[derive(Debug)]
struct Taken {
    last_attempt: Option<Instant>,
    tried: Option<String>,
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
    budget: Budget,
    pub(in crate::engine) failures: u32,
    /// Whether the last exchange failed, whatever has happened to the line since: who goes first depends on it.
    failed: bool,
    error: Option<LastError>,
    web_error: Option<LastError>,
    pub(in crate::engine) last_attempt: Option<Instant>,
    /// The addresses that the last attempt said.
    tried: Option<String>,
    selection: Option<Selection>,
    /// When the line changed last: another address, or an interface that came up.
    line_changed: Option<Instant>,
    /// How often the name was looked up again since then.
    lookups: usize,
    /// What web detection found, IPv4 and IPv6.
    web: [Option<IpAddr>; 2],
    /// The lines that this was asked about.
    lines: [WebLine; 2],
    /// What was said of wanted families that are missing.
    absences: [Absence; 2],
    /// The same of having no address at all.
    unaddressed: Absence,
    phase: Phase,
    spread: Spread,
    forced: bool,
    /// The wait that the log was told of last, and until when it was.
    told: Option<(Hold, Instant)>,
    /// What runs of an API found out.
    found: Vec<runs::Found>,
}

impl Account {
    pub(in crate::engine) fn new(
        now: Now,
        context: &mut Context,
        setup: Setup,
        kept: AccountState,
        memory: AccountMemory,
        boot: Option<Instant>,
    ) -> Self {
        let mut account = Account {
            config: setup.config.clone(),
            kept,
            budget: Budget::restored(memory.tokens, memory.since, now.monotonic),
            failures: memory.failures,
            failed: memory.failed,
            error: None,
            web_error: None,
            last_attempt: memory.last_attempt,
            tried: memory.tried,
            selection: None,
            line_changed: None,
            lookups: 0,
            web: [None, None],
            lines: [WebLine::Unheard, WebLine::Unheard],
            absences: Default::default(),
            unaddressed: Absence::No,
            phase: Phase::Idle { review: None },
            spread: boot.map_or(Spread::Over, Spread::Pending),
            forced: false,
            told: None,
            found: Vec::new(),
        };
        let changed = account.adopt(context, setup) && account.kept.fingerprint != memory.fingerprint;
        if changed {
            account.start_anew(now, context);
        }
        account.restore_wait(now, context);
        match memory.back_off {
            Some((until, failure)) if !changed && until > now.monotonic => {
                account.restore_back_off(now, context, until, failure);
            }
            _ => {}
        }
        account
    }

    /// A new reading of the configuration; the same text changes nothing.
    pub(in crate::engine) fn reconfigure(&mut self, now: Now, context: &mut Context, setup: Setup) {
        let changed = self.kept.fingerprint.as_ref() != Some(&setup.fingerprint);
        if (!setup.config.enabled || changed)
            && let Phase::Sending(flight) = &mut self.phase
        {
            flight.outdated = true;
            flight.rest.clear();
        }
        if changed {
            self.start_anew(now, context);
            self.error = None;
            self.selection = None;
            self.web = [None, None];
            self.lines = [WebLine::Unheard, WebLine::Unheard];
        }
        self.adopt(context, setup);
    }

    /// A person is at work on this account: what failed before says nothing any more, and one update goes at once
    /// (rule 12). A wait that the service asked for stays.
    fn start_anew(&mut self, now: Now, context: &mut Context) {
        self.budget.put_back(now.monotonic);
        self.failures = 0;
        self.failed = false;
        self.lookups = 0;
        if matches!(self.phase, Phase::BackOff { .. } | Phase::WaitingClock | Phase::Held { .. }) {
            self.phase = Phase::Idle { review: None };
        }
        context.remember();
    }

    /// A changed configuration ends every halt and is proven by one update (rules 3 and 4). True where it is another
    /// one than was known.
    fn adopt(&mut self, context: &mut Context, setup: Setup) -> bool {
        self.config = setup.config;
        if self.kept.fingerprint.as_ref() == Some(&setup.fingerprint) {
            return false;
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
        known
    }

    /// A wait from before the restart goes on. No clock that was set back makes it longer than it was, no file makes it
    /// longer than a service is granted, and without a clock it is waited for in full (rule 5).
    fn restore_wait(&mut self, now: Now, context: &mut Context) {
        let Some(wait) = &mut self.kept.wait else { return };
        let longest = backoff::LONGEST_ASKED.as_secs();
        let left = match (wait.until, now.wall) {
            (Some(until), Some(wall)) => until.0.saturating_sub(wall.0).min(wait.seconds),
            _ => wait.seconds,
        };
        let left = left.min(longest);
        let until = now.monotonic + Duration::from_secs(left);
        // Else it would be as long again after the next start. The spread of a long one may go a little beyond.
        if wait.seconds > longest + 60 {
            wait.seconds = left;
            wait.until = now.wall_at(until);
            context.save();
        }
        self.error = Some(LastError {
            failure: Failure { kind: ErrorKind::Protocol, message: wait.message.clone() },
            at: now.monotonic,
        });
        // One that is over already must not hide a back-off that came after it.
        if left > 0 {
            self.phase = Phase::Waiting { until };
        }
    }

    /// A back-off from before the restart goes on.
    fn restore_back_off(&mut self, now: Now, context: &mut Context, until: Instant, failure: Failure) {
        if matches!(self.phase, Phase::Waiting { .. }) {
            return;
        }
        let left = answer::duration(until.since(now.monotonic));
        self.note(context, format!("{} (before the restart); next attempt in {left}", failure.message));
        self.phase = Phase::BackOff { until, transport: failure.kind.is_transport() };
        self.error = Some(LastError { failure, at: self.last_attempt.unwrap_or(now.monotonic) });
    }

    /// What is to be remembered until the next reboot.
    pub(in crate::engine) fn memory(&self) -> AccountMemory {
        let (tokens, since) = self.budget.parts();
        let back_off = match (&self.phase, &self.error) {
            (Phase::BackOff { until, .. }, Some(error)) => Some((*until, error.failure.clone())),
            _ => None,
        };
        AccountMemory {
            name: self.config.name.clone(),
            fingerprint: self.kept.fingerprint.clone(),
            tokens,
            since,
            last_attempt: self.last_attempt,
            tried: self.tried.clone(),
            failed: self.failed,
            failures: self.failures,
            back_off,
        }
    }

    pub(in crate::engine) fn in_flight(&self) -> Option<Ticket> {
        match &self.phase {
            Phase::Sending(flight) => Some(flight.ticket),
            _ => None,
        }
    }

    /// What follows the request that is under way.
    pub(in crate::engine) fn rest(&self) -> Vec<Batch> {
        match &self.phase {
            Phase::Sending(flight) => flight.rest.iter().cloned().collect(),
            _ => Vec::new(),
        }
    }

    #[cfg(test)]
    pub(in crate::engine) fn is_outdated(&self) -> bool {
        matches!(&self.phase, Phase::Sending(flight) if flight.outdated)
    }

    /// What is known of its exchanges: who goes first, where not all can.
    pub(in crate::engine) fn standing(&self) -> Standing {
        if self.failed || self.web_error.is_some() {
            Standing::Failing
        } else if self.kept.hosts.values().any(|host| host.proven || host.updated.is_some()) {
            Standing::Well
        } else {
            Standing::Unknown
        }
    }

    pub(in crate::engine) fn deadline(&self) -> Option<Instant> {
        self.phase_deadline().into_iter().chain(self.missing_due()).min()
    }

    /// The same without what only the log is waiting for.
    fn phase_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Idle { review } => review,
            Phase::Held { until, .. } | Phase::BackOff { until, .. } | Phase::Waiting { until } => Some(until),
            Phase::Ready { .. } | Phase::Sending(_) | Phase::WaitingClock => None,
        }
    }
}
