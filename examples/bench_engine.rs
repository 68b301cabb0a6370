//! What one event costs the engine, with any number of accounts: a router has one, a provider's box may have thousands.
//!
//!     cargo run --release --example bench_engine -- ACCOUNTS [CHANGES]
//!
//! Prints one JSON object: microseconds (median of CHANGES) for an address change that every account must act on, for all
//! the answers to it, and for a renewal that changes nothing; page faults of a change with its answers; and the engine's
//! memory. One size a process, so that none profits from what another has left behind. CHANGES differ by nothing, so
//! two runs' difference under callgrind is what a change with its answers takes (scripts/bench/main.py).

use ddnsd::address::{Network, select};
use ddnsd::config::{AccountConfig, Endpoint, InterfaceChoice, Ipv4Policy, Ipv6Policy, Secret};
use ddnsd::engine::{AT_ONCE, Action, Engine, Event, Setup, Ticket};
use ddnsd::netifd::parse_interface;
use ddnsd::protocol::{Code, HostAnswer, Reply};
use ddnsd::state::State;
use ddnsd::time::{Instant, Now, UnixTime};
use serde_json::json;
use std::collections::VecDeque;
use std::sync::Arc;

/// The address changes once an hour, so that rule 12 lets each change pass.
const HOUR: u64 = 3_600_000;
const MIDNIGHT: u64 = 1_764_028_800;

fn main() {
    let mut words = std::env::args().skip(1).map(|word| word.parse::<u64>().expect("a number"));
    let size = usize::try_from(words.next().expect("ACCOUNTS [CHANGES]")).expect("a number of accounts");
    let empty = anonymous_kb();
    let mut house = House::new(size);
    let (mut changes, mut answers, mut renewals, mut faults) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for run in 0..words.next().unwrap_or(15) {
        house.now += HOUR;
        let before = page_faults();
        let (change, tickets) = timed(|| house.event(run));
        assert!((1..=AT_ONCE).contains(&tickets.len()), "as many as may be under way");
        let (answer, sent) = timed(|| house.answer(tickets));
        assert_eq!(sent, size, "every account sends");
        faults.push(page_faults() - before);
        let (renewal, tickets) = timed(|| house.event(run));
        assert!(tickets.is_empty(), "nothing changed, nothing is sent");
        changes.push(change);
        answers.push(answer);
        renewals.push(renewal);
    }
    println!(
        "{}",
        json!({
            "accounts": size, "change_us": median(&mut changes), "answers_us": median(&mut answers),
            "renewal_us": median(&mut renewals), "page_faults": median(&mut faults),
            "anonymous_kb": anonymous_kb().saturating_sub(empty),
        })
    );
}

/// The engine and what the daemon's loop keeps beside it.
struct House {
    engine: Engine,
    network: Network,
    configs: Vec<Arc<AccountConfig>>,
    now: u64,
}

impl House {
    fn new(size: usize) -> House {
        let configs: Vec<_> = (0..size).map(|number| Arc::new(config(number))).collect();
        let mut engine = Engine::new(State::default(), 1, Instant::from_millis(24 * HOUR));
        let setups = configs.iter().map(|config| Setup { config: config.clone(), fingerprint: "1".into() });
        engine.handle(now(24 * HOUR), Event::Configured(setups.collect()));
        House { engine, network: Network::default(), configs, now: 24 * HOUR }
    }

    /// What the daemon does with a notification of netifd: take it in, choose, decide, and give what is to be sent.
    fn event(&mut self, address: u64) -> Vec<Ticket> {
        let now = now(self.now);
        let status = json!({
            "interface": "wan", "up": true, "uptime": 100, "l3_device": "wan0", "metric": 0,
            "ipv4-address": [{"address": format!("1.0.0.{}", address + 1), "mask": 24}],
            "route": [{"target": "0.0.0.0", "mask": 0, "nexthop": "198.18.0.1", "source": "0.0.0.0/0"}],
        });
        let (name, interface) = parse_interface(&status, now.monotonic).expect("an interface");
        if self.network.apply(name, interface) {
            for config in &self.configs {
                let selection = select(config, &self.network, &|_| None, now.monotonic);
                self.engine.handle(now, Event::Selected { account: config.name.clone(), selection });
            }
        }
        self.drain()
    }

    /// Answers all that are under way, and those that follow; how many there were.
    fn answer(&mut self, tickets: Vec<Ticket>) -> usize {
        let now = now(self.now + 1000);
        let (mut open, mut answered) = (VecDeque::from(tickets), 0);
        while let Some(ticket) = open.pop_front() {
            let good = Reply::Hosts(vec![HostAnswer { code: Code::Good, ipv4: None, ipv6: None }]);
            self.engine.handle(now, Event::Finished { ticket, result: Ok((200, good)) });
            answered += 1;
            open.extend(self.drain());
        }
        answered
    }

    fn drain(&mut self) -> Vec<Ticket> {
        let mut tickets = Vec::new();
        while let Some(action) = self.engine.poll_action() {
            if let Action::Send { ticket, .. } = action {
                tickets.push(ticket);
            }
        }
        tickets
    }
}

fn now(millis: u64) -> Now {
    Now {
        monotonic: Instant::from_millis(millis),
        wall: Some(UnixTime(MIDNIGHT + millis / 1000)),
        millis: (millis % 1000) as u16,
    }
}

fn timed<T>(what: impl FnOnce() -> T) -> (f64, T) {
    let begun = std::time::Instant::now();
    let result = what();
    (begun.elapsed().as_secs_f64() * 1e6, result)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Of this process so far, without those that read from a disk.
fn page_faults() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    after_name.split_whitespace().nth(7).and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

fn anonymous_kb() -> u64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn config(number: usize) -> AccountConfig {
    AccountConfig {
        name: format!("a{number}"),
        enabled: true,
        service: "noip".into(),
        dialect: Default::default(),
        username: "user".into(),
        password: Secret::new("secret".into()),
        hostnames: vec![format!("h{number}.example.com")],
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
        bind: ddnsd::config::Bind::Auto,
        force_interval: 0,
        web_interval: 10,
        web_url: Vec::new(),
        zone: None,
        create: false,
        ttl: 300,
        dns_key: None,
        web_url6: Vec::new(),
        web_url6_own: false,
        identity: Secret::default(),
    }
}
