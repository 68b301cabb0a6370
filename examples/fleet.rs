//! A fleet of routers against one service, in simulated time: what does the service see?
//!
//!     cargo run --release --example fleet [ROUTERS] [--svg FILE]
//!
//! Every router is the real engine, not a model of it; the service and the network are a few lines each. What is sent
//! against the rules is counted by a bookkeeping that shares nothing with the engine.

use ddnsd::address::{Origin, Selection, Source, Wanted};
use ddnsd::config::{AccountConfig, BuiltIn};
use ddnsd::engine::{Action, Batch, Engine, Event, Setup, Ticket};
use ddnsd::failure::{ErrorKind, Failure};
use ddnsd::protocol::{Code, HostAnswer, Reply};
use ddnsd::state::State;
use ddnsd::time::{Instant, Now, UnixTime};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The wall clock at the start of each scenario: midnight.
const MIDNIGHT: u64 = 1_764_028_800;
/// How long an exchange takes, in milliseconds.
const EXCHANGE: u64 = 150;
const HOUR: u64 = 3600;

/// Its name, and how it is played.
type Scenario = (&'static str, fn(&mut Fleet));

fn main() {
    let mut routers = 100_000;
    let mut svg = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--svg" => svg = arguments.next(),
            number => routers = number.parse().expect("the number of routers"),
        }
    }
    let scenarios: [Scenario; 4] = [
        ("a street's power comes back", power_comes_back),
        ("the service is down for six hours", service_is_down),
        ("an address pool rotates at 04:00", pool_rotates),
        ("the passwords of one in ten become wrong", passwords_change),
    ];
    println!("{routers} routers, one host each; seconds of simulated time\n");
    println!(
        "| scenario | requests | busiest second | busiest minute | sent twice | against the rules | longest until current |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut plots = Vec::new();
    for (name, play) in scenarios {
        let mut fleet = Fleet::new(routers);
        play(&mut fleet);
        println!("{}", fleet.report(name));
        plots.push((name, std::mem::take(&mut fleet.per_minute)));
    }
    if let Some(file) = svg {
        std::fs::write(&file, plot(&plots)).expect("the file can be written");
        println!("\nplotted in {file}");
    }
}

// -- the scenarios --------------------------------------------------------------------------------------------

/// Every router boots in the same minute, and gets another address than before.
fn power_comes_back(fleet: &mut Fleet) {
    fleet.settle_all();
    for router in 0..fleet.routers.len() {
        let state = fleet.routers[router].engine.state();
        let boot = 20_000 + fleet.chance(20_000);
        fleet.reboot(router, state, boot);
        let up = boot + 15_000 + fleet.chance(20_000);
        fleet.at(up, What::Address(router));
    }
    fleet.run(2 * HOUR * 1000);
}

/// Addresses go on changing, each once in a day or so, while the service answers 911 or not at all.
fn service_is_down(fleet: &mut Fleet) {
    fleet.settle_all();
    let (begin, end) = (HOUR * 1000, 7 * HOUR * 1000);
    fleet.outage = Some((begin, end));
    for router in 0..fleet.routers.len() {
        let when = fleet.chance(24 * HOUR * 1000);
        fleet.at(when, What::Address(router));
    }
    fleet.run(30 * HOUR * 1000);
}

/// Every router gets another address within two seconds.
fn pool_rotates(fleet: &mut Fleet) {
    fleet.settle_all();
    let four = 4 * HOUR * 1000;
    for router in 0..fleet.routers.len() {
        let when = four + fleet.chance(2000);
        fleet.at(when, What::Address(router));
    }
    fleet.run(6 * HOUR * 1000);
}

/// One in ten is refused from now on; everybody's address changes three times a day.
fn passwords_change(fleet: &mut Fleet) {
    fleet.settle_all();
    for router in 0..fleet.routers.len() {
        fleet.routers[router].refused = router % 10 == 0;
        for third in 0..3 {
            let when = third * 8 * HOUR * 1000 + fleet.chance(8 * HOUR * 1000);
            fleet.at(when, What::Address(router));
        }
    }
    fleet.run(24 * HOUR * 1000);
}

// -- the simulation -------------------------------------------------------------------------------------------

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Timer(usize),
    Address(usize),
    Answer(usize),
}

struct Router {
    engine: Engine,
    /// The monotonic clock's zero, in the simulation's milliseconds.
    booted: i64,
    address: u32,
    refused: bool,
    /// When its address changed last.
    changed: u64,
    timer: Option<u64>,
    flight: Option<(Ticket, Batch)>,
    rules: Rules,
}

/// What this router owes the service, from what was said and answered alone.
#[derive(Default)]
struct Rules {
    acknowledged: Option<IpAddr>,
    silent_until: u64,
    halted: bool,
    sent: Vec<u64>,
}

struct Fleet {
    routers: Vec<Router>,
    agenda: BinaryHeap<Reverse<(u64, What)>>,
    chance: u64,
    outage: Option<(u64, u64)>,
    requests: usize,
    per_second: Vec<u32>,
    per_minute: Vec<u32>,
    repeated: usize,
    against: usize,
    longest: u64,
    counting: bool,
}

fn config() -> Arc<AccountConfig> {
    let text = "config account 'home'\n\toption username 'u'\n\toption password 'p'\n\tlist hostname 'home.ddns.net'\n";
    let package = ddnsd::uci::parse(text.as_bytes()).expect("it is UCI");
    let config = ddnsd::config::build(&package, &BuiltIn, &mut |_, _| Err(std::io::ErrorKind::NotFound.into()));
    config.accounts.into_iter().next().expect("it is an account")
}

impl Fleet {
    fn new(count: usize) -> Fleet {
        let config = config();
        let routers = (0..count)
            .map(|number| {
                // Up for a day already: no boot to be spread.
                let booted = -(24 * HOUR as i64 * 1000);
                let started = now(booted, 0).monotonic;
                let mut engine = Engine::new(State::default(), number as u64, started);
                let setup = Setup { config: config.clone(), fingerprint: "1".into() };
                engine.handle(now(booted, 0), Event::Configured(vec![setup]));
                Router {
                    engine,
                    booted,
                    address: 0x0100_0000 + number as u32,
                    refused: false,
                    changed: 0,
                    timer: None,
                    flight: None,
                    rules: Rules::default(),
                }
            })
            .collect();
        Fleet {
            routers,
            agenda: BinaryHeap::new(),
            chance: 42,
            outage: None,
            requests: 0,
            per_second: Vec::new(),
            per_minute: Vec::new(),
            repeated: 0,
            against: 0,
            longest: 0,
            counting: false,
        }
    }

    fn chance(&mut self, limit: u64) -> u64 {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % limit
    }

    fn at(&mut self, when: u64, what: What) {
        self.agenda.push(Reverse((when, what)));
    }

    /// Every router is acknowledged at its first address; what follows is counted.
    fn settle_all(&mut self) {
        for router in 0..self.routers.len() {
            self.offer(router, 0);
            self.answer(router, EXCHANGE);
            self.routers[router].rules.sent.clear();
        }
        self.agenda.clear();
        self.counting = true;
    }

    fn reboot(&mut self, number: usize, state: State, when: u64) {
        let router = &mut self.routers[number];
        router.booted = when as i64 - 20_000;
        router.timer = None;
        router.engine = Engine::new(state, number as u64 * 7 + 1, Instant::from_millis(20_000));
        let setup = Setup { config: config(), fingerprint: "1".into() };
        router.engine.handle(now(router.booted, when), Event::Configured(vec![setup]));
    }

    fn run(&mut self, end: u64) {
        while let Some(Reverse((when, what))) = self.agenda.pop() {
            if when > end {
                break;
            }
            match what {
                What::Timer(router) => {
                    if self.routers[router].timer == Some(when) {
                        self.routers[router].timer = None;
                        let now = now(self.routers[router].booted, when);
                        self.routers[router].engine.handle_timeout(now);
                        self.drain(router, when);
                    }
                }
                What::Address(router) => {
                    self.routers[router].changed = when;
                    self.routers[router].address = self.routers[router].address.wrapping_add(0x0002_0000) & 0x7fff_ffff;
                    self.offer(router, when);
                }
                What::Answer(router) => self.answer(router, when),
            }
        }
    }

    fn offer(&mut self, number: usize, when: u64) {
        let router = &mut self.routers[number];
        let source = Source {
            address: Ipv4Addr::from(router.address).into(),
            origin: Origin::Interface,
            interface: Some("wan".into()),
            device: Some("eth0".into()),
        };
        let now = now(router.booted, when);
        let selection = Selection {
            ipv4: Wanted::Known(source),
            ipv6: Wanted::Off,
            device: None,
            heard: true,
            settling: None,
            prefix: None,
            came_up: Some(now.monotonic),
            expires: None,
        };
        router.engine.handle(now, Event::Selected { account: "home".into(), selection });
        self.drain(number, when);
    }

    fn drain(&mut self, number: usize, when: u64) {
        while let Some(action) = self.routers[number].engine.poll_action() {
            if let Action::Send { ticket, batch, .. } = action {
                self.sent(number, when, &batch);
                self.routers[number].flight = Some((ticket, batch));
                self.at(when + EXCHANGE, What::Answer(number));
            }
        }
        let router = &mut self.routers[number];
        let deadline = router.engine.deadline().map(|at| (router.booted + at.as_millis() as i64).max(0) as u64);
        if let Some(deadline) = deadline {
            let deadline = deadline.max(when);
            if router.timer != Some(deadline) {
                router.timer = Some(deadline);
                self.at(deadline, What::Timer(number));
            }
        }
    }

    /// The service's side of a request: counting, and watching over the rules.
    fn sent(&mut self, number: usize, when: u64, batch: &Batch) {
        let rules = &mut self.routers[number].rules;
        let address = batch.ipv4.as_ref().map(|source| source.address);
        if self.counting {
            self.requests += 1;
            count(&mut self.per_second, (when / 1000) as usize);
            count(&mut self.per_minute, (when / 60_000) as usize);
            self.repeated += usize::from(address == rules.acknowledged);
            let seconds = when / 1000;
            rules.sent.push(seconds);
            let burst =
                rules.sent.iter().rev().enumerate().any(|(n, earlier)| n as u64 > 2 + (seconds - earlier) / 300);
            self.against += usize::from(rules.halted || when < rules.silent_until || burst);
        }
    }

    fn answer(&mut self, number: usize, when: u64) {
        let down = self.outage.is_some_and(|(begin, end)| (begin..end).contains(&when));
        let dead = down && self.chance(2) == 0;
        let router = &mut self.routers[number];
        let Some((ticket, batch)) = router.flight.take() else { return };
        let address = batch.ipv4.as_ref().map(|source| source.address);
        let result = if dead {
            Err(Failure { kind: ErrorKind::Connect, message: "no connection".into() })
        } else if down {
            router.rules.silent_until = when + 1800 * 1000;
            Ok((500, Reply::Wait(Code::Fatal)))
        } else if router.refused {
            router.rules.halted = true;
            Ok((401, Reply::Account(Code::BadAuth)))
        } else {
            router.rules.acknowledged = address;
            if self.counting {
                // While the service is down nobody can be current.
                let since = self.outage.map_or(router.changed, |(_, end)| router.changed.max(end.min(when)));
                self.longest = self.longest.max(when - since);
            }
            Ok((200, Reply::Hosts(vec![HostAnswer { code: Code::Good, ipv4: None, ipv6: None }])))
        };
        let now = now(router.booted, when);
        router.engine.handle(now, Event::Finished { ticket, result });
        self.drain(number, when);
    }

    fn report(&self, name: &str) -> String {
        let busiest = |counts: &[u32]| counts.iter().max().copied().unwrap_or(0);
        let stale = self
            .routers
            .iter()
            .filter(|router| {
                !router.refused && router.rules.acknowledged != Some(Ipv4Addr::from(router.address).into())
            })
            .count();
        let after = match stale {
            0 => format!("{:.1} s", self.longest as f64 / 1000.0),
            stale => format!("{stale} are not"),
        };
        format!(
            "| {name} | {} | {} | {} | {} | {} | {after} |",
            self.requests,
            busiest(&self.per_second),
            busiest(&self.per_minute),
            self.repeated,
            self.against,
        )
    }
}

fn now(booted: i64, when: u64) -> Now {
    let monotonic = Instant::from_millis((when as i64 - booted).max(0) as u64);
    Now { monotonic, wall: Some(UnixTime(MIDNIGHT + when / 1000)), millis: 0 }
}

fn count(counts: &mut Vec<u32>, at: usize) {
    if counts.len() <= at {
        counts.resize(at + 1, 0);
    }
    counts[at] += 1;
}

// -- the plot -------------------------------------------------------------------------------------------------

/// Requests per minute of each scenario, one above the other.
fn plot(plots: &[(&str, Vec<u32>)]) -> String {
    let (width, height, gap) = (720.0, 110.0, 46.0);
    let total = (height + gap) * plots.len() as f64 + 10.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {total}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        width + 80.0
    );
    for (row, (name, counts)) in plots.iter().enumerate() {
        let (top, most) = (row as f64 * (height + gap) + 24.0, counts.iter().max().copied().unwrap_or(1).max(1));
        let step = width / counts.len().max(1) as f64;
        let _ =
            writeln!(svg, "<text x=\"60\" y=\"{}\" font-weight=\"bold\">{name}: requests per minute</text>", top - 8.0);
        let _ = writeln!(svg, "<text x=\"54\" y=\"{}\" text-anchor=\"end\">{most}</text>", top + 10.0);
        let _ = writeln!(svg, "<text x=\"54\" y=\"{}\" text-anchor=\"end\">0</text>", top + height);
        let mut path = format!("M60 {}", top + height);
        for (at, count) in counts.iter().enumerate() {
            let y = top + height - f64::from(*count) / f64::from(most) * height;
            let x = 60.0 + at as f64 * step;
            let _ = write!(path, " L{x:.1} {y:.1} L{:.1} {y:.1}", x + step);
        }
        let _ = writeln!(svg, "<path d=\"{path} L{} {} Z\" fill=\"#2a6fb0\"/>", 60.0 + width, top + height);
        let _ = writeln!(svg, "<path d=\"M60 {} H{}\" stroke=\"#444\"/>", top + height, 60.0 + width);
        let hours = counts.len() as f64 / 60.0;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{hours:.1} h</text>",
            60.0 + width,
            top + height + 14.0
        );
    }
    svg.push_str("</svg>\n");
    svg
}
