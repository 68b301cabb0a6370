//! The decisions: one state machine per account, driven by events, answering with actions.
//!
//! ```text
//!   event ──▶ handle(now, event) ─┐
//!                                 ├─▶ poll_action() until None ─▶ the caller performs them
//!   time ───▶ handle_timeout(now) ┘
//!   deadline() says when handle_timeout is due; calling it early or often changes nothing.
//! ```
//!
//! Nothing here reads a clock, a socket or a file. Every rule of PROTOCOL.md, section 3, is decided
//! here (or in `protocol`); the tests that prove them are in `tests.rs`.

mod account;
#[cfg(test)]
mod answers;
mod backoff;
mod budget;
mod detection;
mod jitter;
#[cfg(test)]
mod model;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod tests;

pub use account::{Batch, LastError, StateWord};
pub use detection::{Memory, MemoryEntry};

use crate::address::{Selection, Wanted};
use crate::config::AccountConfig;
use crate::failure::Failure;
use crate::notice::Occurrence;
use crate::protocol::Reply;
use crate::state::{AccountState, State};
use crate::time::{Instant, Now};
use account::Account;
use budget::Budget;
use detection::Detection;
use jitter::Jitter;
use litemap::LiteMap;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long after the system's start the first request counts as the first after a boot (rule 14).
const BOOT: Duration = Duration::from_secs(600);
/// A daemon that starts later than this was not started by the boot.
const BOOT_START: Duration = Duration::from_secs(180);

/// Names one request in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What the engine is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// The configuration was read: these are all the accounts there are now.
    Configured(Vec<Setup>),
    /// What the network offers an account now.
    Selected {
        /// The account's name.
        account: String,
        /// The choice.
        selection: Selection,
    },
    /// An [`Action::Send`] has ended.
    Finished {
        /// The one it was sent with.
        ticket: Ticket,
        /// The answer with its HTTP status, or why there is none.
        result: Result<(u16, Reply), Failure>,
    },
    /// An [`Action::Detect`] has ended.
    Detected {
        /// The one it was sent with.
        ticket: Ticket,
        /// The answer's HTTP status and body, or why there is none.
        result: Result<(u16, Vec<u8>), Failure>,
    },
    /// A person, or a script, wants it sent now.
    Update {
        /// The account's name; all of them if `None`.
        account: Option<String>,
        /// Also where nothing changed.
        force: bool,
    },
    /// A person ends a halt.
    Resume {
        /// The account's name.
        account: String,
        /// Only this host.
        hostname: Option<String>,
    },
    /// A person takes hosts offline, or back.
    Offline {
        /// The account's name.
        account: String,
        /// These hosts; all of the account's if empty.
        hostnames: Vec<String>,
        /// Offline, or back online.
        offline: bool,
    },
    /// The wall clock was set.
    ClockSet,
}

/// One account of the configuration.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The configuration.
    pub config: Arc<AccountConfig>,
    /// Its salted fingerprint.
    pub fingerprint: String,
}

/// What the engine wants done.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send an update, then report [`Event::Finished`].
    Send {
        /// To be given back.
        ticket: Ticket,
        /// The account.
        config: Arc<AccountConfig>,
        /// What to say.
        batch: Batch,
    },
    /// Ask a web page for the address, then report [`Event::Detected`].
    Detect {
        /// To be given back.
        ticket: Ticket,
        /// The page.
        url: String,
        /// An IPv6 address is asked for.
        ipv6: bool,
        /// Through this device.
        device: Option<String>,
        /// Whose CA file, proxy and time-out to use.
        config: Arc<AccountConfig>,
    },
    /// Something that must survive a reboot has changed: save [`Engine::state`].
    Save,
    /// What must survive a restart, but no reboot, has changed: keep [`Engine::memory`].
    Remember,
    /// Tell it to whom it may concern.
    Tell(Occurrence),
}

/// How many accounts without a configuration are remembered before the earlier ones are forgotten.
const ABSENT: usize = 50;

/// All accounts, and what they share.
pub struct Engine {
    accounts: Vec<Account>,
    /// Where an account stands in `accounts`.
    names: HashMap<String, usize>,
    /// What is remembered of accounts that the configuration does not have (now).
    absent: LiteMap<String, AccountState>,
    /// The buckets of accounts that were taken out, so that taking one out and in again gains nothing.
    budgets: LiteMap<String, Budget>,
    salt: Vec<u8>,
    detection: Detection,
    context: Context,
    booted: bool,
}

/// What every account needs to act.
struct Context {
    actions: VecDeque<Action>,
    jitter: Jitter,
    tickets: u64,
    /// Whose each request under way is, in the tickets' order. They end in it, nearly: taken out of a queue each costs the
    /// same, out of a vector all that follow would move.
    flights: VecDeque<(Ticket, String)>,
}

impl Context {
    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn landed(&mut self, ticket: Ticket) -> Option<String> {
        let at = self.flights.binary_search_by_key(&ticket, |flight| flight.0).ok()?;
        self.flights.remove(at).map(|flight| flight.1)
    }

    fn save(&mut self) {
        if !self.actions.iter().any(|action| matches!(action, Action::Save)) {
            self.actions.push_back(Action::Save);
        }
    }
}

impl Engine {
    /// An engine that continues from what was remembered. `started` is the time of its start: close to the
    /// system's start, first requests are spread (rule 14).
    pub fn new(state: State, seed: u64, started: Instant) -> Self {
        Engine {
            accounts: Vec::new(),
            names: HashMap::new(),
            absent: state.accounts,
            budgets: LiteMap::new(),
            salt: state.salt,
            detection: Detection::default(),
            context: Context {
                actions: VecDeque::new(),
                jitter: Jitter::new(seed),
                tickets: 0,
                flights: VecDeque::new(),
            },
            booted: started < Instant::ZERO + BOOT_START,
        }
    }

    /// Takes an event in.
    pub fn handle(&mut self, now: Now, event: Event) {
        match event {
            Event::Configured(setups) => {
                self.configure(now, setups);
                self.evaluate_all(now);
            }
            Event::Selected { account, selection } => {
                if let Some(at) = self.index(&account) {
                    self.select(at, selection);
                    self.evaluate(at, now);
                }
            }
            Event::Finished { ticket, result } => {
                let account = self.context.landed(ticket).and_then(|account| self.index(&account));
                if let Some(at) = account.filter(|&at| self.accounts[at].in_flight() == Some(ticket)) {
                    self.accounts[at].finished(now, &mut self.context, result);
                    self.evaluate(at, now);
                }
            }
            Event::Detected { ticket, result } => {
                if self.detection.answered(now.monotonic, ticket, result) {
                    self.context.actions.push_back(Action::Remember);
                    self.evaluate_all(now);
                }
            }
            Event::Update { account, force } => {
                for at in 0..self.accounts.len() {
                    if account.as_ref().is_none_or(|name| *name == self.accounts[at].config.name) {
                        self.accounts[at].requested(force);
                        self.evaluate(at, now);
                    }
                }
            }
            Event::Resume { account, hostname } => {
                if let Some(at) = self.index(&account) {
                    self.accounts[at].resume(&mut self.context, hostname.as_deref());
                    self.evaluate(at, now);
                }
            }
            Event::Offline { account, hostnames, offline } => {
                if let Some(at) = self.index(&account) {
                    self.accounts[at].set_offline(&mut self.context, &hostnames, offline);
                    self.evaluate(at, now);
                }
            }
            Event::ClockSet => self.evaluate_all(now),
        }
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Now) {
        for at in 0..self.accounts.len() {
            let is_due = |due: Instant| due <= now.monotonic;
            let account = &self.accounts[at];
            let due = account.deadline().is_some_and(is_due)
                || account.web_needs().iter().any(|need| self.detection.due(need).is_some_and(is_due));
            if due {
                self.evaluate(at, now);
            }
        }
    }

    /// The next thing to do, if any.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.context.actions.pop_front()
    }

    /// When [`Engine::handle_timeout`] is due; `None` while only an event can change anything.
    pub fn deadline(&self) -> Option<Instant> {
        let accounts = self.accounts.iter().filter_map(Account::deadline);
        let detection =
            self.accounts.iter().flat_map(|account| account.web_needs()).filter_map(|need| self.detection.due(&need));
        accounts.chain(detection).min()
    }

    /// What is to be remembered across reboots.
    pub fn state(&self) -> State {
        let absent = self.absent.iter().map(|(name, kept)| (name.clone(), kept.clone()));
        let present = self.accounts.iter().map(|account| (account.config.name.clone(), account.kept.clone()));
        State { salt: self.salt.clone(), accounts: absent.chain(present).collect() }
    }

    /// What is to be remembered until the next reboot.
    pub fn memory(&self) -> Memory {
        self.detection.memory()
    }

    /// Takes up what was remembered since the last reboot.
    pub fn recall(&mut self, now: Instant, memory: Memory) {
        self.detection.recall(now, memory);
    }

    /// The accounts' views, in the order of the configuration.
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.accounts.iter().map(|account| View(account, &self.detection))
    }

    /// One account's view.
    pub fn view(&self, account: &str) -> Option<View<'_>> {
        self.index(account).map(|at| View(&self.accounts[at], &self.detection))
    }

    fn index(&self, account: &str) -> Option<usize> {
        self.names.get(account).copied()
    }

    fn configure(&mut self, now: Now, setups: Vec<Setup>) {
        let names = std::mem::take(&mut self.names);
        let mut before: Vec<Option<Account>> = std::mem::take(&mut self.accounts).into_iter().map(Some).collect();
        for setup in setups {
            let name = setup.config.name.clone();
            let account = match names.get(&name).and_then(|&at| before[at].take()) {
                Some(mut account) => {
                    account.reconfigure(now, &mut self.context, setup);
                    account
                }
                None => {
                    // Taken, not removed: each removal would move all that follow.
                    let kept = self.absent.get_mut(&name).map(std::mem::take).unwrap_or_default();
                    let budget = self.budgets.get(&name).cloned().unwrap_or_else(Budget::full);
                    let boot = (self.booted && now.monotonic < Instant::ZERO + BOOT).then_some(Instant::ZERO + BOOT);
                    Account::new(now, &mut self.context, setup, kept, budget, boot)
                }
            };
            self.names.insert(name, self.accounts.len());
            self.accounts.push(account);
        }
        let names = &self.names;
        self.absent.retain(|name, _| !names.contains_key(name));
        self.budgets.retain(|name, budget| !names.contains_key(name) && !budget.is_full(now.monotonic));
        let removed = before.into_iter().flatten().map(|account| {
            let name = account.config.name.clone();
            ((name.clone(), account.budget), (name, account.kept))
        });
        let (budgets, kept): (Vec<_>, Vec<_>) = removed.unzip();
        // Names that come and go must not fill the memory, and then the file, until that is too large to be read again.
        if !kept.is_empty() && self.absent.len() + kept.len() > ABSENT {
            self.absent.clear();
        }
        self.budgets.extend(budgets);
        self.absent.extend(kept);
    }

    fn select(&mut self, at: usize, selection: Selection) {
        let came_up = self.accounts[at].select(selection);
        if came_up {
            for need in self.accounts[at].web_needs() {
                self.detection.doubt(&need);
            }
        }
    }

    fn evaluate_all(&mut self, now: Now) {
        for at in 0..self.accounts.len() {
            self.evaluate(at, now);
        }
    }

    /// Lets one account do what is due, after it was told what web detection knows (or will be asked).
    fn evaluate(&mut self, at: usize, now: Now) {
        let account = &mut self.accounts[at];
        for need in account.web_needs() {
            if self.detection.due(&need).is_some_and(|due| due <= now.monotonic)
                && let Some((ticket, url)) = self.detection.ask(now.monotonic, &need, &mut self.context.tickets)
            {
                self.context.actions.push_back(Action::Detect {
                    ticket,
                    url,
                    ipv6: need.ipv6,
                    device: need.device.clone(),
                    config: account.config.clone(),
                });
                self.context.actions.push_back(Action::Remember);
            }
            account.detected(now, need.ipv6, self.detection.answer(&need), self.detection.failure(&need));
        }
        account.evaluate(now, &mut self.context);
    }
}

/// One account, as `status` shows it.
pub struct View<'a>(&'a Account, &'a Detection);

impl View<'_> {
    /// The configuration.
    pub fn config(&self) -> &Arc<AccountConfig> {
        &self.0.config
    }

    /// What is remembered.
    pub fn kept(&self) -> &AccountState {
        &self.0.kept
    }

    /// The word for its state.
    pub fn state(&self) -> StateWord {
        self.0.state_word()
    }

    /// Whether the whole account is halted: by itself, or because each of its hosts is.
    pub fn halted(&self) -> bool {
        self.0.halted()
    }

    /// The chosen address of a family, and where it came from.
    pub fn address(&self, ipv6: bool) -> Option<(IpAddr, crate::address::Origin, Option<String>)> {
        self.0.shown_address(ipv6)
    }

    /// Why a wanted family has no address, in words.
    pub fn missing(&self) -> Option<String> {
        self.0.missing()
    }

    /// The last attempt of this run.
    pub fn last_attempt(&self) -> Option<Instant> {
        self.0.last_attempt
    }

    /// When the next request is due; while there is no address, the next question to web detection.
    pub fn next_attempt(&self) -> Option<Instant> {
        let detection = || self.0.web_needs().iter().filter_map(|need| self.1.due(need)).min();
        self.0.next_attempt().or_else(|| if self.0.missing().is_some() { detection() } else { None })
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.0.failures
    }

    /// The last failure since the last success.
    pub fn error(&self) -> Option<&LastError> {
        self.0.error()
    }

    /// Whether a host's address is what it should be.
    pub fn is_current(&self, hostname: &str) -> bool {
        self.0.is_current(hostname)
    }

    /// Whether a host is to be offline: by the configuration or by a person's word.
    pub fn wants_offline(&self, hostname: &str) -> bool {
        self.0.wants_offline(hostname)
    }
}

/// Whether two choices differ in what matters for sending.
fn same_addresses(one: &Selection, other: &Selection) -> bool {
    fn same(one: &Wanted, other: &Wanted) -> bool {
        match (one, other) {
            (Wanted::Unknown(_), Wanted::Unknown(_)) => true,
            (one, other) => one == other,
        }
    }
    same(&one.ipv4, &other.ipv4) && same(&one.ipv6, &other.ipv6) && one.prefix == other.prefix
}
