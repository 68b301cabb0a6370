//! A router whose resolver reads its new name servers some time after netifd has told of the new address: docs/protocol.md,
//! rule 6, with the built daemon and a name server of the test's own.

mod common;

use common::{Home, SECRET, until};
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::{Options, Request, Service};
use ddnsd_testkit::skipped;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Port 53 of an address that nobody else uses.
const RESOLVER: &str = "127.66.54.1";

/// From when on a name is resolved.
type Ready = Arc<Mutex<BTreeMap<String, Instant>>>;

/// Answers `refused` for a name until its time has come, and 127.0.0.1 from then on.
fn resolve(socket: &UdpSocket, ready: &Ready) {
    let mut buffer = [0; 512];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
        let question = &buffer[..length];
        let label = question.get(13..13 + usize::from(question.get(12).copied().unwrap_or(0)));
        let name = String::from_utf8_lossy(label.unwrap_or_default()).to_lowercase();
        let is_ready = ready.lock().unwrap().get(&name).is_some_and(|at| *at <= Instant::now());
        let end = question.iter().skip(12).position(|byte| *byte == 0).map_or(length, |at| 12 + at + 5);
        let Some(asked) = question.get(12..end) else { continue };
        let is_ipv4 = asked[asked.len() - 3] == 1;
        let mut answer =
            vec![question[0], question[1], 0x81, if is_ready { 0x80 } else { 0x85 }, 0, 1, 0, 0, 0, 0, 0, 0];
        answer.extend_from_slice(asked);
        if is_ready && is_ipv4 {
            answer[7] = 1;
            answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
        }
        let _ = socket.send_to(&answer, peer);
    }
}

fn line(number: usize, address: u8) -> Value {
    json!({
        "up": true, "uptime": 1000, "l3_device": format!("wan{number}"), "proto": "static", "metric": number,
        "ipv4-address": [{"address": format!("198.51.{}.{address}", number % 250), "mask": 24}],
        "route": [{"target": "0.0.0.0", "mask": 0, "nexthop": "198.51.100.1", "source": "0.0.0.0/0"}],
    })
}

fn config(service: &Service, accounts: usize) -> String {
    let quoted = SECRET.replace('\'', "'\\''");
    let account = |number: usize| {
        format!(
            "config account 'a{number}'\n\toption server 's{number}.example'\n\toption port '{}'\n\toption tls '0'\n\
             \toption interface 'wan{number}'\n\toption bind '0'\n\toption timeout '5'\n\
             \toption username 'user@example.com'\n\toption password '{quoted}'\n\tlist hostname 'h{number}.ddns.net'\n",
            service.port()
        )
    };
    (0..accounts).map(account).collect()
}

/// The daemon with that resolver; `None` where it cannot be had.
fn daemon(home: &Home) -> Option<common::Daemon> {
    std::fs::write(home.path("resolv.conf"), format!("nameserver {RESOLVER}\noptions timeout:1 attempts:1\n")).unwrap();
    let script =
        format!("mount --bind '{}' /etc/resolv.conf || exit 77; exec \"$@\"", home.path("resolv.conf").display());
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script, "sh"]).arg(Path::new(env!("CARGO_BIN_EXE_ddnsd")));
    command.args(home.command(&["run", "--log", "stderr"]).get_args());
    let mut daemon = home.daemon_by(command);
    match daemon.wait_end(Duration::from_millis(300)) {
        Some(_) => None,
        None => Some(daemon),
    }
}

/// So many changes, each of another account's line, the resolver late by up to two seconds; how long each address took.
fn changes(accounts: usize, rounds: u8) -> Option<Vec<Duration>> {
    let Ok(socket) = UdpSocket::bind((RESOLVER, 53)) else {
        skipped("port 53 is not to be had (not root)");
        return None;
    };
    let ready = Ready::default();
    let names = |at: Instant| (0..accounts).map(move |number| (format!("s{number}"), at));
    ready.lock().unwrap().extend(names(Instant::now()));
    let resolver = ready.clone();
    // It ends with the test's process: nothing waits for it.
    std::thread::spawn(move || resolve(&socket, &resolver));
    let service = Service::start(Options::default()).unwrap();
    let hostnames: Vec<String> = (0..accounts).map(|number| format!("h{number}.ddns.net")).collect();
    let hostnames: Vec<&str> = hostnames.iter().map(String::as_str).collect();
    service.account("user@example.com", SECRET, &hostnames);
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    for number in 0..accounts {
        netifd.set_interface(&format!("wan{number}"), line(number, 1));
    }
    let home = Home::on_bus(&config(&service, accounts), bus.socket());
    let Some(_daemon) = daemon(&home) else {
        skipped("no mount of our own is to be had here");
        return None;
    };
    let client = bus.client();
    client.wait_for_object("ddnsd");
    let status = || client.call("ddnsd", "status", json!({})).unwrap();
    let settled = || status()["accounts"].as_array().unwrap().iter().all(|account| account["state"] == "current");
    until("everybody is current", settled);

    let (mut took, mut random) = (Vec::new(), 0x2545_f491_4f6c_dd1d_u64);
    for round in 0..rounds {
        let seen = service.requests().len();
        let mut changed = Vec::new();
        for number in 0..accounts {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let late = Duration::from_millis(random % 2000);
            ready.lock().unwrap().insert(format!("s{number}"), Instant::now() + late);
            netifd.set_interface(&format!("wan{number}"), line(number, 10 + round));
            changed.push(netifd.notify(&format!("wan{number}")));
        }
        until("everybody is current again", || service.requests().len() >= seen + accounts && settled());
        let requests = &service.requests()[seen..];
        assert_eq!(requests.len(), accounts, "one request each");
        for (number, changed) in changed.iter().enumerate() {
            let mine = |request: &&Request| request.query("hostname") == Some(hostnames[number]);
            let request = requests.iter().find(mine).unwrap_or_else(|| panic!("{} is missing", hostnames[number]));
            took.push(request.at.saturating_duration_since(*changed));
        }
    }
    let events = client.call("ddnsd", "history", json!({})).unwrap();
    let failed = events["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "failed").count();
    assert_eq!(failed, 0, "nobody is told of a failure: {events}");
    took.sort_unstable();
    Some(took)
}

#[test]
fn r06_a_resolver_that_is_late_costs_seconds_and_alarms_nobody() {
    let Some(took) = changes(6, 2) else { return };
    assert!(took.last().unwrap() < &Duration::from_secs(6), "{took:?}");
}

/// `cargo test --test late_resolver -- --ignored --nocapture`
#[test]
#[ignore = "a measurement: 200 changes"]
fn two_hundred_changes_with_a_late_resolver() {
    let Some(took) = changes(100, 2) else { return };
    println!("{} changes: median {:?}, worst {:?}", took.len(), took[took.len() / 2], took[took.len() - 1]);
}
