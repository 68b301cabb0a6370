//! The one right address of each family: from what netifd says of the interfaces and what the account wants.
//!
//! Pure: the caller brings the network's status, the answers of web detection, and what the kernel
//! would send from; see docs/configuration.md.
//!
//! ```text
//! netifd ──▶ network.rs  what is known, and what of the next message is news
//!                │
//!                ▼
//!            select.rs   who may give the address: the default route's interface, or the named ones in their order
//!              │   │
//!              ▼   ▼
//!        ipv4.rs   ipv6.rs   the first that serves, or why nobody does, in words
//!              └─┬─┘
//!             steady.rs   a lower choice only once the higher one has been away for ten seconds
//!             exit.rs    the device that it has to leave through
//!            special.rs  what the Internet can reach (the IANA registries)      alone.rs  without netifd
//! ```

mod alone;
mod exit;
mod ipv4;
mod ipv6;
mod network;
mod select;
pub mod special;
mod steady;
mod words;

pub use alone::{select_alone, select_nothing_yet};
pub use network::{Assignment, Interface, Lifetime, Network, Route, Share};
pub use select::select;
pub use special::is_public;
pub use steady::Steady;

use crate::time::Instant;
use std::net::{IpAddr, Ipv6Addr};

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
    /// Web detection has to tell.
    Web {
        /// The netifd interface whose address is looked for, where one was chosen.
        interface: Option<String>,
        /// The device to ask through, where the kernel would take another line.
        device: Option<String>,
        /// The interface's own address, which is not public: with another one the line is another.
        local: Option<IpAddr>,
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
    /// The IPv6 prefix that is delegated to this router, as address and length; only where the service takes one.
    pub prefix: Option<(Ipv6Addr, u8)>,
    /// The device that an update has to leave through, where the kernel would take another line.
    pub device: Option<Box<str>>,
    /// Whether netifd has been heard at all (or has been waited for long enough).
    pub heard: bool,
    /// A lower choice is held back for a moment, since the higher one may come back.
    pub settling: Option<Box<Settling>>,
    /// The latest moment at which one of the account's interfaces came up.
    pub came_up: Option<Instant>,
    /// When this selection is to be made anew at the latest: a lifetime ends.
    pub expires: Option<Instant>,
}

/// A lower choice that is held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settling {
    /// Until when.
    pub until: Instant,
    /// Why, in words.
    pub message: String,
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
