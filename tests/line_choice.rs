//! Two lines to the Internet, from outside: neither takes the other's place for a moment, what belongs to one leaves
//! through it, and what is wanted and missing is said.

mod common;

use common::{PATIENCE, World, until};
use ddnsd_testkit::service::Service;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const HOST: &[&str] = &["home.ddns.net"];

fn line(device: &str, address: &str, metric: u32) -> Value {
    json!({
        "up": true, "uptime": 1000, "l3_device": device, "proto": "dhcp", "metric": metric,
        "ipv4-address": [{"address": address, "mask": 24}],
        "route": [{"target": "0.0.0.0", "mask": 0, "nexthop": "198.51.100.1", "source": "0.0.0.0/0", "metric": metric}],
    })
}

/// `wan` carries the default route; the device of `wan2` does not exist here.
fn two_lines(more: &str) -> World {
    World::with(HOST, more, |netifd| {
        netifd.set_interface("wan", line("lo", "198.51.100.10", 10));
        netifd.set_interface("wan2", line("nosuch2", "203.0.113.50", 20));
    })
}

impl World {
    fn says(&self, name: &str, status: Value) {
        self.netifd.set_interface(name, status);
        self.netifd.notify(name);
    }

    /// The addresses that the service was told, in turn.
    fn told(&self) -> Vec<String> {
        self.service.requests().iter().map(|request| request.query("myip").unwrap_or_default().to_owned()).collect()
    }
}

fn down() -> Value {
    json!({"up": false, "pending": true, "proto": "dhcp", "metric": 10})
}

#[test]
fn two_lines_do_not_take_turns() {
    let world = two_lines("");
    let _daemon = world.home.daemon();
    world.until_state("current");
    assert_eq!(world.told(), ["198.51.100.10"]);

    // netifd is killed, and the new one has wan a moment later, with the address that it had.
    world.netifd.stop();
    world.netifd.set_interface("wan", down());
    world.netifd.come_back();
    world.netifd.wait_for_subscriber();
    until("wan is waited for", || world.status()["waiting"]["reason"] == "settling");
    let status = world.status();
    assert_eq!(status["state"], "pending");
    assert_eq!(status["waiting"]["message"], "wan has no address now; wan2 is taken if that lasts ten seconds");
    assert!(status["waiting"]["until"].as_u64().is_some() && status["hosts"][0]["state"] == "current", "{status}");
    world.says("wan", line("lo", "198.51.100.10", 10));
    world.until_state("current");
    assert_eq!(world.told(), ["198.51.100.10"], "nothing was needed");

    // A reload, or a renumbering, takes it down and brings it back with another one.
    world.says("wan", down());
    until("wan is waited for", || world.status()["waiting"]["reason"] == "settling");
    world.says("wan", line("lo", "198.51.100.60", 10));
    until("the new one was sent", || world.told().len() == 2);
    world.until_state("current");
    assert_eq!(world.told(), ["198.51.100.10", "198.51.100.60"]);

    // The line is dead: the other one, and back at once.
    let begun = Instant::now();
    world.says("wan", down());
    until("the spare line's was sent", || world.told().len() == 3);
    assert!(begun.elapsed() > Duration::from_millis(9900), "{:?}", begun.elapsed());
    world.until_state("current");
    let begun = Instant::now();
    world.says("wan", line("lo", "198.51.100.60", 10));
    until("wan is the one again", || world.status()["ipv4"]["interface"] == "wan");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn what_cannot_leave_through_the_named_line_does_not_leave_at_all() {
    for more in ["\toption ipv4 'server'\n", "\toption ipv4 'auto'\n"] {
        let world = two_lines(&format!("\toption interface 'wan2'\n{more}"));
        let _daemon = world.home.daemon();
        world.until_state("backoff");
        let message = world.status()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("through device nosuch2"), "{message}");
        assert_eq!((world.service.connections(), world.told().len()), (0, 0), "{more}");
    }
    // The person who lets the kernel choose gets what it chooses.
    let world = two_lines("\toption interface 'wan2'\n\toption bind '0'\n");
    let _daemon = world.home.daemon();
    world.service.wait_request(PATIENCE).unwrap();
    assert_eq!(world.told(), ["203.0.113.50"]);
}

#[test]
fn a_detection_that_cannot_leave_through_the_named_line_finds_nothing() {
    let page = Service::start(ddnsd_testkit::service::Options::default()).unwrap();
    let world = two_lines("\toption interface 'wan2'\n\toption ipv4 'web'\n");
    let config = std::fs::read_to_string(world.home.path("ddnsd")).unwrap();
    world.home.configure(&config.replace("http://127.0.0.1:1/", &page.url("/ip")));
    let _daemon = world.home.daemon();
    until("why is said", || {
        world.status()["ipv4_missing"].as_str().is_some_and(|why| why.contains("through device nosuch2"))
    });
    let status = world.status();
    assert_eq!((&status["state"], &status["ipv4"]), (&json!("waiting_address"), &Value::Null));
    assert_eq!((page.connections(), world.told().len()), (0, 0));
}

#[test]
fn a_family_that_is_missing_is_shown_and_a_stale_address_is_no_current_one() {
    let world = two_lines("\toption ipv6 'auto'\n");
    let six = json!({"up": true, "uptime": 1000, "l3_device": "lo", "proto": "dhcpv6",
        "ipv6-address": [{"address": "2001:db8::25", "mask": 64}],
        "route": [{"target": "::", "mask": 0, "source": "::/0", "metric": 512}]});
    let _daemon = world.home.daemon();
    world.until_state("current");
    let status = world.status();
    let why = "no interface carries an IPv6 default route";
    assert_eq!(
        (&status["ipv6_missing"], &status["ipv4_missing"], &status["ipv6"]),
        (&json!(why), &json!(null), &json!(null))
    );
    let output = world.home.run(&["status"]);
    assert_eq!(output.status, 0, "it never had one: {}", output.stdout);
    assert!(output.stdout.contains("IPv6") && output.stdout.contains(why), "{}", output.stdout);

    world.says("wan6", six);
    until("both were sent", || world.told().len() == 2);
    world.until_state("current");
    assert_eq!(world.status()["ipv6_missing"], Value::Null);
    world.says("wan6", json!({"up": false}));
    world.until_state("waiting_address");
    let status = world.status();
    assert_eq!((&status["hosts"][0]["state"], &status["hosts"][0]["ipv6"]), (&json!("stale"), &json!("2001:db8::25")));
    assert_eq!(status["ipv6_missing"], format!("{why}; wan6 is down"));
    let output = world.home.run(&["update"]);
    assert_eq!(output.status, 1, "{}", output.stdout);
    assert!(output.stdout.contains("IPv6 is wanted and missing"), "{}", output.stdout);
}
