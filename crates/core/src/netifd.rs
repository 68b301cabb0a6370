//! netifd's words to an [`address::Network`](crate::address::Network): `network.interface dump`, and the
//! `interface.update` and `interface.down` notifications, each of which carries one interface's whole status.
//!
//! Any JSON is accepted: what is missing, of another type or out of range is left out, entry by entry.
//! Not here: the bus, and telling what is news (`Network::apply`).

use crate::address::{Assignment, Interface, Lifetime, Network, Route, Share};
use crate::time::Instant;
use litemap::LiteMap;
use serde_json::Value;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// RTN_UNICAST: every other `type` (blackhole, unreachable, prohibit …) carries no traffic.
const UNICAST: u64 = 1;

/// What `ubus call network.interface dump` answers.
pub fn parse_dump(dump: &Value, now: Instant) -> Network {
    let mut interfaces = LiteMap::new();
    for (name, interface) in list(dump, "interface").filter_map(|status| parse_interface(status, now)) {
        interfaces.insert(name, interface);
    }
    Network::new(interfaces)
}

/// One interface's status, from a dump or a notification; `None` where it does not say whose it is.
/// An interface that is not up has nothing: no address, no route, whatever else is said.
pub fn parse_interface(status: &Value, now: Instant) -> Option<(String, Interface)> {
    let name = text(status, "interface").filter(|name| !name.is_empty())?;
    let (metric, pending) = (number(status, "metric").unwrap_or(0), flag(status, "pending"));
    let proto = text(status, "proto").map(str::to_owned);
    if !flag(status, "up") {
        return Some((name.to_owned(), Interface { metric, pending, proto, ..Interface::default() }));
    }
    let interface = Interface {
        up: true,
        pending,
        dynamic: flag(status, "dynamic"),
        proto,
        up_since: seconds(status, "uptime").map(|uptime| now - uptime),
        device: text(status, "l3_device").or_else(|| text(status, "device")).map(str::to_owned),
        metric,
        point_to_point: list(status, "ipv4-address").any(|entry| entry.get("ptpaddress").is_some()),
        ipv4: list(status, "ipv4-address").filter_map(|entry| parsed(entry, "address")).collect(),
        ipv6: list(status, "ipv6-address")
            .filter_map(|entry| Some(lifetime(parsed(entry, "address")?, entry, now)))
            .collect(),
        prefixes: list(status, "ipv6-prefix").filter_map(|entry| Some(lifetime(prefix(entry)?, entry, now))).collect(),
        shares: shares(list(status, "ipv6-prefix")),
        assignments: list(status, "ipv6-prefix-assignment")
            .filter_map(|entry| Some(lifetime(assignment(entry)?, entry, now)))
            .collect(),
        routes: list(status, "route").filter_map(|entry| route(entry, status, now)).collect(),
    };
    Some((name.to_owned(), interface))
}

fn prefix(entry: &Value) -> Option<(Ipv6Addr, u8)> {
    Some((parsed(entry, "address")?, length(entry, 128)?))
}

fn shares(prefixes: std::slice::Iter<'_, Value>) -> Vec<Share> {
    let mut shares = Vec::new();
    for assigned in prefixes.filter_map(|entry| entry.get("assigned")?.as_object()) {
        for (interface, share) in assigned {
            if let Some((prefix, length)) = prefix(share) {
                shares.push(Share { interface: interface.clone(), prefix, length });
            }
        }
    }
    shares
}

fn assignment(entry: &Value) -> Option<Assignment> {
    let (prefix, length) = prefix(entry)?;
    let local = entry.get("local-address").and_then(|local| parsed(local, "address"));
    Some(Assignment { prefix, length, local })
}

fn route(entry: &Value, interface: &Value, now: Instant) -> Option<Route> {
    if entry.get("type").is_some_and(|kind| kind.as_u64() != Some(UNICAST)) {
        return None;
    }
    let target: IpAddr = parsed(entry, "target")?;
    Some(Route {
        target: (target, length(entry, bits(target))?),
        metric: number(entry, "metric"),
        source: text(entry, "source").and_then(source),
        // `option ip4table` moves every route of the interface, and is not repeated at each.
        table: number(entry, "table")
            .or_else(|| number(interface, if target.is_ipv4() { "ip4table" } else { "ip6table" })),
        valid_until: seconds(entry, "valid").map(|valid| until(now, valid)),
    })
}

/// `198.51.100.30/32`; `0.0.0.0/0` binds to nothing.
fn source(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let (address, length): (IpAddr, u8) = (address.parse().ok()?, length.parse().ok()?);
    (length > 0 && length <= bits(address)).then_some((address, length))
}

/// Where no lifetime is said, there is no end. netifd always says both or none.
fn lifetime<T>(value: T, entry: &Value, now: Instant) -> Lifetime<T> {
    let valid = seconds(entry, "valid");
    let preferred = seconds(entry, "preferred").or(valid);
    Lifetime {
        value,
        preferred_until: preferred.map(|preferred| until(now, preferred)),
        valid_until: valid.map(|valid| until(now, valid)),
        granted: preferred,
    }
}

/// What is over is over since ever: `preferred` stays 0 in every status that follows, and that is no news.
fn until(now: Instant, lifetime: Duration) -> Instant {
    if lifetime.is_zero() { Instant::ZERO } else { now + lifetime }
}

// -- reading JSON ---------------------------------------------------------------------------------------

fn list<'a>(table: &'a Value, name: &str) -> std::slice::Iter<'a, Value> {
    table.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

fn text<'a>(table: &'a Value, name: &str) -> Option<&'a str> {
    table.get(name)?.as_str()
}

fn parsed<T: std::str::FromStr>(table: &Value, name: &str) -> Option<T> {
    text(table, name)?.parse().ok()
}

/// blobmsg's int8 is JSON's boolean; some printers write it as a number.
fn flag(table: &Value, name: &str) -> bool {
    let value = table.get(name);
    value.is_some_and(|value| value.as_bool().unwrap_or(value.as_u64().is_some_and(|number| number != 0)))
}

fn number(table: &Value, name: &str) -> Option<u32> {
    let value = table.get(name)?;
    // The bus knows 32 bits without a sign, the `ubus` command prints them with one.
    value.as_u64().and_then(|n| u32::try_from(n).ok()).or_else(|| {
        let signed = i32::try_from(value.as_i64()?).ok()?;
        Some(signed.cast_unsigned())
    })
}

/// A span. netifd subtracts without looking: in the second after its end a lifetime is -1, which on the
/// bus is 4294967295 (it never says "for ever" that way: it leaves the lifetime out). That is zero.
fn seconds(table: &Value, name: &str) -> Option<Duration> {
    let value = number(table, name)?;
    let left = if value.cast_signed() < 0 { 0 } else { value };
    Some(Duration::from_secs(left.into()))
}

fn length(table: &Value, most: u8) -> Option<u8> {
    number(table, "mask").and_then(|mask| u8::try_from(mask).ok()).filter(|mask| *mask <= most)
}

fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::net::Ipv4Addr;

    const NOW: Instant = Instant::from_secs(1000);

    fn one(status: Value) -> Interface {
        parse_interface(&status, NOW).unwrap().1
    }

    #[test]
    fn everything_that_is_read() {
        let interface = one(json!({
            "interface": "wan6", "up": true, "pending": false, "dynamic": true, "proto": "dhcpv6", "uptime": 8, "l3_device": "pppoe-wan", "device": "wan0", "metric": 10,
            "ipv4-address": [{"address": "203.0.113.5", "mask": 32, "ptpaddress": "203.0.113.1"}],
            "ipv6-address": [{"address": "2001:db8::1", "mask": 128, "preferred": 1795, "valid": 3595}],
            "ipv6-prefix": [{"address": "2001:db8:cc00::", "mask": 56, "class": "wan6",
                "assigned": {"lan": {"address": "2001:db8:cc00::", "mask": 60}, "odd": 5}}],
            "ipv6-prefix-assignment": [{"address": "2001:db8:cc00::", "mask": 60, "preferred": 0, "valid": 600,
                "local-address": {"address": "2001:db8:cc00::1", "mask": 60}}],
            "route": [{"target": "::", "mask": 0, "nexthop": "fe80::1", "metric": 512, "valid": 1795,
                "source": "2001:db8:cc00::/56"}],
        }));
        let until = |secs: u64| Some(Instant::from_secs(1000 + secs));
        let (prefix, local) = ("2001:db8:cc00::".parse().unwrap(), "2001:db8:cc00::1".parse().ok());
        let expected = Interface {
            up: true,
            pending: false,
            dynamic: true,
            proto: Some("dhcpv6".into()),
            up_since: Some(Instant::from_secs(992)),
            device: Some("pppoe-wan".into()),
            metric: 10,
            point_to_point: true,
            ipv4: vec!["203.0.113.5".parse().unwrap()],
            ipv6: vec![Lifetime {
                value: "2001:db8::1".parse().unwrap(),
                preferred_until: until(1795),
                valid_until: until(3595),
                granted: Some(Duration::from_secs(1795)),
            }],
            prefixes: vec![Lifetime::forever((prefix, 56))],
            shares: vec![Share { interface: "lan".into(), prefix, length: 60 }],
            assignments: vec![Lifetime {
                value: Assignment { prefix, length: 60, local },
                preferred_until: Some(Instant::ZERO),
                valid_until: until(600),
                granted: Some(Duration::ZERO),
            }],
            routes: vec![Route {
                target: ("::".parse().unwrap(), 0),
                metric: Some(512),
                source: Some((IpAddr::V6(prefix), 56)),
                table: None,
                valid_until: until(1795),
            }],
        };
        assert_eq!(interface, expected);
    }

    #[test]
    fn not_up_means_nothing_there() {
        let status = json!({"interface": "wan", "up": false, "uptime": 5, "l3_device": "wan0",
            "ipv4-address": [{"address": "203.0.113.5", "mask": 24}]});
        assert_eq!(one(status), Interface::default());
        let coming = one(json!({"interface": "wan", "up": false, "pending": true, "proto": "pppoe", "metric": 7}));
        assert!(coming.pending && coming.proto.as_deref() == Some("pppoe") && coming.metric == 7);
        assert_eq!(one(json!({"interface": "wan"})), Interface::default());
    }

    #[test]
    fn what_makes_no_sense_is_left_out_and_the_rest_stays() {
        let interface = one(json!({
            "interface": "wan", "up": 1, "uptime": "long", "l3_device": 3, "metric": -1,
            "ipv4-address": [{"address": "2001:db8::1"}, {"address": 7}, "x", null, {"address": "198.51.100.1"}],
            "ipv6-prefix": [{"address": "2001:db8::", "mask": 129}, {"address": "2001:db8::"}],
            "ipv6-address": {"address": "2001:db8::1"},
            "route": [{"target": "0.0.0.0", "mask": 33}, {"target": "0.0.0.0", "mask": 0, "type": 7},
                {"target": "0.0.0.0", "mask": 0, "source": "198.51.100.1/33"}],
        }));
        assert_eq!(interface.ipv4, ["198.51.100.1".parse::<Ipv4Addr>().unwrap()]);
        assert_eq!(interface.metric, u32::MAX, "the ubus command's way to print it");
        assert!(interface.prefixes.is_empty() && interface.ipv6.is_empty() && interface.device.is_none());
        assert_eq!(interface.routes.len(), 1);
        assert_eq!(interface.routes[0].source, None);
    }

    #[test]
    fn a_lifetime_that_went_below_zero_is_over() {
        for over in [json!(0), json!(-1), json!(4_294_967_295_u32)] {
            let interface = one(json!({"interface": "wan6", "up": true,
                "ipv6-address": [{"address": "2001:db8::1", "mask": 64, "preferred": over, "valid": over}]}));
            assert!(interface.ipv6[0].is_expired(NOW), "{over}");
            assert!(interface.ipv6[0].is_deprecated(Instant::from_millis(1)), "{over}");
        }
    }

    #[test]
    fn a_dump_of_anything() {
        for odd in [json!(null), json!([]), json!({}), json!({"interface": 5}), json!({"interface": [1, {}, []]})] {
            assert_eq!(parse_dump(&odd, NOW), Network::default());
        }
        assert_eq!(parse_interface(&json!({"interface": "", "up": true}), NOW), None);
        assert!(parse_interface(&json!({"interface": "wan", "up": true, "uptime": 2_000_000_000}), NOW).is_some());
    }
}
