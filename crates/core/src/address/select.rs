//! Both families of one account, from what netifd said: the entry to the choice, and who may be chosen.
//!
//! An account names interfaces in failover order, or says `auto`: those that carry a default route, the
//! lowest metric first; a VPN only where nobody else does. A named interface stands for those too that netifd makes
//! for it. Each family then goes through its candidates and takes the first that serves.

use super::exit::{carries_ipv4, through};
use super::{Interface, Network, Route, Selection, Source, Wanted, ipv4, ipv6};
use crate::config::{AccountConfig, Bind, InterfaceChoice};
use crate::time::Instant;
use std::net::{IpAddr, Ipv4Addr};

/// The addresses that `config` asks for, or why there is none. `kernel_source` says which IPv4 address the
/// kernel would send from on a device; it is only asked where netifd leaves more than one to choose from.
pub fn select(
    config: &AccountConfig,
    network: &Network,
    kernel_source: &dyn Fn(&str) -> Option<Ipv4Addr>,
    now: Instant,
) -> Selection {
    let v4 = ipv4::choose(config, network, kernel_source, now);
    let v6 = ipv6::choose(config, network, now);
    assemble(config, network, v4, v6, now)
}

/// Both families' choices as one, with the way out.
pub(super) fn assemble(
    config: &AccountConfig,
    network: &Network,
    mut v4: Choice,
    mut v6: Choice,
    now: Instant,
) -> Selection {
    let device = for_updates(config, network, &v4.wanted, &v6.wanted, now);
    for (choice, family) in [(&mut v4, Family::V4), (&mut v6, Family::V6)] {
        if let Wanted::Web { device, .. } = &mut choice.wanted {
            *device = through(config, network, family, device.as_deref(), true, now);
        }
    }
    let prefix = ipv6::delegated(config, network, now);
    let deadlines = [v4.deadline, v6.deadline, prefix.and_then(|prefix| prefix.deadline())];
    Selection {
        came_up: v4.came_up.max(v6.came_up),
        expires: deadlines.into_iter().flatten().filter(|deadline| *deadline > now).min(),
        ipv4: v4.wanted,
        ipv6: v6.wanted,
        device: device.map(String::into_boxed_str),
        heard: true,
        settling: None,
        prefix: prefix.map(|prefix| prefix.value),
    }
}

/// The device that an update has to leave through: that of the IPv4 address's interface, where there is one.
fn for_updates(config: &AccountConfig, network: &Network, v4: &Wanted, v6: &Wanted, now: Instant) -> Option<String> {
    let by_sender = config.dialect.sender_address || matches!(v4, Wanted::Server { .. });
    if let Some(device) = v4.device() {
        return through(config, network, Family::V4, device, by_sender, now);
    }
    let device = through(config, network, Family::V6, v6.device()?, by_sender, now);
    device.filter(|device| config.bind == Bind::Always || by_sender || carries_ipv4(network, device))
}

impl Wanted {
    /// The device of the chosen interface; nothing where none was chosen.
    fn device(&self) -> Option<Option<&str>> {
        match self {
            Wanted::Known(Source { device, .. }) | Wanted::Web { device, .. } | Wanted::Server { device, .. } => {
                Some(device.as_deref())
            }
            Wanted::Off | Wanted::Unknown(_) => None,
        }
    }
}

/// The result for one family.
pub(super) struct Choice {
    pub wanted: Wanted,
    /// When the chosen interface came up; without one, the latest of the candidates.
    pub came_up: Option<Instant>,
    /// When the choice may no longer hold.
    pub deadline: Option<Instant>,
    /// Whom it fell on.
    pub chosen: Option<Place>,
    /// Everybody who was able, the best first.
    pub able: Vec<Place>,
}

/// An interface's place among those that an account may take its address from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its name; for what netifd made for a named one, that one's.
    pub name: String,
    /// The lower, the better.
    pub rank: Rank,
}

/// Whether it is a VPN and whether its route is in another table, then the metric; or where it stands in the list.
pub(super) type Rank = (bool, bool, u32);

impl Choice {
    /// The account does not want this family.
    pub fn off() -> Self {
        Choice::new(Wanted::Off, None, None)
    }

    /// A choice that fell on nobody.
    pub fn new(wanted: Wanted, came_up: Option<Instant>, deadline: Option<Instant>) -> Self {
        Choice { wanted, came_up, deadline, chosen: None, able: Vec::new() }
    }

    /// It fell on this one.
    pub fn on(mut self, candidate: &Candidate) -> Self {
        self.chosen = Some(candidate.standing());
        self
    }

    /// Of these.
    pub fn of(mut self, candidates: &Candidates) -> Self {
        self.able = candidates.able.iter().map(Candidate::standing).collect();
        self
    }
}

/// The protocol family whose address is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    pub fn word(self) -> &'static str {
        match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        }
    }

    fn covers(self, address: IpAddr) -> bool {
        address.is_ipv4() == (self == Family::V4)
    }

    /// What the kernel makes of a metric: IPv6 has no 0, a route without one gets 1024.
    pub fn effective(self, metric: u32) -> u32 {
        match (self, metric) {
            (Family::V6, 0) => 1024,
            (_, metric) => metric,
        }
    }
}

/// An interface that may give the address. It is up.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub name: &'a str,
    pub interface: &'a Interface,
    /// When the default route that made it a candidate ends, where it does.
    pub until: Option<Instant>,
    /// What the account calls it.
    pub called: &'a str,
    pub rank: Rank,
}

impl Candidate<'_> {
    /// The interface and its device, for a `Wanted`.
    pub fn place(&self) -> (Option<String>, Option<String>) {
        (Some(self.name.to_owned()), self.interface.device.clone())
    }

    fn standing(&self) -> Place {
        Place { name: self.called.to_owned(), rank: self.rank }
    }
}

/// Who may give the address, the best first, and why others may not, in words.
pub(super) struct Candidates<'a> {
    pub able: Vec<Candidate<'a>>,
    pub reasons: Vec<String>,
}

impl<'a> Candidates<'a> {
    pub fn new(choice: &'a InterfaceChoice, network: &'a Network, family: Family, now: Instant) -> Self {
        if network.interfaces.is_empty() {
            let reason = "netifd has not told of any interface yet".to_owned();
            return Candidates { able: Vec::new(), reasons: vec![reason] };
        }
        match choice {
            InterfaceChoice::Auto => Self::by_default_route(network, family, now),
            InterfaceChoice::Named(names) => Self::by_name(names, network, family),
        }
    }

    fn by_default_route(network: &'a Network, family: Family, now: Instant) -> Self {
        let mut found: Vec<(_, Candidate)> = Vec::new();
        for (name, interface) in network.interfaces.iter().filter(|(_, interface)| interface.up) {
            if let Some(route) = default_route(interface, family, now) {
                let (table, metric) = rank(route, interface, family);
                let rank = (network.is_vpn(name), table, metric);
                let at = found.partition_point(|(other, _)| *other <= rank);
                found.insert(at, (rank, Candidate { name, interface, until: route.valid_until, called: name, rank }));
            }
        }
        // What the VPN's exit has is not this router's address; who wants it names the VPN.
        let vpns = found.partition_point(|((vpn, ..), _)| !vpn);
        if vpns > 0 {
            found.truncate(vpns);
        }
        let mut reasons = Vec::new();
        if found.is_empty() {
            reasons.push(format!("no interface carries an {} default route", family.word()));
            let down = network.interfaces.iter().filter(|(_, interface)| !interface.up);
            reasons.extend(down.map(|(name, _)| is_down(name)));
        }
        Candidates { able: found.into_iter().map(|(_, candidate)| candidate).collect(), reasons }
    }

    fn by_name(names: &'a [String], network: &'a Network, family: Family) -> Self {
        let mut candidates = Candidates { able: Vec::new(), reasons: Vec::new() };
        for (at, name) in names.iter().enumerate() {
            let rank = (false, false, u32::try_from(at).unwrap_or(u32::MAX));
            match network.interfaces.get(name) {
                None => candidates.reasons.push(is_unknown(name, network)),
                Some(interface) if !interface.up => candidates.reasons.push(is_down(name)),
                Some(interface) => {
                    candidates.able.push(Candidate { name, interface, until: None, called: name, rank });
                }
            }
            for child in children(name, network, family) {
                if child.interface.up && !names.iter().any(|name| name == child.name) {
                    candidates.able.push(Candidate { called: name, rank, ..child });
                }
            }
        }
        candidates
    }

    /// Why nobody serves.
    pub fn nobody(&self) -> Wanted {
        Wanted::Unknown(self.reasons.join("; "))
    }

    /// When the last of them came up.
    pub fn came_up(&self) -> Option<Instant> {
        self.able.iter().filter_map(|candidate| candidate.interface.up_since).max()
    }
}

/// The one that the kernel would take: the main table first, then the lowest metric.
pub(super) fn default_route(interface: &Interface, family: Family, now: Instant) -> Option<&Route> {
    interface
        .routes
        .iter()
        .filter(|route| route.is_default() && family.covers(route.target.0))
        .filter(|route| route.valid_until.is_none_or(|until| until > now))
        // Of equal ones the one that lasts longest: DHCPv6 gives one for each prefix.
        .min_by_key(|route| (rank(route, interface, family), route.valid_until.is_some(), latest_first(route)))
}

fn latest_first(route: &Route) -> std::cmp::Reverse<Option<Instant>> {
    std::cmp::Reverse(route.valid_until)
}

/// A route in another table is for the traffic that a rule sends there, so it comes last.
fn rank(route: &Route, interface: &Interface, family: Family) -> (bool, u32) {
    const MAIN: u32 = 254;
    let metric = route.metric.unwrap_or(interface.metric);
    (route.table.is_some_and(|table| table != MAIN), family.effective(metric))
}

/// The interfaces that netifd makes for a named one and puts its addresses on: `wan_6` for PPP, `wwan_4` and `wwan_6` for
/// a modem (QMI, NCM, MBIM …), `wan6_4` for DS-Lite and MAP, `wan_6rd` for 6rd; whatever the protocol.
fn children<'a>(name: &'a str, network: &'a Network, family: Family) -> Vec<Candidate<'a>> {
    let (first, has): (&str, fn(&Interface) -> bool) = match family {
        Family::V4 => ("4", |interface| !interface.ipv4.is_empty()),
        Family::V6 => ("6", |interface| !interface.ipv6.is_empty() || !interface.prefixes.is_empty()),
    };
    let mut children = Vec::new();
    for (child, interface) in network.interfaces.iter() {
        let Some(suffix) = child.strip_prefix(name).and_then(|rest| rest.strip_prefix('_')) else { continue };
        let candidate = Candidate { name: child, interface, until: None, called: name, rank: Rank::default() };
        if suffix == first {
            children.insert(0, candidate);
        } else if interface.dynamic && has(interface) {
            children.push(candidate);
        }
    }
    children
}

fn is_down(name: &str) -> String {
    format!("{name} is down")
}

fn is_unknown(name: &str, network: &Network) -> String {
    let known: Vec<&str> = network.interfaces.keys().map(String::as_str).filter(|name| *name != "loopback").collect();
    format!("netifd has no interface {name} (it has {})", known.join(", "))
}
