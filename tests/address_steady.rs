//! Two lines that do not take turns: a lower choice only after ten seconds, a higher one at once.

mod address_support;

use address_support::{account, network, show};
use ddnsd::address::{Network, Steady};
use ddnsd::config::AccountConfig;
use ddnsd::netifd::parse_interface;
use ddnsd::time::Instant;
use serde_json::{Value, json};
use std::sync::Arc;

/// When the network is told of first.
const START: u64 = 100_000;

/// One account, what netifd has told, and simulated time.
struct Router {
    config: Arc<AccountConfig>,
    steady: Steady,
    network: Network,
    heard: Instant,
    remembered: Option<&'static str>,
}

fn at(secs: u64) -> Instant {
    Instant::from_secs(START + secs)
}

fn wan(address: &str, metric: u32) -> Value {
    json!({"up": true, "uptime": 60, "metric": metric, "l3_device": "eth0", "ipv4-address": [{"address": address, "mask": 24}],
        "route": [{"target": "0.0.0.0", "mask": 0, "source": "0.0.0.0/0"}]})
}

fn down(metric: u32) -> Value {
    json!({"up": false, "metric": metric})
}

impl Router {
    fn new(options: &str, interfaces: &Value) -> Router {
        let network = network(interfaces, at(0));
        Router { config: account(options), steady: Steady::default(), network, heard: at(0), remembered: None }
    }

    /// What is chosen `secs` after the start, and until when it is held back, if it is.
    fn look(&mut self, secs: u64) -> (String, Option<u64>) {
        let remembered = [self.remembered, None];
        let selection = self.steady.select(&self.config, &self.network, &|_| None, at(secs), self.heard, remembered);
        let held = selection.settling.map(|settling| settling.until.since(at(0)).as_secs());
        if let Some(until) = held {
            assert_eq!(selection.expires, Some(at(until)), "it is looked at again then");
        }
        (show(&selection.ipv4), held)
    }

    fn says(&mut self, secs: u64, name: &str, status: Value) -> (String, Option<u64>) {
        let mut status = status;
        status["interface"] = json!(name);
        let (name, interface) = parse_interface(&status, at(secs)).unwrap();
        self.network.apply(name, interface);
        self.look(secs)
    }
}

fn held(until: u64) -> (String, Option<u64>) {
    ("wan has no address now; wan2 is taken if that lasts ten seconds".to_owned(), Some(until))
}

fn taken(what: &str) -> (String, Option<u64>) {
    (what.to_owned(), None)
}

const LIST: &str = "list interface 'wan'\nlist interface 'wan2'";

fn two() -> Value {
    json!({"wan": wan("198.51.100.10", 10), "wan2": wan("203.0.113.50", 20)})
}

#[test]
fn the_spare_line_is_taken_after_ten_seconds_and_left_at_once() {
    for options in ["", LIST] {
        let mut router = Router::new(options, &two());
        assert_eq!(router.look(0), taken("198.51.100.10 wan"));
        assert_eq!(router.says(100, "wan", down(10)), held(110), "{options}");
        assert_eq!(router.look(109), held(110), "the hold does not grow");
        assert_eq!(router.look(110), taken("203.0.113.50 wan2"));
        assert_eq!(
            router.says(200, "wan2", wan("203.0.113.51", 20)),
            taken("203.0.113.51 wan2"),
            "at once on the same"
        );
        assert_eq!(router.says(300, "wan", wan("198.51.100.11", 10)), taken("198.51.100.11 wan"), "back at once");
        assert_eq!(router.says(301, "wan", down(10)), held(311), "and away again");
        assert_eq!(router.says(304, "wan", wan("198.51.100.11", 10)), taken("198.51.100.11 wan"));
        // Without an address is as good as down: DHCP renumbers.
        let mut without = wan("198.51.100.11", 10);
        without["ipv4-address"] = json!([]);
        assert_eq!(router.says(400, "wan", without), held(410));
        assert_eq!(router.says(403, "wan", wan("198.51.100.12", 10)), taken("198.51.100.12 wan"));
    }
}

#[test]
fn a_restart_of_netifd_sends_nobody_elsewhere() {
    for options in ["", LIST] {
        let mut router = Router::new(options, &two());
        assert_eq!(router.look(0), taken("198.51.100.10 wan"));
        // The first dump of the new one: wan is not up yet, or not there at all.
        for gone in
            [json!({"wan": down(10), "wan2": wan("203.0.113.50", 20)}), json!({"wan2": wan("203.0.113.50", 20)})]
        {
            router.network.replace(network(&gone, at(50)));
            assert_eq!(router.look(50), held(60), "{options}");
        }
        router.network.replace(network(&json!({}), at(51)));
        assert_eq!(router.look(51).1, None, "nothing to choose from is no choice");
        router.network.replace(network(&json!({"wan2": wan("203.0.113.50", 20)}), at(52)));
        assert_eq!(router.look(52), held(60));
        assert_eq!(router.says(53, "wan", wan("198.51.100.10", 10)), taken("198.51.100.10 wan"));
    }
}

#[test]
fn after_a_start_whoever_is_higher_has_ten_seconds() {
    let second = json!({"wan2": wan("203.0.113.50", 20)});
    let mut list = Router::new(LIST, &second);
    assert_eq!(list.look(0), held(10));
    assert_eq!(list.look(10), taken("203.0.113.50 wan2"));
    let mut list = Router::new(LIST, &second);
    assert_eq!(list.look(0), held(10));
    assert_eq!(list.says(1, "wan", wan("198.51.100.10", 10)), taken("198.51.100.10 wan"));

    let mut fresh = Router::new("", &second);
    assert_eq!(fresh.look(0), taken("203.0.113.50 wan2"), "nobody is known to be higher");
    let mut known = Router::new("", &second);
    known.remembered = Some("wan");
    assert_eq!(known.look(0), held(10), "wan's address was acknowledged last");
    assert_eq!(known.look(10), taken("203.0.113.50 wan2"));
    let mut same = Router::new("", &second);
    same.remembered = Some("wan2");
    assert_eq!(same.look(0), taken("203.0.113.50 wan2"));
    let mut outranked = Router::new("", &two());
    outranked.remembered = Some("wan2");
    assert_eq!(outranked.look(0), taken("198.51.100.10 wan"), "a higher one is taken at once");

    let mut coming = down(10);
    coming["pending"] = json!(true);
    let mut pending = Router::new("", &json!({"wan": coming, "wan2": wan("203.0.113.50", 20)}));
    assert_eq!(pending.look(0), held(10), "netifd is setting wan up");
    // Long after the start nobody is waited for: another list of interfaces, for example.
    let mut later = Router::new(LIST, &second);
    assert_eq!(later.look(60), taken("203.0.113.50 wan2"));
}

#[test]
fn down_to_the_third_and_up_again() {
    let options = format!("{LIST}\nlist interface 'lte'");
    let mut router =
        Router::new(&options, &json!({"wan": wan("198.51.100.10", 0), "wan2": down(0), "lte": {"up": true}}));
    assert_eq!(router.look(0), taken("198.51.100.10 wan"));
    let modem = |address: &str| wan(address, 0);
    router.says(1, "lte_4", modem("192.0.2.40"));
    assert_eq!(router.says(20, "wan", down(0)).1, Some(30));
    assert_eq!(router.look(30), taken("192.0.2.40 lte_4"));
    assert_eq!(router.says(40, "wan2", wan("203.0.113.50", 0)), taken("203.0.113.50 wan2"), "higher than the third");
    assert_eq!(router.says(50, "wan", wan("198.51.100.10", 0)), taken("198.51.100.10 wan"));
    assert_eq!(router.says(60, "wan", down(0)), held(70));
    assert_eq!(router.says(65, "wan2", down(0)).1, Some(70), "ten seconds in all, whoever is next");
    assert_eq!(router.look(70), taken("192.0.2.40 lte_4"));
}

#[test]
fn another_metric_is_no_loss() {
    let mut router = Router::new("", &two());
    assert_eq!(router.look(0), taken("198.51.100.10 wan"));
    assert_eq!(
        router.says(50, "wan", wan("198.51.100.10", 30)),
        taken("203.0.113.50 wan2"),
        "wan2 is the higher one now"
    );
    assert_eq!(router.says(51, "wan", wan("198.51.100.10", 10)), taken("198.51.100.10 wan"));
}

/// `auto` falls on the VPN when the line below it goes away for a moment.
#[test]
fn a_vpn_is_the_lowest_choice() {
    let mut vpn = wan("203.0.113.66", 0);
    vpn["proto"] = json!("wireguard");
    let mut router = Router::new("", &json!({"wan": wan("198.51.100.10", 10), "vpn": vpn}));
    assert_eq!(router.look(0), taken("198.51.100.10 wan"));
    assert_eq!(router.says(20, "wan", down(10)).1, Some(30));
    assert_eq!(router.says(25, "wan", wan("198.51.100.10", 10)), taken("198.51.100.10 wan"));
}

#[test]
fn each_family_waits_for_itself() {
    let six = |address: &str, metric: u32| {
        json!({"up": true, "uptime": 60, "ipv6-address": [{"address": address}],
        "route": [{"target": "::", "mask": 0, "metric": metric, "source": "::/0"}]})
    };
    let mut interfaces = two();
    interfaces["wan6"] = six("2001:db8:a::1", 10);
    interfaces["tunnel"] = six("2001:db8:b::1", 20);
    let mut router = Router::new("option ipv6 'auto'", &interfaces);
    let look = |router: &mut Router, secs: u64| {
        let selection = router.steady.select(&router.config, &router.network, &|_| None, at(secs), at(0), [None, None]);
        (show(&selection.ipv4), show(&selection.ipv6), selection.settling.map(|it| it.until.since(at(0)).as_secs()))
    };
    look(&mut router, 0);
    router.says(20, "wan6", json!({"up": false}));
    let (v4, v6, until) = look(&mut router, 20);
    assert_eq!((v4.as_str(), until), ("198.51.100.10 wan", Some(30)));
    assert_eq!(v6, "wan6 has no address now; tunnel is taken if that lasts ten seconds");
    router.says(25, "wan", down(10));
    assert_eq!(look(&mut router, 25).2, Some(30), "the earlier end");
    let (v4, v6, until) = look(&mut router, 30);
    assert_eq!((v4.contains("wan2 is taken"), v6.as_str(), until), (true, "2001:db8:b::1 tunnel", Some(35)));
}
