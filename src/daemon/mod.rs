//! `ddnsd run`: the other composition root. One thread, one loop, and nothing to do while nothing happens.
//!
//! ```text
//!   bus, signals, finished threads, clock, deadline
//!        │ poll
//!        ▼
//!   events ──▶ engine ──▶ actions ──▶ threads (requests), state file, bus, log
//! ```
//!
//! The loop never waits for anything but `poll`: requests block on their own threads, the bus and the log
//! never do.

mod actions;
mod bus;
mod configuration;
mod history;
mod network;
mod object;
mod request;
mod workers;

use crate::address::{Network, Steady};
use crate::arguments::{Arguments, LogTarget};
use crate::config::{Config, Diagnostic};
use crate::engine::{Engine, Event};
use crate::exit::Exit;
use crate::io::store::{self, Store, StoreError};
use crate::io::wake::{ClockWatch, Signal, Waker};
use crate::io::{clock, log as log_io, platform, runtime};
use crate::time::Instant;
use crate::{setup, state};
use bus::Bus;
use history::History;
use litemap::LiteMap;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::path::Path;
use std::time::Duration;
use workers::Workers;

/// How long the state file may be held by a daemon that is just ending.
const STORE_PATIENCE: Duration = Duration::from_secs(8);
/// How long an exchange in flight may take after SIGTERM (docs/architecture.md).
const FAREWELL: Duration = Duration::from_secs(5);
/// Runs until it is told to end.
pub fn main(arguments: &Arguments) -> Exit {
    // Before any thread starts: each inherits it.
    platform::gain_no_privileges();
    // Before anything that takes time: a signal that finds nobody listening ends the process.
    let signals = match Signals::register() {
        Ok(signals) => signals,
        Err(error) => {
            log_io::start(false, log::LevelFilter::Info);
            log::error!("the kernel refused what the daemon needs to start: {error}");
            return Exit::Temporary;
        }
    };
    let config = setup::load(&arguments.config);
    let syslog = match arguments.log {
        Some(target) => target == LogTarget::Syslog,
        None => Path::new("/dev/log").exists(),
    };
    log_io::start(syslog, arguments.level(config.global.log_level));
    let file = setup::shown(&arguments.config).display().to_string();
    for warning in setup::exposed(&arguments.config) {
        log::warn!("{}", warning.in_file(&file));
    }
    match Daemon::new(arguments, config, signals).and_then(Daemon::run) {
        Ok(()) => Exit::Current,
        Err(why) => {
            log::error!("{why}");
            Exit::Temporary
        }
    }
}

/// The signals that are listened for from the first moment on.
struct Signals {
    hangup: Signal,
    terminate: [Signal; 2],
}

impl Signals {
    fn register() -> std::io::Result<Signals> {
        Ok(Signals { hangup: Signal::hangup()?, terminate: Signal::terminate()? })
    }
}

/// Reads the state; where this user may not, tries again each minute: without halts and waits nothing may be sent.
fn patiently(
    terminate: &[Signal; 2],
    mut read: impl FnMut() -> Result<store::Loaded, StoreError>,
) -> Result<store::Loaded, String> {
    let mut said = false;
    loop {
        let why = match read() {
            Err(StoreError::Denied(why)) => why,
            other => return other.map_err(|why| why.to_string()),
        };
        if !said {
            log::error!("{why}; it is tried again each minute");
            said = true;
        }
        let minute = Timespec { tv_sec: 60, tv_nsec: 0 };
        let mut ends = [PollFd::new(&terminate[0], PollFlags::IN), PollFd::new(&terminate[1], PollFlags::IN)];
        if poll(&mut ends, Some(&minute)).is_ok_and(|ready| ready > 0) {
            return Err(why);
        }
    }
}

struct Daemon<'a> {
    arguments: &'a Arguments,
    engine: Engine,
    bus: Bus,
    workers: Workers,
    history: History,
    network: Option<Network>,
    /// When that was told of first.
    heard: Instant,
    /// What each account has chosen so far.
    steady: LiteMap<String, Steady>,
    /// When a lifetime ends: choose anew, and ask netifd what is left.
    reselect_at: Option<Instant>,
    store: Option<Store>,
    /// Something is not on the disk yet; when to try.
    save_at: Option<Instant>,
    /// Why the last try failed, as it was said.
    unsaved: Option<String>,
    memory: runtime::MemoryFile,
    diagnostics: Vec<Diagnostic>,
    user_agent: String,
    started: Instant,
    hangup: Signal,
    terminate: [Signal; 2],
    waker: Waker,
    clock_watch: Option<ClockWatch>,
}

impl<'a> Daemon<'a> {
    fn new(arguments: &'a Arguments, config: Config, signals: Signals) -> Result<Self, String> {
        let system = |error: std::io::Error| format!("the kernel refused what the daemon needs to start: {error}");
        let waker = Waker::new().map_err(system)?;
        let hosts = config.accounts.iter().map(|account| account.hostnames.len()).sum();
        let largest = state::largest(hosts);
        let (store, loaded) = match Store::open(&arguments.state, STORE_PATIENCE) {
            Ok(store) => {
                let loaded = patiently(&signals.terminate, || store.load(largest))?;
                (Some(store), loaded)
            }
            Err(StoreError::Busy(why) | StoreError::Denied(why)) => return Err(why),
            Err(StoreError::Unusable(why)) => {
                log::error!("{why}; until it can be written, nothing new is remembered after a restart");
                // What cannot be written may well be read: halts and waits stay in force.
                let loaded = patiently(&signals.terminate, || store::peek(&arguments.state, largest))?;
                (None, loaded)
            }
        };
        if let Some(warning) = loaded.warning {
            log::warn!("{warning}");
        }
        let mut state = loaded.state;
        if state.salt.is_empty() {
            state.salt = platform::random_bytes();
        }
        let started = clock::monotonic();
        let mut engine = Engine::new(state, platform::random_seed(), started);
        let memory = runtime::MemoryFile::beside(&arguments.state, arguments.state_given);
        engine.recall(started, memory.load(config.accounts.len()));
        let mut daemon = Daemon {
            arguments,
            engine,
            bus: Bus::new(arguments.socket.clone(), request::methods()),
            workers: Workers::new(waker.clone()),
            history: History::default(),
            network: None,
            heard: started,
            steady: LiteMap::new(),
            reselect_at: None,
            store,
            save_at: None,
            unsaved: None,
            memory,
            diagnostics: Vec::new(),
            user_agent: String::new(),
            started,
            hangup: signals.hangup,
            terminate: signals.terminate,
            waker,
            clock_watch: ClockWatch::new().ok(),
        };
        daemon.configure(config);
        log::info!(
            "ddnsd {} has started with {} of {}",
            env!("CARGO_PKG_VERSION"),
            accounts(daemon.engine.views().filter(|view| view.config().enabled).count()),
            setup::shown(&daemon.arguments.config).display()
        );
        for view in daemon.engine.views().filter(|view| view.config().enabled) {
            view.halts().iter().for_each(|line| log::error!("{line}"));
        }
        Ok(daemon)
    }

    fn run(mut self) -> Result<(), String> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            self.turn();
            let ready = self.wait(self.deadline())?;
            if ready.terminate {
                log::info!("ending");
                return self.end(&mut buffer);
            }
            if ready.hangup {
                self.hangup.clear();
                self.reload();
            }
            if ready.clock {
                if let Some(watch) = &self.clock_watch {
                    watch.clear();
                }
                self.engine.handle(clock::now(), Event::ClockSet);
            }
            self.take_in(ready, &mut buffer);
        }
    }

    /// An exchange in flight gets five seconds; nothing new is started.
    fn end(mut self, buffer: &mut [u8]) -> Result<(), String> {
        self.engine.close();
        let deadline = clock::monotonic() + FAREWELL;
        while self.workers.is_busy() && clock::monotonic() < deadline {
            let ready = self.wait(Some(deadline))?;
            // A signal left in its descriptor would make every wait end at once.
            self.terminate.iter().for_each(Signal::clear);
            self.hangup.clear();
            if let Some(watch) = &self.clock_watch {
                watch.clear();
            }
            self.take_in(ready, buffer);
            self.perform(false);
        }
        self.save_at = self.save_at.map(|_| Instant::ZERO);
        self.save(clock::monotonic());
        Ok(())
    }

    /// What is due now.
    fn turn(&mut self) {
        let now = clock::now();
        self.bus.tend(now.monotonic);
        if self.reselect_at.is_some_and(|at| at <= now.monotonic) {
            self.select(now);
            self.bus.dump(now.monotonic);
        }
        if self.engine.deadline().is_some_and(|at| at <= now.monotonic) {
            self.engine.handle_timeout(now);
        }
        self.perform(true);
        self.save(now.monotonic);
    }

    fn deadline(&self) -> Option<Instant> {
        [self.engine.deadline(), self.bus.deadline(), self.reselect_at, self.save_at].into_iter().flatten().min()
    }

    // -- waiting ------------------------------------------------------------------------------------

    fn wait(&self, deadline: Option<Instant>) -> Result<Ready, String> {
        let bus = self.bus.descriptor();
        let mut fds = vec![
            PollFd::new(&self.terminate[0], PollFlags::IN),
            PollFd::new(&self.terminate[1], PollFlags::IN),
            PollFd::new(&self.hangup, PollFlags::IN),
            PollFd::new(&self.waker, PollFlags::IN),
        ];
        let clock_at = self.clock_watch.as_ref().map(|watch| {
            fds.push(PollFd::new(watch, PollFlags::IN));
            fds.len() - 1
        });
        let bus_at = bus.map(|(fd, writing)| {
            let flags = if writing { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            fds.push(PollFd::from_borrowed_fd(fd, flags));
            fds.len() - 1
        });
        let timeout = deadline.map(|at| {
            let left = at.since(clock::monotonic());
            // One millisecond more: waking too early would mean to spin.
            let millis = if left.is_zero() { 0 } else { left.as_millis() + 1 };
            Timespec { tv_sec: (millis / 1000) as i64, tv_nsec: (millis % 1000 * 1_000_000) as _ }
        });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(format!("waiting for events failed: {error}")),
        }
        let ready = |at: usize| !fds[at].revents().is_empty();
        Ok(Ready {
            terminate: ready(0) || ready(1),
            hangup: ready(2),
            waker: ready(3),
            clock: clock_at.is_some_and(ready),
            bus: bus_at.is_some_and(ready),
        })
    }

    fn take_in(&mut self, ready: Ready, buffer: &mut [u8]) {
        if ready.waker {
            self.waker.clear();
            while let Some(event) = self.workers.finished() {
                self.engine.handle(clock::now(), event);
            }
        }
        if ready.bus {
            let incoming = self.bus.receive(clock::monotonic(), buffer);
            self.take_in_bus(incoming);
        }
    }
}

/// What woke the loop.
#[derive(Clone, Copy)]
struct Ready {
    terminate: bool,
    hangup: bool,
    waker: bool,
    clock: bool,
    bus: bool,
}

fn accounts(count: usize) -> String {
    match count {
        1 => "one enabled account".into(),
        _ => format!("{count} enabled accounts"),
    }
}
