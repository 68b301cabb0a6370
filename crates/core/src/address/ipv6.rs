//! The IPv6 address of one account: the interface's, or the router's own in a delegated prefix, or that of a LAN
//! host in it; else web detection, as its policy says.

use super::select::{Candidate, Candidates, Choice, Family, Rank};
use super::special::{can_leave, describe, describe_all, enumerate, in_prefix, is_public, mask};
use super::{Interface, Lifetime, Network, Origin, Source, Suffix, Wanted};
use crate::config::{AccountConfig, InterfaceChoice, Ipv6Policy};
use crate::time::Instant;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Where the account does not say: what OpenWrt calls its LAN.
const LAN: &str = "lan";

pub(super) fn choose(config: &AccountConfig, network: &Network, now: Instant) -> Choice {
    match (config.ipv6, config.ipv6_suffix) {
        (Ipv6Policy::Off, _) => Choice::off(),
        (_, Some(suffix)) => lan_host(config, suffix, network, now),
        (policy, None) => router(config, policy, network, now),
    }
}

/// The prefix delegated through the account's interface, for a service that takes it in a parameter of its own.
pub(super) fn delegated(config: &AccountConfig, network: &Network, now: Instant) -> Option<Lifetime<(Ipv6Addr, u8)>> {
    if config.ipv6 == Ipv6Policy::Off || config.dialect.ipv6_prefix.is_none() {
        return None;
    }
    let candidates = Candidates::new(&config.interface6, network, Family::V6, now);
    let found = candidates.able.iter().find_map(|candidate| longest(&candidate.interface.prefixes, now))?;
    let (base, length) = found.value;
    Some(found.with((Ipv6Addr::from(u128::from(base) & mask(length)), length)))
}

// -- the router's own address ---------------------------------------------------------------------------

fn router(config: &AccountConfig, policy: Ipv6Policy, network: &Network, now: Instant) -> Choice {
    let mut candidates = Candidates::new(&config.interface6, network, Family::V6, now);
    let web = policy == Ipv6Policy::Web || (policy == Ipv6Policy::Auto && config.web_url6_own);
    for candidate in &candidates.able {
        let (interface, device) = candidate.place();
        if policy != Ipv6Policy::Web
            && let Some(found) = own(candidate, &config.lan, network, now)
        {
            return known(found, candidate).of(&candidates);
        }
        let leaving = |one: &&Lifetime<Ipv6Addr>| !one.is_expired(now) && can_leave(one.value.into());
        if let Some(local) = candidate.interface.ipv6.iter().find(leaving).filter(|_| web) {
            let wanted = Wanted::Web { interface, device, local: Some(local.value.into()) };
            let choice = Choice::new(wanted, candidate.interface.up_since, candidate.until);
            return choice.on(candidate).of(&candidates);
        }
        candidates.reasons.push(nothing_usable(candidate, now));
    }
    if policy == Ipv6Policy::Web {
        // Only a way out is needed; the address may be on another interface.
        let any = InterfaceChoice::Auto == config.interface6 && network.interfaces.is_empty();
        let first = candidates.able.first();
        if any || first.is_some() {
            let (interface, device) = first.map_or((None, None), Candidate::place);
            let wanted = Wanted::Web { interface, device, local: None };
            let deadline = first.and_then(|candidate| candidate.until);
            let choice = Choice::new(wanted, candidates.came_up(), deadline);
            return match first {
                Some(candidate) => choice.on(candidate),
                None => choice,
            }
            .of(&candidates);
        }
    }
    if let InterfaceChoice::Named(_) = config.interface6 {
        candidates.reasons.extend(elsewhere(config, network, now));
    }
    Choice::new(candidates.nobody(), candidates.came_up(), None)
}

/// The candidate's own address; else its own in a prefix that it was assigned; else the router's address on
/// the LAN, in a prefix that was delegated through this candidate.
fn own(candidate: &Candidate, lan: &str, network: &Network, now: Instant) -> Option<Lifetime<Ipv6Addr>> {
    let interface = candidate.interface;
    longest(&interface.ipv6, now).or_else(|| longest(&locals(interface), now)).or_else(|| {
        let prefixes: Vec<_> = interface.prefixes.iter().filter(|prefix| prefix.is_usable(now)).collect();
        let delegated = |interface: &Interface| -> Vec<Lifetime<Ipv6Addr>> {
            let of_prefix = |local: Ipv6Addr| prefixes.iter().find(|p| in_prefix(local, p.value.0, p.value.1));
            locals(interface).into_iter().filter_map(|local| Some(sooner(local, of_prefix(local.value)?))).collect()
        };
        for interface in lans(lan, network) {
            if let Some(found) = longest(&delegated(interface), now) {
                return Some(found);
            }
        }
        None
    })
}

/// The LAN first, then every other interface that is up.
fn lans<'a>(lan: &str, network: &'a Network) -> Vec<&'a Interface> {
    let lan = network.interfaces.get(lan).or_else(|| network.interfaces.get(LAN));
    let mut lans: Vec<&Interface> = lan.into_iter().collect();
    lans.extend(network.interfaces.values());
    lans.retain(|interface| interface.up);
    lans
}

fn locals(interface: &Interface) -> Vec<Lifetime<Ipv6Addr>> {
    interface.assignments.iter().filter_map(|assignment| Some(assignment.with(assignment.value.local?))).collect()
}

// -- a host on the LAN ------------------------------------------------------------------------------------

fn lan_host(config: &AccountConfig, suffix: Suffix, network: &Network, now: Instant) -> Choice {
    if config.ipv6 == Ipv6Policy::Web {
        let reason = "option ipv6_suffix needs the delegated prefix, which web detection cannot tell: \
                      set option ipv6 'auto'";
        return Choice::new(Wanted::Unknown(reason.to_owned()), None, None);
    }
    let mut candidates = Candidates::new(&config.interface6, network, Family::V6, now);
    let lan = network.named(&config.lan).filter(|(_, lan)| lan.up);
    let lan =
        lan.map(|(name, interface)| Candidate { name, interface, until: None, called: name, rank: Rank::default() });
    let assigned = lan.map(|lan| shares(lan.interface)).unwrap_or_default();
    for candidate in &candidates.able {
        if let Some(delegated) = longest(&candidate.interface.prefixes, now) {
            let (base, length) = delegated.value;
            let mut inside = assigned.clone();
            inside.retain(|share| share.value.1 >= length && in_prefix(share.value.0, base, length));
            let share = longest(&inside, now).map(|share| sooner(share, &delegated));
            return host(suffix, share.unwrap_or(delegated), candidate).of(&candidates);
        }
        if let Some(share) = longest(&shares(candidate.interface), now) {
            return host(suffix, share, candidate).of(&candidates);
        }
        candidates.reasons.push(format!("{} has no delegated IPv6 prefix that is public and not over", candidate.name));
    }
    if let (Some(share), Some(lan)) = (longest(&assigned, now), lan) {
        // No choice among lines: the LAN is there whichever of them it was assigned its prefix by.
        return Choice { chosen: None, ..host(suffix, share, &lan) };
    }
    // Relay mode: nothing is delegated, and the LAN's hosts are in the network of the interface itself.
    for candidate in &candidates.able {
        if let Some(own) = longest(&candidate.interface.ipv6, now) {
            return host(suffix, own.with((own.value, 64)), candidate).of(&candidates);
        }
    }
    candidates.reasons.push(format!("{} was assigned no public IPv6 prefix", config.lan));
    if let InterfaceChoice::Named(_) = config.interface6 {
        candidates.reasons.extend(elsewhere(config, network, now));
    }
    Choice::new(candidates.nobody(), candidates.came_up(), None)
}

/// The suffix's bits below the prefix, the prefix's above.
fn host(suffix: Suffix, prefix: Lifetime<(Ipv6Addr, u8)>, candidate: &Candidate) -> Choice {
    let (base, length) = prefix.value;
    let below = match suffix {
        Suffix::Interface(bits) => bits,
        Suffix::Mac(mac) if length <= 64 => u128::from(eui64(mac)),
        Suffix::Mac(_) => {
            let reason = format!("{base}/{length} is too long for an address made from a MAC address: 64 at most");
            let (came_up, deadline) = (candidate.interface.up_since, prefix.deadline());
            return Choice::new(Wanted::Unknown(reason), came_up, deadline);
        }
    };
    let address = Ipv6Addr::from((u128::from(base) & mask(length)) | (below & !mask(length)));
    known(prefix.with(address), candidate)
}

fn shares(interface: &Interface) -> Vec<Lifetime<(Ipv6Addr, u8)>> {
    interface.assignments.iter().map(|it| it.with((it.value.prefix, it.value.length))).collect()
}

/// The modified EUI-64 of a MAC address (RFC 4291, appendix A): ff:fe in the middle, the universal bit turned over.
fn eui64(mac: [u8; 6]) -> u64 {
    let [a, b, c, d, e, f] = mac;
    u64::from_be_bytes([a ^ 0x02, b, c, 0xff, 0xfe, d, e, f])
}

// -- lifetimes --------------------------------------------------------------------------------------------

/// What has an address in it.
trait Addressed: Copy {
    fn address(self) -> Ipv6Addr;
}

impl Addressed for Ipv6Addr {
    fn address(self) -> Ipv6Addr {
        self
    }
}

impl Addressed for (Ipv6Addr, u8) {
    fn address(self) -> Ipv6Addr {
        self.0
    }
}

/// Of what is public and neither deprecated nor expired, the one with the longest preferred lifetime as it was
/// granted; of those that are as good as equal, netifd's first, so that two that are renewed in turn make no change.
fn longest<T: Addressed>(all: &[Lifetime<T>], now: Instant) -> Option<Lifetime<T>> {
    let mut usable = all.to_vec();
    usable.retain(|one| one.is_usable(now) && is_public(one.value.address().into()));
    let granted = |one: &Lifetime<T>| one.granted.unwrap_or(Duration::MAX);
    let most = usable.iter().map(granted).max()?;
    let least = most - (most / 16).min(Duration::from_secs(30));
    usable.into_iter().find(|one| granted(one) >= least)
}

/// `one`, but no longer than what it is a part of.
fn sooner<T, U>(one: Lifetime<T>, whole: &Lifetime<U>) -> Lifetime<T> {
    let earlier = |a: Option<Instant>, b: Option<Instant>| a.into_iter().chain(b).min();
    Lifetime {
        preferred_until: earlier(one.preferred_until, whole.preferred_until),
        valid_until: earlier(one.valid_until, whole.valid_until),
        ..one
    }
}

fn known(found: Lifetime<Ipv6Addr>, candidate: &Candidate) -> Choice {
    let (interface, device) = candidate.place();
    let deadline = found.deadline().into_iter().chain(candidate.until).min();
    if !is_public(found.value.into()) {
        // Only a suffix can make it so: a prefix shorter than the block that the address falls into.
        let reason = format!("{} would be {}", found.value, describe(found.value.into()));
        return Choice::new(Wanted::Unknown(reason), candidate.interface.up_since, deadline);
    }
    let source = Source { address: found.value.into(), origin: Origin::Interface, interface, device };
    Choice::new(Wanted::Known(source), candidate.interface.up_since, deadline).on(candidate)
}

// -- words ------------------------------------------------------------------------------------------------

fn nothing_usable(candidate: &Candidate, now: Instant) -> String {
    let name = candidate.name;
    let mut all = candidate.interface.ipv6.clone();
    all.extend(locals(candidate.interface));
    all.retain(|one| !one.is_expired(now));
    let (over, local): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| is_public(one.value.into()) && !one.is_usable(now));
    let addresses = |some: &[Lifetime<Ipv6Addr>]| some.iter().map(|one| one.value.into()).collect::<Vec<IpAddr>>();
    match (over.is_empty(), local.is_empty()) {
        (false, _) => format!("{name} has only {}, which is no longer preferred", enumerate(&addresses(&over))),
        (true, false) => format!("{name} has only {}", describe_all(&addresses(&local))),
        (true, true) => {
            match longest(&candidate.interface.prefixes, now).filter(|_| candidate.interface.shares.is_empty()) {
                Some(Lifetime { value: (base, length), .. }) => format!(
                    "{name} has no IPv6 address, and of its prefix {base}/{length} no interface was assigned a part (option \
                 ip6assign)"
                ),
                None => format!("{name} has no IPv6 address"),
            }
        }
    }
}

/// The person named an interface without IPv6: which one has it.
fn elsewhere(config: &AccountConfig, network: &Network, now: Instant) -> Option<String> {
    let others = Candidates::new(&InterfaceChoice::Auto, network, Family::V6, now);
    let serves = |other: &&Candidate| !network.is_vpn(other.name) && own(other, &config.lan, network, now).is_some();
    let other = others.able.iter().find(serves)?;
    Some(format!("{} has one: name it in option interface6", other.name))
}
