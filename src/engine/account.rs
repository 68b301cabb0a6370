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

use super::backoff;
use super::budget::Budget;
use super::detection::Need;
use super::{Action, Context, Setup, Ticket, same_addresses};
use crate::address::{Origin, Selection, Source, Wanted};
use crate::config::AccountConfig;
use crate::failure::{ErrorKind, Failure};
use crate::notice::{self, Kind, Occurrence};
use crate::protocol::{Code, HostAnswer, Reply, batches};
use crate::state::{AccountState, Acknowledged, Halt, HostState, Reason, Wait};
use crate::time::{Instant, Now};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

/// How long after an interface came up the other family may still arrive (DESIGN.md, section 2).
const SETTLE: Duration = Duration::from_secs(5);
/// Two readings of when an interface came up that are closer than this are the same.
const SAME_START: Duration = Duration::from_secs(2);
/// `nochg` in a row to updates that seemed necessary, until it is a loop (rule 10).
const NOCHG_LIMIT: u32 = 3;

/// What one request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The hosts, as many as one request carries.
    pub hostnames: Vec<String>,
    /// The IPv4 address to say.
    pub ipv4: Option<Source>,
    /// The IPv6 address to say.
    pub ipv6: Option<Source>,
    /// Take the hosts offline.
    pub offline: bool,
    /// In `server` mode: what the update is based on.
    pub basis: Option<String>,
    /// The device of the chosen interface, for `option bind`.
    pub device: Option<String>,
    /// For each host, whether the update is sent because its address differs (rule 10).
    necessary: Vec<bool>,
}

impl Batch {
    fn sent_ipv4(&self) -> Option<Ipv4Addr> {
        match self.ipv4.as_ref()?.address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        }
    }

    fn sent_ipv6(&self) -> Option<Ipv6Addr> {
        match self.ipv6.as_ref()?.address {
            IpAddr::V6(address) => Some(address),
            IpAddr::V4(_) => None,
        }
    }
}

/// The last failure since the last success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastError {
    /// What failed.
    pub failure: Failure,
    /// When.
    pub at: Instant,
}

/// The words of `status` for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "DESIGN.md, section 4, lists them")]
pub enum StateWord {
    Current,
    Pending,
    Updating,
    WaitingAddress,
    WaitingClock,
    Backoff,
    Halted,
    Disabled,
}

impl StateWord {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            StateWord::Current => "current",
            StateWord::Pending => "pending",
            StateWord::Updating => "updating",
            StateWord::WaitingAddress => "waiting_address",
            StateWord::WaitingClock => "waiting_clock",
            StateWord::Backoff => "backoff",
            StateWord::Halted => "halted",
            StateWord::Disabled => "disabled",
        }
    }
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

pub(super) struct Account {
    pub(super) config: Arc<AccountConfig>,
    pub(super) kept: AccountState,
    pub(super) budget: Budget,
    pub(super) failures: u32,
    error: Option<LastError>,
    web_error: Option<LastError>,
    pub(super) last_attempt: Option<Instant>,
    selection: Option<Selection>,
    /// What web detection found, IPv4 and IPv6.
    web: [Option<IpAddr>; 2],
    phase: Phase,
    spread: Spread,
    forced: bool,
}

impl Account {
    pub(super) fn new(
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
    pub(super) fn reconfigure(&mut self, _now: Now, context: &mut Context, setup: Setup) {
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
        for host in self.kept.hosts.values_mut() {
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

    pub(super) fn in_flight(&self) -> Option<Ticket> {
        match &self.phase {
            Phase::Sending(flight) => Some(flight.ticket),
            _ => None,
        }
    }

    #[cfg(test)]
    pub(super) fn is_outdated(&self) -> bool {
        matches!(&self.phase, Phase::Sending(flight) if flight.outdated)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Idle { review } => review,
            Phase::Held { until } | Phase::BackOff { until, .. } | Phase::Waiting { until } => Some(until),
            Phase::Sending(_) | Phase::WaitingClock => None,
        }
    }

    // -- what changes from outside ------------------------------------------------------------------

    /// Takes a choice in; true if an interface has come up (or changed) since the last one.
    pub(super) fn select(&mut self, selection: Selection) -> bool {
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
    pub(super) fn web_needs(&self) -> Vec<Need> {
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
    pub(super) fn detected(&mut self, now: Now, ipv6: bool, address: Option<IpAddr>, failure: Option<&Failure>) {
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
    pub(super) fn requested(&mut self, force: bool) {
        self.forced |= force && !self.halted() && !matches!(self.phase, Phase::Sending(_));
        if matches!(self.phase, Phase::BackOff { .. } | Phase::WaitingClock) {
            self.phase = Phase::Idle { review: None };
        }
    }

    /// Ends the halt of the account, or of one host; what was halted is tried once.
    pub(super) fn resume(&mut self, context: &mut Context, hostname: Option<&str>) {
        let mut resumed = false;
        if hostname.is_none() && self.kept.halt.take().is_some() {
            self.tell(context, Kind::Resumed, None, "resumed: trying again".into());
            for host in self.kept.hosts.values_mut() {
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
    pub(super) fn set_offline(&mut self, context: &mut Context, hostnames: &[String], offline: bool) {
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
    pub(super) fn evaluate(&mut self, now: Now, context: &mut Context) {
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
        let ticket = context.ticket();
        self.last_attempt = Some(now.monotonic);
        context.actions.push_back(Action::Send { ticket, config: self.config.clone(), batch: batch.clone() });
        self.phase = Phase::Sending(Box::new(Flight { ticket, batch, rest, outdated: false }));
    }

    /// The requests that are due, gates aside: hosts to be taken offline, then the others, each in the
    /// configured order.
    fn due(&self, now: Now) -> Vec<Batch> {
        let addressed = self.known(false).is_some() || self.known(true).is_some() || self.basis().is_some();
        let (mut online, mut offline) = (Vec::new(), Vec::new());
        let blank = HostState::default();
        for name in &self.config.hostnames {
            let host = self.kept.hosts.get(name).unwrap_or(&blank);
            if host.halt.is_some() {
                continue;
            }
            if self.wants_offline(name) {
                if !host.offline || !host.proven || self.forced {
                    offline.push(name.clone());
                }
            } else if addressed
                && (self.forced || !host.proven || host.offline || self.differs(host) || self.is_overdue(host, now))
            {
                online.push(name.clone());
            }
        }
        let mut due = self.requests(offline, true);
        due.extend(self.requests(online, false));
        due
    }

    /// The requests that these hosts need: as many hosts in each as the service takes, and one for each family
    /// where it wants them apart.
    fn requests(&self, hostnames: Vec<String>, offline: bool) -> Vec<Batch> {
        let (ipv4, ipv6, basis) = (self.known(false), self.known(true), self.basis());
        let families = if self.config.dialect.separate_families && ipv4.is_some() && ipv6.is_some() && !offline {
            vec![(ipv4, None), (None, ipv6)]
        } else {
            vec![(ipv4, ipv6)]
        };
        let mut requests = Vec::new();
        for hostnames in batches(&self.config.dialect, &hostnames) {
            for (ipv4, ipv6) in &families {
                requests.push(Batch {
                    necessary: hostnames.iter().map(|name| !offline && self.is_necessary(name)).collect(),
                    hostnames: hostnames.clone(),
                    ipv4: ipv4.clone(),
                    ipv6: ipv6.clone(),
                    offline,
                    basis: basis.clone(),
                    device: self.device(),
                });
            }
        }
        requests
    }

    /// Whether a host is sent because its address differs, and for no other reason (rule 10).
    fn is_necessary(&self, name: &str) -> bool {
        let host = self.kept.hosts.get(name);
        host.is_some_and(|host| host.proven && !host.offline && !self.forced && self.differs_by_address(host))
    }

    /// Whether what the service acknowledged is not what should be there (rule 1).
    fn differs(&self, host: &HostState) -> bool {
        self.differs_by_address(host) || self.basis().is_some_and(|basis| self.kept.basis.as_ref() != Some(&basis))
    }

    fn differs_by_address(&self, host: &HostState) -> bool {
        let ipv4 = self.known(false).is_some_and(|source| host.ipv4.map(IpAddr::V4) != Some(source.address));
        let ipv6 = self.known(true).is_some_and(|source| host.ipv6.map(IpAddr::V6) != Some(source.address));
        ipv4 || ipv6
    }

    /// Whether `force_interval` has passed since the last acknowledgement.
    fn is_overdue(&self, host: &HostState, now: Now) -> bool {
        match (self.force_interval(), host.updated, now.wall) {
            (Some(interval), Some(updated), Some(wall)) => wall.0.saturating_sub(updated.0) >= interval,
            _ => false,
        }
    }

    fn force_interval(&self) -> Option<u64> {
        (self.config.force_interval > 0).then(|| u64::from(self.config.force_interval) * 86_400)
    }

    /// When the first host becomes overdue.
    fn review(&self, now: Now) -> Option<Instant> {
        let (interval, wall) = (self.force_interval()?, now.wall?);
        if self.missing().is_some() {
            return None;
        }
        let hosts = self.kept.hosts.iter().filter(|(name, host)| host.halt.is_none() && !self.wants_offline(name));
        let due = hosts.filter_map(|(_, host)| host.updated).map(|updated| updated.0 + interval).min()?;
        Some(now.monotonic + Duration::from_secs(due.saturating_sub(wall.0)))
    }

    // -- the answer ---------------------------------------------------------------------------------

    pub(super) fn finished(&mut self, now: Now, context: &mut Context, result: Result<(u16, Reply), Failure>) {
        let Phase::Sending(flight) = std::mem::replace(&mut self.phase, Phase::Idle { review: None }) else { return };
        match result {
            Ok((_, Reply::Wait(code))) => self.wait_after_code(now, context, code),
            Ok((status, Reply::RetryAfter(seconds))) => self.wait_as_told(now, context, status, seconds),
            _ if flight.outdated => {}
            Ok((_, Reply::Hosts(answers))) => self.acknowledge(now, context, *flight, &answers),
            Ok((_, Reply::Account(code))) => self.halt(now, context, code),
            Ok((status, Reply::Foreign(what))) => {
                let kind = if status >= 400 { ErrorKind::Http } else { ErrorKind::Protocol };
                self.fail(now, context, Failure { kind, message: what });
            }
            Err(failure) => self.fail(now, context, failure),
        }
    }

    fn acknowledge(&mut self, now: Now, context: &mut Context, flight: Flight, answers: &[HostAnswer]) {
        let Flight { batch, rest, .. } = flight;
        for (at, (name, answer)) in batch.hostnames.iter().zip(answers).enumerate() {
            match answer.code {
                Code::Good | Code::NoChange => {
                    let necessary = batch.necessary.get(at).copied().unwrap_or(false);
                    self.host_succeeded(now, context, name, &batch, answer, necessary);
                }
                code => self.halt_host(now, context, name, Reason::Code(code), notice::halted(code).into()),
            }
        }
        self.failures = 0;
        self.error = None;
        self.kept.wait = None;
        if batch.basis.is_some() {
            self.kept.basis = batch.basis.clone();
        }
        if !batch.offline && self.kept.hosts.values().any(|host| host.proven) {
            for (slot, source) in [(&mut self.kept.ipv4, &batch.ipv4), (&mut self.kept.ipv6, &batch.ipv6)] {
                if let Some(source) = source {
                    *slot = Some(Acknowledged {
                        address: source.address,
                        origin: source.origin,
                        interface: source.interface.clone(),
                    });
                }
            }
        }
        context.save();
        if rest.is_empty() || self.halted() {
            self.phase = Phase::Idle { review: self.review(now) };
        } else {
            self.launch(now, context, rest);
        }
    }

    fn host_succeeded(
        &mut self,
        now: Now,
        context: &mut Context,
        name: &str,
        batch: &Batch,
        answer: &HostAnswer,
        necessary: bool,
    ) {
        let host = self.kept.hosts.entry(name.to_owned()).or_default();
        host.code = Some(answer.code);
        host.updated = now.wall;
        let word = answer.code.as_str();
        if batch.offline {
            host.offline = true;
            host.proven = true;
            host.nochg = 0;
            self.tell_host(context, Kind::Updated, name, Some(word), format!("is offline now ({word})"));
            return;
        }
        host.offline = false;
        let (sent4, sent6) = (batch.sent_ipv4(), batch.sent_ipv6());
        host.ipv4 = answer.ipv4.filter(|_| sent4.is_some() || batch.basis.is_some()).or(sent4).or(host.ipv4);
        host.ipv6 = answer.ipv6.filter(|_| sent6.is_some()).or(sent6).or(host.ipv6);
        let other4 = sent4.zip(answer.ipv4).filter(|(sent, got)| sent != got);
        let other6 = sent6.zip(answer.ipv6).filter(|(sent, got)| sent != got);
        let other = other4
            .map(|(sent, got)| (IpAddr::V4(sent), IpAddr::V4(got)))
            .or(other6.map(|(sent, got)| (IpAddr::V6(sent), IpAddr::V6(got))));
        if let Some((sent, got)) = other {
            let message = format!("the service was told {sent}, but answered that the host now has {got} ({word})");
            self.halt_host(now, context, name, Reason::AddressMismatch, message);
            return;
        }
        host.proven = true;
        match answer.code {
            Code::NoChange if necessary => host.nochg += 1,
            Code::NoChange => {}
            _ => host.nochg = 0,
        }
        let looping = host.nochg >= NOCHG_LIMIT;
        if let (Some(_), Some(address)) = (&batch.basis, host.ipv4) {
            let interface = match self.selection.as_ref().map(|selection| &selection.ipv4) {
                Some(Wanted::Server { interface, .. }) => interface.clone(),
                _ => None,
            };
            self.kept.ipv4 = Some(Acknowledged { address: address.into(), origin: Origin::Server, interface });
        }
        if looping {
            let message =
                format!("the service answered nochg {NOCHG_LIMIT} times in a row to updates that seemed necessary");
            self.halt_host(now, context, name, Reason::NochgLoop, message);
            return;
        }
        let verb = if answer.code == Code::Good { "updated to" } else { "was already at" };
        let told = match (sent4, sent6) {
            (Some(ipv4), Some(ipv6)) => format!("{ipv4} and {ipv6}"),
            (Some(ipv4), None) => ipv4.to_string(),
            (None, Some(ipv6)) => ipv6.to_string(),
            (None, None) => answer.ipv4.map_or("the address that the service sees".into(), |got| got.to_string()),
        };
        self.tell_host(context, Kind::Updated, name, Some(word), format!("{verb} {told} ({word})"));
    }

    fn halt(&mut self, now: Now, context: &mut Context, code: Code) {
        let reason = Reason::Code(code);
        self.kept.halt = Some(Halt { reason, message: notice::halted(code).into(), since: now.wall });
        self.kept.wait = None;
        self.failures = 0;
        self.error = None;
        let advice = notice::advice(reason, &self.config.name, None);
        let message = format!("halted: {}. {advice}", notice::halted(code));
        self.tell_coded(context, Kind::Halted, None, Some(reason.as_str()), message);
        context.save();
    }

    fn halt_host(&mut self, now: Now, context: &mut Context, name: &str, reason: Reason, message: String) {
        let host = self.kept.hosts.entry(name.to_owned()).or_default();
        if let Reason::Code(code) = reason {
            host.code = Some(code);
        }
        host.halt = Some(Halt { reason, message: message.clone(), since: now.wall });
        let advice = notice::advice(reason, &self.config.name, Some(name));
        self.tell_host(context, Kind::Halted, name, Some(reason.as_str()), format!("halted: {message}. {advice}"));
        context.save();
    }

    fn fail(&mut self, now: Now, context: &mut Context, failure: Failure) {
        self.failures = self.failures.saturating_add(1);
        let clock = failure.kind == ErrorKind::Tls && now.wall.is_none();
        let message = if clock {
            self.phase = Phase::WaitingClock;
            format!("{}; the clock is not set yet: waiting for it", failure.message)
        } else {
            let wait = backoff::after_failure(self.failures, &mut context.jitter);
            self.phase = Phase::BackOff { until: now.monotonic + wait, transport: failure.kind.is_transport() };
            format!("{}; next attempt in {}", failure.message, duration(wait))
        };
        self.tell_coded(context, Kind::Failed, None, Some(failure.kind.as_str()), message);
        self.error = Some(LastError { failure, at: now.monotonic });
    }

    fn wait_after_code(&mut self, now: Now, context: &mut Context, code: Code) {
        let count = self.kept.wait.as_ref().map_or(0, |wait| wait.count).saturating_add(1);
        let wait = backoff::after_fatal(count, &mut context.jitter);
        let failure = Failure { kind: ErrorKind::Protocol, message: notice::waiting(code).into() };
        self.wait(now, context, failure, code.as_str(), wait, count);
    }

    fn wait_as_told(&mut self, now: Now, context: &mut Context, status: u16, seconds: Option<u64>) {
        let count = self.kept.wait.as_ref().map_or(0, |wait| wait.count);
        let wait = backoff::after_retry_after(seconds.unwrap_or(0), self.failures + 1, &mut context.jitter);
        let message = format!("the service answered with HTTP status {status} and asked to wait");
        self.wait(now, context, Failure { kind: ErrorKind::Http, message }, "http", wait, count);
    }

    fn wait(
        &mut self,
        now: Now,
        context: &mut Context,
        failure: Failure,
        code: &'static str,
        wait: Duration,
        count: u32,
    ) {
        self.failures = self.failures.saturating_add(1);
        let until = now.monotonic + wait;
        self.phase = Phase::Waiting { until };
        self.kept.wait = Some(Wait {
            until: now.wall_at(until),
            seconds: wait.as_secs().max(1),
            count,
            message: failure.message.clone(),
        });
        let message = format!("{}; next attempt in {}", failure.message, duration(wait));
        self.tell_coded(context, Kind::Failed, None, Some(code), message);
        self.error = Some(LastError { failure, at: now.monotonic });
        context.save();
    }

    // -- what is known ------------------------------------------------------------------------------

    /// The address of a family, where it is known.
    fn known(&self, ipv6: bool) -> Option<Source> {
        let selection = self.selection.as_ref()?;
        match if ipv6 { &selection.ipv6 } else { &selection.ipv4 } {
            Wanted::Known(source) => Some(source.clone()),
            Wanted::Web { interface, device } => Some(Source {
                address: self.web[usize::from(ipv6)]?,
                origin: Origin::Web,
                interface: interface.clone(),
                device: device.clone(),
            }),
            Wanted::Off | Wanted::Server { .. } | Wanted::Unknown(_) => None,
        }
    }

    fn basis(&self) -> Option<String> {
        match &self.selection.as_ref()?.ipv4 {
            Wanted::Server { basis, .. } => Some(basis.clone()),
            _ => None,
        }
    }

    fn device(&self) -> Option<String> {
        let selection = self.selection.as_ref()?;
        match &selection.ipv4 {
            Wanted::Known(Source { device, .. }) | Wanted::Web { device, .. } | Wanted::Server { device, .. } => {
                device.clone()
            }
            _ => self.known(true).and_then(|source| source.device),
        }
    }

    /// Whether a wanted family has no address (yet).
    fn is_incomplete(&self) -> bool {
        self.selection.as_ref().is_none_or(|selection| {
            [(&selection.ipv4, false), (&selection.ipv6, true)].into_iter().any(|(wanted, ipv6)| match wanted {
                Wanted::Unknown(_) => true,
                Wanted::Web { .. } => self.web[usize::from(ipv6)].is_none(),
                _ => false,
            })
        })
    }

    /// Why there is no address at all to send, in words.
    pub(super) fn missing(&self) -> Option<String> {
        let Some(selection) = &self.selection else { return Some("the network's state is not known yet".into()) };
        if self.known(false).is_some() || self.known(true).is_some() || self.basis().is_some() {
            return None;
        }
        for (wanted, ipv6) in [(&selection.ipv4, false), (&selection.ipv6, true)] {
            match wanted {
                Wanted::Unknown(why) => return Some(why.clone()),
                Wanted::Web { .. } => {
                    let family = if ipv6 { "IPv6" } else { "IPv4" };
                    return Some(format!("web detection has not found the {family} address yet"));
                }
                _ => {}
            }
        }
        Some("neither an IPv4 nor an IPv6 address is wanted".into())
    }

    pub(super) fn shown_address(&self, ipv6: bool) -> Option<(IpAddr, Origin, Option<String>)> {
        if let Some(source) = self.known(ipv6) {
            return Some((source.address, source.origin, source.interface));
        }
        let kept = if ipv6 { &self.kept.ipv6 } else { &self.kept.ipv4 };
        let in_use = match self.selection.as_ref().map(|it| if ipv6 { &it.ipv6 } else { &it.ipv4 }) {
            None | Some(Wanted::Server { .. }) => kept.as_ref(),
            _ => None,
        };
        in_use.map(|kept| (kept.address, kept.origin, kept.interface.clone()))
    }

    /// The last failure since the last success, of the service or else of web detection.
    pub(super) fn error(&self) -> Option<&LastError> {
        self.error.as_ref().or(self.web_error.as_ref())
    }

    pub(super) fn halted(&self) -> bool {
        let hosts = &self.kept.hosts;
        self.kept.halt.is_some()
            || self.config.hostnames.iter().all(|name| hosts.get(name).is_some_and(|host| host.halt.is_some()))
                && !self.config.hostnames.is_empty()
    }

    pub(super) fn wants_offline(&self, hostname: &str) -> bool {
        self.config.offline || self.kept.hosts.get(hostname).is_some_and(|host| host.offline_wanted)
    }

    pub(super) fn is_current(&self, hostname: &str) -> bool {
        self.kept.hosts.get(hostname).is_some_and(|host| {
            host.proven
                && host.halt.is_none()
                && if self.wants_offline(hostname) { host.offline } else { !host.offline && !self.differs(host) }
        })
    }

    pub(super) fn state_word(&self) -> StateWord {
        if !self.config.enabled {
            return StateWord::Disabled;
        }
        if self.halted() {
            return StateWord::Halted;
        }
        match self.phase {
            Phase::Sending(_) => StateWord::Updating,
            Phase::WaitingClock => StateWord::WaitingClock,
            Phase::BackOff { .. } | Phase::Waiting { .. } => StateWord::Backoff,
            Phase::Held { .. } => StateWord::Pending,
            Phase::Idle { .. } => {
                let open = |name: &&String| self.kept.hosts.get(*name).is_none_or(|host| host.halt.is_none());
                if self.selection.is_some()
                    && self.missing().is_some()
                    && !self.config.hostnames.iter().all(|name| self.wants_offline(name))
                {
                    StateWord::WaitingAddress
                } else if self.config.hostnames.iter().filter(open).all(|name| self.is_current(name)) {
                    StateWord::Current
                } else {
                    StateWord::Pending
                }
            }
        }
    }

    pub(super) fn next_attempt(&self) -> Option<Instant> {
        if !self.config.enabled || self.halted() { None } else { self.deadline() }
    }

    // -- telling ------------------------------------------------------------------------------------

    fn tell(&self, context: &mut Context, kind: Kind, hostname: Option<&str>, message: String) {
        match hostname {
            Some(name) => self.tell_host(context, kind, name, None, message),
            None => self.tell_coded(context, kind, None, None, message),
        }
    }

    fn tell_host(&self, context: &mut Context, kind: Kind, name: &str, code: Option<&'static str>, message: String) {
        self.tell_coded(context, kind, Some(name), code, message);
    }

    fn tell_coded(
        &self,
        context: &mut Context,
        kind: Kind,
        hostname: Option<&str>,
        code: Option<&'static str>,
        message: String,
    ) {
        let host = hostname.and_then(|name| self.kept.hosts.get(name));
        context.actions.push_back(Action::Tell(Occurrence {
            account: self.config.name.clone(),
            hostname: hostname.map(str::to_owned),
            kind,
            ipv4: host.and_then(|host| host.ipv4),
            ipv6: host.and_then(|host| host.ipv6),
            code,
            message,
        }));
    }
}

/// A duration for a sentence: `45 seconds`, `31 minutes`, `2 hours`.
fn duration(wait: Duration) -> String {
    let seconds = wait.as_secs();
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3600)),
    }
}
