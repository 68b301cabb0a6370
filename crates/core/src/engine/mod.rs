//! The decisions: one state machine per account, driven by events, answering with actions.
//!
//! ```text
//!   event ──▶ handle(now, event) ─┐
//!                                 ├─▶ poll_action() until None ─▶ the caller performs them
//!   time ───▶ handle_timeout(now) ┘
//!   deadline() says when handle_timeout is due; calling it early or often changes nothing.
//! ```
//!
//! Nothing here reads a clock, a socket or a file. Every rule of docs/protocol.md is decided
//! here (or in `protocol`); the tests that prove them are in `tests.rs`.

mod account;
mod backoff;
mod budget;
mod detection;
mod dispatch;
mod jitter;
mod memory;
#[cfg(test)]
mod model;
mod page;
#[cfg(test)]
mod rig;
mod slots;
#[cfg(test)]
mod tests;
mod view;

pub use account::{Batch, LastError, Recall, StateWord, Waiting};
pub use detection::{Answered, Memory as DetectionMemory, MemoryEntry};
pub use memory::{AccountMemory, Memory};
pub use slots::AT_ONCE;
pub use view::View;

use crate::address::{Selection, Wanted};
use crate::config::AccountConfig;
use crate::failure::Failure;
use crate::notice::Occurrence;
use crate::protocol::Reply;
use crate::state::{AccountState, State};
use crate::time::{Instant, Now};
use account::Account;
use detection::Detection;
use jitter::Jitter;
use litemap::LiteMap;
use slots::{Queues, Slots};
use std::collections::{HashMap, VecDeque};
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
    /// Somebody says that the line has changed: netifd's hotplug event, or a person.
    Triggered,
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
    /// Write it to the log: it concerns nobody else.
    Note {
        /// The account's name.
        account: String,
        /// The sentence, without it.
        message: String,
    },
}

/// How many accounts without a configuration are remembered before the earlier ones are forgotten.
const ABSENT: usize = 50;
/// How many bytes of the state file they may take: what it may have beyond the hosts of the configuration
/// ([`crate::state::largest`]) is not for them alone.
const ROOM: usize = 64 * 1024;

/// All accounts, and what they share.
pub struct Engine {
    accounts: Vec<Account>,
    /// Where an account stands in `accounts`.
    names: HashMap<String, usize>,
    /// What is remembered of accounts that the configuration does not have (now).
    absent: LiteMap<String, AccountState>,
    /// How hard accounts have used their service that the configuration does not have (now), so that taking one out and
    /// in again gains nothing.
    memories: LiteMap<String, AccountMemory>,
    salt: Vec<u8>,
    detection: Detection,
    ready: Queues,
    /// Which accounts look at the web.
    web: Vec<usize>,
    context: Context,
    booted: bool,
}

/// What every account needs to act.
struct Context {
    actions: VecDeque<Action>,
    jitter: Jitter,
    tickets: u64,
    turns: u64,
    slots: Slots,
}

impl Context {
    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    fn remember(&mut self) {
        if !self.actions.iter().any(|action| matches!(action, Action::Remember)) {
            self.actions.push_back(Action::Remember);
        }
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
            memories: LiteMap::new(),
            salt: state.salt,
            detection: Detection::default(),
            ready: Queues::default(),
            web: Vec::new(),
            context: Context {
                actions: VecDeque::new(),
                jitter: Jitter::new(seed),
                tickets: 0,
                turns: 0,
                slots: Slots::new(AT_ONCE),
            },
            booted: started < Instant::ZERO + BOOT_START,
        }
    }

    /// Lets any number of requests be under way at once: for who looks at them, and sends none.
    pub fn without_limit(mut self) -> Self {
        self.context.slots = Slots::new(usize::MAX);
        self
    }

    /// Starts nothing any more: the program ends, and what was not sent must not count as sent.
    pub fn close(&mut self) {
        self.context.slots.close();
    }

    /// Takes an event in.
    pub fn handle(&mut self, now: Now, event: Event) {
        self.take_in(now, event);
        self.dispatch(now);
    }

    fn take_in(&mut self, now: Now, event: Event) {
        match event {
            Event::Configured(setups) => {
                self.configure(now, setups);
                self.evaluate_all(now);
            }
            Event::Selected { account, selection } => {
                if let Some(at) = self.index(&account) {
                    self.select(at, now, selection);
                    self.evaluate(at, now);
                }
            }
            Event::Finished { ticket, result } => {
                let account = self.context.slots.free(ticket).and_then(|account| self.index(&account));
                if let Some(at) = account.filter(|&at| self.accounts[at].in_flight() == Some(ticket)) {
                    self.accounts[at].finished(now, &mut self.context, result);
                    self.evaluate(at, now);
                }
            }
            Event::Detected { ticket, result } => {
                self.context.slots.free(ticket);
                if self.detection.answered(now.monotonic, ticket, result) {
                    self.context.remember();
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
            Event::Triggered => {
                for at in 0..self.accounts.len() {
                    self.accounts[at].triggered();
                    self.evaluate(at, now);
                }
            }
        }
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Now) {
        for at in 0..self.accounts.len() {
            if self.accounts[at].deadline().is_some_and(|due| due <= now.monotonic) {
                self.evaluate(at, now);
            }
        }
        self.dispatch(now);
    }

    /// The next thing to do, if any.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.context.actions.pop_front()
    }

    /// When [`Engine::handle_timeout`] is due; `None` while only an event can change anything.
    pub fn deadline(&self) -> Option<Instant> {
        let accounts = self.accounts.iter().filter_map(Account::deadline);
        // A question that has no slot waits for a request to end, not for a time.
        let reserved = self.is_slot_reserved();
        let detection = self.accounts.iter().flat_map(|account| {
            let needs = account.web_needs().into_iter().filter(move |need| self.may_ask(account, need, reserved));
            needs.filter_map(|need| self.detection.due(&need))
        });
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
        let absent = self.memories.iter().map(|(_, memory)| memory.clone());
        let present = self.accounts.iter().map(Account::memory);
        Memory { detection: self.detection.memory(), accounts: absent.chain(present).collect() }
    }

    /// Takes up what was remembered since the last reboot; to be told before the configuration.
    pub fn recall(&mut self, now: Instant, memory: Memory) {
        self.detection.recall(now, memory.detection);
        for account in memory.accounts {
            self.memories.insert(account.name.clone(), account.sane(now));
        }
    }

    /// The accounts' views, in the order of the configuration.
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.accounts.iter().map(|account| View(account, self))
    }

    /// One account's view.
    pub fn view(&self, account: &str) -> Option<View<'_>> {
        self.index(account).map(|at| View(&self.accounts[at], self))
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
                    let memory = self.memories.get(&name).cloned().unwrap_or_else(|| AccountMemory::new(name.clone()));
                    let boot = (self.booted && now.monotonic < Instant::ZERO + BOOT).then_some(Instant::ZERO + BOOT);
                    Account::new(now, &mut self.context, setup, kept, memory, boot)
                }
            };
            self.names.insert(name, self.accounts.len());
            self.accounts.push(account);
        }
        self.forget(now, before.into_iter().flatten().collect());
        // Their places are others now.
        self.find_web();
        self.queue_anew();
    }

    /// Lines up the accounts that are ready, and nobody else.
    fn queue_anew(&mut self) {
        self.ready = Queues::default();
        let mut ready: Vec<(u64, usize)> = Vec::new();
        for (at, account) in self.accounts.iter().enumerate() {
            ready.extend(account.turn().map(|turn| (turn, at)));
        }
        ready.sort_unstable();
        for (turn, at) in ready {
            self.ready.push(self.accounts[at].standing(), turn, at);
        }
    }

    /// Keeps what is worth it of accounts that were taken out. Names that come and go must not fill the memory, and
    /// then the files, until those are too large to be read again: every halt would go with them.
    fn forget(&mut self, now: Now, removed: Vec<Account>) {
        let names = &self.names;
        self.absent.retain(|name, _| !names.contains_key(name));
        self.memories.retain(|name, memory| !names.contains_key(name) && !memory.is_spent(now.monotonic));
        let mut kept = Vec::new();
        for account in removed {
            let memory = account.memory();
            if !memory.is_spent(now.monotonic) {
                self.memories.insert(memory.name.clone(), memory);
            }
            kept.push((account.config.name.clone(), account.kept));
        }
        if self.memories.len() > ABSENT {
            self.memories.clear();
        }
        if kept.is_empty() {
            return;
        }
        // The latest first: those before them only as far as there is room.
        kept.extend(std::mem::take(&mut self.absent));
        let (mut count, mut room) = (0, ROOM);
        for (name, account) in kept {
            for state in [account.clone(), account.essence()] {
                let weight = state.weight(&name);
                if count < ABSENT && weight <= room {
                    count += 1;
                    room -= weight;
                    self.absent.insert(name, state);
                    break;
                }
            }
        }
    }

    fn find_web(&mut self) {
        let accounts = self.accounts.iter().enumerate().filter(|(_, account)| account.looks_at_the_web());
        self.web = accounts.map(|(at, _)| at).collect();
    }

    fn select(&mut self, at: usize, now: Now, selection: Selection) {
        let before = self.accounts[at].looks_at_the_web();
        let came_up = self.accounts[at].select(now, selection);
        if self.accounts[at].looks_at_the_web() != before {
            self.find_web();
        }
        if came_up {
            for need in self.accounts[at].web_needs() {
                self.detection.line_changed(&need);
            }
        }
    }

    fn evaluate_all(&mut self, now: Now) {
        for at in 0..self.accounts.len() {
            self.evaluate(at, now);
        }
    }

    /// Lets one account find out what is due, after it was told what web detection knows.
    fn evaluate(&mut self, at: usize, now: Now) {
        let account = &mut self.accounts[at];
        for need in account.web_needs() {
            account.detected(now, need.ipv6, self.detection.answer(&need), self.detection.failure(&need));
        }
        let before = account.turn();
        account.evaluate(now, &mut self.context);
        if let Some(turn) = account.turn().filter(|_| before.is_none()) {
            self.ready.push(account.standing(), turn, at);
        }
        // An account that was ready and is not any more leaves its place behind.
        if self.ready.len() > 2 * self.accounts.len() + AT_ONCE {
            self.queue_anew();
        }
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
