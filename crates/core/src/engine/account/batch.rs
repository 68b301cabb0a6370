//! What one request says.

use super::Recall;
use crate::address::Source;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What one request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The hosts, as many as one request carries.
    pub hostnames: Vec<String>,
    /// The IPv4 address to say.
    pub ipv4: Option<Source>,
    /// The IPv6 address to say.
    pub ipv6: Option<Source>,
    /// The delegated IPv6 prefix to say beside the addresses, where the service takes one.
    pub prefix: Option<(Ipv6Addr, u8)>,
    /// Take the hosts offline.
    pub offline: bool,
    /// In `server` mode: what the update is based on.
    pub basis: Option<String>,
    /// The device of the chosen interface, for `option bind`.
    pub device: Option<String>,
    /// What a run of an API may build on.
    pub recall: Option<Box<Recall>>,
    /// For each host, whether the update is sent because its address differs (rule 10).
    pub(super) necessary: Vec<bool>,
}

impl Batch {
    /// The address, where it is said.
    pub fn sent_ipv4(&self) -> Option<Ipv4Addr> {
        match self.ipv4.as_ref()?.address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        }
    }

    /// The address, where it is said.
    pub fn sent_ipv6(&self) -> Option<Ipv6Addr> {
        match self.ipv6.as_ref()?.address {
            IpAddr::V6(address) => Some(address),
            IpAddr::V4(_) => None,
        }
    }
}
