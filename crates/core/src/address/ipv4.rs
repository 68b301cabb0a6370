//! The IPv4 address of one account: the interface's where it is public, else web detection, as its policy says.

use super::select::{Candidate, Candidates, Choice, Family, default_route};
use super::special::{can_leave, describe_all, is_public};
use super::{Network, Origin, Source, Wanted};
use crate::config::{AccountConfig, InterfaceChoice, Ipv4Policy};
use crate::time::Instant;
use std::net::{IpAddr, Ipv4Addr};

pub(super) fn choose(
    config: &AccountConfig,
    network: &Network,
    kernel_source: &dyn Fn(&str) -> Option<Ipv4Addr>,
    now: Instant,
) -> Choice {
    let policy = config.ipv4;
    if policy == Ipv4Policy::Off {
        return Choice::off();
    }
    let mut candidates = Candidates::new(&config.interface, network, Family::V4, now);
    let by_name = matches!(config.interface, InterfaceChoice::Named(_));
    for candidate in &candidates.able {
        match serve(policy, candidate, kernel_source, now) {
            Ok(wanted) => return chosen(wanted, candidate).of(&candidates),
            Err(reason) => candidates.reasons.push(reason),
        }
    }
    // These two need no address of ours, only a way out.
    if let (Ipv4Policy::Web | Ipv4Policy::Server, Some(candidate)) = (policy, candidates.able.first()) {
        return chosen(without_address(policy, Some(candidate)), candidate).of(&candidates);
    }
    let wanted = match policy {
        Ipv4Policy::Web | Ipv4Policy::Server if network.interfaces.is_empty() && !by_name => {
            without_address(policy, None)
        }
        _ => {
            if by_name {
                candidates.reasons.extend(elsewhere(policy, network, kernel_source, now));
            }
            candidates.nobody()
        }
    };
    Choice::new(wanted, candidates.came_up(), None)
}

fn chosen(wanted: Wanted, candidate: &Candidate) -> Choice {
    Choice::new(wanted, candidate.interface.up_since, candidate.until).on(candidate)
}

/// What one candidate gives to this policy, or why it gives nothing.
fn serve(
    policy: Ipv4Policy,
    candidate: &Candidate,
    kernel_source: &dyn Fn(&str) -> Option<Ipv4Addr>,
    now: Instant,
) -> Result<Wanted, String> {
    let (name, addresses) = (candidate.name, &candidate.interface.ipv4);
    let (interface, device) = candidate.place();
    let public: Vec<Ipv4Addr> = addresses.iter().copied().filter(|a| is_public((*a).into())).collect();
    let leaving: Vec<Ipv4Addr> = addresses.iter().copied().filter(|a| can_leave((*a).into())).collect();
    let pick = |among: &[Ipv4Addr]| one_of(among, candidate, kernel_source, now);
    match policy {
        Ipv4Policy::Auto | Ipv4Policy::Interface if !public.is_empty() => {
            let address = pick(&public).unwrap_or(public[0]);
            Ok(Wanted::Known(Source { address: address.into(), origin: Origin::Interface, interface, device }))
        }
        Ipv4Policy::Auto | Ipv4Policy::Web if !leaving.is_empty() => {
            let local = pick(&leaving).map(IpAddr::V4);
            Ok(Wanted::Web { interface, device, local })
        }
        Ipv4Policy::Server => {
            let address = pick(&public).or_else(|| pick(&leaving));
            let address = address.ok_or_else(|| nothing_usable(name, addresses))?;
            Ok(Wanted::Server { basis: format!("{name} {address}"), interface, device })
        }
        Ipv4Policy::Interface if !leaving.is_empty() => {
            Err(nothing_usable(name, addresses) + ": set option ipv4 'auto' or 'web'")
        }
        _ => Err(nothing_usable(name, addresses)),
    }
}

/// Of several addresses the source of the default route, else what the kernel would send from. Where neither
/// says: PPP that renegotiated lists the old address first, so the last; a configured list begins with the main one.
fn one_of(
    among: &[Ipv4Addr],
    candidate: &Candidate,
    kernel_source: &dyn Fn(&str) -> Option<Ipv4Addr>,
    now: Instant,
) -> Option<Ipv4Addr> {
    if among.len() < 2 {
        return among.first().copied();
    }
    let listed = |address: &Ipv4Addr| among.contains(address);
    let of_route = default_route(candidate.interface, Family::V4, now).and_then(|route| match route.source {
        Some((IpAddr::V4(source), 32)) => Some(source),
        _ => None,
    });
    let of_kernel = || candidate.interface.device.as_deref().and_then(kernel_source);
    of_route.filter(listed).or_else(|| of_kernel().filter(listed)).or(if candidate.interface.point_to_point {
        among.last()
    } else {
        among.first()
    }
    .copied())
}

fn without_address(policy: Ipv4Policy, candidate: Option<&Candidate>) -> Wanted {
    let (interface, device) = candidate.map_or((None, None), Candidate::place);
    match policy {
        Ipv4Policy::Server => {
            let basis = interface.clone().unwrap_or_default();
            Wanted::Server { basis, interface, device }
        }
        _ => Wanted::Web { interface, device, local: None },
    }
}

/// The person named an interface without IPv4: which one has it.
fn elsewhere(
    policy: Ipv4Policy,
    network: &Network,
    kernel_source: &dyn Fn(&str) -> Option<Ipv4Addr>,
    now: Instant,
) -> Option<String> {
    let others = Candidates::new(&InterfaceChoice::Auto, network, Family::V4, now).able;
    let serves = |other: &&Candidate| !network.is_vpn(other.name) && serve(policy, other, kernel_source, now).is_ok();
    let other = others.iter().find(serves)?;
    Some(format!("{} has one: name it in option interface", other.name))
}

/// `wan has no IPv4 address`, or which it has and what they are.
fn nothing_usable(name: &str, addresses: &[Ipv4Addr]) -> String {
    if addresses.is_empty() {
        return format!("{name} has no IPv4 address");
    }
    let addresses: Vec<IpAddr> = addresses.iter().copied().map(IpAddr::V4).collect();
    format!("{name} has only {}", describe_all(&addresses))
}
