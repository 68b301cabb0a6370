//! What the engine's tests drive it with: one account, simulated time, and the last request in hand.

use super::*;
use crate::address::{Origin, Source};
use crate::config::{Bind, Endpoint, InterfaceChoice, Ipv4Policy, Ipv6Policy, Secret};
use crate::failure::ErrorKind;
use crate::notice::Kind;
use crate::protocol::{Code, HostAnswer};
use crate::time::UnixTime;

/// When the tests' clock starts: long after the boot.
pub const START: u64 = 1_000_000;
/// What the wall clock shows then.
pub const WALL: u64 = 1_764_000_000;

pub struct Rig {
    pub engine: Engine,
    pub now: Now,
    pub saves: usize,
    pub told: Vec<Occurrence>,
    pub notes: Vec<String>,
    pub sends: Vec<(Instant, Ticket, Batch)>,
    pub detections: Vec<(Instant, Ticket, String)>,
    config: AccountConfig,
    fingerprint: u32,
}

pub fn config(hostnames: &[&str]) -> AccountConfig {
    AccountConfig {
        name: "home".into(),
        enabled: true,
        service: "noip".into(),
        dialect: Default::default(),
        username: "user".into(),
        password: Secret::new("secret".into()),
        hostnames: hostnames.iter().map(|it| (*it).to_owned()).collect(),
        interface: InterfaceChoice::Auto,
        interface6: InterfaceChoice::Auto,
        lan: "lan".into(),
        ipv4: Ipv4Policy::Auto,
        ipv6: Ipv6Policy::Off,
        ipv6_suffix: None,
        offline: false,
        endpoint: Endpoint {
            server: "dynupdate.no-ip.com".into(),
            path: "/nic/update".into(),
            tls: true,
            port: 443,
            ca_file: String::new(),
            proxy: None,
            timeout: 30,
        },
        bind: Bind::Auto,
        force_interval: 0,
        web_interval: 10,
        web_url: vec!["http://a/".into()],
        zone: None,
        create: false,
        ttl: 300,
        dns_key: None,
        web_url6: Vec::new(),
        web_url6_own: false,
        identity: Secret::default(),
    }
}

pub fn at(secs: u64) -> Now {
    Now { monotonic: Instant::from_secs(START + secs), wall: Some(UnixTime(WALL + secs)), millis: 0 }
}

pub fn known(address: &str) -> Wanted {
    Wanted::Known(Source {
        address: address.parse().unwrap(),
        origin: Origin::Interface,
        interface: Some("wan".into()),
        device: Some("eth0".into()),
    })
}

pub fn selection(ipv4: &str) -> Selection {
    Selection {
        ipv4: known(ipv4),
        ipv6: Wanted::Off,
        device: None,
        heard: true,
        settling: None,
        prefix: None,
        came_up: None,
        expires: None,
    }
}

pub fn answer(code: Code) -> HostAnswer {
    HostAnswer { code, ipv4: None, ipv6: None }
}

pub fn failure(kind: ErrorKind) -> Failure {
    Failure { kind, message: "it failed".into() }
}

impl Rig {
    /// An account with these hosts, not yet proven, the network not yet known.
    pub fn new(hostnames: &[&str]) -> Rig {
        Rig::with(config(hostnames), State::default(), at(0))
    }

    pub fn with(config: AccountConfig, state: State, now: Now) -> Rig {
        Rig::started(config, state, now, now.monotonic)
    }

    pub fn started(config: AccountConfig, state: State, now: Now, started: Instant) -> Rig {
        let mut rig = Rig {
            engine: Engine::new(state, 7, started),
            now,
            saves: 0,
            told: Vec::new(),
            notes: Vec::new(),
            sends: Vec::new(),
            detections: Vec::new(),
            config,
            fingerprint: 1,
        };
        rig.configure();
        rig
    }

    /// An account whose only host is acknowledged at 192.0.2.1.
    pub fn settled() -> Rig {
        let mut rig = Rig::new(&["a"]);
        rig.select("192.0.2.1");
        rig.succeed(Code::Good);
        assert_eq!(rig.state(), "current");
        rig
    }

    /// The configuration is read again as it is.
    pub fn configure(&mut self) {
        let setup = Setup { config: Arc::new(self.config.clone()), fingerprint: self.fingerprint.to_string() };
        self.event(Event::Configured(vec![setup]));
    }

    /// The configuration is read again, changed.
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut AccountConfig)) {
        change(&mut self.config);
        self.fingerprint += 1;
        self.configure();
    }

    pub fn event(&mut self, event: Event) {
        self.engine.handle(self.now, event);
        self.drain();
    }

    pub fn select(&mut self, ipv4: &str) {
        self.select_all(selection(ipv4));
    }

    pub fn select_all(&mut self, selection: Selection) {
        self.event(Event::Selected { account: "home".into(), selection });
    }

    pub fn update(&mut self, force: bool) {
        self.event(Event::Update { account: None, force });
    }

    pub fn resume(&mut self, hostname: Option<&str>) {
        self.event(Event::Resume { account: "home".into(), hostname: hostname.map(str::to_owned) });
    }

    pub fn offline(&mut self, hostnames: &[&str], offline: bool) {
        let hostnames = hostnames.iter().map(|it| (*it).to_owned()).collect();
        self.event(Event::Offline { account: "home".into(), hostnames, offline });
    }

    /// Answers the last request.
    pub fn reply(&mut self, result: Result<(u16, Reply), Failure>) {
        let ticket = self.sends.last().expect("a request").1;
        self.event(Event::Finished { ticket, result });
    }

    /// Answers the last request with the same code for each of its hosts.
    pub fn succeed(&mut self, code: Code) {
        let count = self.sends.last().unwrap().2.hostnames.len();
        self.reply(Ok((200, Reply::Hosts(vec![answer(code); count]))));
    }

    /// Lets time pass to `secs` after the start, stopping at each deadline on the way.
    pub fn advance_to(&mut self, secs: u64) {
        let end = at(secs);
        while let Some(deadline) = self.engine.deadline().filter(|it| *it <= end.monotonic) {
            let deadline = deadline.max(self.now.monotonic);
            self.now = self.moved_to(deadline);
            self.engine.handle_timeout(self.now);
            self.drain();
            assert_ne!(self.engine.deadline(), Some(deadline), "a deadline that does not pass");
        }
        self.now = self.moved_to(end.monotonic);
        self.engine.handle_timeout(self.now);
        self.drain();
    }

    /// Lets time pass to the next deadline.
    pub fn next(&mut self) {
        let deadline = self.engine.deadline().expect("a deadline");
        self.advance_to(deadline.as_millis().div_ceil(1000) - START);
    }

    fn moved_to(&self, monotonic: Instant) -> Now {
        let passed = monotonic.since(Instant::from_secs(START)).as_secs();
        Now { monotonic, wall: self.now.wall.map(|_| UnixTime(WALL + passed)), millis: 0 }
    }

    /// The process ends here and starts anew from what it saved.
    pub fn restarted(&self) -> Rig {
        self.started_with(self.engine.memory())
    }

    /// The same with another memory.
    pub fn started_with(&self, memory: Memory) -> Rig {
        let state = State::from_json(self.engine.state().to_json().as_bytes()).expect("a readable state");
        let mut rig = Rig {
            engine: Engine::new(state, 7, self.now.monotonic),
            now: self.now,
            saves: 0,
            told: Vec::new(),
            notes: Vec::new(),
            sends: Vec::new(),
            detections: Vec::new(),
            config: self.config.clone(),
            fingerprint: self.fingerprint,
        };
        rig.engine.recall(self.now.monotonic, memory);
        rig.configure();
        rig
    }

    /// Why what is to be sent has not been sent yet, and until how many seconds after the start.
    pub fn waiting(&self) -> Option<(&'static str, Option<u64>)> {
        let waiting = self.view().waiting(self.now)?;
        let until = waiting.until.map(|at| at.since(Instant::from_secs(START)).as_secs());
        Some((waiting.why.as_str(), until))
    }

    /// Whether the configuration was changed since the request in flight was sent.
    pub fn is_outdated(&self) -> bool {
        self.view().0.is_outdated()
    }

    /// The seconds after the start at which requests were sent.
    pub fn sent_at(&self) -> Vec<u64> {
        self.sends.iter().map(|(at, ..)| at.since(Instant::from_secs(START)).as_secs()).collect()
    }

    pub fn last(&self) -> &Batch {
        &self.sends.last().expect("a request").2
    }

    pub fn state(&self) -> &'static str {
        self.view().state().as_str()
    }

    pub fn view(&self) -> View<'_> {
        self.engine.view("home").unwrap()
    }

    pub fn reason(&self) -> Option<&'static str> {
        let kept = self.view().0.kept.clone();
        let host = kept.hosts.values().find_map(|host| host.halt.clone());
        kept.halt.or(host).map(|halt| halt.reason.as_str())
    }

    pub fn kinds(&self) -> Vec<Kind> {
        self.told.iter().map(|it| it.kind).collect()
    }

    fn drain(&mut self) {
        while let Some(action) = self.engine.poll_action() {
            match action {
                Action::Send { ticket, batch, .. } => self.sends.push((self.now.monotonic, ticket, batch)),
                Action::Detect { ticket, url, .. } => self.detections.push((self.now.monotonic, ticket, url)),
                Action::Save => self.saves += 1,
                Action::Remember => {}
                Action::Tell(occurrence) => self.told.push(occurrence),
                Action::Note { message, .. } => self.notes.push(message),
            }
        }
    }
}
