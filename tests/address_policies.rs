//! What the recorded dumps do not show: CGNAT, two WANs, failover, metrics, tables, lifetimes, suffixes.

mod address_support;

use address_support::{account, network, show};
use ddnsd::address::{Wanted, select, select_alone};
use ddnsd::config::{AccountConfig, Bind};
use ddnsd::protocol::Dialect;
use ddnsd::time::Instant;
use serde_json::{Value, json};
use std::time::Duration;

const NOW: Instant = Instant::from_secs(100_000);

/// IPv4 of these options on this network, as `show` writes it.
fn v4(options: &str, interfaces: &Value) -> String {
    show(&select(&account(options), &network(interfaces, NOW), &|_| None, NOW).ipv4)
}

/// The same for IPv6 (IPv4 is off).
fn v6(options: &str, interfaces: &Value) -> String {
    let options = format!("option ipv4 'off'\n{options}");
    show(&select(&account(&options), &network(interfaces, NOW), &|_| None, NOW).ipv6)
}

/// An interface that is up, with IPv4 addresses and a default route of this metric (negative: none).
fn wan(addresses: &[&str], metric: i64) -> Value {
    let list: Vec<Value> = addresses.iter().map(|a| json!({"address": a, "mask": 24})).collect();
    let route = json!([{"target": "0.0.0.0", "mask": 0, "metric": metric, "source": "0.0.0.0/0"}]);
    json!({"up": true, "uptime": 60, "l3_device": "eth0", "ipv4-address": list,
        "route": if metric < 0 { json!([]) } else { route }})
}

/// An interface that is up, with IPv6 addresses of these preferred lifetimes and a default route.
fn wan6(addresses: &[(&str, Option<u32>)], metric: u32) -> Value {
    json!({"up": true, "uptime": 60, "l3_device": "eth0", "ipv6-address": lifetimes(addresses),
        "route": [{"target": "::", "mask": 0, "metric": metric, "source": "::/0"}]})
}

fn lifetimes(addresses: &[(&str, Option<u32>)]) -> Value {
    let one = |(address, preferred): &(&str, Option<u32>)| match preferred {
        None => json!({"address": address, "mask": 64}),
        Some(preferred) => json!({"address": address, "mask": 64, "preferred": preferred, "valid": 7200}),
    };
    addresses.iter().map(one).collect()
}

// -- IPv4 -----------------------------------------------------------------------------------------------

#[test]
fn a_private_address_means_web_detection_or_a_reason() {
    for (address, words) in [
        ("100.64.3.7", "an address behind the provider's NAT (RFC 6598)"),
        ("192.168.178.20", "a private address (RFC 1918)"),
        ("10.1.2.3", "a private address (RFC 1918)"),
        ("172.31.0.1", "a private address (RFC 1918)"),
        ("192.0.0.2", "the inner address of DS-Lite or 464XLAT (RFC 7335)"),
    ] {
        let network = json!({"wan": wan(&[address], 0)});
        assert_eq!(v4("option ipv4 'auto'", &network), "web wan", "{address}");
        assert_eq!(v4("option ipv4 'web'", &network), "web wan", "{address}");
        assert_eq!(v4("option ipv4 'server'", &network), format!("server [wan {address}]"));
        let reason = format!("wan has only {address}, {words}: set option ipv4 'auto' or 'web'");
        assert_eq!(v4("option ipv4 'interface'", &network), reason);
    }
}

#[test]
fn an_address_that_leads_nowhere_is_not_worth_a_detection() {
    let network = json!({"wan": wan(&["169.254.7.7"], 0)});
    let reason = "wan has only 169.254.7.7, a link-local address (RFC 3927)";
    assert_eq!(v4("option ipv4 'auto'", &network), reason);
    assert_eq!(v4("option ipv4 'interface'", &network), reason);
}

#[test]
fn a_public_address_beside_private_ones() {
    let network = json!({"wan": wan(&["10.0.0.2", "198.51.100.7", "192.168.1.1"], 0)});
    assert_eq!(v4("option ipv4 'auto'", &network), "198.51.100.7 wan");
    assert_eq!(v4("option ipv4 'server'", &network), "server [wan 198.51.100.7]");
    assert_eq!(v4("option ipv4 'web'", &network), "web wan", "web is what was asked for");
}

#[test]
fn the_default_routes_source_decides_between_public_ones() {
    let mut network = json!({"wan": wan(&["198.51.100.7", "198.51.100.8"], 0)});
    assert_eq!(v4("option ipv4 'auto'", &network), "198.51.100.7 wan", "nothing is known: the first configured");
    network["wan"]["route"][0]["source"] = json!("198.51.100.8/32");
    assert_eq!(v4("option ipv4 'auto'", &network), "198.51.100.8 wan");
    network["wan"]["route"][0]["source"] = json!("198.51.100.99/32");
    assert_eq!(v4("option ipv4 'auto'", &network), "198.51.100.7 wan", "a source that is not there");
    network["wan"]["route"][0]["source"] = json!("0.0.0.0/0");
    network["wan"]["ipv4-address"][0]["ptpaddress"] = json!("198.51.100.1");
    assert_eq!(v4("option ipv4 'auto'", &network), "198.51.100.8 wan", "PPP lists the new one last");
}

#[test]
fn two_wans_by_metric() {
    let both = |a: i64, b: i64| json!({"wan": wan(&["198.51.100.7"], a), "wanb": wan(&["203.0.113.7"], b)});
    assert_eq!(v4("", &both(10, 20)), "198.51.100.7 wan");
    assert_eq!(v4("", &both(20, 10)), "203.0.113.7 wanb");
    assert_eq!(v4("", &both(10, 10)), "198.51.100.7 wan", "a tie: netifd's order");
    assert_eq!(v4("", &both(-1, 10)), "203.0.113.7 wanb", "no default route, not a candidate");
    assert_eq!(v4("", &both(-1, -1)), "no interface carries an IPv4 default route");
    // The interface's metric counts where the route has none.
    let mut network = both(0, 20);
    network["wan"]["route"][0].as_object_mut().unwrap().remove("metric");
    network["wan"]["metric"] = json!(30);
    assert_eq!(v4("", &network), "203.0.113.7 wanb");
    // The best one has no address: the next.
    network = both(10, 20);
    network["wan"]["ipv4-address"] = json!([]);
    assert_eq!(v4("", &network), "203.0.113.7 wanb");
    assert_eq!(v4("option ipv4 'web'", &network), "web wanb");
}

#[test]
fn a_default_route_in_another_table_is_for_others() {
    let mut network = json!({"vpn": wan(&["203.0.113.7"], 0), "wan": wan(&["198.51.100.7"], 50)});
    network["vpn"]["route"][0]["table"] = json!(100);
    assert_eq!(v4("", &network), "198.51.100.7 wan");
    network["wan"]["route"][0]["table"] = json!(254);
    assert_eq!(v4("", &network), "198.51.100.7 wan", "254 is the main table");
    network["wan"]["route"] = json!([]);
    assert_eq!(v4("", &network), "203.0.113.7 vpn", "better than none");
    network["vpn"]["route"][0]["type"] = json!(7);
    assert_eq!(v4("", &network), "no interface carries an IPv4 default route", "unreachable is no way out");
}

#[test]
fn failover_and_back() {
    let options = "list interface 'wan'\nlist interface 'wwan'";
    let mut network = json!({"wan": wan(&["198.51.100.7"], 20), "wwan": wan(&["203.0.113.7"], 10)});
    assert_eq!(v4(options, &network), "198.51.100.7 wan", "the list decides, not the metric");
    network["wan"] = json!({"up": false});
    assert_eq!(v4(options, &network), "203.0.113.7 wwan");
    network["wwan"] = json!({"up": false});
    assert_eq!(v4(options, &network), "wan is down; wwan is down");
    network["wan"] = wan(&[], 20);
    network["wwan"] = wan(&["100.64.0.9"], 10);
    assert_eq!(v4(options, &network), "web wwan", "up, but without an address");
    network["wan"] = wan(&["198.51.100.8"], 20);
    assert_eq!(v4(options, &network), "198.51.100.8 wan", "and back");
    network["wan"] = wan(&["100.64.0.7"], 20);
    assert_eq!(v4(options, &network), "web wan", "web detection through it works, so it serves");
    network["wwan"] = wan(&["203.0.113.7"], 10);
    let only = format!("{options}\noption ipv4 'interface'");
    assert_eq!(v4(&only, &network), "203.0.113.7 wwan", "without web detection it does not");
}

#[test]
fn words_where_a_named_interface_gives_nothing() {
    let network = json!({"loopback": wan(&["127.0.0.1"], -1), "lan": wan(&["192.168.1.1"], -1), "wan": {"up": true}});
    assert_eq!(v4("option interface 'wam'", &network), "netifd has no interface wam (it has lan, wan)");
    assert_eq!(v4("option interface 'wan'", &network), "wan has no IPv4 address");
    assert_eq!(v4("", &network), "no interface carries an IPv4 default route");
    assert_eq!(v4("", &json!({})), "netifd has not told of any interface yet");
    let two = json!({"wan": wan(&["10.0.0.2", "10.0.0.3"], 0)});
    let reason = "wan has only 10.0.0.2 and 10.0.0.3, a private address (RFC 1918): set option ipv4 'auto' or 'web'";
    assert_eq!(v4("option ipv4 'interface'", &two), reason);
}

#[test]
fn without_netifd_only_what_needs_no_address_works() {
    let nothing = json!({});
    assert_eq!(v4("option ipv4 'web'", &nothing), "web -");
    assert_eq!(v4("option ipv4 'server'", &nothing), "server []");
    assert_eq!(v4("option ipv4 'off'\noption ipv6 'auto'", &nothing), "off");
    assert_eq!(v6("option ipv6 'web'", &nothing), "web -");
    // Named, it has to be there.
    assert_eq!(v4("option ipv4 'web'\noption interface 'wan'", &nothing), "netifd has not told of any interface yet");
}

/// An interface of this protocol, made by netifd for another one.
fn of(proto: &str, mut interface: Value) -> Value {
    interface["proto"] = json!(proto);
    interface["dynamic"] = json!(true);
    interface
}

#[test]
fn a_named_interface_is_followed_to_what_netifd_makes_for_it() {
    // A modem: nothing on wwan itself, whatever it speaks (QMI, NCM, MBIM).
    let mut network = json!({"wwan": {"up": true, "proto": "qmi", "l3_device": "wwan0"},
        "wwan_4": of("dhcp", wan(&["198.51.100.77"], 0)), "wwan_6": of("dhcpv6", wan6(&[("2001:db8::7", None)], 512))});
    assert_eq!(v4("option interface 'wwan'", &network), "198.51.100.77 wwan_4");
    assert_eq!(v4("list interface 'wan'\nlist interface 'wwan'", &network), "198.51.100.77 wwan_4", "failover to it");
    assert_eq!(v6("option ipv6 'auto'\noption interface6 'wwan'", &network), "2001:db8::7 wwan_6");
    network["wwan_4"] = of("dhcp", wan(&["100.64.0.7"], 0));
    assert_eq!(v4("option interface 'wwan'", &network), "web wwan_4", "and behind NAT");
    network["wwan_4"] = json!({"up": false});
    assert_eq!(v4("option interface 'wwan'", &network), "wwan has no IPv4 address");
    // DS-Lite and 6rd name theirs otherwise.
    let network = json!({"wan6": wan6(&[("2001:db8::1", None)], 512), "wan6_4": of("dslite", wan(&["192.0.0.2"], 0)),
        "wan": wan(&["203.0.113.5"], 5), "wan_6rd": of("6rd", wan6(&[("2001:db8:6::1", None)], 600)),
        "wan_guest": wan6(&[("2001:db8:9::1", None)], 600)});
    assert_eq!(v4("option interface 'wan6'", &network), "web wan6_4");
    assert_eq!(v6("option ipv6 'auto'\noption interface6 'wan'", &network), "2001:db8:6::1 wan_6rd");
    // What only begins with the same name is somebody else.
    let mut network = network;
    network["wan_6rd"]["up"] = json!(false);
    let hint = "wan has no IPv6 address; wan6 has one: name it in option interface6";
    assert_eq!(v6("option ipv6 'auto'\noption interface6 'wan'", &network), hint);
}

#[test]
fn where_another_interface_would_serve_the_message_names_it() {
    let network = json!({"wwan": {"up": true}, "wan": wan(&["203.0.113.5"], 0)});
    let hint = "wwan has no IPv4 address; wan has one: name it in option interface";
    assert_eq!(v4("option interface 'wwan'", &network), hint);
    let misspelt = "netifd has no interface wam (it has wan, wwan); wan has one: name it in option interface";
    assert_eq!(v4("option interface 'wam'", &network), misspelt);
}

#[test]
fn a_vpn_is_not_what_auto_means() {
    let vpn = |proto: &str| {
        let mut tunnel = wan(&["203.0.113.66"], 0);
        tunnel["proto"] = json!(proto);
        tunnel
    };
    for proto in ["wireguard", "openvpn", "openconnect", "vpnc", "l2tp", "pptp", "sstp", "xfrm"] {
        let mut network = json!({"vpn": vpn(proto), "wan": wan(&["198.51.100.10"], 10)});
        assert_eq!(v4("", &network), "198.51.100.10 wan", "{proto}");
        assert_eq!(v4("option interface 'vpn'", &network), "203.0.113.66 vpn", "{proto}: who names it wants it");
        network["wan"]["ipv4-address"] = json!([]);
        assert_eq!(v4("", &network), "wan has no IPv4 address", "{proto}: its exit is not this router's");
        network["wan"]["route"] = json!([]);
        assert_eq!(v4("", &network), "203.0.113.66 vpn", "{proto}: the only way out");
    }
    let mut six = json!({"vpn": wan6(&[("2001:db8:f::1", None)], 100), "wan6": wan6(&[("2001:db8::1", None)], 512)});
    six["vpn"]["proto"] = json!("wireguard");
    assert_eq!(v6("option ipv6 'auto'", &six), "2001:db8::1 wan6");
    let child = json!({"ppp": {"up": true, "proto": "pptp"}, "ppp_6": of("dhcpv6", wan6(&[("2001:db8:f::1", None)], 1)),
        "wan6": wan6(&[("2001:db8::1", None)], 512)});
    assert_eq!(v6("option ipv6 'auto'", &child), "2001:db8::1 wan6", "what was made for a VPN is one too");
    // A tunnel that brings this router its own address is none: 6in4, DS-Lite.
    let mut tunnel =
        json!({"henet": wan6(&[("2001:db8:a::1", None)], 10), "wan6": wan6(&[("2001:db8::1", None)], 512)});
    tunnel["henet"]["proto"] = json!("6in4");
    assert_eq!(v6("option ipv6 'auto'", &tunnel), "2001:db8:a::1 henet");
}

// -- IPv6 -----------------------------------------------------------------------------------------------

#[test]
fn the_longest_preferred_lifetime() {
    for (addresses, expected, why) in [
        (&[("2001:db8::1", Some(100)), ("2001:db8::2", Some(200))][..], "2001:db8::2 wan6", "longer"),
        (&[("2001:db8::1", Some(7000)), ("2001:db8::2", None)], "2001:db8::2 wan6", "for ever is longest"),
        (&[("2001:db8::1", Some(100)), ("2001:db8::2", Some(100))], "2001:db8::1 wan6", "a tie: netifd's order"),
        (&[("2001:db8::1", Some(1798)), ("2001:db8::2", Some(1800))], "2001:db8::1 wan6", "as good as a tie"),
        (&[("2001:db8::1", Some(0)), ("2001:db8::2", Some(5))], "2001:db8::2 wan6", "deprecated"),
        (&[("fe80::1", None), ("fd00::1", None), ("2001:db8::2", Some(5))], "2001:db8::2 wan6", "local ones"),
        (&[("ff02::1", None), ("::1", None), ("2001:db8::2", Some(5))], "2001:db8::2 wan6", "nonsense"),
        (
            &[("::ffff:198.51.100.1", None), ("fe80::1", None)],
            "wan6 has only ::ffff:198.51.100.1, an IPv4-mapped address (RFC 4291), and fe80::1, a link-local address \
             (RFC 4291)",
            "IPv4 in disguise",
        ),
        (&[("fd00::1", None)], "wan6 has only fd00::1, a unique-local address (RFC 4193)", "unique-local"),
        (&[("2001:db8::1", Some(0))], "wan6 has only 2001:db8::1, which is no longer preferred", "deprecated, alone"),
    ] {
        assert_eq!(v6("option ipv6 'auto'", &json!({"wan6": wan6(addresses, 0)})), expected, "{why}");
    }
}

#[test]
fn two_addresses_that_are_renewed_in_turn_do_not_take_turns() {
    let config = account("option ipv4 'off'\noption ipv6 'auto'");
    let mut known =
        network(&json!({"wan6": wan6(&[("2001:db8::1", Some(1800)), ("2001:db8::2", Some(3600))], 0)}), NOW);
    let chosen = |known: &ddnsd::address::Network, now| show(&select(&config, known, &|_| None, now).ipv6);
    assert_eq!(chosen(&known, NOW), "2001:db8::2 wan6");
    // Half an hour later the first one was renewed and the second one has less left than it has.
    let later = NOW + Duration::from_secs(2000);
    let mut dump = json!({"wan6": wan6(&[("2001:db8::1", Some(1800)), ("2001:db8::2", Some(1600))], 0)});
    dump["wan6"]["uptime"] = json!(2060);
    assert!(known.replace(network(&dump, later)));
    assert_eq!(chosen(&known, later), "2001:db8::2 wan6");
}

#[test]
fn ipv6_candidates_by_metric() {
    let both =
        |a, b| json!({"tunnel": wan6(&[("2001:db8:a::1", None)], a), "wan6": wan6(&[("2001:db8:b::1", None)], b)});
    assert_eq!(v6("option ipv6 'auto'", &both(512, 1024)), "2001:db8:a::1 tunnel");
    assert_eq!(v6("option ipv6 'auto'", &both(0, 512)), "2001:db8:b::1 wan6", "the kernel makes 1024 of 0");
    assert_eq!(v6("option ipv6 'auto'\noption interface6 'tunnel'", &both(0, 512)), "2001:db8:a::1 tunnel");
    let mut network = both(512, 1024);
    network["tunnel"]["route"][0]["valid"] = json!(0);
    assert_eq!(v6("option ipv6 'auto'", &network), "2001:db8:b::1 wan6", "the tunnel's route is over");
}

#[test]
fn the_default_routes_end_is_a_deadline() {
    let mut interfaces = json!({"wan6": wan6(&[("2001:db8::1", Some(3600))], 512)});
    interfaces["wan6"]["route"] = json!([
        {"target": "::", "mask": 0, "metric": 512, "valid": 300, "source": "2001:db8:1::/56"},
        {"target": "::", "mask": 0, "metric": 512, "valid": 900, "source": "2001:db8::/64"}]);
    let config = account("option ipv4 'off'\noption ipv6 'auto'");
    let known = network(&interfaces, NOW);
    let selection = select(&config, &known, &|_| None, NOW);
    assert_eq!(selection.expires, Some(NOW + Duration::from_secs(900)), "the later of the two routes");
    assert_eq!(selection.came_up, Some(NOW - Duration::from_secs(60)));
    let after = select(&config, &known, &|_| None, NOW + Duration::from_secs(900));
    assert_eq!(show(&after.ipv6), "no interface carries an IPv6 default route");
    // A named interface does not depend on it.
    let config = account("option ipv4 'off'\noption ipv6 'auto'\noption interface6 'wan6'");
    assert_eq!(select(&config, &known, &|_| None, NOW).expires, Some(NOW + Duration::from_secs(3600)));
}

/// A WAN without an address of its own, a delegated /56, and the LANs that have shares in it.
fn delegated() -> Value {
    let share = |prefix: &str, preferred: u32| {
        json!({"address": prefix, "mask": 64, "preferred": preferred, "valid": 7200,
            "local-address": {"address": format!("{prefix}1"), "mask": 64}})
    };
    let mut wan = wan6(&[("fe80::1", None)], 512);
    wan["ipv6-prefix"] = json!([{"address": "2001:db8:5600::", "mask": 56, "preferred": 1800, "valid": 3600}]);
    let lan = json!({"up": true, "l3_device": "br-lan", "ipv6-prefix-assignment": [
        share("fd00:1:2:3::", 7000), share("2001:db8:9900:1::", 7000), share("2001:db8:5600:1::", 1800)]});
    let guest = json!({"up": true, "ipv6-prefix-assignment": [share("2001:db8:5600:2::", 1800)]});
    json!({"wan6": wan, "lan": lan, "guest": guest})
}

#[test]
fn only_a_delegated_prefix() {
    let mut network = delegated();
    assert_eq!(v6("option ipv6 'auto'", &network), "2001:db8:5600:1::1 wan6", "the LAN's, in that prefix");
    network["lan"]["ipv6-prefix-assignment"] = json!([]);
    assert_eq!(v6("option ipv6 'auto'", &network), "2001:db8:5600:2::1 wan6", "else the first that has one");
    network["guest"]["up"] = json!(false);
    assert_eq!(v6("option ipv6 'auto'", &network), "wan6 has only fe80::1, a link-local address (RFC 4291)");
    network = delegated();
    network["wan6"]["ipv6-prefix"][0]["preferred"] = json!(0);
    let reason = "wan6 has only fe80::1, a link-local address (RFC 4291)";
    assert_eq!(v6("option ipv6 'auto'", &network), reason, "the prefix is deprecated, so is what is in it");
    network = delegated();
    network["wan6"]["ipv6-address"] = lifetimes(&[("2001:db8::7", Some(10))]);
    assert_eq!(v6("option ipv6 'auto'", &network), "2001:db8::7 wan6", "an address of its own comes first");
}

#[test]
fn a_prefix_that_nobody_was_assigned_a_part_of_is_named() {
    let mut network = json!({"wan6": wan6(&[], 512)});
    assert_eq!(v6("option ipv6 'auto'", &network), "wan6 has no IPv6 address");
    network["wan6"]["ipv6-prefix"] = json!([{"address": "2001:db8:cc00::", "mask": 56, "assigned": {}}]);
    let reason = "wan6 has no IPv6 address, and of its prefix 2001:db8:cc00::/56 no interface was assigned a part (option \
                  ip6assign)";
    assert_eq!(v6("option ipv6 'auto'", &network), reason);
    assert_eq!(v6("option ipv6 'auto'\noption ipv6_suffix '::5'", &network), "2001:db8:cc00::5 wan6");
}

#[test]
fn a_prefix_ends_with_what_it_is_a_share_of() {
    let mut interfaces = delegated();
    interfaces["wan6"]["ipv6-prefix"][0]["preferred"] = json!(300);
    for options in ["", "option ipv6_suffix '::5'"] {
        let config = account(&format!("option ipv4 'off'\noption ipv6 'auto'\n{options}"));
        let selection = select(&config, &network(&interfaces, NOW), &|_| None, NOW);
        assert_eq!(selection.expires, Some(NOW + Duration::from_secs(300)), "{options}");
    }
}

#[test]
fn a_lan_host_by_suffix_or_mac() {
    let suffix = |suffix: &str, more: &str, network: &Value| {
        v6(&format!("option ipv6 'auto'\noption ipv6_suffix '{suffix}'\n{more}"), network)
    };
    let network = delegated();
    assert_eq!(suffix("::1234:5678", "", &network), "2001:db8:5600:1::1234:5678 wan6");
    assert_eq!(suffix("02:11:22:33:44:55", "", &network), "2001:db8:5600:1:11:22ff:fe33:4455 wan6");
    assert_eq!(suffix("00:11:22:33:44:55", "", &network), "2001:db8:5600:1:211:22ff:fe33:4455 wan6");
    assert_eq!(suffix("::5", "option lan 'guest'", &network), "2001:db8:5600:2::5 wan6");
    assert_eq!(suffix("::5", "option lan 'dmz'", &network), "2001:db8:5600::5 wan6", "no share: the prefix itself");
    assert_eq!(suffix("::5", "option interface6 'guest'", &network), "2001:db8:5600:2::5 guest");

    // No upstream says what it delegated: the LAN's share.
    let mut bare = delegated();
    bare["wan6"]["ipv6-prefix"] = json!([]);
    assert_eq!(suffix("::5", "", &bare), "2001:db8:9900:1::5 lan");
    bare["lan"]["ipv6-prefix-assignment"] = json!([]);
    let reason =
        "wan6 has no delegated IPv6 prefix that is public and not over; lan was assigned no public IPv6 prefix";
    assert_eq!(suffix("::5", "", &bare), reason);
}

#[test]
fn a_lan_host_in_relay_mode_is_in_the_network_of_the_interface() {
    let mut network = json!({"lan": {"up": true, "ipv6-prefix-assignment": [{"address": "fd12:3456:789a::", "mask": 64}]},
        "wan6": wan6(&[("2001:db8:17:17::2", Some(3600))], 512)});
    let suffix = "option ipv6 'auto'\noption ipv6_suffix '::1234:5678'";
    assert_eq!(v6(suffix, &network), "2001:db8:17:17::1234:5678 wan6");
    assert_eq!(v6(&format!("{suffix}\noption interface6 'wan6'"), &network), "2001:db8:17:17::1234:5678 wan6");
    let mac = "option ipv6 'auto'\noption ipv6_suffix '02:11:22:33:44:55'";
    assert_eq!(v6(mac, &network), "2001:db8:17:17:11:22ff:fe33:4455 wan6");
    // It ends with the address that says which network it is.
    let config = account(&format!("option ipv4 'off'\n{suffix}"));
    let selection = select(&config, &address_support::network(&network, NOW), &|_| None, NOW);
    assert_eq!(selection.expires, Some(NOW + Duration::from_secs(3600)));
    network["wan6"]["ipv6-prefix"] = json!([{"address": "2001:db8:5600::", "mask": 56}]);
    assert_eq!(v6(suffix, &network), "2001:db8:5600::1234:5678 wan6", "a delegated prefix comes first");
    network["wan6"]["ipv6-prefix"] = json!([]);
    network["lan"]["ipv6-prefix-assignment"] = json!([{"address": "2001:db8:9900:1::", "mask": 64}]);
    assert_eq!(v6(suffix, &network), "2001:db8:9900:1::1234:5678 lan", "so does the LAN's own");
}

#[test]
fn a_suffix_stays_below_the_prefix() {
    let on = |prefix: &str, mask: u8, suffix: &str| {
        let mut network = json!({"wan6": wan6(&[], 512)});
        network["wan6"]["ipv6-prefix"] = json!([{"address": prefix, "mask": mask}]);
        v6(&format!("option ipv6 'auto'\noption ipv6_suffix '{suffix}'"), &network)
    };
    assert_eq!(on("2001:db8:5600::", 56, "::1:0:0:0:5"), "2001:db8:5600:1::5 wan6", "a subnet and a host");
    assert_eq!(on("2001:db8:5600:ab00::", 56, "::1234:0:0:0:5"), "2001:db8:5600:ab34::5 wan6", "only the low bits");
    assert_eq!(on("2001:db8::", 72, "02:11:22:33:44:55"), {
        "2001:db8::/72 is too long for an address made from a MAC address: 64 at most"
    });
    assert_eq!(on("2001:db8::5", 128, "::9"), "2001:db8::5 wan6");
    assert_eq!(on("fd00::", 56, "::9"), {
        "wan6 has no delegated IPv6 prefix that is public and not over; lan was assigned no public IPv6 prefix"
    });
}

#[test]
fn ppp_gets_its_ipv6_through_a_child() {
    let mut network = json!({"wan": wan(&["203.0.113.5"], 0), "wan_6": wan6(&[("2001:db8::1", None)], 512)});
    assert_eq!(v6("option ipv6 'auto'\noption interface6 'wan'", &network), "2001:db8::1 wan_6");
    network["wan_6"] = json!({"up": false});
    network["wan6"] = wan6(&[("2001:db8::6", None)], 512);
    let hint = "wan has no IPv6 address; wan6 has one: name it in option interface6";
    assert_eq!(v6("option ipv6 'auto'\noption interface6 'wan'", &network), hint);
}

#[test]
fn web_detection_of_ipv6() {
    let url = "option web_url6 'http://six.example/'";
    let local = json!({"wan6": wan6(&[("fd00::1", None)], 512)});
    assert_eq!(v6(&format!("option ipv6 'auto'\n{url}"), &local), "web wan6", "translated behind fd00::");
    assert_eq!(v6("option ipv6 'auto'", &local), "wan6 has only fd00::1, a unique-local address (RFC 4193)");
    assert_eq!(v6(&format!("option ipv6 'web'\n{url}"), &local), "web wan6");
    assert_eq!(v6("option ipv6 'web'", &local), "web wan6", "the default page is asked");
    let public = json!({"wan6": wan6(&[("2001:db8::1", None)], 512)});
    assert_eq!(v6(&format!("option ipv6 'auto'\n{url}"), &public), "2001:db8::1 wan6");
    assert_eq!(v6(&format!("option ipv6 'web'\n{url}"), &public), "web wan6");
    let none = json!({"wan6": wan6(&[("fe80::1", None)], 512)});
    assert_eq!(
        v6(&format!("option ipv6 'auto'\n{url}"), &none),
        "wan6 has only fe80::1, a link-local address (RFC 4291)"
    );
    assert_eq!(v6(&format!("option ipv6 'web'\n{url}"), &none), "web wan6", "asked for: there is a way out");
}

// -- the way out ----------------------------------------------------------------------------------------

/// Two lines of their own devices; the second has the higher metric.
fn two_lines(first: &str, second: &str) -> Value {
    let mut network = json!({"wan1": wan(&[first], 0), "wan2": wan(&[second], 20)});
    network["wan1"]["l3_device"] = json!("eth1");
    network["wan2"]["l3_device"] = json!("eth2");
    network
}

/// The devices of web detection for IPv4 and of an update; `-` where the kernel may choose.
fn devices(options: &str, interfaces: &Value) -> String {
    devices_with(options, interfaces, |_| {})
}

fn devices_with(options: &str, interfaces: &Value, change: impl FnOnce(&mut AccountConfig)) -> String {
    let mut config = account(options).as_ref().clone();
    change(&mut config);
    let selection = select(&config, &network(interfaces, NOW), &|_| None, NOW);
    let web = match selection.ipv4 {
        Wanted::Web { device, .. } => device,
        _ => None,
    };
    [web, selection.device.map(String::from)].map(|device| device.unwrap_or_else(|| "-".into())).join(" ")
}

#[test]
fn what_goes_out_for_a_named_interface_goes_out_through_it() {
    let public = two_lines("198.51.100.7", "203.0.113.7");
    let natted = two_lines("192.168.200.2", "192.168.201.2");
    for (options, expected, why) in [
        ("", "- -", "auto is the default route's"),
        ("option interface 'wan1'", "- -", "so is the one that carries it"),
        ("option interface 'wan2'", "- eth2", "named, and not the default route's"),
        ("list interface 'wan3'\nlist interface 'wan2'", "- eth2", "in a list, too"),
        ("option bind '1'", "- eth1", "always"),
        ("option interface 'wan2'\noption ipv4 'server'", "- eth2", "the service looks at the sender"),
    ] {
        assert_eq!(devices(options, &public), expected, "{why}");
    }
    assert_eq!(devices("option interface 'wan2'", &natted), "eth2 eth2", "detection too");
    assert_eq!(devices("option interface 'wan1'", &natted), "- -");
    assert_eq!(devices("option interface 'wan2'\noption ipv4 'web'", &public), "eth2 eth2");
    for network in [&natted, &public] {
        assert_eq!(devices_with("option interface 'wan2'", network, |config| config.bind = Bind::Never), "- -");
    }
    assert_eq!(devices("option bind '1'", &natted), "eth1 eth1");
}

#[test]
fn a_vpn_that_takes_the_default_route_is_no_way_to_ask() {
    let mut network = two_lines("192.168.200.2", "203.0.113.7");
    network["wg0"] = wan(&["10.64.0.2"], 0);
    network["wg0"]["l3_device"] = json!("wg0");
    network["wg0"]["proto"] = json!("wireguard");
    network["wan1"]["route"][0]["metric"] = json!(10);
    assert_eq!(devices("option interface 'wan1'", &network), "eth1 eth1");
    assert_eq!(devices("", &network), "eth1 -", "the update says the address; only who looks at the sender matters");
    let sender = |config: &mut AccountConfig| {
        config.dialect = Dialect { sender_address: true, ..Dialect::default() }.into();
    };
    assert_eq!(devices_with("", &network, sender), "eth1 eth1");
    assert_eq!(devices("option interface 'wg0'", &network), "- -");
    // OpenVPN's way to take all traffic: two halves, which are narrower than the default route.
    network["wg0"]["route"] = json!([{"target": "0.0.0.0", "mask": 1}, {"target": "128.0.0.0", "mask": 1}]);
    network["wan1"]["route"][0]["metric"] = json!(0);
    assert_eq!(devices("option interface 'wan1'", &network), "eth1 eth1");
    network["wg0"]["route"][0]["table"] = json!(100);
    network["wg0"]["route"][1]["table"] = json!(100);
    assert_eq!(devices("option interface 'wan1'", &network), "- -", "in a table of its own it is no way out");
}

#[test]
fn an_update_leaves_through_a_device_that_can_take_it() {
    let options = "option ipv4 'off'\noption ipv6 'auto'\noption interface6 'six'";
    let mut network =
        json!({"wan6": wan6(&[("2001:db8::1", None)], 100), "six": wan6(&[("2001:db8:a::1", None)], 512)});
    network["six"]["l3_device"] = json!("tun0");
    assert_eq!(devices(options, &network), "- -", "a tunnel for IPv6 alone: the service may have IPv4 alone");
    network["wan2"] = wan(&["203.0.113.7"], 20);
    network["wan2"]["l3_device"] = json!("tun0");
    assert_eq!(devices(options, &network), "- tun0", "a line with both");
    assert_eq!(devices("option ipv6 'auto'\noption interface 'wan2'\noption interface6 'six'", &network), "- -");
}

#[test]
fn without_netifd_no_other_line_is_asked_for_a_named_interface() {
    let alone = |options: &str, patient| select_alone(&account(options), patient).ipv4;
    let reason = "netifd does not answer on ubus, so no interface's address is known";
    for options in ["option ipv4 'web'", "option ipv4 'auto'", "option ipv4 'server'"] {
        assert_eq!(show(&alone(&format!("{options}\noption interface 'wan2'"), false)), reason, "{options}");
        assert_ne!(show(&alone(options, false)), reason, "{options}");
    }
}

// -- both -----------------------------------------------------------------------------------------------

#[test]
fn came_up_is_the_later_of_the_two() {
    let mut interfaces = json!({"wan": wan(&["198.51.100.7"], 0), "wan6": wan6(&[("2001:db8::1", None)], 512)});
    interfaces["wan6"]["uptime"] = json!(3);
    let up = |options: &str| select(&account(options), &network(&interfaces, NOW), &|_| None, NOW).came_up;
    assert_eq!(up("option ipv6 'auto'"), Some(NOW - Duration::from_secs(3)));
    assert_eq!(up("option ipv6 'off'"), Some(NOW - Duration::from_secs(60)), "wan6 is not this account's");
    assert_eq!(up("option interface 'lan'"), None);
}
