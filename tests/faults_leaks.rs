//! A daemon in a long life: addresses change, configurations come and go, updates are sent, everybody asks. What `/proc`
//! says of it before and after must be the same. Each test is a row of `docs/reliability.md`.
//!
//! `scripts/checks/leaks.sh` runs the long one against the program as it is shipped; `DDNSD_PROGRAM` names another one.

mod common;

use common::{Daemon, Home, PATIENCE, account, service, until};
use ddnsd_testkit::bus::{Bus, Netifd, TestClient};
use ddnsd_testkit::service::Service;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Instant;

const HOST: &[&str] = &["home.ddns.net"];
/// Cycles that one configuration stays. The next one has another account: new to the daemon, it may send at once.
const LIFE: usize = 10;

struct Rig {
    // The first to go: its log is in the home.
    daemon: Daemon,
    netifd: Netifd,
    service: Service,
    home: Home,
    client: TestClient,
    // The last to go: the others speak over it.
    _bus: Bus,
}

/// What the kernel counts for the daemon.
#[derive(Clone, Copy, Debug)]
struct Use {
    descriptors: usize,
    threads: u64,
    resident: u64,
    anonymous: u64,
}

impl Rig {
    fn new() -> Rig {
        let bus = Bus::start();
        let netifd = Netifd::start(&bus);
        netifd.set_interface("wan", wan(1));
        let service = service(HOST);
        let home = Home::on_bus(&account(&service, "home", HOST, ""), bus.socket());
        let program = std::env::var_os("DDNSD_PROGRAM").map_or(env!("CARGO_BIN_EXE_ddnsd").into(), PathBuf::from);
        let daemon = home.daemon_of(&program);
        let client = bus.client();
        client.wait_for_object("ddnsd");
        Rig { daemon, netifd, service, home, client, _bus: bus }
    }

    fn status(&self) -> Value {
        self.client.call("ddnsd", "status", json!({})).unwrap()["accounts"][0].clone()
    }

    /// One address more; one configuration more every tenth time; an update that is asked for; questions.
    fn cycle(&self, number: usize) {
        if number.is_multiple_of(LIFE) {
            let connections = self.service.connections();
            let name = format!("home{}", number / LIFE);
            self.home.configure(&account(&self.service, &name, HOST, ""));
            self.client.call("ddnsd", "reload", json!({})).unwrap();
            until("the new account is sent", || self.service.connections() > connections);
        }
        self.netifd.set_interface("wan", wan(1 + number % 200));
        self.netifd.notify("wan");
        match number % 4 {
            0 => self.client.call("ddnsd", "update", json!({})).map(drop).unwrap(),
            1 => self.client.call("ddnsd", "history", json!({})).map(drop).unwrap(),
            2 => self.client.call("ddnsd", "trigger", json!({"action": "clock"})).map(drop).unwrap(),
            _ => self.daemon.signal(Signal::HUP),
        }
        self.status();
    }

    /// What is in use when nothing is being sent.
    fn in_use(&self) -> Use {
        until("no exchange is under way", || self.status()["state"] != "updating");
        Use {
            descriptors: self.daemon.descriptors(),
            threads: self.daemon.memory("Threads:"),
            resident: self.daemon.memory("VmRSS:"),
            anonymous: self.daemon.memory("RssAnon:"),
        }
    }
}

fn wan(last: usize) -> Value {
    json!({
        "up": true, "pending": false, "available": true, "uptime": 1000, "l3_device": "wan0", "proto": "static",
        "metric": 0, "ipv4-address": [{"address": format!("198.51.100.{last}"), "mask": 24}], "ipv6-address": [],
        "ipv6-prefix": [], "ipv6-prefix-assignment": [], "route": [
            {"target": "0.0.0.0", "mask": 0, "nexthop": "198.51.100.254", "source": "0.0.0.0/0"},
        ],
    })
}

/// Cycles until every buffer and the history are full.
const FILL: usize = 1000;

/// What that many cycles leave.
fn live(cycles: usize) {
    let mut rig = Rig::new();
    (0..FILL).for_each(|number| rig.cycle(number));
    let (before, begun, sent) = (rig.in_use(), Instant::now(), rig.service.connections());
    (0..cycles).for_each(|number| rig.cycle(FILL + number));
    let (after, spent, sent) = (rig.in_use(), begun.elapsed(), rig.service.connections() - sent);
    println!(
        "| {cycles} cycles, {} reloads, {sent} updates | descriptors | threads | resident | anonymous |\n\
         | --- | ---: | ---: | ---: | ---: |\n\
         | before | {} | {} | {} KiB | {} KiB |\n| after {:.0} s | {} | {} | {} KiB | {} KiB |",
        cycles / LIFE + cycles / 4,
        before.descriptors,
        before.threads,
        before.resident,
        before.anonymous,
        spent.as_secs_f64(),
        after.descriptors,
        after.threads,
        after.resident,
        after.anonymous,
    );
    assert_eq!((after.descriptors, after.threads), (before.descriptors, before.threads));
    // Not nothing: a hundred bytes for each account that is gone, for a quarter of an hour (rule 12).
    assert!(after.anonymous <= before.anonymous + 256, "{before:?}, then {after:?}");
    // Rule 12: no account had more than three at once.
    assert!(sent >= cycles / LIFE && sent <= 3 * (cycles / LIFE + 1), "{sent} updates");
    rig.daemon.signal(Signal::TERM);
    assert_eq!(rig.daemon.wait_end(PATIENCE), Some(0));
}

#[test]
fn a_thousand_cycles_leak_nothing() {
    live(1000);
}

#[ignore = "minutes: scripts/checks/leaks.sh"]
#[test]
fn ten_thousand_cycles_leak_nothing() {
    live(10_000);
}
