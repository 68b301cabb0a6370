//! What is remembered across reboots (docs/reliability.md); its text is `json`'s, and the file `io::store`'s.

mod json;

pub use json::hex;

use crate::address::Origin;
use crate::protocol::Code;
use crate::time::UnixTime;
use litemap::LiteMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many bytes a state file of ours may have where so many hosts are configured. Reading one costs up to fifty
/// times its size in memory (on 32 bits), and a hostile one must not cost much.
pub fn largest(hosts: usize) -> u64 {
    256 * 1024 + 1024 * hosts as u64
}

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct State {
    /// What the fingerprints are salted with; made once.
    pub salt: Vec<u8>,
    /// By the account's name.
    pub accounts: LiteMap<String, AccountState>,
}

/// What is remembered of one account.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AccountState {
    /// The salted fingerprint of the configuration that the rest belongs to.
    pub fingerprint: Option<String>,
    /// Set while the whole account is halted.
    pub halt: Option<Halt>,
    /// Set while the service has asked to be left alone.
    pub wait: Option<Wait>,
    /// What the last acknowledged update in `server` mode was based on.
    pub basis: Option<String>,
    /// The delegated IPv6 prefix that the service last acknowledged, where it takes one.
    pub prefix: Option<(Ipv6Addr, u8)>,
    /// The IPv4 address last acknowledged, and where it came from.
    pub ipv4: Option<Acknowledged>,
    /// The same for IPv6.
    pub ipv6: Option<Acknowledged>,
    /// By hostname.
    pub hosts: LiteMap<String, HostState>,
}

impl AccountState {
    /// The same without the hosts of which no person and no service has said anything that lasts: they are sent once more
    /// when the account is back.
    pub fn essence(&self) -> AccountState {
        let hosts = self.hosts.iter().filter(|(_, host)| host.halt.is_some() || host.offline_wanted);
        AccountState { hosts: hosts.map(|(name, host)| (name.clone(), host.clone())).collect(), ..self.clone() }
    }
}

/// What is remembered of one host.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HostState {
    /// The IPv4 address that the service last acknowledged.
    pub ipv4: Option<Ipv4Addr>,
    /// The IPv6 address that the service last acknowledged.
    pub ipv6: Option<Ipv6Addr>,
    /// An address that the service was told, and did not name when it acknowledged the other family's. It is not sent
    /// again for that alone.
    pub unconfirmed: Option<IpAddr>,
    /// Its last answer.
    pub code: Option<Code>,
    /// When it was acknowledged, where the clock was known.
    pub updated: Option<UnixTime>,
    /// Whether the service has acknowledged the host under the present configuration (rule 3).
    pub proven: bool,
    /// Whether the service has taken the host offline.
    pub offline: bool,
    /// Whether a person wants the host offline.
    pub offline_wanted: bool,
    /// `nochg` in a row to updates that seemed necessary (rule 10).
    pub nochg: u32,
    /// Set while the host is halted.
    pub halt: Option<Halt>,
}

/// An address that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The address.
    pub address: IpAddr,
    /// Where it came from.
    pub origin: Origin,
    /// The netifd interface it belonged to.
    pub interface: Option<String>,
}

/// Why nothing more is sent until a person acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// The sort.
    pub reason: Reason,
    /// What happened, in words.
    pub message: String,
    /// Since when, where the clock was known.
    pub since: Option<UnixTime>,
}

/// What a halt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The service said so.
    Code(Code),
    /// `nochg` three times in a row to updates that seemed necessary (rule 10).
    NochgLoop,
    /// The service set another address than the one sent (rule 11).
    AddressMismatch,
}

impl Reason {
    /// The word that `status` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Code(code) => code.as_str(),
            Reason::NochgLoop => "nochg-loop",
            Reason::AddressMismatch => "address-mismatch",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "nochg-loop" => Some(Reason::NochgLoop),
            "address-mismatch" => Some(Reason::AddressMismatch),
            code => Code::from_any_word(code).map(Reason::Code),
        }
    }
}

/// A wait that the service asked for. Without a clock its end is not known, only its length: then it is
/// waited for in full, counted from the start of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Until when, where the clock was known.
    pub until: Option<UnixTime>,
    /// How long it was in all, in seconds; no clock that was set back can make it longer.
    pub seconds: u64,
    /// How many in a row.
    pub count: u32,
    /// Why, in words.
    pub message: String,
}
