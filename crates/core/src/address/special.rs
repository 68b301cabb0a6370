//! Which addresses the Internet can reach: the IANA special-purpose registries as two tables.
//!
//! The longest matching block decides. One deviation, on purpose (docs/configuration.md): the four
//! documentation ranges count as public, so that demos and tests can use them. An IPv6 address in no
//! block is public only inside 2000::/3, the one range that IANA hands out as global unicast.
//!
//! Sources: the "IANA IPv4 Special-Purpose Address Registry" and the "IANA IPv6 Special-Purpose Address
//! Registry" (RFC 6890, column "Globally Reachable"; N/A counts as not), multicast from RFC 5771 and
//! RFC 4291, site-local from RFC 3879. Each row names the document that made the assignment.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One row: base, length, whether it is globally reachable, what it is in words, the reference.
type Row<A> = (A, u8, bool, &'static str, &'static str);

const fn v4(a: u8, b: u8, c: u8, d: u8) -> u32 {
    u32::from_be_bytes([a, b, c, d])
}

#[rustfmt::skip]
const IPV4: &[Row<u32>] = &[
    (v4(0, 0, 0, 0),         8, false, "an address of \"this network\"", "RFC 791"),
    (v4(10, 0, 0, 0),        8, false, "a private address", "RFC 1918"),
    (v4(100, 64, 0, 0),     10, false, "an address behind the provider's NAT", "RFC 6598"),
    (v4(127, 0, 0, 0),       8, false, "a loopback address", "RFC 1122"),
    (v4(169, 254, 0, 0),    16, false, "a link-local address", "RFC 3927"),
    (v4(172, 16, 0, 0),     12, false, "a private address", "RFC 1918"),
    (v4(192, 0, 0, 0),      24, false, "an address for protocols, not for hosts", "RFC 6890"),
    (v4(192, 0, 0, 0),      29, false, "the inner address of DS-Lite or 464XLAT", "RFC 7335"),
    (v4(192, 0, 0, 9),      32, true,  "the PCP anycast address", "RFC 7723"),
    (v4(192, 0, 0, 10),     32, true,  "the TURN anycast address", "RFC 8155"),
    (v4(192, 0, 2, 0),      24, true,  "a documentation address", "RFC 5737"),
    (v4(192, 31, 196, 0),   24, true,  "an AS112 address", "RFC 7535"),
    (v4(192, 52, 193, 0),   24, true,  "an AMT address", "RFC 7450"),
    (v4(192, 88, 99, 0),    24, false, "a 6to4 relay anycast address", "RFC 7526"),
    (v4(192, 168, 0, 0),    16, false, "a private address", "RFC 1918"),
    (v4(192, 175, 48, 0),   24, true,  "an AS112 address", "RFC 7534"),
    (v4(198, 18, 0, 0),     15, false, "a benchmarking address", "RFC 2544"),
    (v4(198, 51, 100, 0),   24, true,  "a documentation address", "RFC 5737"),
    (v4(203, 0, 113, 0),    24, true,  "a documentation address", "RFC 5737"),
    (v4(224, 0, 0, 0),       4, false, "a multicast address", "RFC 5771"),
    (v4(240, 0, 0, 0),       4, false, "a reserved address", "RFC 1112"),
    (v4(255, 255, 255, 255), 32, false, "the broadcast address", "RFC 8190"),
];

/// The upper 64 bits' four groups; every base below ends in zeros but the ones that `host` makes.
const fn v6(a: u16, b: u16, c: u16, d: u16) -> u128 {
    (a as u128) << 112 | (b as u128) << 96 | (c as u128) << 80 | (d as u128) << 64
}

const fn host(a: u16, b: u16, low: u64) -> u128 {
    v6(a, b, 0, 0) | low as u128
}

#[rustfmt::skip]
const IPV6: &[Row<u128>] = &[
    (host(0, 0, 0),                   128, false, "the unspecified address", "RFC 4291"),
    (host(0, 0, 1),                   128, false, "the loopback address", "RFC 4291"),
    (host(0, 0, 0),                    96, false, "an IPv4-compatible address", "RFC 4291"),
    (host(0, 0, 0xffff_0000_0000),     96, false, "an IPv4-mapped address", "RFC 4291"),
    (v6(0x64, 0xff9b, 0, 0),           96, true,  "a NAT64 address", "RFC 6052"),
    (v6(0x64, 0xff9b, 1, 0),           48, false, "a local NAT64 address", "RFC 8215"),
    (v6(0x100, 0, 0, 0),               64, false, "a discard-only address", "RFC 6666"),
    (v6(0x100, 0, 0, 1),               64, false, "an address of the dummy prefix", "RFC 9780"),
    (v6(0x2001, 0, 0, 0),              23, false, "an address for protocols, not for hosts", "RFC 2928"),
    (v6(0x2001, 0, 0, 0),              32, false, "a Teredo address", "RFC 4380"),
    (host(0x2001, 1, 1),              128, true,  "the PCP anycast address", "RFC 7723"),
    (host(0x2001, 1, 2),              128, true,  "the TURN anycast address", "RFC 8155"),
    (host(0x2001, 1, 3),              128, true,  "the SRP anycast address", "RFC 9665"),
    (v6(0x2001, 2, 0, 0),              48, false, "a benchmarking address", "RFC 5180"),
    (v6(0x2001, 3, 0, 0),              32, true,  "an AMT address", "RFC 7450"),
    (v6(0x2001, 4, 0x112, 0),          48, true,  "an AS112 address", "RFC 7535"),
    (v6(0x2001, 0x10, 0, 0),           28, false, "an ORCHID identifier", "RFC 4843"),
    (v6(0x2001, 0x20, 0, 0),           28, true,  "an ORCHIDv2 identifier", "RFC 7343"),
    (v6(0x2001, 0x30, 0, 0),           28, true,  "a drone's identity tag", "RFC 9374"),
    (v6(0x2001, 0xdb8, 0, 0),          32, true,  "a documentation address", "RFC 3849"),
    (v6(0x2002, 0, 0, 0),              16, false, "a 6to4 address", "RFC 3056"),
    (v6(0x2620, 0x4f, 0x8000, 0),      48, true,  "an AS112 address", "RFC 7534"),
    (v6(0x3fff, 0, 0, 0),              20, false, "a documentation address", "RFC 9637"),
    (v6(0x5f00, 0, 0, 0),              16, false, "a segment routing identifier", "RFC 9602"),
    (v6(0xfc00, 0, 0, 0),               7, false, "a unique-local address", "RFC 4193"),
    (v6(0xfe80, 0, 0, 0),              10, false, "a link-local address", "RFC 4291"),
    (v6(0xfec0, 0, 0, 0),              10, false, "a site-local address", "RFC 3879"),
    (v6(0xff00, 0, 0, 0),               8, false, "a multicast address", "RFC 4291"),
];

/// 2000::/3, what IANA hands out as global unicast (RFC 4291, RFC 3587).
const GLOBAL_UNICAST: (u128, u8) = (v6(0x2000, 0, 0, 0), 3);

/// 64:ff9b::/96, whose low 32 bits are an IPv4 address.
const NAT64: (u128, u8) = (v6(0x64, 0xff9b, 0, 0), 96);

/// Whether the Internet can reach this address (documentation addresses count as reachable).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => block_v4(address).is_none_or(|(_, _, public, _, _)| *public),
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let reachable = match block_v6(address) {
                Some((_, _, public, _, _)) => *public,
                None => within(bits, GLOBAL_UNICAST.0, GLOBAL_UNICAST.1),
            };
            // RFC 6052, section 3.1: the well-known prefix carries no address that is not global itself.
            reachable && (!within(bits, NAT64.0, NAT64.1) || is_public(embedded_v4(bits)))
        }
    }
}

/// What an address that is not public is, in words: `a private address (RFC 1918)`.
pub fn describe(address: IpAddr) -> String {
    let row = match address {
        IpAddr::V4(address) => block_v4(address).map(|(_, _, _, words, rfc)| (*words, *rfc)),
        IpAddr::V6(address) => block_v6(address).map(|(_, _, _, words, rfc)| (*words, *rfc)),
    };
    let (words, rfc) = row.unwrap_or(("an address outside of global unicast", "RFC 4291"));
    format!("{words} ({rfc})")
}

/// Addresses with what they are: `10.0.0.2 and 10.0.0.3, a private address (RFC 1918)`, and each with its own
/// words where these differ.
pub fn describe_all(addresses: &[IpAddr]) -> String {
    let mut kinds: Vec<String> = addresses.iter().map(|address| describe(*address)).collect();
    if kinds.iter().any(|kind| *kind != kinds[0]) {
        let each = addresses.iter().zip(&kinds).map(|(address, kind)| format!("{address}, {kind}"));
        return each.collect::<Vec<_>>().join(", and ");
    }
    let kind = kinds.pop().unwrap_or_default();
    format!("{}, {kind}", enumerate(addresses))
}

/// `10.0.0.2`, `10.0.0.2 and 10.0.0.3`, `10.0.0.2, 10.0.0.3 and 10.0.0.4`.
pub fn enumerate<T: ToString>(items: &[T]) -> String {
    let words: Vec<String> = items.iter().map(T::to_string).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Whether traffic from this address can leave the router at all, NAT or not: not loopback, not
/// link-local, not multicast, not reserved.
pub fn can_leave(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => {
            let first = a.octets()[0];
            first != 0 && !a.is_loopback() && !a.is_link_local() && first < 224
        }
        IpAddr::V6(a) => is_public(address) || within(u128::from(a), v6(0xfc00, 0, 0, 0), 7),
    }
}

/// Whether `address` is inside `base`/`length`.
pub fn in_prefix(address: Ipv6Addr, base: Ipv6Addr, length: u8) -> bool {
    within(u128::from(address), u128::from(base), length)
}

/// The bits of an IPv6 netmask; 128 and more is all ones.
pub fn mask(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0)
}

fn within(bits: u128, base: u128, length: u8) -> bool {
    (bits ^ base) & mask(length) == 0
}

fn block_v4(address: Ipv4Addr) -> Option<&'static Row<u32>> {
    let mapped = |bits: u32| u128::from(bits) << 96;
    let bits = mapped(u32::from(address));
    IPV4.iter().filter(|row| within(bits, mapped(row.0), row.1)).max_by_key(|row| row.1)
}

fn block_v6(address: Ipv6Addr) -> Option<&'static Row<u128>> {
    let bits = u128::from(address);
    IPV6.iter().filter(|row| within(bits, row.0, row.1)).max_by_key(|row| row.1)
}

fn embedded_v4(bits: u128) -> IpAddr {
    let [.., a, b, c, d] = bits.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    /// The first and the last address of every block, and its neighbours outside.
    #[test]
    fn borders_of_the_ipv4_blocks() {
        for (not, also_not, before, after) in [
            ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
            ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
            ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
            ("192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"),
            ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
            ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
            ("0.0.0.0", "0.255.255.255", "1.0.0.0", "1.0.0.1"),
            ("224.0.0.0", "239.255.255.255", "223.255.255.255", "223.255.255.254"),
            ("240.0.0.0", "255.255.255.255", "1.1.1.1", "8.8.8.8"),
        ] {
            assert!(!public(not) && !public(also_not), "{not} to {also_not} is not public");
            assert!(public(before) && public(after), "{before} and {after} are public");
        }
    }

    #[test]
    fn ipv4_exceptions_inside_the_blocks() {
        for yes in [
            "192.0.0.9",
            "192.0.0.10",
            "192.31.196.1",
            "192.52.193.1",
            "192.175.48.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
        ] {
            assert!(public(yes), "{yes} is public");
        }
        for no in ["192.0.0.8", "192.0.0.11", "192.0.0.2", "192.0.0.170", "192.0.0.171", "192.88.99.2"] {
            assert!(!public(no), "{no} is not public");
        }
    }

    #[test]
    fn ipv6_blocks_and_their_exceptions() {
        for no in [
            "::",
            "::1",
            "::198.51.100.1",
            "::ffff:198.51.100.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "100:0:0:1::1",
            "2001::1",
            "2001:1::4",
            "2001:1:ffff::1",
            "2001:2::1",
            "2001:10::1",
            "2001:1ff:ffff::1",
            "2002:c633:6401::1",
            "3fff::1",
            "3fff:fff:ffff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fdff:ffff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "1fff::1",
        ] {
            assert!(!public(no), "{no} is not public");
        }
        for yes in [
            "64:ff9b::198.51.100.1",
            "2001:1::1",
            "2001:1::2",
            "2001:1::3",
            "2001:3::1",
            "2001:4:112::1",
            "2001:20::1",
            "2001:2f:ffff::1",
            "2001:30::1",
            "2001:200::1",
            "2001:db8::1",
            "2001:db8:ffff::1",
            "2003::1",
            "2620:4f:8000::1",
            "2a00:1450::1",
            "3ffe::1",
            "3fff:1000::1",
        ] {
            assert!(public(yes), "{yes} is public");
        }
    }

    #[test]
    fn every_row_is_a_prefix_and_says_where_it_is_from() {
        for (base, length, _, words, rfc) in IPV4 {
            assert_eq!((u128::from(*base) << 96) & !mask(*length), 0, "{words}: host bits");
            assert!(rfc.starts_with("RFC "));
        }
        for (base, length, _, words, rfc) in IPV6 {
            assert_eq!(base & !mask(*length), 0, "{words}: host bits");
            assert!(rfc.starts_with("RFC "));
        }
    }

    #[test]
    fn words_for_people() {
        let words = |text: &str| describe(text.parse().unwrap());
        assert_eq!(words("100.64.3.7"), "an address behind the provider's NAT (RFC 6598)");
        assert_eq!(words("192.168.0.2"), "a private address (RFC 1918)");
        assert_eq!(words("fd00::1"), "a unique-local address (RFC 4193)");
        assert_eq!(words("4000::1"), "an address outside of global unicast (RFC 4291)");
    }

    #[test]
    fn what_can_leave() {
        let leaves = |text: &str| can_leave(text.parse().unwrap());
        assert!(leaves("10.0.0.1") && leaves("100.64.0.1") && leaves("192.0.0.2") && leaves("fd00::1"));
        assert!(!leaves("169.254.1.1") && !leaves("127.0.0.1") && !leaves("0.0.0.0"));
        assert!(!leaves("224.0.0.1") && !leaves("255.255.255.255") && !leaves("fe80::1") && !leaves("::1"));
    }
}
