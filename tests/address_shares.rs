//! The LAN's share of a delegated prefix, of which netifd gives no notification.
//!
//! The story: a WAN has no address of its own, only a prefix, and an account publishes the router's address on
//! the LAN. DHCPv6 renews every half hour: `interface.update` of wan6, nothing of lan. What was known of lan
//! therefore ran out, though netifd had long prolonged it: the daemon took the address for expired and,
//! with a second WAN, would have sent another one. Seen on the real netifd.

mod address_support;

use address_support::{account, dump, network, show};
use ddnsd::address::{Network, select};
use ddnsd::netifd::parse_interface;
use ddnsd::time::Instant;
use serde_json::{Value, json};
use std::time::Duration;

const NOW: Instant = Instant::from_secs(100_000);

fn after(secs: u64) -> Instant {
    NOW + Duration::from_secs(secs)
}

/// wan6 with these prefixes, of which lan has the second /64 each: prefix and preferred lifetime.
fn wan6(prefixes: &[(&str, u32)]) -> Value {
    let prefix = |(prefix, preferred): &(&str, u32)| {
        json!({"address": format!("{prefix}::"), "mask": 56, "preferred": preferred, "valid": 2 * preferred,
            "assigned": {"lan": {"address": format!("{prefix}:1::"), "mask": 64}}})
    };
    json!({"interface": "wan6", "up": true, "uptime": 60, "l3_device": "wan0",
        "route": [{"target": "::", "mask": 0, "source": "::/0"}],
        "ipv6-prefix": prefixes.iter().map(prefix).collect::<Vec<_>>()})
}

fn lan(prefix: &str, preferred: u32) -> Value {
    let ula = json!({"address": "fd00::", "mask": 60, "local-address": {"address": "fd00::1", "mask": 60}});
    let share = json!({"address": format!("{prefix}:1::"), "mask": 64, "preferred": preferred, "valid": 2 * preferred,
        "local-address": {"address": format!("{prefix}:1::1"), "mask": 64}});
    json!({"interface": "lan", "up": true, "l3_device": "br-lan", "ipv6-prefix-assignment": [share, ula]})
}

fn hear(known: &mut Network, status: &Value, now: Instant) -> bool {
    let (name, interface) = parse_interface(status, now).unwrap();
    known.apply(name, interface)
}

/// The router's own address, and a LAN host's.
fn chosen(known: &Network, now: Instant) -> [String; 2] {
    let own = account("option ipv4 'off'\noption ipv6 'auto'");
    let host = account("option ipv4 'off'\noption ipv6 'auto'\noption ipv6_suffix '::5'");
    [own, host].map(|config| show(&select(&config, known, &|_| None, now).ipv6))
}

fn start() -> Network {
    let known = network(&json!({"wan6": wan6(&[("2001:db8:56", 1800)]), "lan": lan("2001:db8:56", 1800)}), NOW);
    assert_eq!(chosen(&known, NOW), ["2001:db8:56:1::1 wan6", "2001:db8:56:1::5 wan6"]);
    known
}

#[test]
fn a_renewal_renews_the_share() {
    let mut known = start();
    assert!(hear(&mut known, &wan6(&[("2001:db8:56", 1800)]), after(1000)));
    assert!(!known.wants_dump(), "everything is known");
    assert_eq!(chosen(&known, after(2000)), ["2001:db8:56:1::1 wan6", "2001:db8:56:1::5 wan6"]);
    let config = account("option ipv4 'off'\noption ipv6 'auto'");
    assert_eq!(select(&config, &known, &|_| None, after(2000)).expires, Some(after(2800)));
}

#[test]
fn another_prefix_moves_the_share_and_asks_for_a_dump() {
    let mut known = start();
    assert!(hear(&mut known, &wan6(&[("2001:db8:56", 0), ("2001:db8:77", 1800)]), after(10)));
    assert!(known.wants_dump(), "the router's own address in it is not known");
    let [own, host] = chosen(&known, after(10));
    assert_eq!(host, "2001:db8:77:1::5 wan6", "the LAN's share, not the start of the prefix");
    assert_eq!(own, "wan6 has no IPv6 address", "until the dump says it: never the old one");
    let dump = json!({"wan6": wan6(&[("2001:db8:56", 0), ("2001:db8:77", 1800)]), "lan": lan("2001:db8:77", 1800)});
    assert!(known.replace(network(&dump, after(10))));
    assert!(!known.wants_dump());
    assert_eq!(chosen(&known, after(10)), ["2001:db8:77:1::1 wan6", "2001:db8:77:1::5 wan6"]);
}

#[test]
fn the_prefix_is_gone_and_so_is_the_share() {
    for news in [wan6(&[]), json!({"interface": "wan6", "up": false})] {
        let mut known = start();
        assert!(hear(&mut known, &news, after(10)));
        assert!(!known.wants_dump());
        let shares = &known.interfaces.get("lan").unwrap().assignments;
        assert_eq!(shares.len(), 1, "the unique-local one is nobody's prefix");
        assert_eq!(shares[0].value.prefix.to_string(), "fd00::");
    }
}

#[test]
fn the_share_is_another_one() {
    let mut known = start();
    let mut news = wan6(&[("2001:db8:56", 1800)]);
    news["ipv6-prefix"][0]["assigned"] = json!({"lan": {"address": "2001:db8:56:8::", "mask": 61}});
    assert!(hear(&mut known, &news, after(10)));
    assert_eq!(chosen(&known, after(10))[1], "2001:db8:56:8::5 wan6");
    // A status that does not say who has a share takes nothing away.
    let mut known = start();
    news["ipv6-prefix"][0].as_object_mut().unwrap().remove("assigned");
    hear(&mut known, &news, after(10));
    assert_eq!(chosen(&known, after(10)), ["2001:db8:56:1::1 wan6", "2001:db8:56:1::5 wan6"]);
}

/// The recorded conversation, notification by notification, against the dump that was taken
/// right after each step.
#[test]
fn notifications_alone_say_what_the_dump_says() {
    let recorded = include_str!("data/events/ppp6-scenario.subscribe.txt");
    let dumps = [
        "ppp6-00-up",
        "ppp6-01-ppp-renegotiated",
        "ppp6-02-dhcp6-refresh",
        "ppp6-03-dhcp6-new-prefix",
        "ppp6-04-short-lifetimes",
        "ppp6-06-ppp-died",
        "ppp6-08-ifdown",
    ];
    let steps: Vec<&str> = recorded.split("### ").skip(1).collect();
    let second = |step: &str| -> f64 { step.split(' ').next().unwrap().parse().unwrap() };
    let mut known = Network::default();
    for (name, step) in dumps.iter().zip(&steps) {
        let now = NOW + Duration::from_secs_f64(second(step) - second(steps[0]));
        for line in step.lines().skip(1) {
            let notification: Value = serde_json::from_str(line).unwrap();
            let status = notification.as_object().unwrap().values().next().unwrap();
            hear(&mut known, status, now);
        }
        let dump = dump(name, now);
        let (heard, told) = (chosen(&known, now), chosen(&dump, now));
        if known.interfaces.contains_key("lan") && !known.wants_dump() {
            assert_eq!(heard, told, "{name}");
        }
        assert_eq!(heard[1], told[1], "{name}: a LAN host");
        known.replace(dump);
    }
}
