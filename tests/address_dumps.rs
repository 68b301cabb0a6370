//! Every recorded dump of the real netifd: the file, what the account asks for, the address that a person
//! would expect, and why.

mod address_support;

use address_support::{account, dump, show};
use ddnsd::address::select;
use ddnsd::protocol::Dialect;
use ddnsd::time::Instant;
use std::time::Duration;

const NOW: Instant = Instant::from_secs(100_000);

/// File, IPv4, IPv6 (both with the interfaces on `auto`), why.
#[rustfmt::skip]
const AUTO: &[(&str, &str, &str, &str)] = &[
    ("00-static-wan-up", "198.51.100.10 wan", "2001:db8:1::10 wan6", "both static"),
    ("01-wan-ifdown", "no interface carries an IPv4 default route; wan is down", "2001:db8:1::10 wan6", "IPv6 stays while IPv4 is down"),
    ("02-wan-ifup", "198.51.100.10 wan", "2001:db8:1::10 wan6", "back with the same"),
    ("03-wan-addr-changed", "198.51.100.77 wan", "2001:db8:1::10 wan6", "another address by a reload"),
    ("04-wan-two-addresses", "198.51.100.77 wan", "2001:db8:1::10 wan6", "a configured list: the first is the main one"),
    ("05-wan6-addr-changed", "198.51.100.77 wan", "2001:db8:1::99 wan6", "another IPv6 address"),
    ("06-wan6-prefix-changed", "198.51.100.77 wan", "2001:db8:1::99 wan6", "the prefix is not what is asked for"),
    ("07-carrier-lost", "198.51.100.77 wan", "2001:db8:1::99 wan6", "netifd still says up: nothing has changed"),
    ("08-carrier-back", "198.51.100.77 wan", "2001:db8:1::99 wan6", "nothing has changed"),
    ("09-addr-behind-netifd", "198.51.100.77 wan", "2001:db8:1::99 wan6", "netifd does not know of it"),
    ("10-wan-removed", "no interface carries an IPv4 default route", "2001:db8:1::99 wan6", "wan is not there at all"),
    ("11-wan-readded", "198.51.100.77 wan", "2001:db8:1::99 wan6", "and is there again"),
    ("dhcp-00-up", "198.51.100.30 wan", "2001:db8:1::10 wan6", "a lease"),
    ("dhcp-01-renewed-other-address", "198.51.100.31 wan", "2001:db8:1::10 wan6", "the server gave another one"),
    ("dhcp-02-renewed-same", "198.51.100.31 wan", "2001:db8:1::10 wan6", "a renewal changes nothing"),
    ("dhcp-03-down", "no interface carries an IPv4 default route; wan is down", "2001:db8:1::10 wan6", "released"),
    ("dhcp-04-pending", "no interface carries an IPv4 default route; wan is down", "2001:db8:1::10 wan6", "no server answers yet"),
    ("dhcp-05-up-again", "198.51.100.32 wan", "2001:db8:1::10 wan6", "a new lease"),
    ("ppp6-00-up", "203.0.113.5 wan", "2001:db8:77::1234 wan6", "PPPoE, DHCPv6; fe80::5 on wan is link-local"),
    ("ppp6-01-ppp-renegotiated", "203.0.113.66 wan", "2001:db8:77::1234 wan6", "PPP lists the old address first"),
    ("ppp6-02-dhcp6-refresh", "203.0.113.66 wan", "2001:db8:77::1234 wan6", "only lifetimes"),
    ("ppp6-03-dhcp6-new-prefix", "203.0.113.66 wan", "2001:db8:77::9999 wan6", "the new address, the old one is gone"),
    ("ppp6-04-short-lifetimes", "203.0.113.66 wan", "2001:db8:77::9999 wan6", "two seconds are still preferred"),
    ("ppp6-05-expired", "203.0.113.66 wan", "wan6 has no IPv6 address", "expired: the route is left, the address is not"),
    ("ppp6-06-ppp-died", "no interface carries an IPv4 default route; wan is down", "wan6 has no IPv6 address", "the session was lost"),
    ("ppp6-07-ppp-back", "203.0.113.66 wan", "wan6 has no IPv6 address", "a new session"),
    ("ppp6-08-ifdown", "no interface carries an IPv4 default route; wan is down", "wan6 has no IPv6 address", "ifdown"),
    ("wans-00-second-behind-nat", "198.51.100.10 wan", "2001:db8:1::5 wan6", "wan has metric 0, wwan (100.64.0.9) 20"),
    ("wans-01-second-first", "web wwan", "2001:db8:1::5 wan6", "now wan has 30: traffic leaves through wwan's NAT"),
    ("wans-02-first-in-another-table", "web wwan", "2001:db8:1::5 wan6", "ip4table: wan is for what a rule sends there"),
    ("wans-03-only-in-another-table", "198.51.100.10 wan", "2001:db8:1::5 wan6", "wwan is gone: better than none"),
    ("six-00-for-ever", "198.51.100.10 wan", "2001:db8:1::5 wan6", "for ever is longer than 600 s; netifd leaves it out"),
    ("six-01-child-of-wan", "198.51.100.10 wan", "2001:db8:1::5 wan6", "two default routes alike: wan6 before wan_6"),
];

/// File, `lan`'s host ::1234 in the delegated prefix, the router's own address by `interface6 'lan'`, why.
#[rustfmt::skip]
const PREFIX: &[(&str, &str, &str, &str)] = &[
    ("00-static-wan-up", "2001:db8:aa00::1234 wan6", "2001:db8:aa00::1 lan", "lan's share of the /56"),
    ("05-wan6-addr-changed", "2001:db8:aa00::1234 wan6", "2001:db8:aa00::1 lan", "the prefix stays"),
    ("06-wan6-prefix-changed", "2001:db8:bb00::1234 wan6", "2001:db8:bb00::1 lan", "another prefix"),
    ("ppp6-00-up", "2001:db8:cc00::1234 wan6", "2001:db8:cc00::1 lan", "by DHCPv6"),
    ("ppp6-03-dhcp6-new-prefix", "2001:db8:dd00::1234 wan6", "2001:db8:dd00::1 lan", "the old one is deprecated"),
    ("ppp6-04-short-lifetimes", "2001:db8:dd00::1234 wan6", "2001:db8:dd00::1 lan", "still preferred"),
    ("six-00-for-ever", "2001:db8:5600::1234 wan6",
        "lan has only fd12:3456:789a::1, a unique-local address (RFC 4193); wan6 has one: name it in option interface6",
        "the kernel refused the LAN's address in it: netifd says so by an empty local-address"),
    ("ppp6-05-expired", "wan6 has no delegated IPv6 prefix that is public and not over; lan was assigned no public IPv6 prefix",
        "lan has only fd12:3456:789a::1, a unique-local address (RFC 4193)", "only the unique-local one is left"),
];

#[test]
fn every_recorded_dump() {
    let recorded = std::fs::read_dir(address_support::DUMPS).unwrap().count();
    assert_eq!(AUTO.len(), recorded, "a recorded dump is not in the table");
    let config = account("option ipv4 'auto'\noption ipv6 'auto'");
    for (file, ipv4, ipv6, why) in AUTO {
        let selection = select(&config, &dump(file, NOW), &|_| None, NOW);
        assert_eq!(show(&selection.ipv4), *ipv4, "{file}, IPv4: {why}");
        assert_eq!(show(&selection.ipv6), *ipv6, "{file}, IPv6: {why}");
    }
}

#[test]
fn the_prefix_in_the_recorded_dumps() {
    let lan_host = account("option ipv6 'auto'\noption ipv6_suffix '::1234'");
    let on_the_lan = account("option ipv6 'auto'\noption interface6 'lan'");
    for (file, host, router, why) in PREFIX {
        let network = dump(file, NOW);
        assert_eq!(show(&select(&lan_host, &network, &|_| None, NOW).ipv6), *host, "{file}, host: {why}");
        assert_eq!(show(&select(&on_the_lan, &network, &|_| None, NOW).ipv6), *router, "{file}, router: {why}");
    }
}

/// Who writes `wan` for IPv6 means the interface that netifd made for it.
#[test]
fn a_recorded_child() {
    let config = account("option ipv6 'auto'\noption interface6 'wan'");
    let selection = select(&config, &dump("six-01-child-of-wan", NOW), &|_| None, NOW);
    assert_eq!(show(&selection.ipv6), "2001:db8:2::5 wan_6");
}

/// The one recorded situation in which the kernel knows better than netifd.
#[test]
fn the_kernel_is_asked_where_netifd_lists_two() {
    let config = account("option ipv4 'interface'");
    let network = dump("ppp6-01-ppp-renegotiated", NOW);
    let ask = |answer: &'static str| {
        select(&config, &network, &move |device| (device == "pppoe-wan").then(|| answer.parse().unwrap()), NOW)
    };
    assert_eq!(show(&ask("203.0.113.5").ipv4), "203.0.113.5 wan");
    assert_eq!(show(&ask("198.51.100.1").ipv4), "203.0.113.66 wan", "not one of netifd's");
    let selection = select(&config, &dump("dhcp-00-up", NOW), &|_| panic!("one address: nothing to ask"), NOW);
    assert_eq!(show(&selection.ipv4), "198.51.100.30 wan");
}

/// An address that ends does so silently: the selection says when to look again, and what is then left.
#[test]
fn a_recorded_lifetime_ends() {
    let config = account("option ipv6 'interface'");
    let network = dump("ppp6-04-short-lifetimes", NOW);
    let selection = select(&config, &network, &|_| None, NOW);
    let end = NOW + Duration::from_secs(2);
    assert_eq!(selection.expires, Some(end));
    let before = end - Duration::from_millis(1);
    assert_eq!(show(&select(&config, &network, &|_| None, before).ipv6), "2001:db8:77::9999 wan6");
    let after = select(&config, &network, &|_| None, end);
    assert_eq!(show(&after.ipv6), "wan6 has only 2001:db8:77::9999, which is no longer preferred");
    assert_eq!(after.expires, None);
}

/// A service that takes the delegated prefix is told it; for any other it is not even looked for.
#[test]
fn the_delegated_prefix_goes_to_a_service_that_takes_it() {
    let prefix = |name: &str, service_takes_it: bool, options: &str| {
        let mut account = (*account(options)).clone();
        let dialect = Dialect { ipv6_prefix: service_takes_it.then(|| "ipv6prefix".into()), ..Dialect::default() };
        account.dialect = dialect.into();
        let selection = select(&account, &dump(name, NOW), &|_| None, NOW);
        selection.prefix.map(|(base, length)| format!("{base}/{length}"))
    };
    let six = "option ipv6 'auto'";
    assert_eq!(prefix("00-static-wan-up", true, six).as_deref(), Some("2001:db8:aa00::/56"));
    assert_eq!(prefix("06-wan6-prefix-changed", true, six).as_deref(), Some("2001:db8:bb00::/56"));
    assert_eq!(prefix("ppp6-03-dhcp6-new-prefix", true, six).as_deref(), Some("2001:db8:dd00::/56"));
    assert_eq!(prefix("ppp6-05-expired", true, six), None, "nothing says that it is gone");
    assert_eq!(prefix("00-static-wan-up", false, six), None);
    assert_eq!(prefix("00-static-wan-up", true, ""), None, "IPv6 is not wanted");
}
