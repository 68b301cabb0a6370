//! More hosts than a message of ubus holds: the status leaves out those that are current, and nothing else depends on it.

mod common;

use common::{Home, PATIENCE, SECRET, account, until};
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::{Options, Request, Service};
use serde_json::{Value, json};

/// Their statuses are some 1.2 MB.
const HOSTS: usize = 3600;

#[test]
fn hosts_that_are_current_are_left_out_of_a_status_that_would_not_fit() {
    let long = ["x", "y", "z"].map(|letter| letter.repeat(60)).join(".");
    let names: Vec<String> = (0..HOSTS).map(|number| format!("h{number}.{long}.example.net")).collect();
    let mut hostnames: Vec<&str> = names.iter().map(String::as_str).collect();
    hostnames.push("unknown.example.net");
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    // One is nobody's: it halts.
    let service = Service::start(Options::default()).unwrap();
    service.account("user@example.com", SECRET, &hostnames[..HOSTS]);
    let home = Home::on_bus(&account(&service, "home", &hostnames, ""), bus.socket());
    let _daemon = home.daemon();
    let client = bus.client();
    client.wait_for_object("ddnsd");
    let status = || client.call("ddnsd", "status", json!({})).unwrap();
    let sent = |request: &Request| request.query("hostname").map_or(0, |names| names.split(',').count());
    let mut left = hostnames.len();
    while left > 0 {
        left -= sent(&service.wait_request(PATIENCE).unwrap());
    }
    until("all have been sent", || status()["accounts"][0]["state"] == "current");

    let whole = status();
    assert_eq!(whole["truncated"], true);
    let hosts = whole["accounts"][0]["hosts"].as_array().unwrap();
    let left: Vec<&Value> = hosts.iter().map(|host| &host["hostname"]).collect();
    assert_eq!(left, ["unknown.example.net"]);
    assert_eq!(whole["accounts"][0]["ipv4"]["address"], "198.51.100.10");

    let shown = home.run(&["status"]);
    assert_eq!(shown.status, 4, "{shown:?}");
    assert!(shown.stdout.contains("hosts that are current are not listed"), "{}", shown.stdout);
    let sent = service.requests().len();
    let update = home.run(&["update", "--json"]);
    assert_eq!(update.status, 4, "{update:?}");
    let entry = &update.json()["accounts"][0];
    assert_eq!((&entry["name"], &entry["result"]), (&json!("home"), &json!("unchanged")), "{entry}");
    assert_eq!(entry["message"], "still at 198.51.100.10: nothing to send");
    assert_eq!(service.requests().len(), sent);
}
