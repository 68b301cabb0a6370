//! Through which device what goes out has to leave (`option bind`).
//!
//! The kernel sends by its default route, whatever the account names. What web detection answers, and what a service
//! takes that looks at the sender, is then another line's address.

use super::select::Family;
use super::{Interface, Network, Route};
use crate::config::{AccountConfig, Bind, InterfaceChoice};
use crate::time::Instant;
use std::cmp::Reverse;
use std::net::IpAddr;

/// The device that has to be named for `device`, the chosen interface's own; `None` where the kernel takes it by itself.
/// `by_sender`: whoever is at the other end takes the address from the connection. Then an interface that `auto` chose
/// counts like a named one: it is not the default route's where that is a VPN's.
pub(super) fn through(
    config: &AccountConfig,
    network: &Network,
    family: Family,
    device: Option<&str>,
    by_sender: bool,
    now: Instant,
) -> Option<String> {
    let choice = match family {
        Family::V4 => &config.interface,
        Family::V6 => &config.interface6,
    };
    let named = matches!(choice, InterfaceChoice::Named(_));
    let wanted = match config.bind {
        Bind::Never => false,
        Bind::Always => true,
        Bind::Auto => (named || by_sender) && default_device(network, family, now) != device,
    };
    device.filter(|_| wanted).map(str::to_owned)
}

/// The device that the kernel sends through: of the routes in the main table to everywhere (or to half of it, as VPNs
/// have them) the narrowest, then that with the lowest metric.
fn default_device(network: &Network, family: Family, now: Instant) -> Option<&str> {
    let mut best: Option<((Reverse<u8>, u32), &Interface)> = None;
    for interface in network.interfaces.values().filter(|interface| interface.up) {
        for route in interface.routes.iter().filter(|route| leads_everywhere(route, family, now)) {
            let metric = family.effective(route.metric.unwrap_or(interface.metric));
            let rank = (Reverse(route.target.1), metric);
            if best.is_none_or(|(other, _)| rank < other) {
                best = Some((rank, interface));
            }
        }
    }
    best.and_then(|(_, interface)| interface.device.as_deref())
}

fn leads_everywhere(route: &Route, family: Family, now: Instant) -> bool {
    const MAIN: u32 = 254;
    // 0.0.0.0/1 and 128.0.0.0/1; 2000::/3 is all that the Internet has.
    let widest = match (family, route.target.0) {
        (Family::V4, IpAddr::V4(_)) => 1,
        (Family::V6, IpAddr::V6(_)) => 3,
        _ => return false,
    };
    let in_force = route.valid_until.is_none_or(|until| until > now);
    route.target.1 <= widest && route.table.is_none_or(|table| table == MAIN) && in_force
}

/// Whether IPv4 can leave through the device: a tunnel for IPv6 cannot take a request to a service without IPv6.
pub(super) fn carries_ipv4(network: &Network, device: &str) -> bool {
    let mut interfaces = network.interfaces.values();
    interfaces.any(|it| it.up && it.device.as_deref() == Some(device) && !it.ipv4.is_empty())
}
