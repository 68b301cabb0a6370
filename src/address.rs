//! The one right address of each family: from what netifd says of the interfaces and what the account wants.
//!
//! Pure: the caller brings the network's status, the answers of web detection, and what the kernel
//! would send from; see DESIGN.md, section 2.

use crate::time::Instant;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What netifd last said of all its interfaces, in the order of the dump.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// The interfaces, by netifd's name.
    pub interfaces: BTreeMap<String, Interface>,
}

/// What netifd last said of one interface. Lifetimes are deadlines on the monotonic clock; `None` = for ever.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interface {
    /// Whether it is up.
    pub up: bool,
    /// When it came up, from `uptime` (whole seconds) or the change that was seen.
    pub up_since: Option<Instant>,
    /// The device that carries its traffic (`l3_device`).
    pub device: Option<String>,
    /// `metric`: the default for its routes.
    pub metric: u32,
    /// `ipv4-address`, in netifd's order.
    pub ipv4: Vec<Ipv4Addr>,
    /// `ipv6-address`.
    pub ipv6: Vec<Lifetime<Ipv6Addr>>,
    /// `ipv6-prefix`: prefixes delegated to this router, as address and length.
    pub prefixes: Vec<Lifetime<(Ipv6Addr, u8)>>,
    /// `ipv6-prefix-assignment`: this interface's share of a delegated prefix.
    pub assignments: Vec<Lifetime<Assignment>>,
    /// `route`.
    pub routes: Vec<Route>,
}

/// Something that is preferred and valid until.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime<T> {
    /// What it is.
    pub value: T,
    /// From then on it is deprecated.
    pub preferred_until: Option<Instant>,
    /// From then on it is gone, and netifd does not say so.
    pub valid_until: Option<Instant>,
}

/// One `ipv6-prefix-assignment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The prefix.
    pub prefix: Ipv6Addr,
    /// Its length.
    pub length: u8,
    /// The router's own address in it (`local-address`).
    pub local: Option<Ipv6Addr>,
}

/// One `route`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The destination and its length; a default route has length 0.
    pub target: (IpAddr, u8),
    /// Its metric, where it is not the interface's.
    pub metric: Option<u32>,
    /// The source, where the route is bound to one (length above 0).
    pub source: Option<(IpAddr, u8)>,
}

/// The lower bits of a LAN host's address: `option ipv6_suffix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// `::1234:5678`: these bits below the prefix.
    Interface(u128),
    /// A MAC address: its modified EUI-64.
    Mac([u8; 6]),
}

/// One family's address for one account, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The account does not want this family.
    Off,
    /// This is the address.
    Known(Source),
    /// Web detection has to tell; through this interface and device, where one was chosen.
    Web {
        /// The netifd interface.
        interface: Option<String>,
        /// Its device.
        device: Option<String>,
    },
    /// `myip` is left out: the service takes the address that it sees. `basis` changes when there is
    /// reason to tell the service (another interface or another local address).
    Server {
        /// What the update would be based on, as text: interface and local address.
        basis: String,
        /// The netifd interface.
        interface: Option<String>,
        /// Its device.
        device: Option<String>,
    },
    /// No usable address now, and why, in words.
    Unknown(String),
}

/// A known address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The address.
    pub address: IpAddr,
    /// Where it came from.
    pub origin: Origin,
    /// The netifd interface it belongs to.
    pub interface: Option<String>,
    /// That interface's device.
    pub device: Option<String>,
}

/// Where an address came from; the words of `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The interface itself.
    Interface,
    /// Web detection.
    Web,
    /// The service's answer.
    Server,
    /// `--ipv4`, `--ipv6`.
    Option,
}

/// Both families of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// IPv4.
    pub ipv4: Wanted,
    /// IPv6.
    pub ipv6: Wanted,
    /// The latest moment at which one of the account's interfaces came up.
    pub came_up: Option<Instant>,
    /// When this selection is to be made anew at the latest: a lifetime ends.
    pub expires: Option<Instant>,
}

impl Origin {
    /// The word that `status` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Interface => "interface",
            Origin::Web => "web",
            Origin::Server => "server",
            Origin::Option => "option",
        }
    }

    /// The origin of a word.
    pub fn from_word(word: &str) -> Option<Origin> {
        [Origin::Interface, Origin::Web, Origin::Server, Origin::Option]
            .into_iter()
            .find(|origin| origin.as_str() == word)
    }
}

/// Placeholder until the registries are in.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => !a.is_private() && a.octets()[0] != 100,
        IpAddr::V6(a) => a.segments()[0] >> 13 == 1,
    }
}
